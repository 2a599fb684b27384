"""Polynomials by their coefficients, the highest power first."""

from __future__ import annotations

from typing import Any

from ..operands import operand
from .axes import shape_of
from .indexing import getitem


def polyval(p: Any, x: Any) -> Any:
    """The polynomial at x, by Horner's rule."""
    p, x = operand(p), operand(x)
    y: Any = x * 0
    for k in range(int(shape_of(p)[0])):
        y = y * x + getitem(p, k)
    return y
