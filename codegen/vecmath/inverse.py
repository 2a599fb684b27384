"""arctan and arctan2, arcsin and arccos: a polynomial, and what a quarter turn leaves of it."""

from __future__ import annotations

from . import tables
from .number import Number, horner


def _bend(t: Number) -> Number:
    """arctan(t) - t for |t| <= 1; the first, large terms are added last, as two chains cancel."""
    z = t * t
    first, second, third, *rest = tables.ARCTAN[t.format.bits]
    large = horner(tuple(rest), z).fma(z, third).fma(z, second).fma(z, first)
    return t * z * large


def _quarter_less(t: Number, bend: Number) -> Number:
    """pi/2 - (t + bend) for 0 <= t <= 1."""
    quarter, low, _ = tables.HALF_PI[t.format.bits]
    high = quarter - t
    return high + ((quarter - high - t) + (low - bend))


def arctan(x: Number) -> Number:
    """The angle whose tangent is x; beyond 1 what the one of 1/x leaves of a quarter turn."""
    size = abs(x)
    steep = size > 1.0
    t = steep.choose(1.0 / size, size)
    bend = _bend(t)
    return steep.choose(_quarter_less(t, bend), t + bend).with_sign_of(x)
