"""The pseudo-inverse, and what solves equations that have no solution, or many.

Source: G. Golub and V. Pereyra, "The differentiation of pseudo-inverses and nonlinear least squares
problems whose variables separate" (1973). The rules hold for matrices of any rank, as long as the
rank does not change nearby. ' is d, ^T transposes, <g, y'> is the sum of products of elements.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph.op import Aval
from .contract import fit
from .elementwise import abs as absolute
from .elementwise import maximum, where
from .factorisations import eigh, svd
from .matrices import declare_matrix_op, epsilon, float_dtype, matrix_shape, row, system, turned
from .reduce import amax
from .shape import lead, reshape

# --- y = pinv(a)
#
# y' = -y a' y + y y^T a'^T (1 - a y) + (1 - y a) a'^T y^T y  (Golub and Pereyra, 4.12), so
# ga = -y^T g y^T + (1 - a y) g^T y y^T + y^T y g^T (1 - y a).


def _pinv_infer(a: Aval, **params: Any) -> Aval:
    m, n = matrix_shape("pinv", a)
    return Aval((*lead(a.shape, 2), n, m), float_dtype(a.dtype))


def _pinv(a: Any, rtol: Any, atol: Any, hermitian: bool) -> Any:
    """v diag(1/s) u^T, without the singular values that count as zero."""
    if hermitian:
        s, u = eigh(a)
        v = u
    else:
        u, s, vh = svd(a)
        v = turned(vh)
    small = absolute(s) <= _cutoff(a, absolute(s), rtol, atol)
    inverse = where(small, 0.0, 1 / where(small, 1.0, s))
    return (v * row(inverse)) @ turned(u)


def _cutoff(a: Any, s: Any, rtol: Any, atol: Any) -> Any:
    """Singular values up to here count as zero: by default what rounding leaves of a zero."""
    m, n = a.shape[-2:]
    if isinstance(s.shape[-1], int) and s.shape[-1] == 0:
        return 0.0
    if rtol is None:
        rtol = epsilon(s) * (n if m < n else m) if atol is None else 0.0
    largest = reshape(amax(s, axes=(-1,)), ndim=0, shape=(1,))
    relative = largest * _beside(rtol)
    return relative if atol is None else maximum(relative, _beside(atol))


def _beside(tolerance: Any) -> Any:
    """A number, or one for each matrix with an axis to meet the singular values."""
    return (
        reshape(tolerance, ndim=0, shape=(1,)) if isinstance(tolerance, np.ndarray) else tolerance
    )


def _pinv_pullback(g: Any, y: Any, a: Any, needed: Any, **params: Any) -> tuple[Any]:
    yt, gt = turned(y), turned(g)
    left, right = gt @ y @ yt, yt @ y @ gt
    return (left - a @ (y @ left) + right - (right @ y) @ a - yt @ g @ yt,)


pinv = declare_matrix_op(
    "pinv",
    infer=_pinv_infer,
    evaluate=_pinv,
    pullback=_pinv_pullback,
    compose=_pinv,
    backward="LinalgPinvBackward0",
    example=lambda rng: (
        (rng.normal(size=(2, 4, 3)),),
        {"rtol": None, "atol": None, "hermitian": False},
    ),
)

# --- the shortest x that makes a x - b shortest: x = y b with y = pinv(a)
#
# The cotangent of y is g b^T. With gb = y^T g and r = b - a x its pullback is
# ga = -gb x^T + r (y gb)^T + y^T x (g - a^T gb)^T.


def _lstsq_infer(a: Aval, b: Aval, rtol: float | None) -> Aval:
    return system("lstsq", a, b)


def _lstsq_evaluate(a: Any, b: Any, rtol: float | None) -> Any:
    a, b = np.asarray(a), np.asarray(b)
    if a.ndim == b.ndim == 2:
        return np.linalg.lstsq(a, b, rcond=rtol)[0]
    return pinv(a, rtol=rtol, atol=None, hermitian=False) @ b


def _lstsq_pullback(
    g: Any, x: Any, a: Any, b: Any, needed: Sequence[bool], rtol: float | None
) -> list[Any]:
    y = pinv(a, rtol=rtol, atol=None, hermitian=False)
    gb = turned(y) @ g
    ga = None
    if needed[0]:
        away = turned(g) - turned(gb) @ a
        ga = (b - a @ x) @ turned(y @ gb) + (turned(y) @ x) @ away - gb @ turned(x)
        ga = fit(ga, a, 2, x, 2)
    return [ga, fit(gb, b, 2, x, 2) if needed[1] else None]


lstsq = declare_matrix_op(
    "lstsq",
    infer=_lstsq_infer,
    evaluate=_lstsq_evaluate,
    pullback=_lstsq_pullback,
    compose=lambda a, b, rtol: pinv(a, rtol=rtol, atol=None, hermitian=False) @ b,
    backward="LinalgLstsqBackward0",
    example=lambda rng: ((rng.normal(size=(2, 4, 3)), rng.normal(size=(2, 4, 2))), {"rtol": None}),
)
