"""The LU factorisation, with its rows exchanged as LAPACK does it.

Of L stands what is below its diagonal of ones, of U the rest, both in one matrix; pivots tell for
each row which one it was exchanged with, from the first on, counted from 1 (all as in LAPACK).
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..graph.extents import Dim
from ..graph.op import Aval, declare
from .creation import delta, made_like
from .diagonals import tril, triu
from .elementwise import astype
from .index import Span, index
from .joining import concatenate
from .linalg import solve_triangular
from .matrices import declare_matrix_op, float_dtype, many, matrix_shape, turned
from .shape import lead

_back_lower = partial(solve_triangular, lower=True, trans=True, unit=True)
_upper = partial(solve_triangular, lower=False, trans=False, unit=False)

# --- the matrix of a permutation


def _exchanged(pivots: Any, size: Dim) -> np.ndarray:
    """p with (p b)[i] = b[k], where k is the row that pivots bring to row i; p^T in a = p^T l u."""
    batch = np.shape(pivots)[:-1]
    rows = np.broadcast_to(np.arange(int(size)), (*batch, int(size))).copy()
    for place in np.ndindex(batch):
        order = rows[place]
        for i, k in enumerate(np.asarray(pivots)[place] - 1):
            order[i], order[k] = order[k], order[i]
    return np.eye(int(size))[rows]


exchange = declare(
    "exchange",
    infer=lambda pivots, size: Aval((*pivots.shape[:-1], size, size), np.dtype(np.float64)),
    evaluate=_exchanged,
    pullback=lambda g, y, pivots, needed, size: (None,),
    family="linear algebra",
    example=lambda rng: ((np.array([[2, 2], [1, 2]]),), {"size": 3}),
    doc="The matrix that exchanges rows as the pivots of an LU factorisation say.",
)

# --- a = p^T l u
#
# With b = p a, and l and u square: b' = l' u + l u', so inv(l) b' inv(u) = inv(l) l' + u' inv(u),
# one below the diagonal and the other not. Hence gb = inv(l)^T (tril(l^T gl) + triu(gu u^T)) inv(u)^T,
# where tril leaves the diagonal out. If b = [b1, b2] is wide, u2 = inv(l) b2 and
# u2' = inv(l) (b2' - l' u2): gb2 = inv(l)^T gu2, and l^T gl loses gu2 u2^T. If b = [b1; b2] is tall,
# l2 = b2 inv(u) and l2' = (b2' - l2 u') inv(u): gb2 = gl2 inv(u)^T, and gu u^T loses l2^T gl2.


def _lu_infer(a: Aval) -> tuple[Aval, Aval]:
    m, n = matrix_shape("lu", a)
    batch = lead(a.shape, 2)
    least = Aval((*batch, n if m >= n else m), np.dtype(np.int32))
    return Aval(tuple(a.shape), float_dtype(a.dtype)), least


def _lu_evaluate(a: Any) -> tuple[np.ndarray, np.ndarray]:
    from scipy.linalg.lapack import get_lapack_funcs

    a = np.asarray(a, float_dtype(np.asarray(a).dtype))
    (m, n), batch = a.shape[-2:], a.shape[:-2]
    (getrf,) = get_lapack_funcs(("getrf",), (a,))
    both, pivots = np.empty_like(a, order="C"), np.empty((*batch, min(m, n)), np.int32)
    for k in np.ndindex(batch) if m and n else ():
        both[k], swaps, _ = getrf(a[k])
        pivots[k] = swaps + 1
    return both, pivots


def _lu_pullback(g: Any, y: Any, a: Any, needed: Any) -> tuple[Any]:
    (g, _), (y, pivots) = g, y
    m, n = a.shape[-2:]
    b = _wide(g, y, m, n) if m < n else _tall(g, y, m, n)
    return (turned(astype(exchange(pivots, size=m), dtype=np.dtype(y.dtype))) @ b,)


def _square(g: Any, y: Any, by_l: Any, by_u: Any) -> Any:
    inside = tril(by_l, k=-1) + triu(by_u, k=0)
    return turned(many(_upper, y, turned(many(_back_lower, y, inside))))


def _halves(x: Any, first: Any, rest: Any) -> tuple[Any, Any]:
    return index(x, key=first), index(x, key=rest)


def _wide(g: Any, y: Any, m: Dim, n: Dim) -> Any:
    first, rest = (Span(0, m, 1), Span(0, m, 1)), (Span(0, m, 1), Span(m, n - m, 1))
    (g1, g2), (y1, y2) = _halves(g, first, rest), _halves(y, first, rest)
    by_l = turned(_lower(y1)) @ tril(g1, k=-1) - g2 @ turned(y2)
    b1 = _square(g1, y1, by_l, triu(g1, k=0) @ turned(triu(y1, k=0)))
    return concatenate(b1, many(_back_lower, y1, g2), axis=-1)


def _tall(g: Any, y: Any, m: Dim, n: Dim) -> Any:
    first, rest = (Span(0, n, 1), Span(0, n, 1)), (Span(n, m - n, 1), Span(0, n, 1))
    (g1, g2), (y1, y2) = _halves(g, first, rest), _halves(y, first, rest)
    by_u = triu(g1, k=0) @ turned(triu(y1, k=0)) - turned(y2) @ g2
    b1 = _square(g1, y1, turned(_lower(y1)) @ tril(g1, k=-1), by_u)
    return concatenate(b1, turned(many(_upper, y1, turned(g2))), axis=-2)


def _lower(y: Any) -> Any:
    return tril(y, k=-1) + made_like(y, delta, shape=(y.shape[-1],), dtype=np.dtype(y.dtype))


lu = declare_matrix_op(
    "lu",
    infer=_lu_infer,
    evaluate=_lu_evaluate,
    pullback=_lu_pullback,
    results=2,
    backward="LinalgLuFactorExBackward0",
    example=lambda rng: ((rng.normal(size=(2, 3, 3)),), {}),
    doc="L and U of a with rows exchanged, in one matrix, and the pivots.",
)
