"""Whether arrays are alike."""

from __future__ import annotations

from typing import Any

from ..handles.operands import operand
from ..ops import elementwise as ew
from .axes import shape_of
from .elementary import isclose
from .reducing import all as all_


def allclose(
    a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False
) -> Any:
    """Whether all elements are equal but for rounding."""
    return all_(isclose(operand(a), operand(b), rtol, atol, equal_nan))


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> Any:
    """Whether the arrays have one shape and the same elements."""
    a, b = operand(a1), operand(a2)
    if len(shape_of(a)) != len(shape_of(b)) or any(
        n != m for n, m in zip(shape_of(a), shape_of(b))
    ):
        return False
    same = ew.equal(a, b)
    if equal_nan:
        same = ew.logical_or(same, ew.logical_and(ew.isnan(a), ew.isnan(b)))
    return all_(same)


def array_equiv(a1: Any, a2: Any) -> Any:
    """Whether the arrays hold the same elements once broadcast together."""
    return all_(ew.equal(operand(a1), operand(a2)))
