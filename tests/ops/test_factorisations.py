"""Factorisations: matrices that are read by half, and vectors that a matrix does not determine."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.linalg import polar

import codegen
from symdiff.compiling.lower import lower
from symdiff.functions import linear
from symdiff.functions.reducing import sum as total
from symdiff.graph.op import OPS, aval_of
from symdiff.handles.backprop import grad
from symdiff.ops import elementwise as ew
from symdiff.tensors.torch_face import Tensor
from symdiff.tracing.graphs import inputs_for, trace

from . import CLOSE, Call

RNG = np.random.default_rng(0)
TURN, _ = np.linalg.qr(RNG.normal(size=(4, 4)))
WEIGHT = RNG.normal(size=(4, 4))
ALONG = RNG.normal(size=(4, 4))
ALONG += ALONG.T
EQUAL = {  # the second has equal values only up to rounding
    "identity": np.eye(4),
    "turned": TURN @ np.diag([1.0, 1.0, 1.0, 3.0]) @ TURN.T,
}


def slopes(f: Callable[[Any], Any], a: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gradient, and its gradient along a direction."""
    leaf = Tensor(a, requires_grad=True)
    (g,) = grad([f(leaf)], [leaf], create_graph=True)
    if not g.requires_grad:
        return g.value, np.zeros(a.shape)
    return g.value, grad([g], [leaf], [Tensor(ALONG)])[0].value


def difference(f: Callable[[np.ndarray], Any], a: np.ndarray, along: np.ndarray) -> Any:
    h = 2.0**-12
    near, far = ((f(a + k * h * along) - f(a - k * h * along)) / (2 * k * h) for k in (1, 2))
    return (4 * near - far) / 3


