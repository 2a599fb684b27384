"""sin, cos and tan: `x = n*pi/2 + r + low`, and a polynomial for each of the two on |r| <= pi/4."""

from __future__ import annotations

from typing import NamedTuple

from . import tables
from .number import Number, Pair, exact_sum, horner

# Up to here three parts of pi/2 are enough; beyond it the C library is asked.
LARGE = {64: 2.0**40, 32: 2.0**14}


class Turn(NamedTuple):
    """x = n*pi/2 + r + low; n an integer."""

    n: Number
    r: Number
    low: Number


def _turn(x: Number) -> Turn:
    """x - n*first is exact, as in exp; the product with the second part is carried in two."""
    first, second, third = tables.HALF_PI[x.format.bits]
    shifted = x.fma(tables.TWO_OVER_PI, x.constant(x.format.rounder))
    n = shifted - x.format.rounder
    coarse = (-n).fma(first, x)
    product = n * second
    product_low = n.fma(second, -product)
    r = coarse - product
    taken = coarse - r
    low = (coarse - (r + taken)) + (taken - product)
    return Turn(shifted.bits() - x.format.rounder_bits, r, (-n).fma(third, low - product_low))


def _sine(r: Number, low: Number, z: Number) -> Pair:
    """sin(r + low) = r + r**3 * S(z) + low * cos(r)."""
    cubic = r * z * horner(tables.SIN[r.format.bits], z)
    return exact_sum(r, (z * -0.5).fma(low, cubic + low))


def _cosine(r: Number, low: Number, z: Number) -> Pair:
    """cos(r + low) = 1 - z/2 + z**2 * C(z) - r * low; what 1 - z/2 loses is put back."""
    half = z * 0.5
    high = 1.0 - half
    rest = (z * z).fma(horner(tables.COS[r.format.bits], z), -(r * low))
    return exact_sum(high, (1.0 - high - half) + rest)


def _wave(x: Number, quarters: int, name: str) -> Number:
    """sin(x + quarters*pi/2): quarter turns swap sine and cosine, half turns change the sign."""
    turn = _turn(x)
    n = turn.n + quarters
    z = turn.r * turn.r
    odd = (n & 1).equals(1)
    value = odd.choose(_cosine(turn.r, turn.low, z).high, _sine(turn.r, turn.low, z).high)
    signed = (value.bits() ^ ((n & 2) << x.format.bits - 2)).from_bits()
    return x.rarely(abs(x) > LARGE[x.format.bits], name, signed)


def _is_its_sine(x: Number) -> Number:
    """Whether x is so small that sine and tangent round to x."""
    return abs(x) < 2.0 ** -(x.format.fraction // 2 + 2)


def sin(x: Number) -> Number:
    """The sine of x in radians."""
    return _is_its_sine(x).choose(x, _wave(x, 0, "sin"))


def cos(x: Number) -> Number:
    """The cosine of x in radians."""
    return _wave(x, 1, "cos")


def tan(x: Number) -> Number:
    """The tangent of x in radians: sin/cos, or -cos/sin after an odd number of quarter turns."""
    turn = _turn(x)
    z = turn.r * turn.r
    sine, cosine = _sine(turn.r, turn.low, z), _cosine(turn.r, turn.low, z)
    odd = (turn.n & 1).equals(1)
    above = Pair(odd.choose(-cosine.high, sine.high), odd.choose(-cosine.low, sine.low))
    below = Pair(odd.choose(sine.high, cosine.high), odd.choose(sine.low, cosine.low))
    value = x.rarely(abs(x) > LARGE[x.format.bits], "tan", _quotient(above, below))
    return _is_its_sine(x).choose(x, value)


def _quotient(above: Pair, below: Pair) -> Number:
    """above/below: a quotient, and the share of what it leaves."""
    reciprocal = 1.0 / below.high
    q = above.high * reciprocal
    left = (-q).fma(below.high, above.high) + (-q).fma(below.low, above.low)
    return left.fma(reciprocal, q)
