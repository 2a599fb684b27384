"""Numbers carried out with NumPy: what the formulas of vecmath mean, to test them by.

NumPy has no fused multiply-add; here it is built from exact sums and products.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .number import FLOAT32, FLOAT64, Format, Number

Array = NDArray[Any]
FORMATS: dict[int, Format] = {8: FLOAT64, 4: FLOAT32}


def _exact_sum(a: Array, b: Array) -> tuple[Array, Array]:
    """a + b as rounded, and what rounding took."""
    total = a + b
    back = total - a
    return total, (a - (total - back)) + (b - back)


def _halves(a: Array) -> tuple[Array, Array]:
    """a = high + low, each short enough that products of them are exact."""
    big = a * 134217729.0
    high = big - (big - a)
    return high, a - high


def _exact_product(a: Array, b: Array) -> tuple[Array, Array]:
    """a * b as rounded, and what rounding took."""
    product = a * b
    (a1, a0), (b1, b0) = _halves(a), _halves(b)
    return product, ((a1 * b1 - product) + a1 * b0 + a0 * b1) + a0 * b0


def _odd_sum(a: Array, b: Array) -> Array:
    """a + b, its last bit odd where inexact: a later rounding then does not see the first."""
    total, lost = _exact_sum(a, b)
    even = (total.view(np.int64) & 1) == 0
    return np.where(
        (lost != 0) & even, np.nextafter(total, np.where(lost > 0, np.inf, -np.inf)), total
    )


def _fma64(a: Array, b: Array, c: Array) -> Array:
    """a * b + c rounded once (Boldo and Melquiond 2008), away from the ends of the range."""
    product, product_low = _exact_product(a, b)
    low, lower = _exact_sum(c, product_low)
    high, middle = _exact_sum(product, low)
    exact = high + _odd_sum(middle, lower)
    return np.where(np.isfinite(exact), exact, a * b + c)


def fma(a: Array, b: Array, c: Array) -> Array:
    """a * b + c rounded once, in float64 or float32."""
    if a.dtype == np.float64:
        return _fma64(a, b, c)
    wide = _odd_sum(a.astype(np.float64) * b.astype(np.float64), c.astype(np.float64))
    return wide.astype(np.float32)


class Numbers(Number):
    """An ndarray as a Number."""

    def __init__(self, array: Array) -> None:
        self.array = np.asarray(array)

    @property
    def format(self) -> Format:
        return FORMATS.get(self.array.dtype.itemsize, FLOAT64)

    def __repr__(self) -> str:
        return f"Numbers({self.array!r})"

    def constant(self, value: float | int) -> Numbers:
        return Numbers(np.asarray(value, dtype=self.array.dtype))

    def _with(self, other: Number | float) -> Array:
        return other.array if isinstance(other, Numbers) else np.asarray(other, self.array.dtype)

    def __add__(self, other: Number | float) -> Numbers:
        return Numbers(self.array + self._with(other))

    def __sub__(self, other: Number | float) -> Numbers:
        return Numbers(self.array - self._with(other))

    def __mul__(self, other: Number | float) -> Numbers:
        return Numbers(self.array * self._with(other))

    def __truediv__(self, other: Number | float) -> Numbers:
        return Numbers(self.array / self._with(other))

    def __neg__(self) -> Numbers:
        return Numbers(-self.array)

    def __lt__(self, other: Number | float) -> Numbers:
        return Numbers(self.array < self._with(other))

    def __le__(self, other: Number | float) -> Numbers:
        return Numbers(self.array <= self._with(other))

    def __gt__(self, other: Number | float) -> Numbers:
        return Numbers(self.array > self._with(other))

    def __ge__(self, other: Number | float) -> Numbers:
        return Numbers(self.array >= self._with(other))

    def equals(self, other: Number | float) -> Numbers:
        return Numbers(self.array == self._with(other))

    def __and__(self, other: Number | int) -> Numbers:
        return Numbers(self.array & self._with(other))

    def __or__(self, other: Number | int) -> Numbers:
        return Numbers(self.array | self._with(other))

    def __xor__(self, other: Number | int) -> Numbers:
        return Numbers(self.array ^ self._with(other))

    def __invert__(self) -> Numbers:
        return Numbers(~self.array)

    def __lshift__(self, places: int) -> Numbers:
        return Numbers(self.array << places)

    def __rshift__(self, places: int) -> Numbers:
        unsigned = f"u{self.array.dtype.itemsize}"
        return Numbers((self.array.view(unsigned) >> places).view(self.array.dtype))

    def fma(self, factor: Number | float, addend: Number | float) -> Numbers:
        parts = np.broadcast_arrays(self.array, self._with(factor), self._with(addend))
        return Numbers(fma(*parts))

    def floor(self) -> Numbers:
        return Numbers(np.floor(self.array))

    def sqrt(self) -> Numbers:
        return Numbers(np.sqrt(self.array))

    def bits(self) -> Numbers:
        return Numbers(self.array.view(f"i{self.array.dtype.itemsize}"))

    def from_bits(self) -> Numbers:
        return Numbers(self.array.view(f"f{self.array.dtype.itemsize}"))

    def widened(self) -> Numbers:
        return Numbers(self.array.astype(np.float64))

    def narrowed(self) -> Numbers:
        return Numbers(self.array.astype(np.float32))

    def choose(self, then: Number | float, other: Number) -> Numbers:
        values = self._with(other)
        return Numbers(np.where(self.array, Numbers(values)._with(then), values))

    def rarely(self, condition: Number, usual: Mapping[str, Number]) -> list[Numbers]:
        rare = self._with(condition)
        return [self._asked(rare, name, self._with(value)) for name, value in usual.items()]

    def _asked(self, rare: Array, name: str, usual: Array) -> Numbers:
        library = np.vectorize(_library(name), otypes=[self.array.dtype])
        values = usual.copy()
        values[rare] = library(self.array[rare])
        return Numbers(values)


def _library(name: str) -> Callable[[float], float]:
    """The function of math, nan where it raises."""
    function = getattr(math, name)
    return lambda x: function(x) if math.isfinite(x) else math.nan