def spectral(f: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """sum(W * f(a)) for a function f of the eigenvalues."""

    def value(a: Any) -> Any:
        w, v = linear.eigh(a)
        return total(((v * f(w)) @ linear.swapaxes(v, -1, -2)) * WEIGHT)

    return value


# --- what does not depend on the choice of vectors is differentiated as ever


@pytest.mark.parametrize("name", EQUAL)
def test_functions_of_equal_eigenvalues(name: str) -> None:
    a = EQUAL[name]
    cases = {
        "sum": (lambda a: total(linear.eigvalsh(a)), np.eye(4)),
        "log det": (lambda a: total(ew.log(linear.eigh(a)[0])), np.linalg.inv(a)),
        "squares": (lambda a: total(linear.eigvalsh(a) ** 2), 2 * a),
        "nuclear norm": (lambda a: total(linear.svdvals(a)), np.eye(4)),
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for f, expected in cases.values():
            np.testing.assert_allclose(slope(f, a), expected, atol=1e-13)
        _, second = slopes(cases["sum"][0], a)
        np.testing.assert_allclose(second, np.zeros((4, 4)), atol=1e-13)


def slope(f: Callable[[Any], Any], a: np.ndarray) -> np.ndarray:
    leaf = Tensor(a, requires_grad=True)
    return grad([f(leaf)], [leaf])[0].value


@pytest.mark.filterwarnings("error")
def test_vectors_whose_rotation_does_not_matter() -> None:
    a = EQUAL["turned"]

    def squares(a: Any) -> Any:
        w, v = linear.eigh(a)
        return total(v * v * w * w)

    def projector(a: Any) -> Any:
        v = linear.eigh(a).eigenvectors[..., :3]
        return total((v @ linear.swapaxes(v, -1, -2)) * WEIGHT)

    np.testing.assert_allclose(slope(squares, a), 2 * a, atol=1e-13)
    found = np.sum(slope(projector, a) * ALONG)
    np.testing.assert_allclose(found, difference(projector, a, ALONG), **CLOSE)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", EQUAL)
def test_polar_factor(name: str) -> None:
    def factor(a: Any) -> Any:
        u, _, vh = linear.svd(a)
        return total((u @ vh) * WEIGHT)

    along = RNG.normal(size=(4, 4))
    expected = difference(lambda a: np.sum(polar(a)[0] * WEIGHT), EQUAL[name], along)
    np.testing.assert_allclose(np.sum(slope(factor, EQUAL[name]) * along), expected, **CLOSE)


# --- what does is NaN, with the reason


def first_vector(a: Any) -> Any:
    return total(linear.eigh(a).eigenvectors[..., 0])


def left_vector(a: Any) -> Any:
    return total(linear.svd(a).U[..., -1])


@pytest.mark.parametrize("name", EQUAL)
@pytest.mark.parametrize(
    ("f", "reason"),
    [
        (first_vector, "eigh: eigenvalues are equal"),
        (spectral(lambda w: w), "eigh: eigenvalues are equal"),
        (spectral(ew.log), "eigh: eigenvalues are equal"),
        (left_vector, "svd: singular values are equal"),
    ],
)
def test_what_equal_values_do_not_determine(name: str, f: Any, reason: str) -> None:
    with pytest.warns(RuntimeWarning, match=reason):
        assert np.isnan(slope(f, EQUAL[name])).all()


def test_curvature_that_equal_eigenvalues_do_not_determine() -> None:
    with pytest.warns(RuntimeWarning, match="eigh: eigenvalues are equal"):
        _, second = slopes(lambda a: total(linear.eigvalsh(a) ** 2), np.eye(4))
    assert np.isnan(second).all()


def test_only_the_matrix_with_equal_values_is_nan() -> None:
    a = np.stack([np.diag([1.0, 2.0]), np.eye(2)])
    with pytest.warns(RuntimeWarning, match="equal"):
        g = slope(first_vector, a)
    assert (np.isnan(g).all((1, 2)) == [False, True]).all()


def test_vectors_of_singular_values_that_are_zero() -> None:
    a = np.diag([2.0, 1.0, 0.0])[:, :2] @ np.diag([1.0, 0.0])
    with pytest.warns(RuntimeWarning, match="svd: singular values are equal, or zero"):
        assert np.isnan(slope(lambda a: total(linear.svd(a, False).U), a)).any()


def test_further_columns_of_u_may_be_rotated() -> None:
    a = RNG.normal(size=(5, 2))
    with pytest.warns(RuntimeWarning, match="svd"):
        assert np.isnan(slope(lambda a: total(linear.svd(a).U[..., 2:]), a)).all()


def test_close_eigenvalues_are_told_apart() -> None:
    gap = 1e-6
    g = slope(lambda a: total(linear.eigh(a).eigenvectors[1, 0]), np.diag([1.0, 1 + gap]))
    np.testing.assert_allclose(np.abs(g), [[0, 0.5 / gap], [0.5 / gap, 0]], rtol=1e-6)


# --- matrices that are read by half: cotangents are symmetric, in stacks too


@pytest.mark.parametrize("name", ["cholesky", "eigh"])
def test_kernels_agree(name: str) -> None:
    """What the table's test of kernels does for ops that read the whole matrix."""
    op, m = OPS[name], RNG.normal(size=(3, 3))
    a = m @ m.T + np.diag([1.0, 2.0, 3.0])
    gs = [RNG.normal(size=y.shape) for y in Call(op, (a,), {}).results]

    def pulled(a: Any, *gs: Any) -> Any:
        y = op(a)
        return op.pullback(gs if op.results > 1 else gs[0], y, a, needed=(True,))[0]

    labels = [f"a{k}" for k in range(1 + len(gs))]
    graph = trace("pulled", pulled, inputs_for(labels, [aval_of(x) for x in (a, *gs)]))
    (found,) = codegen.build(lower(graph), target="python")(a, *gs)
    np.testing.assert_allclose(found, pulled(a, *gs), **CLOSE)


@pytest.mark.parametrize("name", ["cholesky", "eigh"])
def test_stacks_of_matrices_and_of_cotangents(name: str) -> None:
    a = RNG.normal(size=(2, 3, 3))
    call = Call(OPS[name], (a @ a.mT + np.diag([1.0, 2.0, 3.0]),), {})
    gs = [RNG.normal(size=(4, *y.shape)) for y in call.results]
    several = call.op.results > 1
    (whole,) = call.pull(tuple(gs) if several else gs[0], (True,))
    np.testing.assert_allclose(whole, whole.mT, atol=1e-13)
    for i, j in np.ndindex(4, 2):
        one = Call(call.op, (call.args[0][j],), {})
        parts = tuple(g[i, j] for g in gs)
        np.testing.assert_allclose(
            whole[i, j], one.pull(parts if several else parts[0], (True,))[0], **CLOSE
        )


def test_only_the_lower_triangle_is_read() -> None:
    a = np.diag([1.0, 2.0, 3.0]) + 0.3
    np.testing.assert_allclose(linear.cholesky(np.tril(a)), np.linalg.cholesky(a))
    for found, expected in zip(linear.eigh(np.tril(a)), np.linalg.eigh(a)):
        np.testing.assert_allclose(found, expected)


def test_results_that_are_read_twice_get_both_cotangents() -> None:
    """The second derivative reads w and v again; what arrives along both ways adds up."""
    a = np.diag([1.0, 2.0, 4.0]) + 0.1 * np.ones((3, 3))
    along = ALONG[:3, :3]

    def f(a: Any) -> Any:
        w, v = linear.eigh(a)
        return total(v**4 * w)

    def first(a: np.ndarray) -> float:
        return float(np.sum(slope(f, a) * along))

    leaf = Tensor(a, requires_grad=True)
    (g,) = grad([f(leaf)], [leaf], create_graph=True)
    (h,) = grad([g], [leaf], [Tensor(along)])
    np.testing.assert_allclose(np.sum(h.value * along), difference(first, a, along), **CLOSE)
