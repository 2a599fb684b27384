"""Numbers as formulas have them: Python's own, and constants that remember their formula."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any, Self

import numpy as np

_ATOM = re.compile(r"\w+(\([^()]*\))?").fullmatch


class Exact(float):
    """A constant with its formula, in NumPy syntax: `Exact(1.128..., "2/sqrt(pi)")`.

    Arithmetic with arrays uses the number; arithmetic with another number gives a plain float.
    """

    formula: str

    def __new__(cls, value: float, formula: str) -> Self:
        self = super().__new__(cls, value)
        self.formula = formula
        return self

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy takes no subclass of float for a weak scalar, so it is given the plain number."""
        return getattr(ufunc, method)(*map(_plain, inputs), **kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return func(*map(_plain, args), **kwargs)

    def __rtruediv__(self, other: Any) -> Any:
        """One over a constant has its formula, too."""
        if type(other) is not int or not _ATOM(self.formula):
            return NotImplemented if not isinstance(other, (int, float)) else other / float(self)
        return Exact(other / float(self), f"{other}/{self.formula}")

    def __reduce__(self) -> Any:
        return (Exact, (float(self), self.formula))

    def __repr__(self) -> str:
        return self.formula


class Ratio(Exact):
    """A fraction as ops take it: a float that can be read back exactly."""

    fraction: Fraction

    def __new__(cls, fraction: Fraction) -> Self:
        self = super().__new__(cls, float(fraction), str(fraction))
        self.fraction = fraction
        return self

    def __reduce__(self) -> Any:
        return (Ratio, (self.fraction,))

    def __add__(self, other: Any) -> Any:
        return _ratio(self, other, operator.add)

    def __sub__(self, other: Any) -> Any:
        return _ratio(self, other, operator.sub)

    def __mul__(self, other: Any) -> Any:
        return _ratio(self, other, operator.mul)

    def __truediv__(self, other: Any) -> Any:
        return _ratio(self, other, operator.truediv)

    __radd__, __rmul__ = __add__, __mul__

    def __rsub__(self, other: Any) -> Any:
        return _ratio(self, other, lambda a, b: b - a)

    def __rtruediv__(self, other: Any) -> Any:
        return _ratio(self, other, lambda a, b: b / a)

    def __neg__(self) -> Any:
        return Ratio(-self.fraction)


def _ratio(a: Ratio, b: Any, combine: Callable[[Any, Any], Any]) -> Any:
    """Arithmetic with whole numbers and fractions stays exact."""
    if type(b) is int or isinstance(b, Ratio):
        out = combine(a.fraction, b.fraction if isinstance(b, Ratio) else b)
        return int(out) if out.denominator == 1 else Ratio(out)
    return combine(float(a), b) if isinstance(b, float) else NotImplemented


HALF = Ratio(Fraction(1, 2))


def _plain(x: Any) -> Any:
    return float(x) if isinstance(x, Exact) else x


def is_number(x: object) -> bool:
    """A Python scalar: weak, it takes on the dtype of the arrays it meets."""
    return isinstance(x, (bool, int, float)) and not isinstance(x, np.generic)


def kind_of(x: bool | int | float) -> type:
    """bool, int or float, whatever the subclass."""
    return bool if isinstance(x, bool) else int if isinstance(x, int) else float
