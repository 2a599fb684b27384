"""log, log1p and softplus: `x = 2**e * (1 + f)` with 1 + f between sqrt(1/2) and sqrt(2)."""

from __future__ import annotations

from . import tables
from .exponential import exp
from .number import Number, horner


def split(x: Number) -> tuple[Number, Number]:
    """(e, m), e an integer, with x = 2**e * m for positive normal x."""
    form = x.format
    sqrt_half = tables.SQRT_HALF_BITS[form.bits]
    e = (x.bits() + (form.one_bits - sqrt_half) >> form.fraction) - form.bias
    return e, (x.bits() - (e << form.fraction)).from_bits()


def as_float(e: Number) -> Number:
    """A small integer as a float: it stands in the low bits of a number whose unit is 1."""
    form = e.format
    return (e + form.rounder_bits).from_bits() - form.rounder


def normal(x: Number) -> tuple[Number, Number]:
    """(e, y), e a float, with x = 2**e * y and y not denormal."""
    shift = x.format.fraction + 2
    denormal = x < x.format.smallest_normal
    return (
        denormal.choose(-float(shift), x.constant(0.0)),
        denormal.choose(x * 2.0**shift, x),
    )


def _log_of_parts(e: Number, f: Number, low: Number) -> Number:
    """e*log(2) + log(1 + f) + low.

    The product with the short part of log(2) is exact, and so is the error of adding f to it.
    """
    short, rest = tables.LOG2_SHORT[f.format.bits]
    a = e * short
    high = a + f
    curve = f.fma(horner(tables.LOG[f.format.bits], f), f.constant(-0.5))
    return high + ((a - high + f) + e.fma(rest, (f * f).fma(curve, low)))


def _at_borders(x: Number, value: Number) -> Number:
    """`value` for ordinary x; -inf at 0, nan below, inf and nan as they are."""
    inf = float("inf")
    below = (x < 0.0).choose(float("nan"), x)
    border = x.equals(0.0).choose(-inf, below)
    return ((x > 0.0) & (x < inf)).choose(value, border)


def log(x: Number) -> Number:
    """The natural logarithm."""
    shift, y = normal(x)
    e, m = split(y)
    return _at_borders(x, _log_of_parts(as_float(e) + shift, m - 1.0, x.constant(0.0)))


def log1p(x: Number) -> Number:
    """log(1 + x). What 1 + x loses is put back as low/(1 + f); where e = 0, f is x itself."""
    form = x.format
    u = 1.0 + x
    large = x > 1.0
    lost = large.choose(1.0 - (u - x), x - (u - 1.0))
    e, m = split(u)
    f = m - 1.0
    near = e.equals(0)
    low = lost * (form.one_bits - (e << form.fraction)).from_bits() * f.fma(f - 1.0, 1.0)
    small = near | (u > 2.0 ** (form.fraction + 2))
    value = _log_of_parts(as_float(e), near.choose(x, f), small.choose(0.0, low))
    return (abs(x) < 2.0 ** -(form.fraction + 2)).choose(x, _at_borders(u, value))


def softplus(x: Number) -> Number:
    """log(1 + exp(x)), as the part above 0 and what bends around it."""
    return (x < 0.0).choose(0.0, x) + log1p(exp(-abs(x)))
