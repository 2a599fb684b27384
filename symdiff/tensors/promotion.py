"""PyTorch's promotion: floats outrank integers, and tensors with axes those without.

What integers become where a result is no integer is the default dtype, however small they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph.exact import kind_of
from ..graph.op import Aval, Op
from ..handles.handle import Handle
from ..ops import elementwise as ew
from .dtypes import get_default_dtype

_RANK = {"b": 0, "u": 1, "i": 1, "f": 2}


def fitted(op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> tuple[Any, ...]:
    """The arguments of an elementwise op in the dtype that PyTorch computes in."""
    if not params and _are_whole(args):
        made = _made_floats(op, args)
        if made is not None:
            return made
    if len(args) > 1 and mixed(args):
        return (args[0], *promoted(args[1:])) if op is ew.where else promoted(args)
    return args


def _made_floats(op: Op, args: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """Whole numbers of which the op makes floats, each made one as it is: a small kind of them might
    not hold the others. None where the op's result is whole, too.
    """
    wanted = get_default_dtype().dtype
    arrays = [isinstance(a, (Handle, np.ndarray, np.generic)) for a in args]
    kinds = [np.dtype(a.dtype) if is_array else kind_of(a) for a, is_array in zip(args, arrays)]
    given = op.infer(*(Aval((), kind) for kind in kinds)).dtype
    if np.dtype(given).kind != "f":
        return None
    if given == wanted:
        return args
    return tuple(ew.astype(a, dtype=wanted) if whole else a for a, whole in zip(args, arrays))


def _are_whole(args: Sequence[Any]) -> bool:
    """Whether there are arrays, all of integers or truth values."""
    found = False
    for a in args:
        value = a._value if isinstance(a, Handle) else a
        dtype = getattr(a if value is None else value, "dtype", None)
        if dtype is not None and dtype.kind == "f":
            return False
        found = found or dtype is not None
    return found


def mixed(args: Sequence[Any]) -> bool:
    """Whether there are arrays of different dtypes; Python's numbers are weak and do not count."""
    seen = None
    for a in args:
        if type(a) is float or type(a) is int:
            continue
        value = a._value if isinstance(a, Handle) else a  # a view's dtype is never stale
        if value is None:
            return True  # traced: let `promoted` look
        if type(value) is np.ndarray:
            dtype = value.dtype
            if seen is not None and dtype is not seen and dtype != seen:
                return True
            seen = dtype
    return False


def promoted(args: Sequence[Any]) -> tuple[Any, ...]:
    """The arguments in the dtype that PyTorch computes in: slopes are as precise as the result."""
    arrays = [a for a in args if isinstance(a, (Handle, np.ndarray))]
    wanted = _common(arrays)
    return tuple(
        ew.astype(a, dtype=wanted)
        if isinstance(a, (Handle, np.ndarray)) and np.dtype(a.dtype) != wanted
        else a
        for a in args
    )


def _common(arrays: Sequence[Any]) -> np.dtype[Any]:
    """A number without axes counts only if its kind outranks that of all with axes."""
    large = [np.dtype(a.dtype) for a in arrays if a.ndim]
    small = [np.dtype(a.dtype) for a in arrays if not a.ndim]
    if large and small and _rank(large) >= _rank(small):
        small = []
    return _promote(small) if small and _rank(small) > _rank(large) else _promote(large or small)


def _rank(dtypes: Sequence[np.dtype[Any]]) -> int:
    return max((_RANK[d.kind] for d in dtypes), default=-1)


def _promote(dtypes: Sequence[np.dtype[Any]]) -> np.dtype[Any]:
    """As NumPy does, but a float stays as it is beside an integer."""
    floats = [d for d in dtypes if d.kind == "f"]
    return np.result_type(*(floats or dtypes))
