"""What cannot be followed says so: the README's table of limits, line by line."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
import scipy.sparse
import scipy.special

import symdiff as sd
from symdiff.graph.op import NoDerivative, OpError

X = np.array([0.5, 1.5])


OUTSIDE = np.zeros(2)


def _stored(x: Any) -> Any:
    OUTSIDE[0] = x[0]
    return OUTSIDE


def _added(x: Any) -> Any:
    y = OUTSIDE
    y += x
    return y


def _matrix(x: Any) -> Any:
    return np.array([[x[0], 1.0], [1.0, x[1]]])


REFUSED: dict[str, tuple[Callable[[Any], Any], type[Exception]]] = {
    "stored in an array from outside": (_stored, ValueError),
    "added to an array from outside": (_added, TypeError),
    "float, handed on": (lambda x: sum(map(float, x)), TypeError),
    "arange": (lambda x: np.arange(x[0], 3.0), TypeError),
    "eigvals": (lambda x: np.linalg.eigvals(np.outer(x, x)), TypeError),
    "roots": (np.roots, TypeError),
    "histogram": (lambda x: np.histogram(x)[0], TypeError),
    "fft": (np.fft.fft, TypeError),
    "a complex number": (lambda x: x * 1j, TypeError),
    "pad by nothing known": (lambda x: np.pad(x, 1, mode="empty"), OpError),
    "pad by the mean of nothing": (lambda x: np.pad(x[:0], 1, mode="mean"), OpError),
    "an order": (lambda x: scipy.special.jv(x, 1.0), NoDerivative),
}


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_followed_says_so(name: str, compile: bool) -> None:
    f, error = REFUSED[name]
    with pytest.raises(error):
        sd.grad(lambda x: np.sum(f(x)), compile=compile)(X)


def test_a_store_into_an_array_from_outside_names_the_fix() -> None:
    with pytest.raises(ValueError, match="setting an array element") as caught:
        sd.grad(lambda x: np.sum(_stored(x)))(X)
    assert "np.zeros_like(x)" in str(caught.value.__cause__)


@pytest.mark.parametrize(
    ("f", "named"),
    [
        (lambda x: sum(v * v for v in np.nditer(x)), "np.nditer, called in"),
        (lambda x: np.sum(scipy.special.wofz(x)), "scipy.special.wofz"),
        (lambda x: scipy.optimize.fsolve(lambda y: y - x[0], 1.0)[0], "optimize.fsolve, called in"),
        (lambda x: np.sum(scipy.sparse.eye_array(2) @ x), "__matmul__, called in"),
    ],
)
def test_what_was_called_is_named(f: Callable[[Any], Any], named: str) -> None:
    with pytest.raises(TypeError, match=named):
        sd.grad(f, compile=False)(X)


INSTEAD: dict[str, Callable[[Any], Any]] = {
    "zeros_like": lambda x: np.add(np.zeros_like(x), x),
    "vectorize": lambda x: np.vectorize(lambda v: v * v)(x),
    "object array in a product": lambda x: _matrix(x) @ x,
    "stack": lambda x: np.linalg.inv(np.stack([np.stack([x[0], 1.0]), np.stack([1.0, x[1]])])),
    "SciPy's erf": scipy.special.erf,
    "r_": lambda x: np.r_[x, x],
    "where=": lambda x: np.divide(x, x - 0.5, out=np.zeros_like(x), where=x > 1),
    "where= with zeros": lambda x: np.sqrt(x - 1, out=np.ones(2), where=x > 1),
    "float": lambda x: float(x[0]) * x + float(3),
    "math": lambda x: math.sin(x[0]) * math.log(x[1], 2),
}


@pytest.mark.parametrize("f", INSTEAD.values(), ids=INSTEAD)
def test_what_to_write_instead(f: Callable[[Any], Any]) -> None:
    def total(x: Any) -> Any:
        return np.sum(f(x))

    ends = np.eye(2) * 1e-6
    slope = [(total(X + e) - total(X - e)) / 2e-6 for e in ends]
    np.testing.assert_allclose(sd.grad(total)(X), slope, rtol=1e-6)


def test_what_is_complex_names_what_is_real() -> None:
    with pytest.raises(
        TypeError, match=r"np\.fft\.rfft has no derivative rule here; .*np\.convolve"
    ):
        sd.grad(lambda x: np.sum(np.abs(np.fft.rfft(x))))(X)
    n = np.arange(5)
    turns = 2 * np.pi * np.outer(np.arange(3), n) / 5

    def power(x: Any) -> Any:
        return np.sum((np.cos(turns) @ x) ** 2 + (np.sin(turns) @ x) ** 2)

    x = np.array([0.3, -1.0, 0.5, 2.0, 0.1])
    assert power(x) == pytest.approx(np.sum(np.abs(np.fft.rfft(x)) ** 2))
    expected = 2 * (np.cos(turns).T @ np.cos(turns) + np.sin(turns).T @ np.sin(turns)) @ x
    np.testing.assert_allclose(sd.grad(power)(x), expected)


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize(
    ("m", "side"),
    [
        (np.eye(3).view(np.matrix), lambda m, x: m * x),
        (np.eye(3).view(np.matrix), lambda m, x: x + m),
        (np.ma.masked_array(np.ones(3), [0, 1, 0]), lambda m, x: x * m),
        (np.ma.masked_array(np.ones(3), [0, 1, 0]), lambda m, x: np.multiply(m, x)),
    ],
)
def test_arrays_with_other_meanings_are_refused(m: Any, side: Any, compile: bool) -> None:
    with pytest.raises(TypeError, match="only plain arrays are computed with"):
        sd.jacobian(lambda x: np.asarray(side(m, x[:, None])), compile=compile)(np.ones(3))
    with pytest.raises(TypeError, match="only plain arrays are computed with"):
        sd.grad(np.sum, compile=compile)(m)
