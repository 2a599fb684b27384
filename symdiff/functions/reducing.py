"""Reductions and running totals with axis and keepdims, as in NumPy."""

from __future__ import annotations

import builtins
import math
from typing import Any

from ..op import Op, OpError, aval_of, strong_dtype
from ..ops import elementwise as ew
from ..ops import reduce as reduce_ops
from ..ops import running
from ..ops import shape as shape_ops
from .axes import Axis, shape_of, trailing
from .shaping import broadcast_arrays, reshape


def reduced(op: Op, x: Any, axis: Axis, keepdims: bool, **params: Any) -> Any:
    """`op` over the axes; kept as axes of size 1 if asked."""
    shape = shape_of(x)
    axes = trailing(op.name, axis, len(shape))
    y = op(x, axes=axes, **params)
    return kept(y, shape, axes) if keepdims else y


def kept(y: Any, shape: Any, axes: tuple[int, ...]) -> Any:
    """y, which lacks the axes of `shape`, with them as axes of size 1."""
    return reshape(y, tuple(1 if k - len(shape) in axes else n for k, n in enumerate(shape)))


def chosen(x: Any, where: Any, instead: Any) -> Any:
    """x where the condition holds, elsewhere what leaves a reduction as it is."""
    return x if where is None else ew.where(where, x, instead)


def sum(x: Any, axis: Axis = None, keepdims: bool = False, *, where: Any = None) -> Any:
    """The sum over the axes, of the elements where the condition holds."""
    return reduced(shape_ops.sum_, chosen(x, where, 0), axis, keepdims)


def prod(x: Any, axis: Axis = None, keepdims: bool = False, *, where: Any = None) -> Any:
    """The product over the axes; its gradient is right at zeros, too."""
    return reduced(reduce_ops.prod, chosen(x, where, 1), axis, keepdims)


def mean(x: Any, axis: Axis = None, keepdims: bool = False, *, where: Any = None) -> Any:
    """The mean over the axes, of the elements where the condition holds."""
    if where is None:
        return reduced(reduce_ops.mean, x, axis, keepdims)
    x, where = broadcast_arrays(x, where)
    return ew.div(sum(x, axis, keepdims, where=where), sum(where, axis, keepdims))


def amax(x: Any, axis: Axis = None, keepdims: bool = False, *, initial: Any = None) -> Any:
    """The largest element along the axes, or `initial` if that is larger; ties share the slope."""
    return _extremum(reduce_ops.amax, ew.maximum, x, axis, keepdims, initial)


def amin(x: Any, axis: Axis = None, keepdims: bool = False, *, initial: Any = None) -> Any:
    """The smallest element along the axes, or `initial` if that is smaller."""
    return _extremum(reduce_ops.amin, ew.minimum, x, axis, keepdims, initial)


def _extremum(op: Op, pair: Op, x: Any, axis: Axis, keepdims: bool, initial: Any) -> Any:
    shape = shape_of(x)
    if builtins.any(shape[k] == 0 for k in trailing(op.name, axis, len(shape))):
        if initial is None:
            name = op.name.removeprefix("a")
            raise OpError(f"{name}: an empty array has no extremum (shape {shape})")
        return ew.add(reduced(shape_ops.sum_, x, axis, keepdims), initial)
    y = reduced(op, x, axis, keepdims)
    return y if initial is None else pair(y, initial)


def ptp(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    """The largest element less the smallest."""
    return ew.sub(amax(x, axis, keepdims), amin(x, axis, keepdims))


def any(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return reduced(reduce_ops.any_, x, axis, keepdims)


def all(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return reduced(reduce_ops.all_, x, axis, keepdims)


def count_nonzero(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return sum(ew.not_equal(x, 0), axis, keepdims)


def logsumexp(x: Any, axis: Axis = None, keepdims: bool = False, *, b: Any = None) -> Any:
    """log(sum(b*exp(x))) without overflow; b must be positive."""
    x = x if b is None else ew.add(x, ew.log(b))
    return reduced(reduce_ops.logsumexp, x, axis, keepdims)


# --- elements that are NaN left out


def nansum(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return sum(x, axis, keepdims, where=_numbers(x))


def nanprod(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return prod(x, axis, keepdims, where=_numbers(x))


def nanmean(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    return mean(x, axis, keepdims, where=_numbers(x))


def nanmax(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    y = amax(chosen(x, _numbers(x), -math.inf), axis, keepdims)
    return _unless_empty(x, y, axis, keepdims)


def nanmin(x: Any, axis: Axis = None, keepdims: bool = False) -> Any:
    y = amin(chosen(x, _numbers(x), math.inf), axis, keepdims)
    return _unless_empty(x, y, axis, keepdims)


def _unless_empty(x: Any, y: Any, axis: Axis, keepdims: bool) -> Any:
    """y, and NaN where there is no number."""
    return ew.where(any(_numbers(x), axis, keepdims), y, math.nan)


def _numbers(x: Any) -> Any:
    return ew.invert(ew.isnan(x))


# --- running


def _along(name: str, x: Any, axis: int | None) -> tuple[Any, int]:
    """x and the axis counted from the end; flattened if none is given."""
    if axis is None:
        return reshape(x, (-1,)), -1
    return x, trailing(name, axis, len(shape_of(x)))[0]


def cumsum(x: Any, axis: int | None = None) -> Any:
    """The running total along the axis."""
    x, axis = _along("cumsum", x, axis)
    return running.cumsum(x, axis=axis, reverse=False)


def cumprod(x: Any, axis: int | None = None) -> Any:
    """The running product along the axis; its gradient is right at zeros, too."""
    x, axis = _along("cumprod", x, axis)
    return running.cumprod(x, axis=axis, reverse=False, exclusive=False)


def cummax(x: Any, axis: int | None = None) -> Any:
    """The largest element so far."""
    x, axis = _along("cummax", x, axis)
    return running.cummax(x, axis=axis)


def cummin(x: Any, axis: int | None = None) -> Any:
    """The smallest element so far."""
    x, axis = _along("cummin", x, axis)
    return running.cummin(x, axis=axis)


def logcumsumexp(x: Any, axis: int | None = None) -> Any:
    """log(cumsum(exp(x))) without overflow."""
    x, axis = _along("logcumsumexp", x, axis)
    return running.logcumsumexp(x, axis=axis)


def nancumsum(x: Any, axis: int | None = None) -> Any:
    return cumsum(chosen(x, _numbers(x), 0.0), axis)


def nancumprod(x: Any, axis: int | None = None) -> Any:
    return cumprod(chosen(x, _numbers(x), 1.0), axis)


def floating(x: Any) -> bool:
    """Whether x has a floating dtype."""
    return strong_dtype(aval_of(x).dtype).kind == "f"
