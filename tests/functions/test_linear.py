"""Linear algebra against NumPy's and SciPy's, with first and second derivatives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.linalg

from symdiff.functions import linear
from symdiff.graph.op import OpError
from symdiff.handles.backprop import grad
from symdiff.tensors.torch_face import Tensor

from . import check_gradient

BATCHES: list[tuple[int, ...]] = [(), (2,), (2, 1)]
SHAPES = [(3, 3), (4, 2), (2, 4)]


def some(*shape: int) -> np.ndarray:
    """Random numbers, the same whenever they are asked for."""
    return np.random.default_rng(shape).normal(size=shape)


def well(*shape: int) -> np.ndarray:
    """Far from singular."""
    return some(*shape) + 4 * np.eye(shape[-1])


def turned(a: Any) -> Any:
    return a.swapaxes(-1, -2) if isinstance(a, np.ndarray) else a.mT


def gram(a: Any) -> Any:
    """Symmetric, and positive definite if a is regular."""
    return linear.matmul(a, turned(a))


def even(a: Any) -> Any:
    """Symmetric."""
    return a + turned(a)


# --- equations and inverses

SYSTEMS = [
    ((3, 3), (3,)),
    ((3, 3), (3, 2)),
    ((2, 3, 3), (2, 3, 2)),
    ((3, 3), (4, 2, 3, 2)),
    ((2, 3, 3), (3, 2)),
    ((2, 3, 3), (3,)),
    ((2, 1, 3, 3), (4, 3, 1)),
    ((1, 1), (1, 1)),
    ((0, 0), (0, 2)),
    ((0, 3, 3), (0, 3, 2)),
]


@pytest.mark.parametrize("shapes", SYSTEMS, ids=str)
def test_solve(shapes: Any) -> None:
    a, b = well(*shapes[0]), some(*shapes[1])
    np.testing.assert_allclose(linear.solve(a, b), np.linalg.solve(a, b), rtol=1e-12)
    check_gradient(linear.solve, a, b)


@pytest.mark.parametrize("unit", [False, True])
@pytest.mark.parametrize("trans", [False, True])
@pytest.mark.parametrize("lower", [False, True])
@pytest.mark.parametrize("shapes", SYSTEMS, ids=str)
def test_solve_triangular(shapes: Any, lower: bool, trans: bool, unit: bool) -> None:
    a, b = well(*shapes[0]), some(*shapes[1])
    triangle = np.tril(a) if lower else np.triu(a)
    if unit:
        triangle[..., *np.diag_indices(a.shape[-1])] = 1

    def solve(a: Any, b: Any) -> Any:
        return linear.solve_triangular(a, b, lower, trans, unit)

    expected = np.linalg.solve(turned(triangle) if trans else triangle, b)
    np.testing.assert_allclose(solve(a, b), expected, rtol=1e-12, atol=1e-13)
    check_gradient(solve, a, b)


Call = tuple[Callable[..., Any], Callable[..., Any]]
SQUARE: dict[str, Call] = {
    "inv": (linear.inv, np.linalg.inv),
    "det": (linear.det, np.linalg.det),
    "slogdet": (lambda a: linear.slogdet(a).logabsdet, lambda a: np.linalg.slogdet(a)[1]),
    "logdet": (lambda a: linear.logdet(gram(a)), lambda a: np.log(np.linalg.det(gram(a)))),
    "expm": (linear.expm, scipy.linalg.expm),
    "cholesky": (lambda a: linear.cholesky(gram(a)), lambda a: np.linalg.cholesky(gram(a))),
    "upper cholesky": (
        lambda a: linear.cholesky(gram(a), upper=True),
        lambda a: turned(np.linalg.cholesky(gram(a))),
    ),
    "eigvalsh": (lambda a: linear.eigvalsh(even(a)), lambda a: np.linalg.eigvalsh(even(a))),
    "eigenvalues": (
        lambda a: linear.eigh(even(a)).eigenvalues,
        lambda a: np.linalg.eigh(even(a))[0],
    ),
    "eigenvectors": (
        lambda a: linear.eigh(even(a)).eigenvectors ** 2,
        lambda a: np.linalg.eigh(even(a))[1] ** 2,
    ),
    "eigenvectors by the upper half": (
        lambda a: linear.eigh(even(a), "U")[1] ** 2,
        lambda a: np.linalg.eigh(even(a), "U")[1] ** 2,
    ),
    "trace": (lambda a: linear.trace(a, 1, -2, -1), lambda a: np.trace(a, 1, -2, -1)),
    **{
        f"power {n}": (
            lambda a, n=n: linear.matrix_power(a, n),
            lambda a, n=n: np.linalg.matrix_power(a, n),
        )
        for n in (-3, -1, 0, 1, 2, 3, 6)
    },
}


@pytest.mark.parametrize("batch", BATCHES, ids=str)
@pytest.mark.parametrize("name", SQUARE)
def test_functions_of_square_matrices(name: str, batch: tuple[int, ...]) -> None:
    ours, theirs = SQUARE[name]
    a = 0.2 * some(*batch, 4, 4) + np.diag([1.0, 2.0, 3.0, 4.0])
    np.testing.assert_allclose(ours(a), theirs(a), rtol=1e-10, atol=1e-12)
    check_gradient(ours, a)


RECTANGULAR: dict[str, Call] = {
    "pinv": (linear.pinv, np.linalg.pinv),
    "svdvals": (linear.svdvals, np.linalg.svdvals),
    "u": (lambda a: linear.svd(a, False).U ** 2, lambda a: np.linalg.svd(a, False)[0] ** 2),
    "vh": (lambda a: linear.svd(a, False).Vh ** 2, lambda a: np.linalg.svd(a, False)[2] ** 2),
    "what lies beyond u": (
        lambda a: gram(linear.svd(a).U[..., min(a.shape[-2:]) :]),
        lambda a: gram(np.linalg.svd(a)[0][..., min(a.shape[-2:]) :]),
    ),
    "what lies beyond v": (
        lambda a: gram(turned(linear.svd(a).Vh[..., min(a.shape[-2:]) :, :])),
        lambda a: gram(turned(np.linalg.svd(a)[2][..., min(a.shape[-2:]) :, :])),
    ),
    "q": (lambda a: linear.qr(a).Q, lambda a: np.linalg.qr(a)[0]),
    "r": (lambda a: linear.qr(a).R, lambda a: np.linalg.qr(a)[1]),
    "r alone": (lambda a: linear.qr(a, "r"), lambda a: np.linalg.qr(a, "r")),
    "q and r": (lambda a: gram(linear.matmul(*linear.qr(a))), gram),
}


@pytest.mark.parametrize("batch", BATCHES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("name", RECTANGULAR)
def test_functions_of_rectangular_matrices(
    name: str, shape: tuple[int, int], batch: tuple[int, ...]
) -> None:
    ours, theirs = RECTANGULAR[name]
    a = 0.3 * some(*batch, *shape) + np.eye(*shape) * np.arange(1, shape[1] + 1)
    np.testing.assert_allclose(ours(a), theirs(a), rtol=1e-10, atol=1e-12)
    check_gradient(ours, a)


# --- least squares, and pseudo-inverses of matrices of any rank


@pytest.mark.parametrize("columns", [(), (2,)], ids=str)
@pytest.mark.parametrize("batch", BATCHES, ids=str)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_lstsq(shape: tuple[int, int], batch: tuple[int, ...], columns: tuple[int, ...]) -> None:
    a = 0.3 * some(*batch, *shape) + 2 * np.eye(*shape)
    b = some(*(batch if columns else ()), shape[0], *columns)
    found = linear.lstsq(a, b)
    for k in np.ndindex(batch):
        x, residuals, rank, s = np.linalg.lstsq(a[k], b[k] if columns else b)
        np.testing.assert_allclose(found.solution[k], x, rtol=1e-10, atol=1e-12)
        if residuals.size:
            np.testing.assert_allclose(np.ravel(found.residuals[k]), residuals, rtol=1e-10)
        assert np.asarray(found.rank)[k] == rank
        np.testing.assert_allclose(found.singular_values[k], s, rtol=1e-12)
    check_gradient(lambda a, b: linear.lstsq(a, b).solution, a, b)
    if shape[0] > shape[1]:
        check_gradient(lambda a, b: linear.lstsq(a, b).residuals, a, b)


def low_rank(f: Callable[..., Any]) -> Callable[..., Any]:
    """f of a matrix of rank 2 at most, made of two thin ones: its derivatives keep the rank."""
    return lambda left, right, *rest: f(linear.matmul(left, right), *rest)


@pytest.mark.parametrize("shape", [(4, 4), (5, 3), (3, 5)], ids=str)
def test_pinv_and_lstsq_of_low_rank(shape: tuple[int, int]) -> None:
    left, right, b = some(shape[0], 2), some(2, shape[1]), some(shape[0], 3)
    found = low_rank(linear.lstsq)(left, right, b)
    assert found.residuals.size == 0
    np.testing.assert_allclose(found.solution, np.linalg.lstsq(left @ right, b)[0], rtol=1e-9)
    check_gradient(low_rank(linear.pinv), left, right)
    check_gradient(low_rank(lambda a, b: linear.lstsq(a, b).solution), left, right, b)


def test_pinv_leaves_out_small_singular_values() -> None:
    a = np.diag([4.0, 1.0, 0.1])
    expected = [0.25, 1, 10]
    for cut, kept in (({"rtol": 0.1}, 2), ({"atol": 1.0}, 1), ({"rcond": 1.0}, 0), ({}, 3)):
        inverse = linear.pinv(a, **cut)
        np.testing.assert_allclose(np.diag(inverse), expected[:kept] + [0] * (3 - kept))
    stack = linear.pinv(np.stack([a, a]), rtol=np.array([0.1, 0.5]))
    assert [np.count_nonzero(np.diag(x)) for x in stack] == [2, 1]


def test_equations_of_tensors() -> None:
    a, b = some(6, 4, 2, 3, 4), some(6, 4)
    a = a.reshape(24, 24) * 0.1 + 2 * np.eye(24)
    cases = [
        (
            lambda a: linear.tensorinv(a, 1),
            lambda a: np.linalg.tensorinv(a, 1),
            (2 * 3 * 4, 2, 3, 4),
        ),
        (linear.tensorinv, np.linalg.tensorinv, (6, 4, 8, 3)),
    ]
    for ours, theirs, shape in cases:
        np.testing.assert_allclose(ours(a.reshape(shape)), theirs(a.reshape(shape)), atol=1e-13)
        check_gradient(ours, a.reshape(shape))
    for shape, axes in (((6, 4, 2, 3, 4), None), ((2, 6, 4, 3, 4), (0, 3, 4))):
        args = np.moveaxis(a.reshape(6, 4, 2, 3, 4), 2, 2 if axes is None else 0).copy(), b
        assert args[0].shape == shape
        expected = np.linalg.tensorsolve(*args, axes)
        np.testing.assert_allclose(linear.tensorsolve(*args, axes), expected, atol=1e-13)
        check_gradient(lambda a, b, axes=axes: linear.tensorsolve(a, b, axes), *args)


def test_rank_has_no_derivative() -> None:
    np.testing.assert_array_equal(linear.matrix_rank(some(2, 1, 4, 3)), [[3], [3]])
    a = Tensor(some(4, 2) @ some(2, 4), requires_grad=True)
    rank = linear.matrix_rank(a)
    assert (int(rank), rank.requires_grad) == (2, False)
    assert int(linear.matrix_rank(np.diag([3.0, 2.0, 1e-3]), tol=0.1)) == 2
    assert linear.matrix_rank(np.zeros(3)) == 0


# --- dtypes and errors


@pytest.mark.parametrize("name", [*SQUARE, *RECTANGULAR])
def test_float32_stays_float32(name: str) -> None:
    ours, _ = (SQUARE | RECTANGULAR)[name]
    a = some(3, 3) + 2 * np.diag([1.0, 2.0, 3.0])
    wide, single = (Tensor.of(None, a.astype(d)).requires_grad_() for d in (float, np.float32))
    ys = [ours(x) for x in (wide, single)]
    w = some(*ys[0].shape)
    (g,), (g32,) = (
        grad([y], [x], [Tensor.of(None, w.astype(y.dtype))]) for y, x in zip(ys, (wide, single))
    )
    assert (ys[1].dtype, g32.dtype) == (np.dtype(np.float32), np.dtype(np.float32))
    np.testing.assert_allclose(ys[1].value, ys[0].value, rtol=2e-4, atol=2e-4)
    np.testing.assert_allclose(g32.value, g.value, rtol=2e-3, atol=2e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda x: linear.solve(x(3, 4), x(3)), r"solve: shape \(3, 4\) is not square"),
        (lambda x: linear.solve(x(3, 3), x(4)), "solve: .* has 3 rows, the right-hand side 4"),
        (lambda x: linear.solve(x(3), x(3, 3)), "solve: .* a matrix has two axes"),
        (lambda x: linear.lstsq(x(3, 2), x(4)), "lstsq: .* 3 rows, the right-hand side 4"),
        (lambda x: linear.inv(x(2, 3)), r"inv: shape \(2, 3\) is not square; .* 2 rows and 3"),
        (lambda x: linear.det(x(3)), r"det: shape \(3,\) is no matrix"),
        (lambda x: linear.eigh(x(2, 3)), "eigh: .* is not square"),
        (lambda x: linear.eigh(x(2, 2), "X"), "UPLO is 'L' or 'U', not 'X'"),
        (lambda x: linear.qr(x(4, 2), "complete"), "qr: mode 'complete' has no derivative"),
    ],
)
def test_what_does_not_fit_is_named(call: Callable[..., Any], message: str) -> None:
    for make in (np.asarray, lambda x: Tensor(x, requires_grad=True)):
        with pytest.raises(OpError, match=message):
            call(lambda *shape, make=make: make(np.ones(shape)))


def test_singular_matrices_raise_as_in_numpy() -> None:
    a = Tensor(np.ones((2, 2)), requires_grad=True)
    for f in (linear.inv, linear.cholesky, lambda a: linear.solve(a, np.ones(2))):
        with pytest.raises(np.linalg.LinAlgError):
            f(a - 1)


def test_logdet_of_a_negative_determinant_is_nan() -> None:
    assert np.isnan(linear.logdet(np.diag([1.0, -1.0])))
