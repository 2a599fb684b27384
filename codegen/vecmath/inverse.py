"""arctan, arctan2, arcsin, arccos: polynomials for small t, added to a number of quarter turns."""

from __future__ import annotations

from . import tables
from .number import Number, Pair, horner


def _bend(t: Number) -> Number:
    """arctan(t) - t for |t| <= 1; the first, large terms are added last, as two chains cancel."""
    z = t * t
    first, second, third, *rest = tables.ARCTAN[t.format.bits]
    large = horner(tuple(rest), z).fma(z, third).fma(z, second).fma(z, first)
    return t * z * large


def _from(start: Pair, t: Number, bend: Number) -> Number:
    """start + t + bend, where start is 0 or above pi/2."""
    high = start.high + t
    return high + ((start.high - high + t) + (start.low + bend))


def _quarter(x: Number) -> Pair:
    """pi/2."""
    high, low, _ = tables.HALF_PI[x.format.bits]
    return Pair(x.constant(high), x.constant(low))


def arctan(x: Number) -> Number:
    """The angle whose tangent is x; beyond 1 what the one of 1/x leaves of a quarter turn."""
    size = abs(x)
    steep = size > 1.0
    t = steep.choose(-1.0 / size, size)
    start = Pair(*(steep.choose(part, x.constant(0.0)) for part in _quarter(x)))
    return _from(start, t, _bend(t)).with_sign_of(x)


def arctan2(y: Number, x: Number) -> Number:
    """The angle of the point (x, y), from the nearest of the four directions; sides of 0 as in C."""
    height, width = abs(y), abs(x)
    steep = height > width
    left = (x.bits() & x.format.sign_bit).equals(x.format.sign_bit)
    t = _ratio(steep.choose(width, height), steep.choose(height, width))
    t = (steep ^ left).choose(-t, t)
    turns = steep.choose(1.0, left.choose(2.0, x.constant(0.0)))
    start = Pair(*(turns * part for part in _quarter(x)))
    return _from(start, t, _bend(t)).with_sign_of(y)


def _ratio(small: Number, large: Number) -> Number:
    """small/large, but 0 of zeros and 1 of infinities."""
    ratio = small.equals(large).choose(1.0, small / large)
    return (small + large).equals(0.0).choose(0.0, ratio)


def _arc(z: Number, t: Number) -> Number:
    """arcsin(t) - t for |t| <= 1/2, z = t**2."""
    return t * z * horner(tables.ARCSIN[t.format.bits], z)


def _folded(x: Number) -> tuple[Number, Number, Pair]:
    """(outer, z, t): z = t**2 with t = x, or (1 - |x|)/2 where |x| > 1/2 is outer; t in two parts."""
    size = abs(x)
    outer = size > 0.5
    z = outer.choose((1.0 - size) * 0.5, x * x)
    root = z.sqrt()
    lost = (-root).fma(root, z) / (2.0 * root)
    lost = (outer & (z > 0.0)).choose(lost, x.constant(0.0))
    return outer, z, Pair(outer.choose(root, size), lost)


def arcsin(x: Number) -> Number:
    """The angle whose sine is x: beyond 1/2 what twice that of sqrt((1 - |x|)/2) leaves of pi/2."""
    outer, z, t = _folded(x)
    rest = t.low + _arc(z, t.high)
    folded = _from(_quarter(x), -2.0 * t.high, -2.0 * rest)
    return outer.choose(folded, t.high + rest).with_sign_of(x)


def arccos(x: Number) -> Number:
    """The angle whose cosine is x: pi/2 less its arcsin, or twice that of sqrt((1 - |x|)/2)."""
    outer, z, t = _folded(x)
    negative = x < 0.0
    turns = outer.choose(negative.choose(2.0, x.constant(0.0)), x.constant(1.0))
    factor = outer.choose(2.0, x.constant(1.0))
    factor = (outer ^ negative).choose(factor, -factor)
    rest = t.low + _arc(z, t.high)
    start = Pair(*(turns * part for part in _quarter(x)))
    return _from(start, factor * t.high, factor * rest)
