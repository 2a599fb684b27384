"""What asks no handle what to do is followed all the same: array makers, lists, math, SciPy."""

from __future__ import annotations

import dataclasses
import functools
import gc
import math
import statistics
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.special
import scipy.stats
from numpy import zeros as empty_room

import symdiff as sd
from tests.differences import slopes

X = np.array([0.5, 1.2, -0.7])
SCALE = 2.0


def squares(x: Any) -> Any:
    y = np.zeros(len(x))
    for i in range(len(x)):
        y[i] = x[i] ** 2 * SCALE
    return y


def jacobian_of_a_system(x: Any) -> Any:
    matrix = np.array([[x[0] + 2, 1.0, 0], [0, x[1] ** 2 + 1, 2], [0, 1, x[2]]])
    return np.linalg.solve(matrix, np.array([x[0], 2, 3.0]))


def power_of_a_matrix(x: Any) -> Any:
    def power(k: int) -> Any:
        step = np.array([[0, 1.0], [x[1], x[0]]])
        return np.array([x[0], 1.0]) if k == 0 else step @ power(k - 1)

    return np.linalg.norm(power(4))


def rotated(x: Any) -> Any:
    turn = np.eye(3)
    turn[0, :2] = np.cos(x[0]), -np.sin(x[0])
    turn[1, :2] = np.sin(x[0]), np.cos(x[0])
    return turn @ squares(x)


def table(x: Any) -> Any:
    rows = np.ones((3, 3))
    rows *= x
    rows[:, 1] += x
    rows[rows < 0] = 0.5
    return rows


def by_cholesky(x: Any) -> Any:
    factor = scipy.linalg.cho_factor(np.eye(3) + np.outer(x, x))
    return scipy.linalg.cho_solve(factor, x)


def filled_through_views(x: Any) -> Any:
    room = np.zeros((3, 4))
    for row, v in zip(room, x):
        row[0] = v
    room.T[1] = x**2
    room.reshape(-1)[6::4] += x[:2]
    room[1:, 2:][0] = x[0]
    return room * np.arange(4)


def compared(x: Any) -> Any:
    y = x**2
    np.testing.assert_allclose([y[0], y[2]], [x[0] ** 2, x[2] * x[2]])
    return y


FOLLOWED: dict[str, Callable[[Any], Any]] = {
    "zeros": squares,
    "zeros by its own name": lambda x: functools.reduce(np.add, [x[0], x[1]], empty_room(2)),
    "out": lambda x: np.multiply(x, x, out=np.empty(3)),
    "array": jacobian_of_a_system,
    "array in a recursion": power_of_a_matrix,
    "eye": rotated,
    "ones": table,
    "full": lambda x: np.full((2, 2), x[0]) * np.full(2, 3.0),
    "asarray": lambda x: np.asarray(x, float) * np.array(x, ndmin=2),
    "inv of a list": lambda x: np.linalg.inv([[x[0], 1.0], [1.0, x[1]]]),
    "exp of numbers": lambda x: np.exp(np.array([x[0], 1.0])),
    "mean of a list": lambda x: np.mean([x[0] ** 2, x[1], 1.0]) + np.median([x[1], x[2]]),
    "full_like": lambda x: np.full_like(np.ones(3), x[0]) * x + np.full_like(X, x[1]),
    "percentile of a list": lambda x: np.percentile([x[0], x[1], x[2]], 30),
    "interp": lambda x: np.interp([0.3, 0.5], [0.0, 1.0], [x[0], x[1]]),
    "fromiter": lambda x: np.fromiter((v * v for v in x), float),
    "frompyfunc": lambda x: np.frompyfunc(lambda v: v * v, 1, 1)(x).astype(float),
    "math": lambda x: math.sin(x[0]) * math.exp(x[1]) + math.log(x[1], 3) + math.atan2(x[0], x[2]),
    "more of math": lambda x: math.hypot(x[0], x[1]) * math.pow(x[1], 3) * math.lgamma(x[0] + 1),
    "many sides": lambda x: math.hypot(*x) * math.hypot(x[0]),
    "statistics": lambda x: statistics.mean(x) * statistics.stdev(list(x)) + statistics.median(x),
    "math.isclose": lambda x: x[0] if math.isclose(x[0], x[1]) else math.tanh(x[1]),
    "poly1d": lambda x: np.poly1d(np.polyfit([0.0, 1.0, 2.0, 3.0], [*x, 1.0], 2))(x),
    "np.testing": compared,
    "a distribution with plain parameters": lambda x: scipy.stats.norm(0.1, 2.0).logpdf(x),
    "views of zeros": lambda x: filled_through_views(x),
    "SciPy's solve": lambda x: scipy.linalg.solve(np.eye(3) + np.outer(x, x), x, assume_a="pos"),
    "SciPy's Cholesky": by_cholesky,
    "SciPy's upper factor": lambda x: scipy.linalg.cholesky(np.eye(3) + np.outer(x, x)),
    "SciPy's triangles": lambda x: scipy.linalg.solve_triangular(
        np.eye(3) + np.outer(x, x), x, trans=1, lower=True
    ),
    "SciPy's block_diag": lambda x: scipy.linalg.block_diag(np.outer(x, x), x) ** 2,
    "SciPy's eigh": lambda x: scipy.linalg.eigh(np.diag(x) + np.outer(x, x))[0],
    "SciPy's logsumexp": lambda x: scipy.special.logsumexp(x, b=[1.0, 2.0, 3.0]),
    "SciPy's softmax": lambda x: scipy.special.log_softmax(x) * scipy.special.softmax(x),
}


