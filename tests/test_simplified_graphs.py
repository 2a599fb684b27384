"""Simplification keeps the meaning."""

from __future__ import annotations

import numpy as np

import symdiff as sd


def test_terms_that_two_expressions_share_are_added_up_once() -> None:
    """Halves were once counted as wholes in this Hessian."""

    def f(x: np.ndarray) -> np.ndarray:
        a = np.exp(x)
        return np.sum(np.sin(np.sin(np.arctan2(a, a) + x)))

    x = np.array([0.3, -0.5, 1.2])
    c = np.pi / 4 + x  # arctan2(a, a) is constant
    expected = -np.sin(np.sin(c)) * np.cos(c) ** 2 - np.cos(np.sin(c)) * np.sin(c)
    np.testing.assert_allclose(sd.hessian(f)(x), np.diag(expected), atol=1e-12)
