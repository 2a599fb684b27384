"""Elementwise functions that are composed of known ops, by NumPy's and SciPy's names."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from ..graph.exact import Exact, is_number
from ..graph.op import LosesGradient, aval_of, is_differentiable, strong_dtype
from ..handles.operands import operand
from ..ops import bessel, rounding, special
from ..ops import elementwise as ew

DEGREE = Exact(math.pi / 180, "pi/180")
RADIAN = Exact(180 / math.pi, "180/pi")


def clip(
    a: Any,
    a_min: Any = None,
    a_max: Any = None,
    out: None = None,
    *,
    min: Any = None,
    max: Any = None,
) -> Any:
    """The array kept between the bounds; a bound that is None does not bind.

    The slope is 1 on the closed interval, and 0 outside.
    """
    _no_out(out)
    a, low, high = operand(a), _bound("min", a_min, min), _bound("max", a_max, max)
    if is_differentiable(aval_of(a).dtype):
        return ew.clip(a, -math.inf if low is None else low, math.inf if high is None else high)
    a = a if low is None else ew.maximum(a, low)
    return a if high is None else ew.minimum(a, high)


def _bound(name: str, by_place: Any, by_name: Any) -> Any:
    if by_place is not None and by_name is not None:
        raise ValueError(f"clip: a_{name} and {name} are two words for one bound; give one")
    bound = by_place if by_name is None else by_name
    return None if bound is None else operand(bound)


def _no_out(out: Any) -> None:
    if out is not None:
        raise LosesGradient("out= cannot hold what is differentiated; use the result instead")


def nan_to_num(
    x: Any, copy: bool = True, nan: float = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Other numbers in place of NaN and infinities; flat there."""
    x = operand(x)
    dtype = strong_dtype(aval_of(x).dtype)
    if dtype.kind != "f":
        return x
    limits = np.finfo(dtype)
    high = float(limits.max) if posinf is None else posinf
    low = float(limits.min) if neginf is None else neginf
    finite = ew.where(ew.equal(x, math.inf), high, ew.where(ew.equal(x, -math.inf), low, x))
    return ew.where(ew.isnan(x), nan, finite)


def round(a: Any, decimals: int = 0, out: None = None) -> Any:
    """The array rounded to so many decimals, halves to even; flat."""
    _no_out(out)
    a = operand(a)
    dtype = strong_dtype(aval_of(a).dtype)
    if dtype.kind != "f" and decimals >= 0:
        return a
    if decimals == 0:
        return rounding.rint(a)
    scale = 10.0 ** builtins.abs(decimals)
    if decimals > 0:
        return ew.div(rounding.rint(ew.mul(a, scale)), scale)
    whole = ew.mul(rounding.rint(ew.div(a, scale)), scale)
    return whole if dtype.kind == "f" else ew.astype(whole, dtype=dtype)


around = round


def fix(x: Any, out: None = None) -> Any:
    """The whole part."""
    _no_out(out)
    return rounding.trunc(operand(x))


def sinc(x: Any) -> Any:
    """sin(pi*x)/(pi*x)."""
    return special.sinc(operand(x))


def i0(x: Any) -> Any:
    """The modified Bessel function of order 0."""
    return bessel.i0(operand(x))


def deg2rad(x: Any) -> Any:
    """Degrees in radians."""
    return ew.mul(x, DEGREE)


def rad2deg(x: Any) -> Any:
    """Radians in degrees."""
    return ew.mul(x, RADIAN)


def divmod(a: Any, b: Any) -> tuple[Any, Any]:
    """The quotient rounded down, and the remainder."""
    return rounding.floor_divide(a, b), rounding.remainder(a, b)


def modf(x: Any) -> tuple[Any, Any]:
    """The fraction, with the sign of x, and the whole part."""
    whole = rounding.trunc(x)
    return ew.where(ew.isinf(x), 0.0, ew.sub(x, whole)), whole


def ldexp(x1: Any, x2: Any) -> Any:
    """x1 * 2**x2, for whole numbers x2."""
    return ew.mul(x1, 2.0**x2) if is_number(x2) else ew.mul(x1, ew.exp2(_in_dtype_of(x1, x2)))


def _in_dtype_of(x: Any, k: Any) -> Any:
    return ew.astype(operand(k), dtype=strong_dtype(aval_of(operand(x)).dtype))


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


def isposinf(x: Any, out: None = None) -> Any:
    """Whether an element is inf."""
    _no_out(out)
    return ew.equal(operand(x), math.inf)


def isneginf(x: Any, out: None = None) -> Any:
    """Whether an element is -inf."""
    _no_out(out)
    return ew.equal(operand(x), -math.inf)


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Any:
    """Whether two numbers differ by no more than atol + rtol*abs(b)."""
    b = ew.mul(b, 1.0)  # truth values have no difference, and numbers without sign wrap around
    with np.errstate(invalid="ignore"):  # inf - inf
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


# --- Bessel functions of whole orders, to which SciPy cuts the others


def kn(n: Any, x: Any) -> Any:
    """The modified Bessel function of the second kind, of whole order n."""
    return bessel.kv(_whole(n), x)


def yn(n: Any, x: Any) -> Any:
    """The Bessel function of the second kind, of whole order n."""
    return bessel.yv(_whole(n), x)


def _whole(n: Any) -> Any:
    return int(n) if is_number(n) else rounding.trunc(n)
