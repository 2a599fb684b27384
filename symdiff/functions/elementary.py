"""Elementwise functions that are composed of known ops, by NumPy's and SciPy's names."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from ..exact import Exact, is_number
from ..op import OpError, aval_of, is_differentiable, strong_dtype
from ..ops import elementwise as ew
from ..ops import rounding, special

DEGREE = Exact(math.pi / 180, "pi/180")
RADIAN = Exact(180 / math.pi, "180/pi")


def clip(x: Any, low: Any = None, high: Any = None) -> Any:
    """x kept between the bounds; a bound that is None does not bind.

    The slope is 1 on the closed interval, and 0 outside.
    """
    if low is None and high is None:
        raise OpError("clip: give a lower bound, an upper bound or both")
    if is_differentiable(aval_of(x).dtype):
        return ew.clip(x, -math.inf if low is None else low, math.inf if high is None else high)
    if low is not None:
        x = ew.maximum(x, low)
    return x if high is None else ew.minimum(x, high)


def nan_to_num(x: Any, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """x with other numbers in place of NaN and infinities; flat there."""
    dtype = strong_dtype(aval_of(x).dtype)
    if dtype.kind != "f":
        return x
    limits = np.finfo(dtype)
    high = float(limits.max) if posinf is None else posinf
    low = float(limits.min) if neginf is None else neginf
    finite = ew.where(ew.equal(x, math.inf), high, ew.where(ew.equal(x, -math.inf), low, x))
    return ew.where(ew.isnan(x), nan, finite)


def round(x: Any, decimals: int = 0) -> Any:
    """x rounded to so many decimals, halves to even; flat."""
    dtype = strong_dtype(aval_of(x).dtype)
    if dtype.kind != "f" and decimals >= 0:
        return x
    if decimals == 0:
        return rounding.rint(x)
    scale = 10.0 ** builtins.abs(decimals)
    if decimals > 0:
        return ew.div(rounding.rint(ew.mul(x, scale)), scale)
    whole = ew.mul(rounding.rint(ew.div(x, scale)), scale)
    return whole if dtype.kind == "f" else ew.astype(whole, dtype=dtype)


def deg2rad(x: Any) -> Any:
    return ew.mul(x, DEGREE)


def rad2deg(x: Any) -> Any:
    return ew.mul(x, RADIAN)


def divmod(a: Any, b: Any) -> tuple[Any, Any]:
    return rounding.floor_divide(a, b), rounding.remainder(a, b)


def modf(x: Any) -> tuple[Any, Any]:
    """The fraction, with the sign of x, and the whole part."""
    whole = rounding.trunc(x)
    return ew.sub(x, whole), whole


def float_power(a: Any, b: Any) -> Any:
    """a**b in float64."""
    return ew.pow(_double(a), _double(b))


def _double(x: Any) -> Any:
    if is_number(x):
        return float(x)
    double = np.dtype(np.float64)
    return x if strong_dtype(aval_of(x).dtype) == double else ew.astype(x, dtype=double)


def signbit(x: Any) -> Any:
    """Whether the sign is minus, that of -0.0 too."""
    return ew.less(ew.copysign(1.0, x), 0)


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether two numbers differ by no more than atol + rtol*abs(b)."""
    near = ew.isfinite(b) & (ew.abs(ew.sub(a, b)) <= atol + rtol * ew.abs(b))
    near = near | ew.equal(a, b)
    return near | (ew.isnan(a) & ew.isnan(b)) if equal_nan else near


def rel_entr(a: Any, b: Any) -> Any:
    """a*log(a/b), the integrand of the relative entropy."""
    return ew.neg(special.entr(a)) - special.xlogy(a, b)


def kl_div(a: Any, b: Any) -> Any:
    """a*log(a/b) - a + b."""
    return rel_entr(a, b) - a + b


def multigammaln(a: Any, d: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension d."""
    total: Any = Exact(d * (d - 1) / 4 * math.log(math.pi), f"{d * (d - 1)}/4*log(pi)")
    for j in range(d):
        total = total + special.gammaln(ew.sub(a, j / 2))
    return total
