"""arcsinh: a polynomial up to 1/2, and the logarithm of x + sqrt(1 + x**2) beyond."""

from __future__ import annotations

from . import tables
from .logarithm import log_of_twice
from .number import Number, Pair, exact_sum, horner


def _root(x: Number) -> Pair:
    """sqrt(1 + x**2), and what it lacks: rounding took some of the square, the sum and the root."""
    square = x * x
    radicand = 1.0 + square
    lost = (x > 1.0).choose(square - radicand + 1.0, 1.0 - radicand + square)
    lost = lost + x.fma(x, -square)
    root = radicand.sqrt()
    return Pair(root, ((-root).fma(root, radicand) + lost) / (2.0 * root))


def _far(size: Number) -> Number:
    """log(x + sqrt(1 + x**2)) for x > 1/2, as log(2) more than of the half, which is finite."""
    large = size > 2.0 ** (size.format.fraction // 2 + 2)
    root = _root(large.choose(1.0, size))
    high, low = exact_sum(0.5 * large.choose(size, root.high), 0.5 * size)
    return log_of_twice(Pair(high, low + large.choose(0.0, 0.5 * root.low)))


def arcsinh(x: Number) -> Number:
    """The number whose hyperbolic sine is x."""
    size = abs(x)
    z = size * size
    near = size.fma(z * horner(tables.ARCSINH[x.format.bits], z), size)
    return (size < 0.5).choose(near, _far(size)).with_sign_of(x)
