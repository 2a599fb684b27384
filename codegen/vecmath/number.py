"""What a formula of vecmath may do with its numbers; who carries it out is not known here.

A `Number` stands for one number or for many side by side: floats of one `Format`, integers as
wide, or truth values. arrays.py carries it out with NumPy, the LLVM target by instructions.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import NamedTuple


class Format(NamedTuple):
    """A binary floating-point format: its width and how the bits are used."""

    bits: int
    fraction: int
    bias: int
    sqrt_half: float
    sqrt_half_bits: int

    @property
    def rounder(self) -> float:
        """1.5 * 2**fraction: adding it leaves the nearest integer in the low bits."""
        return 1.5 * 2.0**self.fraction

    @property
    def rounder_bits(self) -> int:
        """The bit pattern of `rounder`."""
        return (self.bias + self.fraction << self.fraction) | 1 << self.fraction - 1

    @property
    def one_bits(self) -> int:
        """The bit pattern of 1.0."""
        return self.bias << self.fraction

    @property
    def sign_bit(self) -> int:
        """The bit pattern of -0.0, as a signed integer."""
        return -(1 << self.bits - 1)

    @property
    def smallest_normal(self) -> float:
        """Below it, numbers are denormal and hold fewer digits."""
        return 2.0 ** (1 - self.bias)


FLOAT64 = Format(64, 52, 1023, float.fromhex("0x1.6a09e667f3bcdp-1"), 0x3FE6A09E667F3BCD)
FLOAT32 = Format(32, 23, 127, float.fromhex("0x1.6a09e6p-1"), 0x3F3504F3)


class Number(ABC):
    """Arithmetic rounds once per operation, to nearest even; integers wrap; nothing traps."""

    @property
    @abstractmethod
    def format(self) -> Format:
        """Of floats, and of integers as wide."""

    @abstractmethod
    def constant(self, value: float | int) -> Number:
        """The same value in the kind and number of lanes of self."""

    @abstractmethod
    def __add__(self, other: Number | float) -> Number: ...

    @abstractmethod
    def __sub__(self, other: Number | float) -> Number: ...

    @abstractmethod
    def __mul__(self, other: Number | float) -> Number: ...

    @abstractmethod
    def __truediv__(self, other: Number | float) -> Number: ...

    @abstractmethod
    def __neg__(self) -> Number: ...

    @abstractmethod
    def __lt__(self, other: Number | float) -> Number: ...

    @abstractmethod
    def __le__(self, other: Number | float) -> Number: ...

    @abstractmethod
    def __gt__(self, other: Number | float) -> Number: ...

    @abstractmethod
    def __ge__(self, other: Number | float) -> Number: ...

    @abstractmethod
    def equals(self, other: Number | float) -> Number:
        """Truth values; a NaN equals nothing."""

    @abstractmethod
    def __and__(self, other: Number | int) -> Number: ...

    @abstractmethod
    def __or__(self, other: Number | int) -> Number: ...

    @abstractmethod
    def __xor__(self, other: Number | int) -> Number: ...

    @abstractmethod
    def __invert__(self) -> Number: ...

    @abstractmethod
    def __lshift__(self, places: int) -> Number: ...

    @abstractmethod
    def __rshift__(self, places: int) -> Number:
        """Zeros come in from the left."""

    @abstractmethod
    def fma(self, factor: Number | float, addend: Number | float) -> Number:
        """self * factor + addend, rounded once."""

    @abstractmethod
    def floor(self) -> Number:
        """The largest integer below or equal, as a float."""

    @abstractmethod
    def sqrt(self) -> Number:
        """The square root, NaN of negative numbers."""

    @abstractmethod
    def bits(self) -> Number:
        """The bit pattern of a float, as an integer."""

    @abstractmethod
    def from_bits(self) -> Number:
        """The float with this bit pattern."""

    @abstractmethod
    def widened(self) -> Number:
        """A float32 as a float64."""

    @abstractmethod
    def narrowed(self) -> Number:
        """A float64 rounded to float32."""

    @abstractmethod
    def choose(self, then: Number | float, other: Number) -> Number:
        """`then` where self is true, else `other`; both are computed."""

    @abstractmethod
    def rarely(self, condition: Number, usual: Mapping[str, Number]) -> Sequence[Number]:
        """What is usual, but the C library's function of that name where the condition holds."""

    def __radd__(self, other: float) -> Number:
        return self + other

    def __rmul__(self, other: float) -> Number:
        return self * other

    def __rsub__(self, other: float) -> Number:
        return self.constant(other) - self

    def __rtruediv__(self, other: float) -> Number:
        return self.constant(other) / self

    def __abs__(self) -> Number:
        return (self.bits() & ~self.format.sign_bit).from_bits()

    def with_sign_of(self, other: Number) -> Number:
        """self, which is not negative, with the sign of other."""
        return (self.bits() | (other.bits() & self.format.sign_bit)).from_bits()

    def scaled(self, n: Number) -> Number:
        """self * 2**n for a whole float n; by halves, so that the result rounds only once."""
        form = self.format
        raised = (n + form.rounder).bits() - (form.rounder_bits - 2 * form.bias)
        half = raised >> 1
        rest = raised - half
        return self * (half << form.fraction).from_bits() * (rest << form.fraction).from_bits()

    def split(self) -> tuple[Number, Number]:
        """(e, m), e a whole float: self = 2**e * m, sqrt(1/2) <= m < sqrt(2); for self > 0."""
        form = self.format
        denormal = self < form.smallest_normal
        raised = denormal.choose(self * 2.0 ** (form.fraction + 2), self).bits()
        biased = raised + (form.one_bits - form.sqrt_half_bits) >> form.fraction
        m = (raised - (biased - form.bias << form.fraction)).from_bits()
        e = (biased + (form.rounder_bits - form.bias)).from_bits() - form.rounder
        return e - denormal.choose(form.fraction + 2.0, e.constant(0.0)), m

    def at_least(self, low: float) -> Number:
        """The larger of the two; a NaN stays."""
        return (self < low).choose(low, self)

    def at_most(self, high: float) -> Number:
        """The smaller of the two; a NaN stays."""
        return (self > high).choose(high, self)


class Pair(NamedTuple):
    """The sum of two floats, low far smaller than high."""

    high: Number
    low: Number


def exact_sum(a: Number, b: Number) -> Pair:
    """a + b, where |a| >= |b| or a = 0."""
    high = a + b
    return Pair(high, a - high + b)


def horner(coefficients: tuple[float, ...], t: Number) -> Number:
    """c[0] + c[1]*t + c[2]*t**2 + ..., as two interleaved chains when there are many."""
    if len(coefficients) < 8:
        return _horner(coefficients, t)
    square = t * t
    return _horner(coefficients[1::2], square).fma(t, _horner(coefficients[0::2], square))


def _horner(coefficients: tuple[float, ...], t: Number) -> Number:
    value = t.constant(coefficients[-1])
    for c in reversed(coefficients[:-1]):
        value = value.fma(t, c)
    return value
