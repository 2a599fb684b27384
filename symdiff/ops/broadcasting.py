"""Shapes and dtypes of ops: broadcasting, promotion, where an element is read. Declares no op."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from codegen.index import Cast, Const, Scalar

from ..graph.extents import Dim, Extent, Shape
from ..graph.op import OpError, dtype_by_trial, dtype_name, strong_dtype


def broadcast(name: str, *shapes: Shape) -> Shape:
    """NumPy's broadcasting; sizes that must be equal become one."""
    if not any(shapes):
        return ()
    rank = max(map(len, shapes), default=0)
    padded = [(1,) * (rank - len(s)) + tuple(s) for s in shapes]
    return tuple(_common(name, sizes, shapes) for sizes in zip(*padded))


def _common(name: str, sizes: Sequence[Dim], shapes: Sequence[Shape]) -> Dim:
    out: Dim = 1
    for n in sizes:
        if n is out or (not isinstance(n, Extent) and n == 1):
            continue
        if not isinstance(out, Extent) and out == 1:
            out = n
        elif n != out:
            raise OpError(f"{name}: shapes {shape_text(shapes)} do not broadcast together")
    return out


def shape_text(shapes: Sequence[Shape]) -> str:
    return " and ".join(
        "(" + ", ".join(map(str, s)) + ("," if len(s) == 1 else "") + ")" for s in shapes
    )


def broadcast_index(index: Sequence[Any], shape: Shape) -> tuple[Any, ...]:
    """Where an array of `shape` is read for an element of what it was broadcast to."""
    if not shape:
        return ()
    tail = index[len(index) - len(shape) :]
    zero = Const(0, "int64")
    return tuple(zero if is_one(n) else i for i, n in zip(tail, shape))


def is_one(n: Any) -> bool:
    return isinstance(n, int) and n == 1


def operand_dtype(numpy: Callable[..., Any], xs: Sequence[Any]) -> np.dtype[Any]:
    """The dtype in which a scalar is computed: the result's, or the arguments' common one."""
    dtypes = tuple([x.dtype for x in xs])
    out = dtype_by_trial(numpy, dtypes)
    return out if out.kind == "f" else strong_dtype(common_dtype(dtypes))


def common_dtype(dtypes: Sequence[Any]) -> Any:
    return dtype_by_trial(_promote, tuple(dtypes))


def _promote(*values: Any) -> Any:
    return np.empty(0, np.result_type(*values))


def read_as(dtype: Any, x: Any, index: Sequence[Any]) -> Scalar:
    """x at the (broadcast) index, in the given dtype."""
    return cast(x(*broadcast_index(index, x.shape)), x.dtype, dtype)


def cast(scalar: Scalar, have: Any, want: Any) -> Scalar:
    name = dtype_name(want)
    if isinstance(scalar, Const):
        return Const(np.dtype(name).type(scalar.value).item(), name)
    return scalar if dtype_name(have) == name else Cast(name, scalar)


def zero(dtype: Any) -> Const:
    """0, or False among truth values."""
    name = dtype_name(dtype)
    return Const(False if name == "bool" else 0, name)
