"""Simplification keeps the meaning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

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


@pytest.mark.parametrize(
    "f",
    [
        lambda x, y: x - y + 1e-6,
        lambda x, y: 1e-6 + (x - y),
        lambda x, y: 1e-6 - (x - y),
    ],
)
def test_a_small_number_beside_what_cancels_is_not_lost(f: Callable[..., Any]) -> None:
    """It was added before the difference was taken: nothing of it was left beside 1e30."""
    x = np.array([1.0, 1e6, 1e30])
    np.testing.assert_allclose(sd.jit(f)(x, x.copy()), 1e-6, rtol=1e-15)
