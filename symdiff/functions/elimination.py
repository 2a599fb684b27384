"""What LU factors and Householder's reflections, as LAPACK packs them, are good for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..graph.op import OpError
from ..handles.operands import operand
from ..ops import elementwise as ew
from ..ops import elimination
from .axes import shape_of
from .creation import full_like
from .diagonals import tril, triu
from .indexing import getitem
from .linear import solve_triangular
from .products import matmul
from .shaping import expand_dims, swapaxes


def lu_factor(a: Any) -> tuple[Any, Any]:
    """L without its diagonal of ones and U in one matrix, and the pivots."""
    both, pivots = elimination.lu(operand(a))
    return both, pivots


def permutation(pivots: Any, size: Any, like: Any) -> Any:
    """The matrix P of a = P L U."""
    p = elimination.exchange(operand(pivots), size=size)
    return swapaxes(ew.astype(p, dtype=np.dtype(like.dtype)), -1, -2)


def lower(both: Any) -> Any:
    """The L of a packed factorisation, with as many columns as U has rows."""
    m, n = shape_of(both)[-2:]
    y = both if m >= n else getitem(both, (..., slice(0, m)))
    return ew.add(tril(y, -1), _eye(y))


def _eye(like: Any) -> Any:
    return tril(triu(full_like(like, 1)))


def upper(both: Any) -> Any:
    """The U of a packed factorisation."""
    m, n = shape_of(both)[-2:]
    return triu(both if m <= n else getitem(both, (..., slice(0, n), slice(None))))


def lu_solve(both: Any, pivots: Any, b: Any, *, adjoint: bool = False) -> Any:
    """x of a x = b (a.T x = b, if adjoint), a being factored."""
    p = permutation(pivots, shape_of(both)[-1], b)
    if adjoint:
        half = solve_triangular(both, b, trans=True)
        return matmul(p, solve_triangular(both, half, lower=True, trans=True, unit=True))
    half = solve_triangular(both, matmul(swapaxes(p, -1, -2), b), lower=True, unit=True)
    return solve_triangular(both, half)


# --- reflections 1 - tau v v^T, v being 1 on the diagonal and, below it, a column of the matrix


def _reflected(x: Any, packed: Any, tau: Any, order: Iterable[int]) -> Any:
    """x after the reflections, one after the other."""
    columns = shape_of(tau)[-1]
    vs = lower(getitem(packed, (..., slice(0, columns))))
    for k in order:
        v = getitem(vs, (..., slice(k, k + 1)))
        size = expand_dims(getitem(tau, (..., slice(k, k + 1))), -1)
        x = ew.sub(x, ew.mul(size, matmul(v, matmul(swapaxes(v, -1, -2), x))))
    return x


def householder_product(packed: Any, tau: Any) -> Any:
    """The first columns of the product of all reflections: the Q of a QR factorisation."""
    if shape_of(packed)[-2] < shape_of(packed)[-1] or shape_of(tau)[-1] > shape_of(packed)[-1]:
        raise OpError(
            f"householder_product: {shape_of(packed)} has to have more rows than columns, and at "
            f"least as many columns as {shape_of(tau)} has reflections"
        )
    return _reflected(_eye(packed), packed, tau, reversed(range(int(shape_of(tau)[-1]))))


def with_reflections(packed: Any, tau: Any, other: Any, *, left: bool, transpose: bool) -> Any:
    """Q @ other, Q being the whole square product; its transpose, and from the right, if asked."""
    if not left:
        turned = swapaxes(other, -1, -2)
        y = with_reflections(packed, tau, turned, left=True, transpose=not transpose)
        return swapaxes(y, -1, -2)
    order = range(int(shape_of(tau)[-1]))
    return _reflected(other, packed, tau, order if transpose else reversed(order))
