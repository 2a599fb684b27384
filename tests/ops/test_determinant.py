"""Determinants of singular matrices: det is a polynomial, and so are its derivatives."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest

from symdiff.handles.backprop import grad
from symdiff.ops.determinant import cofactor, cofactor_slope, det, slogdet
from symdiff.tensors.torch_face import Tensor

from . import CLOSE

RNG = np.random.default_rng(0)


def of_rank(n: int, rank: int) -> np.ndarray:
    return RNG.normal(size=(n, rank)) @ RNG.normal(size=(rank, n))


def minors(a: np.ndarray) -> np.ndarray:
    """The cofactor matrix, by its definition."""
    n = len(a)
    out = np.empty((n, n))
    for i, j in np.ndindex(n, n):
        rest = np.delete(np.delete(a, i, 0), j, 1)
        out[i, j] = (-1) ** (i + j) * _leibniz(rest)
    return out


def _leibniz(a: np.ndarray) -> float:
    """The sum over permutations, which divides by nothing."""
    n = len(a)
    signs = [np.linalg.det(np.eye(n)[list(p)]) if n else 1.0 for p in permutations(range(n))]
    products = [np.prod(a[range(n), p]) for p in permutations(range(n))]
    return float(sum(s * p for s, p in zip(signs, products)))


def slopes(a: np.ndarray) -> tuple[np.ndarray, Any]:
    """The gradient of det, and its own gradient along a direction."""
    leaf = Tensor(a, requires_grad=True)
    (g,) = grad([det(leaf)], [leaf], create_graph=True)
    along = np.random.default_rng(1).normal(size=a.shape)
    return g.value, grad([g], [leaf], [Tensor(along)])[0].value


@pytest.mark.parametrize("rank", [0, 1, 2, 3, 4])
def test_slopes_whatever_the_rank(rank: int) -> None:
    a = of_rank(4, rank)
    first, second = slopes(a)
    np.testing.assert_allclose(first, minors(a), **CLOSE)
    along = np.random.default_rng(1).normal(size=a.shape)
    h = 2.0**-6
    exact = (minors(a + h * along) - minors(a - h * along)) / (2 * h)
    cubic = (minors(a + 2 * h * along) - minors(a - 2 * h * along)) / (4 * h)
    np.testing.assert_allclose(second, (4 * exact - cubic) / 3, **CLOSE)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_smallest_matrices(n: int) -> None:
    a = np.zeros((n, n))
    first, second = slopes(a)
    np.testing.assert_allclose(first, minors(a), atol=1e-15)
    np.testing.assert_allclose(second.shape, (n, n))


def test_a_stack_with_singular_and_regular_matrices() -> None:
    stack = np.stack([of_rank(3, 3), of_rank(3, 2), np.eye(3), np.zeros((3, 3))])
    np.testing.assert_allclose(cofactor(stack), [minors(a) for a in stack], **CLOSE)
    directions = RNG.normal(size=(2, 4, 3, 3))
    whole = cofactor_slope(stack, directions)
    for k, j in np.ndindex(2, 4):
        part = cofactor_slope(stack[j], directions[k, j])
        np.testing.assert_allclose(whole[k, j], part, **CLOSE)


def test_determinants_out_of_range() -> None:
    for size in (1e-200, 1e200):
        np.testing.assert_allclose(cofactor(np.diag([size, size])), np.diag([size, size]))


def test_repeated_singular_values_are_no_trouble() -> None:
    first, second = slopes(np.eye(3))
    along = np.random.default_rng(1).normal(size=(3, 3))
    np.testing.assert_allclose(first, np.eye(3))
    np.testing.assert_allclose(second, np.trace(along) * np.eye(3) - along.T, atol=1e-14)


def test_nan_passes_through() -> None:
    a = np.stack([np.eye(2), np.full((2, 2), np.nan)])
    found = cofactor(a)
    np.testing.assert_array_equal(found[0], np.eye(2))
    assert np.isnan(found[1]).all()


def test_the_sign_is_flat() -> None:
    leaf = Tensor(np.diag([1.0, -2.0]), requires_grad=True)
    sign, _ = slogdet(leaf)
    (g,) = grad([sign], [leaf])
    assert sign.value == -1
    np.testing.assert_array_equal(g.value, np.zeros((2, 2)))
