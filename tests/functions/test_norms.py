"""Norms and distances against NumPy's, with first and second derivatives, and at their kinks."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from symdiff.functions import norms
from symdiff.graph.op import OpError
from symdiff.handles.backprop import grad
from symdiff.tensors.torch_face import Tensor

from . import check_gradient

X = np.random.default_rng(0).normal(size=(2, 3, 4))
X += np.copysign(1, X)  # away from 0, where norms have kinks
SMOOTH = [1, 2, 3, 4, 2.5, 1.5, 0.5, -1, -2.1, math.inf, -math.inf]
MATRIX = ["fro", "nuc", 2, -2, 1, -1, math.inf, -math.inf]


def slope(f: Any, x: np.ndarray) -> np.ndarray:
    leaf = Tensor(x, requires_grad=True)
    y = f(leaf)
    (g,) = grad([y], [leaf], [Tensor.of(None, np.ones(y.shape, y.dtype))])
    return g.value


@pytest.mark.parametrize("axis", [0, -1, (1,)])
@pytest.mark.parametrize("ord", [0, *SMOOTH])
def test_norm_of_vectors(ord: float, axis: Any) -> None:
    for keepdims in (False, True):
        expected = np.linalg.norm(X, ord, axis, keepdims)
        np.testing.assert_allclose(norms.norm(X, ord, axis, keepdims), expected, rtol=1e-13)
    check_gradient(lambda x: norms.norm(x, ord, axis), X)


@pytest.mark.parametrize("ord", [0, *SMOOTH])
def test_norm_of_all_elements_or_some_axes(ord: float) -> None:
    for axis in (None, (0, 2)):
        y = norms.vector_norm(X, ord, axis, keepdims=True)
        expected = np.linalg.vector_norm(X, axis=axis, ord=ord, keepdims=True)
        np.testing.assert_allclose(y, expected, rtol=1e-13)
    check_gradient(lambda x: norms.vector_norm(x, ord), X)


@pytest.mark.parametrize("axis", [(-2, -1), (0, 1), (2, 0)])
@pytest.mark.parametrize("ord", MATRIX)
def test_norm_of_matrices(ord: Any, axis: Any) -> None:
    for keepdims in (False, True):
        expected = np.linalg.norm(X, ord, axis, keepdims)
        np.testing.assert_allclose(norms.norm(X, ord, axis, keepdims), expected, rtol=1e-12)
    check_gradient(lambda x: norms.norm(x, ord, axis), X)


def test_norm_without_order_or_axis() -> None:
    for x, axis in ((X, None), (X[0], None), (X[0, 0], None), (X, (0, 2))):
        np.testing.assert_allclose(norms.norm(x, axis=axis), np.linalg.norm(x, axis=axis))
    assert norms.norm(X, keepdims=True).shape == (1, 1, 1)
    np.testing.assert_allclose(norms.norm(X[0], "nuc"), np.linalg.norm(X[0], "nuc"))


@pytest.mark.parametrize("ord", [0, *SMOOTH])
def test_slope_at_zero_is_zero(ord: float) -> None:
    np.testing.assert_array_equal(slope(lambda x: norms.norm(x, ord), np.zeros(3)), np.zeros(3))


@pytest.mark.parametrize("ord", [2, 3])
def test_slope_of_slope_at_zero_is_zero(ord: float) -> None:
    leaf = Tensor(np.zeros(3), requires_grad=True)
    (g,) = grad([norms.norm(leaf, ord)], [leaf], create_graph=True)
    (h,) = grad([g], [leaf], [Tensor(np.ones(3))])
    np.testing.assert_array_equal(h.value, np.zeros(3))


def test_slope_where_one_element_is_zero() -> None:
    x = np.array([0.0, 3.0, -4.0])
    np.testing.assert_allclose(slope(norms.norm, x), x / 5)
    np.testing.assert_allclose(slope(lambda x: norms.norm(x, 3), x)[0], 0)
    np.testing.assert_array_equal(slope(lambda x: norms.norm(x, 0.5), x)[0], 0)


def test_ties_of_the_largest_share() -> None:
    x = np.array([2.0, -2.0, 1.0])
    np.testing.assert_array_equal(slope(lambda x: norms.norm(x, math.inf), x), [0.5, -0.5, 0])
    np.testing.assert_allclose(slope(lambda x: norms.norm(x, 2), 3 * np.eye(2)), np.eye(2) / 2)
    np.testing.assert_allclose(slope(lambda x: norms.norm(x, "nuc"), 3 * np.eye(3)), np.eye(3))


@pytest.mark.parametrize("p", [None, *MATRIX])
def test_cond(p: Any) -> None:
    a = X[0, :3, :3] + 3 * np.eye(3) + np.diag([0.0, 1.0, 3.0])
    np.testing.assert_allclose(norms.cond(a, p), np.linalg.cond(a, p), rtol=1e-12)
    check_gradient(lambda a: norms.cond(a, p), np.stack([a, a.T]))


@pytest.mark.parametrize(("p", "name"), [(2, "euclidean"), (1, "cityblock"), (3, "minkowski")])
def test_distances(p: float, name: Any) -> None:
    x, y = X[0], X[1, :2]
    options = {"p": p} if name == "minkowski" else {}
    np.testing.assert_allclose(norms.cdist(x, y, p), cdist(x, y, name, **options), rtol=1e-13)
    check_gradient(lambda x, y: norms.cdist(x, y, p), X, X[:, 1:] + 1)


def test_distance_of_equal_points_has_slope_zero() -> None:
    apart = X[0][:, None] - X[0]
    sizes = np.linalg.norm(apart, axis=-1, keepdims=True)
    units = np.divide(apart, sizes, out=np.zeros_like(apart), where=sizes > 0)
    np.testing.assert_allclose(slope(lambda x: norms.cdist(x, X[0]), X[0]), units.sum(1))


def test_empty_arrays() -> None:
    assert norms.norm(np.zeros(0)) == 0
    np.testing.assert_array_equal(norms.norm(np.zeros((0, 3)), 2, 0), np.zeros(3))
    assert norms.norm(np.zeros((0, 3)), "nuc") == norms.norm(np.zeros((3, 0)), "fro") == 0
    with pytest.raises(OpError, match="empty array"):
        norms.norm(np.zeros(0), math.inf)


@pytest.mark.parametrize("ord", [None, 0, *SMOOTH])
def test_float32_stays_float32(ord: Any) -> None:
    leaf = Tensor.of(None, X[0].astype(np.float32)).requires_grad_()
    y = norms.norm(leaf, ord, -1)
    (g,) = grad([y], [leaf], [Tensor.of(None, np.ones(3, np.float32))])
    assert (y.dtype, g.dtype) == (np.dtype(np.float32), np.dtype(np.float32))


def test_integers_have_norms_of_float64() -> None:
    y = norms.norm(np.array([3, 4]))
    assert (y, y.dtype) == (5, np.float64)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: norms.norm(X, 2), "norm: 3 axes; vectors have one and matrices two"),
        (lambda: norms.norm(X, "fro", 0), "norm: 'fro' is a norm of matrices"),
        (lambda: norms.norm(X, 3, (0, 1)), "norm: 3 is no norm of matrices; these are: 'fro'"),
        (lambda: norms.matrix_norm(X, "fro", (1, -2)), "norm: the axes .* are one"),
    ],
)
def test_what_does_not_fit_is_named(call: Any, message: str) -> None:
    with pytest.raises(OpError, match=message):
        call()
