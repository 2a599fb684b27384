"""What ops are applied to: numbers, arrays, handles. What else users pass is made one of these."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.exact import is_number
from ..graph.extents import Extent
from ..graph.op import Operand
from ..ops.joining import stack

NUMERIC = "fiub"  # the kinds of dtype that ops take


def operand(x: Any) -> Any:
    """x as an op takes it: lists and object arrays of handles stacked, other data as arrays."""
    if isinstance(x, (Operand, Extent)) or is_number(x):
        return x
    refuse_other_meanings(x)
    if isinstance(x, np.ndarray) and x.dtype.kind in NUMERIC:
        return x
    if isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.dtype.hasobject):
        return restacked(x)
    return _checked(np.asarray(x), x)


def has_other_meaning(x: Any) -> bool:
    """Whether products or sums of this array are others than those of plain ones."""
    if type(x) is np.ndarray or not isinstance(x, np.ndarray):
        return False
    return isinstance(x, (np.matrix, np.ma.MaskedArray))


def refuse_other_meanings(x: Any) -> None:
    if has_other_meaning(x):
        raise TypeError(
            f"{type(x).__name__}: only plain arrays are computed with here; np.asarray(m) is one, "
            "m @ x the product of matrices, and np.where(mask, 0, x) leaves out what is masked"
        )


def _checked(array: np.ndarray, x: Any) -> np.ndarray:
    if array.dtype.kind not in NUMERIC:
        raise TypeError(
            f"{type(x).__name__} of dtype {array.dtype} is not supported: {x!r}; "
            "floats, integers and truth values are"
        )
    return array


def restacked(x: Any) -> Any:
    """A nested list or object array of scalars and handles as one array or handle."""
    if isinstance(x, np.ndarray) and x.ndim == 0:
        return operand(x.item())
    parts = [operand(part) for part in x]
    if any(isinstance(part, (Operand, Extent)) for part in parts):
        return _stacked([_array(p) for p in parts])
    return _checked(np.asarray(parts), x)


def _array(x: Any) -> Any:
    """A part of a stack: numbers and sizes become arrays."""
    return x if isinstance(x, Operand) else np.asarray(int(x) if isinstance(x, Extent) else x)


def _stacked(parts: list[Any]) -> Any:
    ranks = {len(p.shape) for p in parts}
    if len(ranks) > 1:
        shapes = ", ".join(str(tuple(p.shape)) for p in parts)
        raise ValueError(f"a list whose parts have the shapes {shapes} makes no array")
    return stack(*parts, axis=-1 - ranks.pop())
