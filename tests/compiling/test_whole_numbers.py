"""Whole numbers, truth values and short floats in compiled code: computed in NumPy's dtypes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

LARGE = np.array([2**40, -(2**35), 7, 0])
HALF = np.array([2**31 - 1, -(2**30), 5, 0], np.int32)
CHOSEN, OTHERS = np.array([True, False, False, True]), np.array([True, True, False, False])
X = np.array([1.0, 0.0, 0.5, 0.25])

FLOATS: dict[str, Callable[[Any, Any], Any]] = {
    "a product with 1.0": lambda u, v: (u * 1.0) ** 3,
    "a sum with 0.0": lambda u, v: (u + 0.0) ** 3,
    "a negative": lambda u, v: np.negative(u * 1.0) ** 3,
    "one of several factors": lambda u, v: u * 0.1 * v * u,
    "a quotient": lambda u, v: (u / 3) * u * u,
    "a power": lambda u, v: u**2.0,
    "a root": lambda u, v: np.sqrt(u * 1.0 * u),
    "what is chosen": lambda u, v: np.where(u > v, u, 0.0) ** 3,
    "a mask": lambda u, v: np.where(u > v, 1.0, 0.0) * u * u * u,
    "a product of vectors": lambda u, v: np.dot(u, v * 1.0),
    "a product with a matrix": lambda u, v: np.ones((4, 4)) @ u * u * u,
    "a trace": lambda u, v: np.trace(np.outer(u * 1.0, v)),
    "a mean": lambda u, v: np.mean(u) ** 3,
    "a triangle": lambda u, v: np.triu(np.outer(u * 1.0, v)),
    "rows": lambda u, v: np.broadcast_to(u * 1.0, (3, 4)) ** 3,
    "a number of a float's dtype": lambda u, v: (u * np.float64(1)) ** 3,
}


@pytest.mark.parametrize("name", FLOATS)
def test_whole_numbers_that_became_floats_do_not_overflow(name: str) -> None:
    f = FLOATS[name]
    compiled = sd.jit(f)
    for u in (LARGE, HALF, CHOSEN):
        for v in (LARGE[::-1], HALF[::-1], OTHERS):
            np.testing.assert_allclose(compiled(u, v), f(u, v), rtol=1e-12)


def test_gradients_and_hessians_of_whole_numbers_do_not_overflow() -> None:
    counts = np.array([[2**20, 3], [5, 2**18]], np.int32)

    def loss(x: Any, counts: Any) -> Any:
        return np.sum((counts @ x) ** 2)

    x = np.array([1.0, 2.0])
    np.testing.assert_allclose(sd.grad(loss)(x, counts), 2.0 * counts.T @ (counts @ x))
    exact = 2.0 * counts.T.astype(float) @ counts
    np.testing.assert_allclose(sd.hessian(loss)(x, counts), exact)


def test_a_short_float_times_a_long_one_is_long() -> None:
    x = np.array([1.1, 3e9], np.float32)
    cube = sd.jit(lambda x: (np.float64(1.0) * x) ** 3)(x)
    np.testing.assert_allclose(cube, x.astype(np.float64) ** 3, rtol=1e-15)


@pytest.mark.parametrize("f", [np.exp, np.log1p, np.sin, np.abs, np.sign, np.trunc, np.isfinite])
def test_functions_of_truth_values_times_numbers_are_functions_of_floats(f: Any) -> None:
    """Of truth values NumPy computes in its shortest floats: three digits."""
    for g in (lambda x: f((x > 0.4) * 1.0) * x, lambda x: f((x > 0.4) + 0.0) * x):
        np.testing.assert_allclose(sd.jit(g)(X), g(X), rtol=1e-14)


@pytest.mark.parametrize(
    "f", [np.abs, np.floor, np.ceil, np.trunc, np.isnan, np.isfinite, np.isinf]
)
def test_functions_of_truth_values_are_compiled(f: Any) -> None:
    found = sd.jit(lambda c: f(c))(CHOSEN)
    np.testing.assert_array_equal(found, f(CHOSEN))
    assert found.dtype == f(CHOSEN).dtype


@pytest.mark.parametrize("dtype", [np.int32, np.bool_])
def test_products_of_short_whole_numbers_are_long(dtype: Any) -> None:
    x = np.array([[2, 3], [7, 1]]).astype(dtype)
    for axis in (None, 0, 1):
        np.testing.assert_array_equal(
            sd.jit(lambda x, axis=axis: np.prod(x, axis=axis))(x), np.prod(x, axis=axis)
        )


def test_a_truth_value_beside_a_mask_stays_a_factor() -> None:
    """It was neither mask nor number, and left out: a wrong gradient."""

    def chosen(b: Any, c: Any) -> Any:
        return np.sum(np.maximum(c, b) * c)

    gradient = sd.grad(chosen)(X, CHOSEN)
    np.testing.assert_array_equal(gradient, [0.5, 0, 0, 0])
    np.testing.assert_array_equal(gradient, sd.grad(chosen, compile=False)(X, CHOSEN))


@pytest.mark.parametrize("f", [np.sort, np.argsort, np.argmax, np.argmin])
def test_truth_values_are_in_order(f: Any) -> None:
    """True was less than False to machine code."""
    for x in (CHOSEN, OTHERS, np.array([[True, False, True], [False, True, False]])):
        np.testing.assert_array_equal(sd.jit(lambda x: f(x, axis=-1))(x), f(x, axis=-1))


@pytest.mark.parametrize("knots", ["f8", "f4", "i8", "i4", "?"])
@pytest.mark.parametrize("points", ["f8", "f4", "i8", "i4", "?"])
def test_searches_among_numbers_of_another_dtype(knots: str, points: str) -> None:
    a, v = np.array([0, 1]).astype(knots), np.array([[1, 0], [0, 2]]).astype(points)
    for side in ("left", "right"):
        found = sd.jit(lambda a, v, side=side: np.searchsorted(a, v, side))(a, v)
        np.testing.assert_array_equal(found, np.searchsorted(a, v, side))


def test_interpolation_at_short_floats() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.interp(x, np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 2.0])))

    x = np.array([0.5, 1.5], np.float32)
    np.testing.assert_allclose(sd.grad(f)(x), [2.0, -1.0])
    np.testing.assert_allclose(sd.jit(f)(x), f(x))
