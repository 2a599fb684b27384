"""The numbers before a product: whole, fractions, and decimals that stay as they were written."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ...graph.exact import Exact, Ratio

Number = int | Fraction | float


def is_coefficient(x: Any) -> bool:
    """Whether x may be merged with other numbers: finite, and no constant with its own name."""
    if isinstance(x, Exact):
        return isinstance(x, Ratio)
    return isinstance(x, (int, float, Fraction)) and math.isfinite(x)


def read_number(x: Any) -> Number:
    """A number found in a graph."""
    return x.fraction if isinstance(x, Ratio) else int(x) if isinstance(x, bool) else x


def as_argument(x: Number) -> int | float:
    """A number as ops take it."""
    if isinstance(x, Fraction):
        return Ratio(x)
    return float(x) if isinstance(x, int) and abs(x) > 2**53 else x


def exact(x: Number) -> Fraction:
    """A float counts as the decimal it prints as: 0.1 is one tenth."""
    return Fraction(repr(x)) if isinstance(x, float) else Fraction(x)


def times(a: Number, b: Number) -> Number:
    """The product; a float if one of both is.

    >>> times(3, 0.1), times(Fraction(1, 2), 3)
    (0.3, Fraction(3, 2))
    """
    if type(a) is int and type(b) is int:
        return a * b
    if a == 1 and type(a) is int:
        return b
    if b == 1 and type(b) is int:
        return a
    return _as_written(exact(a) * exact(b), isinstance(a, float) or isinstance(b, float))


def plus(a: Number, b: Number) -> Number:
    if type(a) is int and type(b) is int:
        return a + b
    return _as_written(exact(a) + exact(b), isinstance(a, float) or isinstance(b, float))


def power(a: Number, k: int) -> Number:
    """a**k for k > 0."""
    return a**k if type(a) is int else _as_written(exact(a) ** k, isinstance(a, float))


def inverse(a: Number) -> Number | None:
    """1/a, where it can be written down exactly."""
    if a == 0:
        return None
    turned = 1 / exact(a)
    if not isinstance(a, float):
        return int(turned) if turned.denominator == 1 else turned
    decimal = turned.denominator
    while decimal % 2 == 0:
        decimal //= 2
    while decimal % 5 == 0:
        decimal //= 5
    return _as_written(turned, True) if decimal == 1 and abs(turned.denominator) < 10**6 else None


def _as_written(x: Fraction, decimal: bool) -> Number:
    if not decimal:
        return int(x) if x.denominator == 1 else x
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def common(numbers: Sequence[Number]) -> Number:
    """What can be drawn out of a sum: a number that all terms share, and a sign that all have."""
    sizes = {abs(n) for n in numbers}
    size = sizes.pop() if len(sizes) == 1 else 1
    sign = -1 if all(n < 0 for n in numbers) else 1
    return sign * size


def over(number: Number, common: Number) -> Number:
    """The number with what was drawn out taken from it."""
    same = abs(number) == abs(common)
    if same:
        return 1 if (number < 0) == (common < 0) else -1
    return -number if common < 0 else number
