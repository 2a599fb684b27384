"""The methods and manners of an ndarray, on what stands for one inside a NumPy function."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.derivatives.runs import recorded
from symdiff.handles.modes import TAKEN
from symdiff.handles.numpy_face import Array

from . import check, same_values, traced

RNG = np.random.default_rng(4)
A, V = RNG.normal(size=(2, 3)), RNG.normal(size=4)
S = A[:, :1]

METHODS: dict[str, tuple[Callable[..., Any], np.ndarray]] = {
    "sum": (lambda x: x.sum(), A),
    "sum of an axis": (lambda x: x.sum(0), A),
    "sum kept": (lambda x: x.sum(axis=(0, 1), keepdims=True), A),
    "prod": (lambda x: x.prod(axis=1), A),
    "mean": (lambda x: x.mean(axis=-1), A),
    "var": (lambda x: x.var(0), A),
    "std": (lambda x: x.std(axis=1, ddof=1), A),
    "max": (lambda x: x.max(), A),
    "min of an axis": (lambda x: x.min(axis=1), A),
    "cumsum": (lambda x: x.cumsum(), A),
    "cumprod": (lambda x: x.cumprod(axis=1), A),
    "round": (lambda x: x + x.round(1), A),
    "clip": (lambda x: x.clip(-0.5, 0.5), A),
    "take": (lambda x: x.take([0, 2], axis=1), A),
    "repeat": (lambda x: x.repeat(2, axis=0), A),
    "compress": (lambda x: x.compress([True, False], axis=0), A),
    "conj": (lambda x: x.conj() * x.real + x.imag, A),
    "squeeze": (lambda x: x.squeeze(), S),
    "swapaxes": (lambda x: x.swapaxes(0, 1), A),
    "ravel": (lambda x: x.ravel(), A),
    "flatten": (lambda x: x.flatten("F"), A),
    "diagonal": (lambda x: x.diagonal(1), A),
    "trace": (lambda x: x.trace(), A),
    "dot": (lambda x: x.dot(x.T), A),
    "reshape": (lambda x: x.reshape(3, 2), A),
    "reshape by a tuple": (lambda x: x.reshape((-1, 2)), A),
    "reshape by one size": (lambda x: x.reshape(-1), A),
    "reshape in columns": (lambda x: x.reshape(3, 2, order="F"), A),
    "transpose": (lambda x: x.transpose(), A),
    "transpose by axes": (lambda x: x[None].transpose(2, 0, 1), A),
    "T": (lambda x: x.T, A),
    "mT": (lambda x: x.mT, A),
    "copy": (lambda x: x.copy(), A),
    "astype": (lambda x: x.astype(np.float64) * 2.0, A),
    "flat": (lambda x: x.flat[2:4], A),
    "sorted": (lambda x: _after(x, lambda y: y.sort(axis=0)), A),
    "filled": (lambda x: _after(x, lambda y: y[:, 0].fill(3.0)), A),
    "put": (lambda x: _after(x, lambda y: y.put([0, 5], [7.0, y[0, 1]])), A),
    "written through flat": (lambda x: _after(x, lambda y: y.flat.__setitem__(1, 5.0)), A),
    "argsort": (lambda x: x[x.argsort()], V),
    "argmax": (lambda x: x[x.argmax()] * x, V),
    "nonzero": (lambda x: x[(x > 0).nonzero()], V),
    "searchsorted": (lambda x: x * np.sort(x).searchsorted(0.1), V),
    "items": (lambda x: x * x[1].item() * x.item(2), V),
    "lists": (lambda x: np.stack([x, x * x.tolist()[0]]), V),
    "iterated": (lambda x: np.stack([y * y[0] for y in x]), A),
    "unpacked": (lambda x: np.stack([*x]), A),
    "size": (lambda x: x / x.size, A),
    "floor division": (lambda x: x * 5.0 // 2.0 + x, A),
    "remainder": (lambda x: (x * 5.0) % 2.0, A),
    "divmod": (lambda x: divmod(x * 5.0, 2.0), A),
    "reflected": (lambda x: 2.0 - x + 2.0 / (x + 4.0) + 2.0**x + [1.0, 2.0, 3.0] * x, A),
    "signs": (lambda x: -abs(+x), A),
}


def _after(x: Any, write: Callable[[Any], Any]) -> Any:
    y = x.copy()
    write(y)
    return y


@pytest.mark.parametrize("name", METHODS)
def test_methods(name: str) -> None:
    f, x = METHODS[name]
    check(f, x, compiled=False)


def test_attributes() -> None:
    x = recorded(A.astype(np.float32), True)
    assert (x.shape, x.ndim, x.size, x.itemsize, x.nbytes) == ((2, 3), 2, 6, 4, 24)
    assert x.dtype == np.float32
    assert len(x) == 2


def test_truth_values_and_counts() -> None:
    x = recorded(np.array([[0.0, 1.0], [2.0, 0.0]]), True)
    assert [bool(x.all()), bool(x.any()), int(np.count_nonzero(x))] == [False, True, 2]
    np.testing.assert_array_equal(x.any(axis=1), [True, True])
    np.testing.assert_array_equal(np.argwhere(x), [[0, 1], [1, 0]])
    np.testing.assert_array_equal(np.nonzero(x)[0], [0, 1])
    assert bool(np.allclose(x, x + 1e-12))
    assert bool(np.array_equal(x, x))
    assert not np.array_equal(x, x[0])
    np.testing.assert_array_equal(np.isclose(x, 1.0), [[False, True], [False, False]])


def test_float32_stays_float32() -> None:
    single = V.astype(np.float32)
    for f in (np.sort, np.flip, lambda x: np.pad(x, 1, constant_values=2), lambda x: x[1:] * 2.0):
        same_values(f, single)
        assert sd.grad(lambda x, f=f: f(x).sum(), compile=False)(single).dtype == np.float32


def test_likenesses() -> None:
    x = recorded(np.array([1.0, np.nan, np.inf]), True)
    zeros, ones = np.zeros_like(x), np.ones_like(x, dtype=int)
    assert not zeros.requires_grad
    np.testing.assert_array_equal(zeros, [0.0, 0.0, 0.0])
    assert ones.dtype == np.int64
    assert np.full_like(x, 2, shape=(2, 2)).shape == (2, 2)
    assert np.empty_like(x, shape=5).shape == (5,)
    graph = traced(lambda x: np.zeros_like(x) * x, A)
    assert [n.op.name for n in graph.nodes if n.op is not None] == ["full", "mul"]


# --- numbers


def test_numbers_may_be_asked_for_where_no_gradient_is_lost() -> None:
    x = recorded(np.array(2.5), True)
    assert [int(x), bool(x), math.floor(x), math.ceil(x), round(x)] == [2, True, 2, 3, 2]
    assert float(recorded(np.array(2.5), False)) == 2.5
    assert recorded(np.array(2.5), False).item() == 2.5
    assert f"{x:.2f}" == "2.50"


@pytest.mark.parametrize("compile", [False, True])
def test_a_number_that_would_lose_its_gradient_is_refused(compile: bool) -> None:
    for ask in (float, math.sin):
        with pytest.raises(TypeError, match=r"np\.sin, not math\.sin.*np\.zeros_like"):
            sd.grad(ask, compile=compile)(0.5)
    with TAKEN, pytest.raises(TypeError, match=r"x is an array already; x\.astype\(float64\)"):
        np.asarray(recorded(V, True), dtype=float)


def test_control_flow_by_value_goes_to_the_tape() -> None:
    def f(x: Any) -> Any:
        total = 0.0
        for k in range(int(x[0])):
            total = total + x[1] ** k if x[1] > 0 else total - x[1]
        return total

    np.testing.assert_allclose(sd.grad(f)(np.array([3.0, 2.0])), [0.0, 5.0])
    np.testing.assert_allclose(sd.grad(f)(np.array([3.0, -2.0])), [0.0, -3.0])


def test_truth_of_several_values_is_refused() -> None:
    with pytest.raises(ValueError, match="truth value of an array with more than one element"):
        bool(recorded(V, True))


def test_copies_and_pickles() -> None:
    x = recorded(V, True)
    for twin in (copy.copy(x), copy.deepcopy(x)):
        assert twin.requires_grad
        twin[0] = 7.0
        assert x.value[0] == V[0]
    still = Array.of(None, V)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(still)), V)
    with TAKEN, pytest.raises(TypeError, match="being differentiated"):
        pickle.dumps(x * 2.0)


def test_attributes_that_are_not_there_are_named() -> None:
    with pytest.raises(AttributeError, match="'tobytes'"):
        recorded(V, True).tobytes()


# --- arrays of arrays

STACKED: dict[str, Callable[..., Any]] = {
    "a matrix of scalars": lambda x: np.array([[np.cos(x[0]), -x[1]], [x[1], 1.0]]) @ x[:2],
    "times a plain array": lambda x: np.sum(np.array([x[0], x[1]]) * np.ones((2, 2)) @ np.eye(2)),
    "under a function": lambda x: np.sin(np.array([x[0], x[1]])) * x[2],
    "into linear algebra": lambda x: np.linalg.norm(np.array([x[0], 3.0, x[2]]) + 0.0 * x[0]),
    "solved": lambda x: np.linalg.solve(np.array([[x[0], 1.0], [x[1], 5.0]]), x[:2]),
    "of vectors": lambda x: np.array([x, 2.0 * x]) @ x,
    "a copy": lambda x: np.array(x) * x,
    "asarray": lambda x: np.asarray(x) ** 2 * x,
    "a list": lambda x: x * np.dot([x[0], x[1], x[2], 1.0], x),
    "r_": lambda x: np.r_[x, 1.0, x[:1]] * x[0],
    "c_": lambda x: np.c_[x, x * 2.0] * x[0],
    "vectorize": lambda x: np.vectorize(lambda t: t * t)(x) * x,
    "full": lambda x: np.full(3, x[1]) * x[0],
}


@pytest.mark.parametrize("f", STACKED.values(), ids=STACKED)
def test_object_arrays_are_put_together_again(f: Callable[..., Any]) -> None:
    for compile in (False, True):
        g = sd.grad(lambda x: np.sum(f(x)), compile=compile)(V)
        ends = [V + sign * 1e-6 * row for row in np.eye(4) for sign in (1, -1)]
        values = [np.sum(f(end)) for end in ends]
        slopes = [(a - b) / 2e-6 for a, b in zip(values[::2], values[1::2])]
        np.testing.assert_allclose(g, slopes, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("compile", [False, True])
def test_an_array_from_outside_refuses_what_is_differentiated(compile: bool) -> None:
    outside = np.zeros(4)

    def stored(x: Any) -> Any:
        outside[0] = x[0]
        return outside.sum()

    def added(x: Any) -> Any:
        y = outside
        y += x
        return y.sum()

    with pytest.raises(ValueError, match="setting an array element") as caught:
        sd.grad(stored, compile=compile)(V)
    assert "np.zeros_like(x)" in str(caught.value.__cause__)
    with pytest.raises(TypeError, match=r"np\.zeros_like\(x\)"):
        sd.grad(added, compile=compile)(V)
