"""Numbers as users hand them over, made a fresh array: lists, scalars, arrays, lists of tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..handles.handle import Handle
from ..handles.operands import restacked
from .dtypes import get_default_dtype


def array_of(data: Any, dtype: Any = None) -> np.ndarray:
    """A fresh array; Python floats take the default dtype."""
    array = _array(data)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a tensor holds numbers, not {type(data).__name__}: {data!r}")
    if dtype is None and array.dtype == np.float64 and not _has_dtype(data):
        dtype = get_default_dtype()
    return np.array(array, dtype=dtype)


def _array(data: Any) -> np.ndarray:
    if isinstance(data, Handle):
        return data.known_value("tensor()")
    if isinstance(data, (list, tuple)) and any(isinstance(part, Handle) for part in data):
        return np.array([_array(part) for part in data])
    array = np.asarray(data)
    if array.dtype == object and array.ndim:
        stacked = restacked(array)
        return stacked.known_value("tensor()") if isinstance(stacked, Handle) else stacked
    return array


def _has_dtype(data: Any) -> bool:
    """Whether what the numbers came from says of which dtype they are."""
    if isinstance(data, (list, tuple)):
        return any(map(_has_dtype, data))
    return hasattr(data, "dtype")
