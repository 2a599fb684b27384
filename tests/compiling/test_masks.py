"""What masks hide, and what they do not: compiled code as the tape and NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

CHOSEN = np.array([[True, False], [False, False]])
ROW = np.array([2.0, np.nan])
MATRIX = np.array([[1.0, np.nan], [np.nan, np.nan]])

PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    "a row, summed away": lambda row, matrix: np.where(CHOSEN, row, 0).sum(0),
    "a row, wholly summed": lambda row, matrix: np.where(CHOSEN, row, 0).sum(),
    "a column": lambda row, matrix: np.where(CHOSEN, row[:, None], 0).sum(1),
    "a column, contracted": lambda row, matrix: np.where(CHOSEN, row[:, None], 0).T @ np.ones(2),
    "numbers that stand beside a count": lambda row, matrix: (
        np.where(matrix > 9, 1.0, 0.0).sum(0) * row
    ),
    "a product with what is chosen": lambda row, matrix: np.where(CHOSEN, 2.0, 0) * row,
    "a product with chosen numbers": lambda row, matrix: np.where(matrix > 0, matrix, 0) * row,
    "a matrix product with what is chosen": lambda row, matrix: np.where(CHOSEN, 2.0, 0) @ row,
    "a mean of no numbers": lambda row, matrix: np.nanmean(matrix, axis=1),
    "a mean along the other axis": lambda row, matrix: np.nanmean(matrix, axis=0, keepdims=True),
}


@pytest.mark.filterwarnings("ignore:Mean of empty slice")
@pytest.mark.parametrize("name", PROGRAMS)
def test_masks_hide_in_compiled_code_what_they_hide_in_numpy(name: str) -> None:
    f = PROGRAMS[name]
    np.testing.assert_array_equal(sd.jit(f)(ROW, MATRIX), f(ROW, MATRIX))


@pytest.mark.parametrize("joined", [lambda x: np.concatenate([x, x / 1.0]), lambda x: x / 1.0])
def test_whole_numbers_become_floats_where_they_are_divided_by_one(joined: Any) -> None:
    x = np.arange(3)
    got = sd.jit(joined)(x)
    assert got.dtype == np.float64
    np.testing.assert_array_equal(got, joined(x))


def test_whole_numbers_that_were_divided_do_not_overflow() -> None:
    x = np.array([2**40])
    np.testing.assert_array_equal(sd.jit(lambda x: (x / 1.0) ** 3)(x), [2.0**120])


@pytest.mark.parametrize(
    "mask", [np.array([2, 0, 1]), np.array([0.5, 0, 1.0])], ids=["int", "float"]
)
def test_numbers_that_choose_may_be_turned_around(mask: np.ndarray) -> None:
    def f(w: np.ndarray, X: np.ndarray) -> float:
        return np.mean(np.where(mask, (X @ w) ** 2, np.sin(X @ w)))

    w, X = np.array([0.1, 0.2]), np.arange(6.0).reshape(3, 2) / 10
    expected = sd.hessian(f, compile=False)(w, X)
    np.testing.assert_allclose(sd.hessian(f)(w, X), expected, rtol=1e-12)


@pytest.mark.parametrize("derivative", [sd.grad, sd.hessian])
@pytest.mark.parametrize(
    "of_root",
    [
        lambda x, u: np.clip(u, 1, 2) + 2 * np.clip(u, 1, 3),
        lambda x, u: np.where(x > 1, u, np.where(x > 0.5, 2 * u, 0.0)),
        lambda x, u: np.where(x > 1, np.where(x > 2, u, 0.0) + np.where(x > 3, 2 * u, 0.0), 0.0),
        lambda x, u: np.minimum(u, -1) * 2 + np.minimum(u, -2) * x,
        lambda x, u: np.where(np.sum(x) > 9, np.sum(u), 0.0) + np.where(np.sum(x) > 8, u, 0.0),
        lambda x, u: sum(np.where(x > k, k * u, 0.0) for k in range(1, 60)),
    ],
    ids=["clips", "pieces", "nested", "minima", "of sums", "many"],
)
def test_several_masks_before_one_slope_keep_it_from_being_infinite(derivative, of_root):
    def f(x):
        return np.sum(of_root(x, np.sqrt(x)))

    x = np.array([0.0, 2.5])
    wanted = derivative(f, compile=False)(x)
    assert np.all(np.isfinite(wanted))
    np.testing.assert_allclose(derivative(f)(x), wanted, rtol=1e-12)


@pytest.mark.parametrize("rows", [1, 2, 5])
def test_a_mask_along_few_rows_is_as_good(rows: int) -> None:
    """One row's mask has an axis that its choice does not have."""
    x, at, mask = np.arange(6.0).reshape(3, 2), np.arange(rows) % 3, np.arange(rows) % 2 == 0

    def f(x: Any, at: Any, mask: Any) -> Any:
        return np.sum(np.where(mask[: at.shape[0]].reshape(-1, 1), x[at], 0.0))

    value, slope = sd.value_and_grad(f)(x, at, mask)
    wanted, its = sd.value_and_grad(f, compile=False)(x, at, mask)
    np.testing.assert_allclose(value, wanted)
    np.testing.assert_allclose(slope, its)
