"""pow: exp(y * log|x|) with the logarithm in two parts, then the many borders of C's pow."""

from __future__ import annotations

from . import tables
from .exponential import exp, exp_of_sum
from .logarithm import log
from .number import Number, Pair, exact_sum, horner

INF = float("inf")


def _product(a: Number, b: Number | float) -> Pair:
    """a * b exactly."""
    high = a * b
    return Pair(high, a.fma(b, -high))


def _times(a: Pair, b: Pair) -> Pair:
    """The product of two pairs, to twice the digits less a few bits."""
    high, low = _product(a.high, b.high)
    return Pair(high, a.high.fma(b.low, a.low.fma(b.high, low)))


def _half_atanh_argument(m: Number) -> Pair:
    """s = (m - 1)/(m + 1)."""
    f = m - 1.0
    d = m + 1.0
    reciprocal = 1.0 / d
    high = f * reciprocal
    left = (-high).fma(d, f) - high * (m - (d - 1.0))
    return Pair(high, left * reciprocal)


def _log(x: Number) -> Pair:
    """log(x) for positive finite x, to 65 bits: e*log(2) + 2s + s*z*(2/3 + z*A(z)), z = s**2."""
    e, m = x.split()
    s = _half_atanh_argument(m)
    z = _times(s, s)
    third, third_low = tables.TWO_THIRDS
    tail = z.high * horner(tables.ATANH[64], z.high)
    weight = exact_sum(x.constant(third), tail)
    curve = _times(_times(s, z), Pair(weight.high, weight.low + third_low))
    short, rest = tables.LOG2_SHORT[64]
    first = exact_sum(e * short, 2.0 * s.high)
    second = exact_sum(first.high, curve.high)
    low = 2.0 * s.low + curve.low
    return exact_sum(second.high, second.low + (first.low + e.fma(rest, low)))


def _magnitude64(x: Number, y: Number) -> Number:
    """x**y for positive or infinite x; y is cut where every power but 1 has left the range."""
    power = y.at_most(2.0**65).at_least(-(2.0**65))
    high, low = _log(x)
    border = x.equals(0.0) | x.equals(INF)
    high = border.choose(x.equals(0.0).choose(-INF, x), high)
    product = power * high
    inside = abs(product) < 1000.0
    rest = power.fma(high, -product) + power * low
    return exp_of_sum(product, inside.choose(rest, x.constant(0.0)))


def _magnitude32(x: Number, y: Number) -> Number:
    """The same in float64, where a plain logarithm is more than enough."""
    return exp(y.widened() * log(x.widened())).narrowed()


def _is_integer(y: Number) -> Number:
    return y.floor().equals(y)


def pow(x: Number, y: Number) -> Number:
    """x to the y, at all borders as C's pow."""
    size = abs(x)
    value = (_magnitude64 if x.format.bits == 64 else _magnitude32)(size, y)
    negative = (x.bits() & x.format.sign_bit).equals(x.format.sign_bit)
    whole = _is_integer(y)
    odd = whole & ~_is_integer(y * 0.5)
    value = (negative & odd).choose(-value, value)
    ordinary = (size > 0.0) & (size < INF)
    value = (negative & ordinary & ~whole).choose(float("nan"), value)
    value = x.equals(x).choose(value, x)
    value = y.equals(y).choose(value, y)
    unit = x.equals(-1.0) & abs(y).equals(INF)
    return (unit | y.equals(0.0) | x.equals(1.0)).choose(1.0, value)
