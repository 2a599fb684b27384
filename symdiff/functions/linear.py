"""Linear algebra as np.linalg has it: arguments made plain, and what is composed of ops."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from ..graph.extents import known, product
from ..graph.op import OpError
from ..handles.operands import operand
from ..ops import determinant, factorisations, least_squares, linalg
from ..ops import elementwise as ew
from ..ops import shape as shape_ops
from ..ops.broadcasting import broadcast, shape_text
from ..ops.creation import delta, made_like
from ..ops.matrices import many
from . import shaping
from .axes import shape_of
from .products import matmul
from .reducing import sum as total
from .shaping import broadcast_to, expand_dims, moveaxis, ravel, reshape, squeeze, swapaxes


class SlogdetResult(NamedTuple):
    sign: Any
    logabsdet: Any


class EighResult(NamedTuple):
    eigenvalues: Any
    eigenvectors: Any


class QRResult(NamedTuple):
    Q: Any
    R: Any


class SVDResult(NamedTuple):
    U: Any
    S: Any
    Vh: Any


class LstsqResult(NamedTuple):
    solution: Any
    residuals: Any
    rank: Any
    singular_values: Any


# --- equations


def solve(a: Any, b: Any) -> Any:
    """x of a x = b; b is a vector if it has one axis, else a stack of matrices."""
    return _solved("solve", linalg.solve, a, b)


def solve_triangular(
    a: Any, b: Any, lower: bool = False, trans: bool = False, unit: bool = False
) -> Any:
    """x of a x = b (a.T x = b if `trans`) with one triangle of a; its diagonal is 1 if `unit`."""
    op = partial(linalg.solve_triangular, lower=bool(lower), trans=bool(trans), unit=bool(unit))
    return _solved("solve_triangular", op, a, b)


def _solved(name: str, op: Any, a: Any, b: Any) -> Any:
    a, b = operand(a), operand(b)
    if len(shape_of(b)) == 1:
        return squeeze(_solved(name, op, a, expand_dims(b, -1)), -1)
    shapes = shape_of(a), shape_of(b)
    if min(map(len, shapes)) < 2:
        raise OpError(f"{name}: shapes {shape_text(shapes)}; a matrix has two axes at least")
    if len(shapes[0]) == 2:
        return many(op, a, b)
    batch = broadcast(name, shapes[0][:-2], shapes[1][:-2])
    return op(*(broadcast_to(x, batch + s[-2:]) for x, s in zip((a, b), shapes)))


def inv(a: Any) -> Any:
    """The inverse of square matrices."""
    return linalg.inv(a)


def lstsq(a: Any, b: Any, rcond: float | None = None) -> LstsqResult:
    """The shortest x that makes |a x - b|**2 least, and that least value if a has full column rank.

    The rank is read off the value of a; while a function is traced it counts as full.
    """
    a, b = operand(a), operand(b)
    if len(shape_of(b)) == 1:
        x, *rest = lstsq(a, expand_dims(b, -1), rcond)
        return LstsqResult(squeeze(x, -1), *rest)
    m, n = shape_of(a)[-2:]
    x = least_squares.lstsq(a, b, rtol=None if rcond is None else float(rcond))
    s = svdvals(a)
    rank = _rank(s, m, n, None, rcond)
    values = getattr(rank, "value", rank)
    if m <= n or (values is not None and np.any(values < n)):
        return LstsqResult(x, ravel(x)[:0], rank, s)
    off = b - matmul(a, x)
    return LstsqResult(x, total(off * off, -2), rank, s)


def pinv(
    a: Any, rcond: Any = None, hermitian: bool = False, *, rtol: Any = None, atol: Any = None
) -> Any:
    """The pseudo-inverse; singular values up to max(atol, rtol * largest) count as zero."""
    rtol = rcond if rtol is None else rtol
    return least_squares.pinv(a, rtol=_plain(rtol), atol=_plain(atol), hermitian=bool(hermitian))


def _plain(tolerance: Any) -> Any:
    if tolerance is None:
        return None
    values = getattr(tolerance, "value", tolerance)
    return float(values) if np.ndim(values) == 0 else np.asarray(values)


def tensorinv(a: Any, ind: int = 2) -> Any:
    """The inverse of a as a map from its last axes to its first `ind`."""
    shape = shape_of(a)
    y = inv(reshape(a, (product(shape[:ind]), product(shape[ind:]))))
    return reshape(y, (*shape[ind:], *shape[:ind]))


def tensorsolve(a: Any, b: Any, axes: Sequence[int] | None = None) -> Any:
    """x of tensordot(a, x) = b, over all axes of x; `axes` of a are moved to its end first."""
    a = a if axes is None else moveaxis(a, tuple(axes), range(-len(tuple(axes)), 0))
    shape = shape_of(a)[len(shape_of(b)) :]
    y = solve(reshape(a, (product(shape_of(b)), product(shape))), ravel(b))
    return reshape(y, shape)


# --- determinants and traces


def det(a: Any) -> Any:
    """The determinant; its derivatives are finite for singular matrices, too."""
    return determinant.det(a)


def slogdet(a: Any) -> SlogdetResult:
    """The sign of the determinant, and the logarithm of its absolute value."""
    return SlogdetResult(*determinant.slogdet(a))


def logdet(a: Any) -> Any:
    """log(det(a)); NaN where the determinant is negative."""
    sign, log = determinant.slogdet(a)
    return ew.where(sign < 0, np.nan, log)


def trace(a: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The sum along a diagonal."""
    return total(shaping.diagonal(a, offset, axis1, axis2), -1)


