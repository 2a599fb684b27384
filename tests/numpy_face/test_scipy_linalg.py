"""Equations and matrices of scipy.linalg are followed, and give what they give of arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg as la

import symdiff as sd

A = np.cos(np.arange(16.0) ** 1.7).reshape(4, 4) + 2 * np.eye(4)
B, C = A[0] + 1, np.sin(np.arange(4.0)) + 0.1
FACTORS = la.lu_factor(A)


def banded(a: Any) -> Any:
    return la.solve_banded((1, 2), a, B) * la.solve_banded((2, 1), a + np.eye(4)[2][:, None], B)


def positive_and_banded(a: Any) -> Any:
    rows = np.stack([0.1 * a[0], 3 + a[1]])
    return la.solveh_banded(rows, B) + la.solveh_banded(rows[::-1], B, lower=True)


FOLLOWED: dict[str, Callable[[Any], Any]] = {
    "lu_solve": lambda a: la.lu_solve(la.lu_factor(a), B) + la.lu_solve(la.lu_factor(a), a, 1)[0],
    "lu_solve of a plain matrix": lambda a: la.lu_solve(FACTORS, a) + la.lu_solve(FACTORS, a[0]),
    "lstsq": lambda a: la.lstsq(a[:, :2], B)[0] + la.lstsq(a[:, :2], B)[1],
    "toeplitz": lambda a: la.toeplitz(a[0]) @ la.toeplitz(a[1], a[2, :3]),
    "hankel": lambda a: la.hankel(a[0]) @ la.hankel(a[1], a[2, :3]),
    "khatri_rao": lambda a: la.khatri_rao(a, a[:2] ** 2),
    "circulant": lambda a: la.circulant(a[0]) ** 2,
    "solve_toeplitz": lambda a: (
        la.solve_toeplitz(a[0] + [9, 0, 0, 0], B)
        * la.solve_toeplitz((A[0] + [9, 0, 0, 0], a[1]), a[2])
    ),
    "matmul_toeplitz": lambda a: la.matmul_toeplitz((a[0], a[1, :2]), a[:2]),
    "solve_circulant": lambda a: la.solve_circulant(np.array([9, 0, 0, 0]) + a[0], B),
    "solve_banded": banded,
    "solveh_banded": positive_and_banded,
    "solve_sylvester": lambda a: la.solve_sylvester(a, A[:2, :2], a[:, :2]),
    "solve_continuous_lyapunov": lambda a: la.solve_continuous_lyapunov(a, A),
    "solve_discrete_lyapunov": lambda a: la.solve_discrete_lyapunov(a / 5, A + a),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_it_is_followed(name: str) -> None:
    f, h, along = FOLLOWED[name], 1e-6, np.sin(np.arange(16.0)).reshape(4, 4)
    value, slope = sd.jvp(f, (A,), (along,))
    np.testing.assert_allclose(value, f(A), rtol=1e-9, atol=1e-10)
    expected = (f(A + h * along) - f(A - h * along)) / (2 * h)
    np.testing.assert_allclose(slope, expected, rtol=1e-5, atol=1e-6)


def test_pivots_are_scipys() -> None:
    def f(a: Any) -> Any:
        both, pivots = la.lu_factor(a)
        np.testing.assert_array_equal(pivots, la.lu_factor(A[::-1])[1])
        return np.sum(both)

    sd.grad(f, compile=False)(A[::-1].copy())


def test_several_columns_at_once_are_refused_by_name() -> None:
    for f in (lambda c: la.toeplitz(c), lambda c: la.solve_circulant(c, B)):
        with pytest.raises(TypeError, match="axes have no derivative rule"):
            sd.jacobian(f)(A[:2])


def test_matrix_equations_keep_single_precision() -> None:
    a = A.astype(np.float32)
    value, _ = sd.jvp(lambda a: la.solve_sylvester(a, a, a), (a,), (a,))
    assert value.dtype == np.float32
