"""log, log2, log10, log1p and softplus: `x = 2**e * (1 + f)` with 1 + f between sqrt(1/2) and sqrt(2)."""

from __future__ import annotations

from . import tables
from .exponential import exp
from .number import Number, Pair, exact_sum, horner


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
    e, m = x.split()
    return _at_borders(x, _log_of_parts(e, m - 1.0, x.constant(0.0)))


def _product(a: Pair, b: tuple[float, float]) -> Pair:
    """a * b, b in two parts."""
    high = a.high * b[0]
    return Pair(high, a.high.fma(b[0], -high) + a.high.fma(b[1], a.low * b[0]))


def _to_base(x: Number, unit: tuple[float, float], of_2: tuple[float, float]) -> Number:
    """e*log(2) + log(1 + f) where `unit` and `of_2` are the new logarithms of e and 2.

    As with `_log_of_parts`, the product with the short part of the latter is exact.
    """
    e, m = x.split()
    f = m - 1.0
    curve = f.fma(horner(tables.LOG[x.format.bits], f), x.constant(-0.5))
    first, rest = _product(exact_sum(f, f * f * curve), unit)
    a = e * of_2[0]
    high = a + first
    return _at_borders(x, high + ((a - high + first) + e.fma(of_2[1], rest)))


def log2(x: Number) -> Number:
    """The logarithm to the base 2, exact where it is whole."""
    return _to_base(x, tables.LOG2_OF_E[x.format.bits], (1.0, 0.0))


def log10(x: Number) -> Number:
    """The logarithm to the base 10."""
    bits = x.format.bits
    return _to_base(x, tables.LOG10_OF_E[bits], tables.LOG10_OF_2_SHORT[bits])


def log1p(x: Number) -> Number:
    """log(1 + x)."""
    u = 1.0 + x
    lost = (x > 1.0).choose(1.0 - (u - x), x - (u - 1.0))
    tiny = abs(x) < 2.0 ** -(x.format.fraction + 2)
    return tiny.choose(x, _at_borders(u, _log_of_sum(x, u, lost)))


def _log_of_sum(x: Number, u: Number, lost: Number) -> Number:
    """log(1 + x) for 1 + x = u + lost, the latter as lost/(1 + f). Where e = 0, f is x itself."""
    e, m = u.split()
    f = m - 1.0
    near = e.equals(0.0)
    low = lost.scaled(-e) * f.fma(f - 1.0, 1.0)
    return _log_of_parts(e, near.choose(x, f), near.choose(0.0, low))


def log_of_twice(x: Pair) -> Number:
    """log(2 * (high + low)) where high is neither near 1/2 nor 0, low as low/(1 + f)."""
    e, m = x.high.split()
    f = m - 1.0
    low = x.low.scaled(-e) * f.fma(f - 1.0, 1.0)
    return _at_borders(x.high, _log_of_parts(e + 1.0, f, low))


def softplus(x: Number) -> Number:
    """log(1 + exp(x)), as the part above 0 and what bends around it."""
    bend = exp(-abs(x))
    u = 1.0 + bend
    return (x < 0.0).choose(0.0, x) + _log_of_sum(bend, u, bend - (u - 1.0))