def total(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda x: np.sum(np.sin(f(x)))


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("name", FOLLOWED)
def test_it_is_followed(name: str, compile: bool) -> None:
    f = total(FOLLOWED[name])
    gradient = sd.grad(f, compile=compile)
    for x in (X, X + 0.1):
        np.testing.assert_allclose(gradient(x), slopes(f, x), rtol=1e-6, atol=1e-8)


STACK = np.stack([k * np.eye(3) + np.arange(9).reshape(3, 3) / 10 for k in (1, 2, 3)])


@pytest.mark.parametrize(
    "f",
    [
        lambda a: scipy.linalg.cholesky(a, lower=True),
        lambda a: scipy.linalg.solve(a, a, assume_a="pos"),
        lambda a: scipy.linalg.eigh(a, eigvals_only=True),
    ],
)
def test_stacks_of_matrices_are_read_by_one_triangle_each(f: Callable[[Any], Any]) -> None:
    value, _ = sd.value_and_grad(total(f), compile=False)(STACK)
    assert value == pytest.approx(total(f)(STACK))


def test_scipys_matrix_exponential_is_followed() -> None:
    f = total(lambda x: scipy.linalg.expm(np.outer(x, x) / 5))
    np.testing.assert_allclose(sd.grad(f, compile=False)(X), slopes(f, X), rtol=1e-6)


@pytest.mark.parametrize("name", ["zeros", "array", "eye", "math", "SciPy's triangles"])
def test_all_transforms_follow_it(name: str) -> None:
    f = total(FOLLOWED[name])
    gradient = sd.grad(f)(X)
    value, found = sd.value_and_grad(f)(X)
    assert value == pytest.approx(f(X))
    np.testing.assert_allclose(found, gradient)
    np.testing.assert_allclose(sd.jvp(f, (X,), (X,))[1], gradient @ X)
    np.testing.assert_allclose(sd.vjp(f, X)[1](1.0)[0], gradient)
    hessian = sd.hessian(f)(X)
    np.testing.assert_allclose(hessian, slopes(sd.grad(f), X), rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(sd.hvp(f)(X, X), hessian @ X)
    np.testing.assert_allclose(sd.grad(sd.jit(f))(X), gradient)
    assert sd.grad(f)(X, out=np.empty(3)) == pytest.approx(gradient)


def test_a_graph_of_it_is_compiled_once_for_all_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = sd.grad(lambda x: np.sum(squares(x)))
    for n in range(2, 30):
        np.testing.assert_array_equal(gradient(np.ones(n)), 4 * np.ones(n))
    monkeypatch.setitem(globals(), "SCALE", 3.0)
    np.testing.assert_array_equal(gradient(np.ones(4)), 6 * np.ones(4))


def test_what_it_reads_may_change() -> None:
    factor, inner = 2.0, lambda y: y

    def f(x: Any) -> Any:
        y = np.zeros(3)
        y[:] = factor * x
        return np.sum(inner(y))

    gradient = sd.grad(f)
    np.testing.assert_array_equal(gradient(X), [2.0, 2.0, 2.0])
    factor = 3.0
    np.testing.assert_array_equal(gradient(X), [3.0, 3.0, 3.0])
    inner = lambda y: 2 * y
    np.testing.assert_array_equal(gradient(X), [6.0, 6.0, 6.0])


def test_an_error_that_the_program_raises_is_its_own() -> None:
    def f(x: Any) -> Any:
        y = np.zeros(3)
        y[0] = x[0]
        raise ValueError("no such object")

    with pytest.raises(ValueError, match="no such object") as caught:
        sd.grad(f)(X)
    assert caught.value.__context__ is None
    assert math.sin(0.5) == np.sin(0.5)


def test_arrays_of_whole_numbers_stay_plain() -> None:
    def f(x: Any) -> Any:
        order, y = np.zeros(3, int), np.zeros(3)
        order[:] = 2, 0, 1
        y[order] = x
        return np.sum(y * order) + isinstance(order, np.ndarray)

    np.testing.assert_array_equal(sd.grad(f)(X), [1.0, 2.0, 0.0])


def test_the_first_try_leaves_no_trace() -> None:
    """Draws, lists and counters go on as if it had not been."""
    rng, log, count = np.random.default_rng(0), [], {"calls": 0}

    def f(x: Any) -> Any:
        log.append(1)
        count["calls"] += 1
        y = np.zeros(3)
        y[:] = x * rng.normal(size=3) * count["calls"]
        return np.sum(y)

    expected = np.random.default_rng(0).normal(size=(3, 3))
    gradient = sd.grad(f, compile=False)
    for k in range(3):
        np.testing.assert_array_equal(gradient(X), expected[k] * (k + 1))
    assert len(log) == count["calls"] == 3


def test_what_cannot_be_put_back_is_not_tried_again() -> None:
    factors = iter([1.0, 2.0, 3.0])

    def f(x: Any) -> Any:
        y = np.zeros(3)
        y[:] = x * next(factors)
        return np.sum(y)

    with pytest.raises(TypeError, match="zeros_like"):
        sd.grad(f)(X)
    assert next(factors) == 2.0


def test_a_twin_does_not_keep_its_function_alive() -> None:
    def made() -> Callable[..., Any]:
        def f(x: Any, depth: int = 1) -> Any:
            y = np.zeros(3)
            y[0] = x[0]
            return f(y * x, depth - 1) if depth else np.sum(y)

        return f

    f = made()
    np.testing.assert_array_equal(sd.grad(f, compile=False)(X), [2 * X[0], 0, 0])
    alive = weakref.ref(f)
    del f
    gc.collect()
    assert alive() is None


@dataclasses.dataclass(frozen=True)
class Scale:
    """A callable of the user's, equal to others that compute something else."""

    factor: float = dataclasses.field(compare=False)

    def __call__(self, x: Any) -> Any:
        return self.factor * x


def test_callables_of_the_users_are_themselves() -> None:
    scale = Scale(2.0)

    def f(x: Any) -> Any:
        y = np.zeros(3)
        y[:] = scale(x)
        return np.sum(y)

    np.testing.assert_array_equal(sd.grad(f)(X), [2.0, 2.0, 2.0])
    alive, scale = weakref.ref(scale), Scale(5.0)
    np.testing.assert_array_equal(sd.grad(f)(X), [5.0, 5.0, 5.0])
    gc.collect()
    assert alive() is None


def test_options_of_scipys_that_change_the_result_are_heeded() -> None:
    a = np.array([[2.0, 0.1], [0.1, 0.001]])
    value, _ = sd.value_and_grad(lambda a: np.sum(scipy.linalg.pinv(a, rtol=0.5)))(a)
    assert value == pytest.approx(np.sum(scipy.linalg.pinv(a, rtol=0.5)))
    with pytest.raises((TypeError, ValueError)):
        sd.grad(lambda a: np.sum(scipy.linalg.inv(a, assume_a="upper triangular")))(a)


def test_a_program_with_random_numbers_is_followed_each_time() -> None:
    def f(x: Any, rng: Any) -> Any:
        y = np.zeros(3)
        y[:] = x * rng.normal(size=3)
        return np.sum(y)

    expected = np.random.default_rng(0).normal(size=3)
    for compile in (False, True, False):
        gradient = sd.grad(f, compile=compile)
        np.testing.assert_array_equal(gradient(X, np.random.default_rng(0)), expected)


def test_what_is_followed_counts_as_an_array() -> None:
    def f(x: Any) -> Any:
        y = np.zeros(3)
        y[:] = x
        whole = isinstance(y, np.ndarray) and isinstance(y, (list, np.ndarray | float))
        return np.sum(y**2) if whole and isinstance(y[0], float) else 100 * np.sum(y)

    for compiled in (True, False):
        np.testing.assert_allclose(sd.grad(f, compile=compiled)(X), 2 * X)
        assert sd.value_and_grad(f, compile=compiled)(X)[0] == f(X)


def test_a_function_that_hands_type_on_is_not_followed() -> None:
    def f(x: Any) -> Any:
        y = np.zeros(3)
        y[:] = x
        return np.sum(y**2) if all(t is np.ndarray for t in map(type, [y])) else 100 * np.sum(y)

    with pytest.raises((TypeError, ValueError)):
        sd.grad(f)(X)
