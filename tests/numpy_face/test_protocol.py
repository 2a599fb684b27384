"""NumPy's hooks: methods of ufuncs, out=, options that are refused, functions that write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import symdiff as sd
from symdiff.derivatives.runs import recorded
from symdiff.handles.numpy_names import BY_VALUE, FUNCTIONS

from . import check

RNG = np.random.default_rng(5)
A, V = RNG.normal(size=(2, 3)), RNG.normal(size=4)

UFUNCS: dict[str, tuple[Callable[..., Any], *tuple[np.ndarray, ...]]] = {
    "add.reduce": (lambda x: np.add.reduce(x), A),
    "add.reduce all": (lambda x: np.add.reduce(x, axis=None), A),
    "multiply.reduce": (lambda x: np.multiply.reduce(x, axis=1, keepdims=True), A),
    "maximum.reduce": (lambda x: np.maximum.reduce(x), A),
    "minimum.reduce": (lambda x: np.minimum.reduce(x, axis=1), A),
    "logaddexp.reduce": (lambda x: np.logaddexp.reduce(x, axis=1), A),
    "add.accumulate": (lambda x: np.add.accumulate(x), A),
    "multiply.accumulate": (lambda x: np.multiply.accumulate(x, axis=1), A),
    "maximum.accumulate": (lambda x: np.maximum.accumulate(x, axis=1), A),
    "multiply.outer": (lambda x, y: np.multiply.outer(x, y), A, V),
    "subtract.outer": (lambda x, y: np.subtract.outer(x, y), V, V[:2]),
    "expit": (lambda x: scipy.special.expit(x), A),
    "add into a handle": (lambda x: _into(x, lambda y: np.add(x, 1.0, out=y)), A),
    "sum into a handle": (lambda x: _into(x[0], lambda y: np.sum(x, axis=0, out=y)), A),
}
WRITES: dict[str, tuple[Callable[..., Any], *tuple[np.ndarray, ...]]] = {
    "add.at": (lambda x: _into(x, lambda y: np.add.at(y, [0, 2, 0], x[:3])), V),
    "subtract.at": (lambda x: _into(x, lambda y: np.subtract.at(y, ([0, 0], [1, 1]), x[:, 0])), A),
    "copyto": (lambda x: _into(x, lambda y: np.copyto(y, x[0])), A),
    "copyto where": (lambda x: _into(x, lambda y: np.copyto(y, x * x, where=x > 0.0)), A),
    "put": (lambda x: _into(x, lambda y: np.put(y, [0, 4], x[0, :2])), A),
    "putmask": (lambda x: _into(x, lambda y: np.putmask(y, x > 0.0, x * x)), A),
    "put, few": (lambda x: _into(x, lambda y: np.put(y, [[0, 4], [3, 1]], x[0, :2])), A),
    "putmask, few": (lambda x: _into(x, lambda y: np.putmask(y, x > 0.0, x[:, :1] * x[0, 1])), A),
    "place": (lambda x: _into(x, lambda y: np.place(y, A > 0.0, 2.0)), A),
    "place, few": (lambda x: _into(x, lambda y: np.place(y, A > -9.0, x[0] * x[1])), A),
    "place, many": (lambda x: _into(x, lambda y: np.place(y, A > 0.0, x * x)), A),
    "put_along_axis": (
        lambda x: _into(x, lambda y: np.put_along_axis(y, np.array([[1], [0]]), x[:, :1] ** 2, 1)),
        A,
    ),
    "fill_diagonal": (lambda x: _into(x, lambda y: np.fill_diagonal(y, x[0, 2])), A),
    "fill_diagonal with few": (lambda x: _into(x, lambda y: np.fill_diagonal(y, x[0, :2])), A),
    "fill_diagonal with many": (lambda x: _into(x, lambda y: np.fill_diagonal(y, x)), A),
}


def _into(x: Any, write: Callable[[Any], Any]) -> Any:
    y = x * 3.0
    write(y)
    return y


@pytest.mark.parametrize("case", (UFUNCS | WRITES).values(), ids=UFUNCS | WRITES)
def test_value_and_derivatives(case: tuple[Callable[..., Any], *tuple[np.ndarray, ...]]) -> None:
    f, *xs = case
    check(f, *xs, compiled=False)


def test_arguments_by_numpys_names_and_places() -> None:
    x = recorded(A, True)
    calls: dict[str, tuple[Any, Any]] = {
        "by place": (np.std(x, 1, None, None, 1), np.std(A, 1, None, None, 1)),
        "by name": (np.sum(a=x, axis=0), np.sum(A, axis=0)),
        "clip": (np.clip(x, min=0.0), np.clip(A, min=0.0)),
        "clip by place": (np.clip(x, None, 0.5), np.clip(A, None, 0.5)),
        "dtype": (np.sum(x, dtype=np.float32), np.sum(A, dtype=np.float32)),
        "defaults": (np.sum(x, where=True), np.sum(A)),
    }
    for got, expected in calls.values():
        assert got.dtype == np.asarray(expected).dtype
        np.testing.assert_allclose(got.value, expected)


OUTSIDE = np.zeros((2, 3))
REFUSED: dict[str, tuple[Callable[[Any], Any], str]] = {
    "where of a ufunc": (lambda x: np.sin(x, where=x > 0.0), r"np\.sin: where= is not supported"),
    "casting of a ufunc": (lambda x: np.sin(x, casting="unsafe"), r"np\.sin: casting="),
    "mean": (lambda x: np.std(x, mean=x.mean()), r"np\.std: mean= is not supported"),
    "out": (lambda x: np.add(x, 1.0, out=OUTSIDE), r"np\.add: a plain array.*zeros_like"),
    "out of a function": (lambda x: np.sum(x, 0, out=OUTSIDE[0]), r"np\.sum: a plain array"),
    "at": (lambda x: np.add.at(OUTSIDE[0], [0], x[0, :1]), r"np\.add\.at: a plain array"),
    "put": (lambda x: np.put(OUTSIDE[0], [0], x[0, :1]), r"np\.put: a plain array"),
    "unknown": (lambda x: np.roots(x[0]), r"np\.roots has no derivative rule here"),
    "unknown ufunc": (lambda x: np.nextafter(x, 1.0), r"np\.nextafter has no derivative rule"),
    "unknown method": (lambda x: np.sin.at(x, [0]), r"np\.sin\.at has no derivative rule"),
}


@pytest.mark.parametrize(("f", "message"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("compile", [False, True])
def test_what_is_refused_is_named(f: Any, message: str, compile: bool) -> None:
    with pytest.raises(TypeError, match=message):
        sd.grad(lambda x: f(x).sum(), compile=compile)(A)


WRONG: dict[str, tuple[Callable[[Any], Any], type[Exception]]] = {
    "axis": (lambda x: np.flip(x, 2), np.exceptions.AxisError),
    "axis twice": (lambda x: np.transpose(x, (0, 0)), ValueError),
    "axes too few": (lambda x: np.transpose(x, (0,)), ValueError),
    "a bound twice": (lambda x: np.clip(x, 0, 1, min=0.5), ValueError),
    "degrees of freedom twice": (lambda x: np.var(x, ddof=1, correction=0), ValueError),
    "reshape": (lambda x: np.reshape(x, (4, 2)), ValueError),
    "two unknown sizes": (lambda x: np.reshape(x, (-1, -1)), ValueError),
    "squeeze": (lambda x: np.squeeze(x, 0), ValueError),
    "concatenate": (lambda x: np.concatenate([x, x[0]]), ValueError),
    "concatenate sizes": (lambda x: np.concatenate([x, x[:, :2]]), ValueError),
    "stack": (lambda x: np.stack([x, x[:1]]), ValueError),
    "split": (lambda x: np.split(x, 2, axis=1), ValueError),
    "broadcast_to": (lambda x: np.broadcast_to(x, (3, 3)), ValueError),
    "take": (lambda x: np.take(x, 9), IndexError),
    "take_along_axis": (lambda x: np.take_along_axis(x, np.array([0]), 0), ValueError),
    "pad": (lambda x: np.pad(x, -1), ValueError),
    "diag": (lambda x: np.diag(x[None]), ValueError),
    "operands": (lambda x: x + np.ones(4), ValueError),
    "a text": (lambda x: x + "a", TypeError),
    "nothing": (lambda x: x * None, TypeError),
    "choice": (lambda x: np.choose(np.array([2]), [x, x]), ValueError),
    "select": (lambda x: np.select([x], [x]), TypeError),
    "in place of another shape": (lambda x: (x[0] * 1.0).__iadd__(x), ValueError),
}


@pytest.mark.parametrize(("f", "error"), WRONG.values(), ids=WRONG)
def test_errors_are_numpys(f: Any, error: type[Exception]) -> None:
    with pytest.raises(error):
        f(A)
    with pytest.raises(error):
        f(recorded(A, True))


def test_integers_take_no_floats_in_place() -> None:
    def f(x: Any) -> None:
        x += 0.5

    for x in (np.arange(3), recorded(np.arange(3), False)):
        with pytest.raises(TypeError):
            f(x)


@pytest.mark.parametrize("other", [1j, np.array([1j]), np.array(["a"]), np.array([None]), "a"])
def test_what_is_no_real_number_is_refused(other: Any) -> None:
    for compile in (False, True):
        with pytest.raises(TypeError):
            sd.grad(lambda x: np.sum(np.real(np.multiply(x, other))), compile=compile)(V)


def test_values_suffice_for_functions_without_derivative() -> None:
    x = recorded(V, True)
    assert np.array2string(x, precision=1) == np.array2string(V, precision=1)
    assert np.result_type(x, np.float32) == np.float64
    np.testing.assert_array_equal(np.isin(x, V[:1]), [True, False, False, False])


def test_a_function_is_either_differentiated_or_given_the_numbers() -> None:
    assert not BY_VALUE & FUNCTIONS.keys()


def test_an_option_without_an_array_to_apply_it_to_is_refused_by_name() -> None:
    with pytest.raises(TypeError, match="einsum: dtype= is not supported"):
        np.einsum("ij->i", recorded(A, True), dtype=np.float64)
