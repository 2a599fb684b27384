"""sin and cos: `x = n*pi/2 + r + low`, and a polynomial for each of the two on |r| <= pi/4."""

from __future__ import annotations

from typing import NamedTuple

from . import tables
from .number import Number, horner

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


def _sine(r: Number, low: Number, z: Number) -> Number:
    """sin(r + low) = r + r**3 * S(z) + low * cos(r)."""
    cubic = r * z * horner(tables.SIN[r.format.bits], z)
    return r + (z * -0.5).fma(low, cubic + low)


def _cosine(r: Number, low: Number, z: Number) -> Number:
    """cos(r + low) = 1 - z/2 + z**2 * C(z) - r * low; what 1 - z/2 loses is put back."""
    half = z * 0.5
    high = 1.0 - half
    rest = (z * z).fma(horner(tables.COS[r.format.bits], z), -(r * low))
    return high + ((1.0 - high - half) + rest)


def _wave(x: Number, quarters: int, name: str) -> Number:
    """sin(x + quarters*pi/2): quarter turns swap sine and cosine, half turns change the sign."""
    turn = _turn(x)
    n = turn.n + quarters
    z = turn.r * turn.r
    odd = (n & 1).equals(1)
    value = odd.choose(_cosine(turn.r, turn.low, z), _sine(turn.r, turn.low, z))
    signed = (value.bits() ^ ((n & 2) << x.format.bits - 2)).from_bits()
    return x.rarely(abs(x) > LARGE[x.format.bits], name, signed)


def sin(x: Number) -> Number:
    """The sine of x in radians."""
    tiny = abs(x) < 2.0 ** -(x.format.fraction // 2 + 2)
    return tiny.choose(x, _wave(x, 0, "sin"))


def cos(x: Number) -> Number:
    """The cosine of x in radians."""
    return _wave(x, 1, "cos")
