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


def _is_its_sine(x: Number) -> Number:
    """Whether x is so small that sine and tangent round to x."""
    return abs(x) < 2.0 ** -(x.format.fraction // 2 + 2)


def sin_and_cos(x: Number) -> tuple[Number, Number]:
    """Sine and cosine of x in radians: odd quarter turns swap them, half turns change the sign."""
    turn = _turn(x)
    z = turn.r * turn.r
    sine, cosine = _sine(turn.r, turn.low, z).high, _cosine(turn.r, turn.low, z).high
    odd = (turn.n & 1).equals(1)
    waves = {
        "sin": _turned(odd.choose(cosine, sine), turn.n),
        "cos": _turned(odd.choose(sine, cosine), turn.n + 1),
    }
    near_sine, near_cosine = x.rarely(abs(x) > LARGE[x.format.bits], waves)
    return _is_its_sine(x).choose(x, near_sine), near_cosine


def _turned(wave: Number, quarters: Number) -> Number:
    """The wave, its sign changed by an odd number of half turns."""
    return (wave.bits() ^ ((quarters & 2) << wave.format.bits - 2)).from_bits()


def sin(x: Number) -> Number:
    """The sine of x in radians."""
    return sin_and_cos(x)[0]


def cos(x: Number) -> Number:
    """The cosine of x in radians."""
    return sin_and_cos(x)[1]


def tan(x: Number) -> Number:
    """The tangent of x in radians: sin/cos, or -cos/sin after an odd number of quarter turns."""
    turn = _turn(x)
    z = turn.r * turn.r
    sine, cosine = _sine(turn.r, turn.low, z), _cosine(turn.r, turn.low, z)
    odd = (turn.n & 1).equals(1)
    above = Pair(odd.choose(-cosine.high, sine.high), odd.choose(-cosine.low, sine.low))
    below = Pair(odd.choose(sine.high, cosine.high), odd.choose(sine.low, cosine.low))
    (value,) = x.rarely(abs(x) > LARGE[x.format.bits], {"tan": _quotient(above, below)})
    return _is_its_sine(x).choose(x, value)


def _quotient(above: Pair, below: Pair) -> Number:
    """above/below: a quotient, and the share of what it leaves."""
    reciprocal = 1.0 / below.high
    q = above.high * reciprocal
    left = (-q).fma(below.high, above.high) + (-q).fma(below.low, above.low)
    return left.fma(reciprocal, q)
