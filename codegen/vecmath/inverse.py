"""arctan and arctan2: a polynomial for |t| <= 1, added to a number of quarter turns."""

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
