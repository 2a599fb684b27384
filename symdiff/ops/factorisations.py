"""Factorisations: cholesky, qr, eigh, svd.

Matrices stand in the last two axes; y' is the differential of y, <g, y'> the sum of products of
elements. Where a matrix is read by half (cholesky, eigh), its cotangent is symmetric all the same,
as in PyTorch. Sources: I. Murray, "Differentiation of the Cholesky decomposition" (2016);
H.-J. Liao et al., "Differentiable programming tensor networks" (2019), for qr; M. Giles,
"Collected matrix derivative results" (2008), for eigh; J. Townsend, "Differentiating the singular
value decomposition" (2016).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from codegen.index import Apply, Const, Scalar

from ..graph.exact import HALF
from ..graph.op import Aval, Op, declare
from .broadcasting import broadcast, read_as
from .diagonals import tril, triu
from .elementwise import abs as absolute
from .elementwise import where
from .index import Span, embed, index
from .joining import concatenate
from .linalg import solve_triangular
from .matrices import (
    column,
    declare_matrix_op,
    each,
    epsilon,
    float_dtype,
    many,
    matrix_shape,
    row,
    same_square,
    square,
    total,
    turned,
)
from .shape import lead, unbroadcast, zeros_like

_back_lower = partial(solve_triangular, lower=True, trans=True, unit=False)
_upper = partial(solve_triangular, lower=False, trans=False, unit=False)

# --- cholesky: a = y y^T, y lower triangular
#
# With p = inv(y) a' inv(y)^T, y' = y tril(p), its diagonal halved. So <g, y'> = <tril(y^T g), p>,
# with the diagonal halved; made symmetric this is s, and ga = inv(y)^T s inv(y).  (Murray)


def _cholesky_pullback(g: Any, y: Any, a: Any, needed: Any) -> tuple[Any]:
    t = turned(y) @ g
    s = (tril(t, k=0) + turned(tril(t, k=-1))) * HALF
    return (many(_back_lower, y, turned(many(_back_lower, y, s))),)


cholesky = declare_matrix_op(
    "cholesky",
    infer=same_square("cholesky"),
    evaluate=np.linalg.cholesky,
    pullback=_cholesky_pullback,
    routine="cholesky",
    backward="LinalgCholeskyExBackward0",
    doc="The lower factor; reads the lower triangle.",
)

# --- qr: a = q r, q^T q = 1, r upper triangular
#
# If a has full column rank: with m = gr r^T - q^T gq and s = triu(m) made symmetric,
# ga = (gq + q s) inv(r)^T.  (Liao et al.)
# If a = [b, c] is wide, q and r = [u, w] come from b, and w = q^T c: gc = q gw, and
# <gw, w'> gives gq also c gw^T, where c = q w.


def _qr_infer(a: Aval) -> tuple[Aval, Aval]:
    m, n = matrix_shape("qr", a)
    k, batch, dtype = n if m >= n else m, lead(a.shape, 2), float_dtype(a.dtype)
    return Aval((*batch, m, k), dtype), Aval((*batch, k, n), dtype)


def _qr_pullback(g: Any, y: Any, a: Any, needed: Any) -> tuple[Any]:
    (gq, gr), (q, r) = g, y
    m, n = a.shape[-2:]
    if m >= n:
        return (_tall(gq, gr, q, r),)
    first, rest = Span(0, m, 1), Span(m, n - m, 1)
    u = index(r, key=(first, first))
    if gr is None:
        return (embed(_tall(gq, None, q, u), key=(first, first), shape=(m, n)),)
    gu, gw = index(gr, key=(first, first)), index(gr, key=(first, rest))
    by_w = (q @ index(r, key=(first, rest))) @ turned(gw)
    gb = _tall(by_w if gq is None else gq + by_w, gu, q, u)
    return (concatenate(gb, q @ gw, axis=-1),)


def _tall(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    m = -(turned(q) @ gq) if gr is None else gr @ turned(r)
    if gq is not None and gr is not None:
        m = m - turned(q) @ gq
    s = q @ (triu(m, k=0) + turned(triu(m, k=1)))
    return turned(many(_upper, r, turned(s if gq is None else gq + s)))


qr = declare_matrix_op(
    "qr",
    infer=_qr_infer,
    evaluate=lambda a: tuple(np.linalg.qr(a)),
    pullback=_qr_pullback,
    results=2,
    routine="qr",
    backward="LinalgQrBackward0",
    example=lambda rng: ((rng.normal(size=(2, 4, 3)),), {}),
    doc="The reduced factors q and r.",
)

# --- vectors that a matrix does not determine


def _undetermined(x: Any, doubt: Any, why: str) -> Any:
    if not np.any(doubt):
        return np.broadcast_to(x, np.broadcast_shapes(np.shape(x), np.shape(doubt)))
    warnings.warn(why, RuntimeWarning, stacklevel=2)
    return np.where(doubt, np.asarray(x).dtype.type(np.nan), x)


def _undetermined_at(i: Sequence[Scalar], x: Any, doubt: Any, why: str) -> Scalar:
    nan = Const(float("nan"), np.dtype(x.dtype).name)
    return Apply("where", (read_as(bool, doubt, i), nan, read_as(x.dtype, x, i)))


undetermined = declare(
    "undetermined",
    infer=lambda x, doubt, why: Aval(broadcast("undetermined", x.shape, doubt.shape), x.dtype),
    evaluate=_undetermined,
    pullback=lambda g, y, x, doubt, needed, why: (unbroadcast(g, x, y), None),
    at=_undetermined_at,
    family="linear algebra",
    example=lambda rng: ((rng.normal(size=(2, 3)), np.zeros((2, 3), bool)), {"why": ""}),
    doc="x, but NaN, with a warning that says why, where there is doubt.",
)


def _not_noise(x: Any, beside: Any) -> Any:
    """Where elements of x are more than rounding errors of a matrix."""
    return absolute(x) > epsilon(x) * each(total(beside, 2))


def _unlike(g: Any) -> Any:
    """At (i, j): g_i and g_j differ, beyond rounding."""
    return absolute(row(g) - column(g)) > epsilon(g) * each(total(g, 1))


def _aside(x: Any) -> Any:
    """x without its diagonal."""
    return tril(x, k=-1) + triu(x, k=1)


def _doubt(equal: Any, k: Any, by_value: Any, beside: Any) -> Any:
    """Pairs of equal values whose vectors are asked for in a way that has no derivative.

    Their vectors are known but for a rotation among themselves. What does not read the values must
    only not depend on the rotation, then it has a derivative, to which the pair adds nothing: k is
    symmetric there. What does read them, say v f(w) v^T, would add k_ij f'(w_i) / f(w_i), and f is
    not known: only if k is 0 nothing is missing.
    """
    if by_value is None:
        return equal & _not_noise(k - turned(k), beside)
    k = absolute(_aside(k))
    return equal & (_not_noise(k + turned(k), beside) | _unlike(by_value))


def _inverse(x: Any, zero: Any) -> Any:
    """1/x, and 0 where x counts as zero."""
    return where(zero, 0.0, 1 / where(zero, 1.0, x))


# --- eigh: a = v diag(w) v^T, v^T v = 1
#
# With p = v^T a' v: w' = diag(p) and v' = v (f o p), where f_ij = 1/(w_j - w_i) and 0 for i = j. So
# ga = v (diag(gw) + s) v^T, s_ij = (k_ij - k_ji)/2 / (w_j - w_i), k = v^T gv.  (Giles)

_EQUAL_EIGENVALUES = (
    "eigh: eigenvalues are equal, and their eigenvectors, known only up to a rotation, are used in "
    "a way that has no derivative there: it is NaN. Functions of the eigenvalues alone have one."
)


def _eigh_infer(a: Aval) -> tuple[Aval, Aval]:
    square("eigh", a)
    dtype = float_dtype(a.dtype)
    return Aval(tuple(a.shape[:-1]), dtype), Aval(tuple(a.shape), dtype)


def _eigh_pullback(g: Any, y: Any, a: Any, needed: Any) -> tuple[Any]:
    (gw, gv), (w, v) = g, y
    if gv is None:
        return ((v * row(gw)) @ turned(v),)
    k = turned(v) @ gv
    gap = row(w) - column(w)
    equal = absolute(gap) <= epsilon(w) * each(total(w, 1))
    s = (k - turned(k)) * (HALF * _inverse(gap, equal))
    inside = v @ undetermined(s, _doubt(equal, k, gw, k), why=_EQUAL_EIGENVALUES)
    return ((inside if gw is None else inside + v * row(gw)) @ turned(v),)


eigh = declare_matrix_op(
    "eigh",
    infer=_eigh_infer,
    evaluate=lambda a: tuple(np.linalg.eigh(a)),
    pullback=_eigh_pullback,
    results=2,
    routine="eigh",
    backward="LinalgEighBackward0",
    doc="Eigenvalues, ascending, and eigenvectors of a symmetric matrix; reads the lower triangle.",
)

# --- svd: a = u diag(s) v^T, u^T u = v^T v = 1
#
# With j = u^T gu, k = v^T gv, p = (j + k)/2 and q = (j - k)/2:
# ga = u (diag(gs) + r) v^T + (gu - u j) diag(1/s) v^T + u diag(1/s) (gv - v k)^T,
# r_bc = (p_bc - p_cb)/(s_c - s_b) + (q_bc - q_cb)/(s_c + s_b).
# This is Townsend's rule with the fractions of s_j^2 - s_i^2 taken apart: the polar factor u v^T,
# for which p is symmetric, needs only the second, which stays finite where s_i = s_j.
# If u is square although a is tall, its further columns n follow the others: n' = -u u'^T n, so
# gu - u j becomes gu - u j - n gn^T u; what is asked of them must not change if they are rotated.

_EQUAL_SINGULAR_VALUES = (
    "svd: singular values are equal, or zero, and their singular vectors, known only up to a "
    "rotation, are used in a way that has no derivative there: it is NaN. Functions of the "
    "singular values alone have one."
)
_doubtful = partial(undetermined, why=_EQUAL_SINGULAR_VALUES)


def _svd_infer(a: Aval) -> tuple[Aval, Aval, Aval]:
    m, n = matrix_shape("svd", a)
    k, batch, dtype = n if m >= n else m, lead(a.shape, 2), float_dtype(a.dtype)
    return Aval((*batch, m, k), dtype), Aval((*batch, k), dtype), Aval((*batch, k, n), dtype)


def _svd_full_infer(a: Aval) -> tuple[Aval, Aval, Aval]:
    u, s, vh = _svd_infer(a)
    batch, (m, n) = lead(a.shape, 2), a.shape[-2:]
    return Aval((*batch, m, m), u.dtype), s, Aval((*batch, n, n), vh.dtype)


def _svd_pullback(g: Any, y: Any, a: Any, needed: Any) -> tuple[Any]:
    (gu, gs, gvh), (u, s, vh) = g, y
    v, size = turned(vh), s.shape[-1]
    if gu is None and gvh is None:
        return ((_first(u, size) * row(gs)) @ turned(_first(v, size)),)
    gu = zeros_like(u) if gu is None else gu
    gv = zeros_like(v) if gvh is None else turned(gvh)
    tiny = epsilon(s) * each(total(s, 1))
    zero = row(s) <= tiny
    u, j, beyond_u = _parts(u, gu, size, zero)
    v, k, beyond_v = _parts(v, gv, size, zero)
    left = u @ _between(j, k, gs, s, tiny)
    if gs is not None:
        left = left + u * row(gs)
    if beyond_u is not None:
        left = left + beyond_u * _inverse(row(s), zero)
    ga = left @ turned(v)
    if beyond_v is None:
        return (ga,)
    return (ga + (u * _inverse(row(s), zero)) @ turned(beyond_v),)


def _first(u: Any, size: Any) -> Any:
    """The columns that belong to singular values."""
    m, n = u.shape[-2:]
    return u if n == size else index(u, key=(Span(0, m, 1), Span(0, size, 1)))


def _parts(u: Any, gu: Any, size: Any, zero: Any) -> tuple[Any, Any, Any]:
    """u without further columns, u^T gu, and what of gu lies beyond u (None if u is square)."""
    m, n = u.shape[-2:]
    if m == size:
        return u, turned(u) @ gu, None
    first, g = _first(u, size), _first(gu, size)
    j = turned(first) @ g
    beyond = g - first @ j
    if n != size:
        rest = (Span(0, m, 1), Span(size, n - size, 1))
        further, gn = index(u, key=rest), index(gu, key=rest)
        beyond = beyond - further @ (turned(gn) @ first)
        turn = turned(further) @ gn
        rotated = total(turn - turned(turn), 2) > epsilon(gn) * total(gn, 2)
        beyond = _doubtful(beyond, each(rotated))
    return first, j, _doubtful(beyond, zero & _not_noise(beyond, gu))


def _between(j: Any, k: Any, gs: Any, s: Any, tiny: Any) -> Any:
    """The cotangents of the rotations among the columns of u and v, over gaps and sums."""
    p, q = (j + k) * HALF, (j - k) * HALF
    gap, both = row(s) - column(s), row(s) + column(s)
    equal, zero = absolute(gap) <= tiny, both <= tiny
    beside = absolute(j) + absolute(k)
    inside = (p - turned(p)) * _inverse(gap, equal) + (q - turned(q)) * _inverse(both, zero)
    lost = zero & _not_noise(q - turned(q), beside)
    return _doubtful(inside, _doubt(equal, p, gs, beside) | lost)


def _declare_svd(name: str, full: bool, **fields: Any) -> Op:
    return declare_matrix_op(
        name,
        evaluate=lambda a: tuple(np.linalg.svd(a, full_matrices=full)),
        pullback=_svd_pullback,
        results=3,
        backward="LinalgSvdBackward0",
        **fields,
    )


svd = _declare_svd(
    "svd",
    full=False,
    infer=_svd_infer,
    routine="svd",
    example=lambda rng: ((rng.normal(size=(2, 4, 3)),), {}),
    doc="u, s and v^T, with as many columns as there are singular values.",
)
svd_full = _declare_svd(
    "svd_full", full=True, infer=_svd_full_infer, doc="u, s and v^T, with u and v square."
)
