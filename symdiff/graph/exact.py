"""Numbers as formulas have them: Python's own, and constants that remember their formula."""

from __future__ import annotations

from typing import Any

import numpy as np


class Exact(float):
    """A constant with its formula, in NumPy syntax: `Exact(1.128..., "2/sqrt(pi)")`.

    Arithmetic with arrays uses the number; arithmetic with another number gives a plain float.
    """

    formula: str

    def __new__(cls, value: float, formula: str) -> Exact:
        self = super().__new__(cls, value)
        self.formula = formula
        return self

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
        """NumPy takes no subclass of float for a weak scalar, so it is given the plain number."""
        return getattr(ufunc, method)(*map(_plain, inputs), **kwargs)

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        return func(*map(_plain, args), **kwargs)

    def __reduce__(self) -> Any:
        return (Exact, (float(self), self.formula))

    def __repr__(self) -> str:
        return self.formula


def _plain(x: Any) -> Any:
    return float(x) if isinstance(x, Exact) else x


def is_number(x: object) -> bool:
    """A Python scalar: weak, it takes on the dtype of the arrays it meets."""
    return isinstance(x, (bool, int, float)) and not isinstance(x, np.generic)


def kind_of(x: bool | int | float) -> type:
    """bool, int or float, whatever the subclass."""
    return bool if isinstance(x, bool) else int if isinstance(x, int) else float
