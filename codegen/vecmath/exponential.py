"""exp, exp2, expm1, sigmoid, sinh, cosh, tanh: one reduction, `x = n*log(2) + r`, one polynomial."""

from __future__ import annotations

from typing import NamedTuple

from . import tables
from .number import Format, Number, Pair, exact_sum, horner


class Parts(NamedTuple):
    """exp(x) = 2**n * (1 + r + c), n whole, |r| <= log(2)/2 and c small."""

    n: Number
    r: Number
    c: Number


def parts(x: Number, low: Number | None = None) -> Parts:
    """The parts of exp(x + low), for arguments whose result is near the format's range.

    x - n*log(2) is exact with the first part of log(2), as its bits above r cancel.
    """
    form = x.format
    log2_high, log2_low = tables.LOG2[form.bits]
    n = x.fma(tables.LOG2_E, x.constant(form.rounder)) - form.rounder
    coarse = (-n).fma(log2_high, x)
    r = (-n).fma(log2_low, coarse)
    c = r * r * horner(tables.EXP[form.bits], r)
    if low is None:
        return Parts(n, r, c)
    rest = (-n).fma(log2_low, coarse - r) + low
    return Parts(n, r, rest.fma(1.0 + (r + c), c))


def overflow(form: Format) -> float:
    """An argument a little above the last whose exponential is finite."""
    return (form.bias + 1.25) * tables.LOG2[form.bits][0]


def exp_of_sum(x: Number, low: Number | None = None) -> Number:
    """exp(x + low), low far smaller than x."""
    n, r, c = parts(_inside(x), low)
    return (1.0 + (r + c)).scaled(n)


def _inside(x: Number) -> Number:
    """x cut to where exp(x) is neither 0 nor infinite, and a little beyond."""
    form = x.format
    return x.at_most(overflow(form)).at_least(-float(form.bias + form.fraction))


def exp(x: Number) -> Number:
    """e to the x."""
    return exp_of_sum(x)


def exp2(x: Number) -> Number:
    """2 to the x: x less the whole number n is exact, its product with log(2) is carried in two."""
    form = x.format
    log2_high, log2_low = tables.LOG2[form.bits]
    x = x.at_most(form.bias + 2.0).at_least(-(form.bias + form.fraction + 2.0))
    n = x + form.rounder - form.rounder
    part = x - n
    r = part * log2_high
    low = part.fma(log2_low, part.fma(log2_high, -r))
    c = (r * r).fma(horner(tables.EXP[form.bits], r), low)
    return (1.0 + (r + c)).scaled(n)


def _halved_expm1(x: Number, times: int = 1) -> Pair:
    """expm1(x)/2**times, of which 2**(n - times) does not overflow; x is not below -64.

    2**n - 1 and 2**n * r are exact; so is the error of their sum.
    """
    n, r, c = parts(x)
    scale = x.constant(1.0).scaled(n - float(times))
    high, low = exact_sum(scale - 0.5**times, scale * r)
    return Pair(high, low + scale * c)


def expm1(x: Number) -> Number:
    """e to the x, less 1, right for small x too."""
    high, low = _halved_expm1(x.at_most(overflow(x.format)).at_least(-64.0))
    return (abs(x) < 2.0 ** -(x.format.fraction + 2)).choose(x, 2.0 * (high + low))


def _size_before_overflow(x: Number) -> Number:
    """|x| cut a little above the last whose hyperbolic sine and cosine are finite."""
    return abs(x).at_most(overflow(x.format) + tables.LOG2[x.format.bits][0])


def sinh(x: Number) -> Number:
    """(g + g/(1 + g))/2 with g = expm1(|x|), with the sign of x; g/4 does not overflow."""
    high, low = exact_sum(*_halved_expm1(_size_before_overflow(x), 2))
    value = 2.0 * (high + (low + high / high.fma(4.0, 1.0)))
    tiny = abs(x) < 2.0 ** -(x.format.fraction // 2 + 2)
    return tiny.choose(x, abs(value).with_sign_of(x))


def cosh(x: Number) -> Number:
    """(p + 1/p)/2 with p = exp(|x|), of which p/4 does not overflow."""
    n, r, c = parts(_size_before_overflow(x))
    quarter = (1.0 + (r + c)).scaled(n - 2.0)
    return 2.0 * (quarter + 0.0625 / quarter)


def _share(g: Pair) -> Number:
    """g/(1 + g) for -1/2 <= g <= 1: a quotient and what it leaves, times 1/(1 + g) = 1 - q."""
    d, lost = exact_sum(g.high.constant(1.0), g.high)
    q = g.high / d
    left = (-q).fma(d, g.high) + (-q).fma(lost + g.low, g.low)
    return left.fma(1.0 - q, q)


def sigmoid(x: Number) -> Number:
    """1/(1 + exp(-x)): the share of exp(-|x|) where x is negative, else the rest of it."""
    n, r, c = parts(_inside(-abs(x)))
    t, t_low = exact_sum(r, c)
    high, low = exact_sum(x.constant(1.0), t)
    share = _share(Pair(high.scaled(n), (low + t_low).scaled(n)))
    return (x < 0.0).choose(share, 1.0 - share)


def tanh(x: Number) -> Number:
    """-g/(1 + g) with 2g = expm1(-2|x|), with the sign of x."""
    size = abs(x)
    g = _halved_expm1((-2.0 * size).at_least(-64.0))
    value = abs(_share(exact_sum(g.high, g.low))).with_sign_of(x)
    return (size < 2.0 ** -(x.format.fraction // 2 + 2)).choose(x, value)
