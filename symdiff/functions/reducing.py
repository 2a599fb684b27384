"""Reductions with axis and keepdims, as in NumPy."""

from __future__ import annotations

from typing import Any

from ..op import Op, OpError
from ..ops import reduce as reduce_ops
from ..ops import shape as shape_ops
from .axes import Axis, shape_of, trailing
from .shaping import reshape


def reduced(op: Op, x: Any, axis: Axis, keepdims: bool) -> Any:
    """`op` over the axes; kept as axes of size 1 if asked."""
    shape = shape_of(x)
    axes = trailing(op.name, axis, len(shape))
    y = op(x, axes=axes)
    if not keepdims:
        return y
    return reshape(y, tuple(1 if k - len(shape) in axes else n for k, n in enumerate(shape)))


def sum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return reduced(shape_ops.sum_, x, axis, keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return reduced(reduce_ops.mean, x, axis, keepdims)


def amax(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    _not_empty("max", x, axis)
    return reduced(reduce_ops.amax, x, axis, keepdims)


def amin(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    _not_empty("min", x, axis)
    return reduced(reduce_ops.amin, x, axis, keepdims)


def _not_empty(name: str, x: Any, axis: Axis) -> None:
    shape = shape_of(x)
    if any(shape[k] == 0 for k in trailing(name, axis, len(shape))):
        raise OpError(f"{name}: an empty array has no extremum (shape {shape})")


def cumsum(x: Any, axis: int | None = None) -> Any:
    if axis is None:
        x, axis = reshape(x, (-1,)), 0
    (axis,) = trailing("cumsum", axis, len(shape_of(x)))
    return reduce_ops.cumsum(x, axis=axis, reverse=False)