# --- factorisations


def cholesky(a: Any, *, upper: bool = False) -> Any:
    """The lower factor l of a = l l.T, or the upper one, its transpose."""
    if upper:
        return swapaxes(factorisations.cholesky(swapaxes(a, -1, -2)), -1, -2)
    return factorisations.cholesky(a)


def qr(a: Any, mode: str = "reduced") -> Any:
    """Orthonormal columns and an upper triangle; `mode` as in np.linalg.qr."""
    m, n = shape_of(a)[-2:]
    if mode == "reduced" or (mode == "complete" and m <= n):
        return QRResult(*factorisations.qr(a))
    if mode == "r":
        return factorisations.qr(a)[1]
    raise OpError(
        f"qr: mode {mode!r} has no derivative for {known(m)} rows and {known(n)} columns; "
        "'reduced' and 'r' have one"
    )


def eigh(a: Any, UPLO: str = "L") -> EighResult:
    """Eigenvalues, ascending, and eigenvectors of symmetric matrices."""
    if UPLO.upper() not in ("L", "U"):
        raise OpError(f"eigh: UPLO is 'L' or 'U', not {UPLO!r}")
    return EighResult(*factorisations.eigh(a if UPLO.upper() == "L" else swapaxes(a, -1, -2)))


def eigvalsh(a: Any, UPLO: str = "L") -> Any:
    """The eigenvalues of symmetric matrices, ascending."""
    return eigh(a, UPLO).eigenvalues


def svd(
    a: Any, full_matrices: bool = True, compute_uv: bool = True, hermitian: bool = False
) -> Any:
    """u, s, vh with a = u diag(s) vh, as np.linalg.svd."""
    if not compute_uv:
        return svdvals(a)
    m, n = shape_of(a)[-2:]
    op = factorisations.svd_full if full_matrices and m != n else factorisations.svd
    return SVDResult(*op(a))


def svdvals(a: Any) -> Any:
    """The singular values, descending."""
    return factorisations.svd(a)[1]


# --- functions of matrices


def expm(a: Any) -> Any:
    """The matrix exponential: 1 + a + a @ a / 2 + ..."""
    return linalg.expm(a)


def matrix_power(a: Any, n: int) -> Any:
    """a @ a @ ... @ a, n times; of the inverse if n is negative."""
    if n < 0:
        return matrix_power(inv(a), -n)
    if n == 0:
        one = made_like(a, delta, shape=shape_of(a)[-1:], dtype=np.dtype(a.dtype))
        return shape_ops.zeros_like(a) + one
    if n == 1:
        return a
    half = matrix_power(a, n // 2)
    even = matmul(half, half)
    return matmul(even, a) if n % 2 else even


def matrix_rank(a: Any, tol: Any = None, hermitian: bool = False, *, rtol: Any = None) -> Any:
    """How many singular values are not zero; a number, without a derivative."""
    if len(shape_of(a)) < 2:
        return total(ew.not_equal(a, 0)) > 0
    m, n = shape_of(a)[-2:]
    return _rank(svdvals(a), m, n, tol, rtol)


def _rank(s: Any, m: Any, n: Any, tol: Any, rtol: Any) -> Any:
    """Singular values come in descending order; what rounding leaves of a zero is not counted."""
    if rtol is None and tol is None:
        rtol = np.finfo(s.dtype).eps * (n if m < n else m)
    least = 0.0 if tol is None else expand_dims(tol, -1)
    if rtol is not None:
        least = ew.maximum(least, ew.mul(s[..., :1], expand_dims(rtol, -1)))
    return total(s > least, -1)
