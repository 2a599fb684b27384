"""cbrt: a polynomial good for half the digits, and one step of Newton's for the rest."""

from __future__ import annotations

from . import tables
from .number import Number, horner


def cbrt(x: Number) -> Number:
    """The cube root, with the sign of x: 2**n times that of a = m * 2**rest, rest = -1, 0 or 1."""
    size = abs(x)
    e, m = size.split()
    n = (e * (1.0 / 3.0) + 0.5).floor()
    rest = e - 3.0 * n
    up, down = rest > 0.0, rest < 0.0
    a = up.choose(2.0 * m, down.choose(0.5 * m, m))
    y = horner(tables.CBRT[x.format.bits], m)
    y = up.choose(tables.CBRT_OF_2 * y, down.choose(y * (1.0 / tables.CBRT_OF_2), y))
    value = _improved(y, a).scaled(n).with_sign_of(x)
    return ((size > 0.0) & (size < float("inf"))).choose(value, x)


def _improved(y: Number, a: Number) -> Number:
    """y - (y**3 - a)/(3*y**2); the cube is carried in two parts, so that little is lost of a."""
    square = y * y
    square_low = y.fma(y, -square)
    off = square.fma(y, -a) + square_low * y
    return y - off / (3.0 * square)
