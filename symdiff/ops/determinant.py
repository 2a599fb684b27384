"""Determinants, with derivatives that are finite for singular matrices too.

det is a polynomial: its gradient, the cofactor matrix, exists everywhere, though inv(a) does not.
Sources: M. Giles, "Collected matrix derivative results" (2008); the forms by singular values
follow from det(u b v^T) = det(u) det(b) det(v) with a = u diag(s) v^T.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph.op import Aval
from .contract import fit
from .creation import delta, made_like
from .diagonals import diagonal
from .elementwise import sign, where
from .factorisations import svd
from .linalg import inv
from .matrices import (
    column,
    declare_matrix_op,
    each,
    float_dtype,
    inner,
    row,
    same_square,
    square,
    turned,
)
from .running import others
from .shape import lead, zeros_like

# --- det(a)
#
# y' = <c, a'>, where c is the cofactor matrix of a: c = det(a) inv(a)^T if a is regular.


def _det_infer(a: Aval) -> Aval:
    square("det", a)
    return Aval(lead(a.shape, 2), float_dtype(a.dtype))


det = declare_matrix_op(
    "det",
    infer=_det_infer,
    evaluate=np.linalg.det,
    pullback=lambda g, y, a, needed: (each(g) * cofactor(a),),
    routine="det",
    backward="LinalgDetBackward0",
    example=lambda rng: ((rng.normal(size=(2, 3, 3)),), {}),
)

# --- the cofactor matrix
#
# c = det(u) det(v) u diag(p) v^T, where p_i is the product of all singular values but s_i.


def _cofactor_by_values(a: Any) -> Any:
    u, s, vh = svd(a)
    return _sign(u, vh) * ((u * row(others(s, axis=-1))) @ vh)


def _sign(u: Any, vh: Any) -> Any:
    return each(sign(det(u) * det(vh)))


def _cofactor(a: Any) -> Any:
    """By LU where that is finite (it is as precise, and quicker), else by singular values."""
    c = _by_inverse(a)
    return _where_finite(_cofactor_by_values, a) if c is None else c


def _by_inverse(a: Any) -> Any:
    """det(a) inv(a)^T, or None if a matrix is singular or a determinant out of range."""
    with np.errstate(all="ignore"):
        y = np.linalg.det(a)[..., None, None]
        if not np.all(y):
            return None
        try:
            c = y * np.linalg.inv(a).mT
        except np.linalg.LinAlgError:
            return None
    return c if np.isfinite(c).all() else None


def _where_finite(form: Callable[..., Any], a: Any, *rest: Any) -> Any:
    """NaN for matrices that have no singular values."""
    known = np.isfinite(a).all((-2, -1), keepdims=True)
    with np.errstate(over="ignore"):  # in products of more values than the result has
        y = form(np.where(known, a, 0), *rest)
    return np.where(known, y, y.dtype.type(np.nan))


cofactor = declare_matrix_op(
    "cofactor",
    infer=same_square("cofactor"),
    evaluate=_cofactor,
    pullback=lambda g, y, a, needed: (cofactor_slope(a, g),),
    compose=_cofactor_by_values,
    text="det({0})*inv({0}).T",
    example=lambda rng: ((rng.normal(size=(2, 3, 3)),), {}),
    doc="The gradient of det: det(a) inv(a)^T, also for singular matrices.",
)

# --- the derivative of the cofactor matrix along e, and its adjoint: both are one, being the second
# derivative of det
#
# With x = inv(a)^T: c' = det(a) (<x, a'> x - x a'^T x). In the basis of the singular vectors a is
# diag(s), and the second derivative of det along e and f is the sum of p_ij (e_ii f_jj - e_ij f_ji)
# over i != j, where p_ij is the product of all singular values but s_i and s_j: always finite.


def _slope_by_values(a: Any, e: Any) -> Any:
    u, s, vh = svd(a)
    e = turned(u) @ e @ turned(vh)
    same = made_like(s, delta, shape=(s.shape[-1],), dtype=np.bool_)
    p = where(same, 0.0, others(where(same, 1.0, row(s)), axis=-1))
    f = where(same, p @ column(diagonal(e, offset=0)), -(p * turned(e)))
    return _sign(u, vh) * (u @ f @ vh)


# The third derivative is only had for regular a: det(a) times
# (<e,x><g,x> - <g, z>) x - <g,x> z - <e,x> w + z g^T x + w e^T x, with z = x e^T x and w = x g^T x.


def _third(g: Any, a: Any, e: Any) -> Any:
    x = turned(inv(a))
    z, w = x @ turned(e) @ x, x @ turned(g) @ x
    by_e, by_g = each(inner(e, x)), each(inner(g, x))
    first = (by_e * by_g - each(inner(g, z))) * x - by_g * z - by_e * w
    return each(det(a)) * (first + z @ turned(g) @ x + w @ turned(e) @ x)


def _slope_pullback(g: Any, y: Any, a: Any, e: Any, needed: Sequence[bool]) -> list[Any]:
    return [
        fit(_third(g, a, e), a, 2, y, 2) if needed[0] else None,
        fit(cofactor_slope(a, g), e, 2, y, 2) if needed[1] else None,
    ]


def _slope_infer(a: Aval, e: Aval) -> Aval:
    square("cofactor_slope", a)
    longer = a.shape if a.ndim > e.ndim else e.shape
    return Aval(tuple(longer), float_dtype(a.dtype, e.dtype))


cofactor_slope = declare_matrix_op(
    "cofactor_slope",
    infer=_slope_infer,
    evaluate=lambda a, e: _where_finite(_slope_by_values, a, e),
    pullback=_slope_pullback,
    compose=_slope_by_values,
    example=lambda rng: ((rng.normal(size=(2, 3, 3)), rng.normal(size=(2, 3, 3))), {}),
    doc="The derivative of the cofactor matrix of the first argument along the second.",
)

# --- sign and log |det|
#
# log|det(a)|' = <inv(a)^T, a'>; the sign is flat.  (Giles)


def _slogdet_infer(a: Aval) -> tuple[Aval, Aval]:
    square("slogdet", a)
    out = Aval(lead(a.shape, 2), float_dtype(a.dtype))
    return out, out


def _slogdet_pullback(g: Any, y: Any, a: Any, needed: Any) -> tuple[Any]:
    by_sign, by_log = g
    if by_log is None:
        return (each(by_sign) * zeros_like(a),)
    return (each(by_log) * turned(inv(a)),)


slogdet = declare_matrix_op(
    "slogdet",
    infer=_slogdet_infer,
    evaluate=lambda a: tuple(np.linalg.slogdet(a)),
    pullback=_slogdet_pullback,
    results=2,
    routine="slogdet",
    backward="LinalgSlogdetBackward0",
    example=lambda rng: ((rng.normal(size=(2, 3, 3)),), {}),
)
