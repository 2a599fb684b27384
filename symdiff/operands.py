"""What ops are applied to: numbers, arrays, handles; whatever else users pass is made one of these."""

from __future__ import annotations

from typing import Any

import numpy as np

from .exact import is_number
from .extents import Extent
from .functions import shaping
from .op import Operand

NUMERIC = "fiub"  # the kinds of dtype that ops take


def operand(x: Any) -> Any:
    """x as an op takes it: lists and object arrays of handles are stacked, other data become arrays."""
    if isinstance(x, (Operand, Extent)) or is_number(x):
        return x
    if isinstance(x, np.ndarray) and x.dtype.kind in NUMERIC:
        return x
    if isinstance(x, (list, tuple)) or (isinstance(x, np.ndarray) and x.dtype.hasobject):
        return restacked(x)
    array = np.asarray(x)
    if array.dtype.kind not in NUMERIC:
        raise TypeError(f"{type(x).__name__} is not numeric: {x!r}")
    return array


def restacked(x: Any) -> Any:
    """A nested list or object array of scalars and handles as one array or handle."""
    if isinstance(x, np.ndarray) and x.ndim == 0:
        return operand(x.item())
    parts = [operand(part) for part in x]
    if any(isinstance(part, (Operand, Extent)) for part in parts):
        return shaping.stack([_stackable(p) for p in parts])
    array = np.asarray(parts)
    if array.dtype.kind not in NUMERIC:
        raise TypeError(f"an array of {array.dtype} is not numeric")
    return array


def _stackable(x: Any) -> Any:
    """A part of a stack: sizes become numbers there."""
    return x if isinstance(x, Operand) else np.asarray(int(x) if isinstance(x, Extent) else x)
