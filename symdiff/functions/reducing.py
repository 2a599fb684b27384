"""Reductions and running totals with axis and keepdims, as in NumPy."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph.naming import named
from ..graph.op import LosesGradient, Op, OpError, aval_of, strong_dtype
from ..handles.operands import operand
from ..ops import elementwise as ew
from ..ops import reduce as reduce_ops
from ..ops import running
from ..ops import shape as shape_ops
from .axes import Axis, one_axis, shape_of, trailing
from .shaping import broadcast_arrays, broadcast_to, concatenate, reshape

_REDUCED_BY_UFUNCS = ("sum", "prod", "amax", "amin", "any", "all")


def reduced(op: Op, x: Any, axis: Axis, keepdims: bool, **params: Any) -> Any:
    """`op` over the axes; kept as axes of size 1 if asked."""
    shape = shape_of(x)
    axes = _reduced_axes(op, axis, len(shape))
    y = op(x, axes=axes, **params)
    return kept(y, shape, axes) if keepdims else y


def _reduced_axes(op: Op, axis: Axis, rank: int) -> tuple[int, ...]:
    """The axes counted from the end; ufuncs may reduce a number along the axis it does not have."""
    lacks = rank == 0 and axis in (0, -1) and op.name in _REDUCED_BY_UFUNCS
    return () if lacks else trailing(op.name, axis, rank)


def kept(y: Any, shape: Any, axes: tuple[int, ...]) -> Any:
    """y, which lacks the axes of `shape`, with them as axes of size 1."""
    return reshape(y, tuple(1 if k - len(shape) in axes else n for k, n in enumerate(shape)))


def given(a: Any, dtype: Any = None, out: None = None) -> Any:
    """What is reduced, in the dtype asked for."""
    if out is not None:
        raise LosesGradient("out= cannot hold what is differentiated; use the result instead")
    a = operand(a)
    return a if dtype is None else ew.astype(a, dtype=np.dtype(dtype))


def floating(a: Any) -> Any:
    """a, integers as float64."""
    a = operand(a)
    is_float = strong_dtype(aval_of(a).dtype).kind == "f"
    return a if is_float else ew.astype(a, dtype=np.dtype(np.float64))


def chosen(a: Any, where: Any, instead: Any) -> Any:
    """The elements where the condition holds, elsewhere what leaves a reduction as it is."""
    return a if where is None else ew.where(where, a, instead)


def _folded(name: str, op: Op, pair: Op, neutral: int, doc: str) -> Callable[..., Any]:
    def fold(
        a: Any,
        axis: Axis = None,
        dtype: Any = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = None,
    ) -> Any:
        y = reduced(op, chosen(given(a, dtype, out), where, neutral), axis, keepdims)
        return y if initial is None else pair(y, initial)

    return named(fold, name, doc)


sum = _folded(
    "sum", shape_ops.sum_, ew.add, 0,
    "The sum over the axes, of the elements where the condition holds.",
)  # fmt: skip
prod = _folded(
    "prod", reduce_ops.prod, ew.mul, 1,
    "The product over the axes; its gradient is right at zeros, too.",
)  # fmt: skip


def mean(
    a: Any,
    axis: Axis = None,
    dtype: Any = None,
    out: None = None,
    keepdims: bool = False,
    *,
    where: Any = None,
) -> Any:
    """The mean over the axes, of the elements where the condition holds."""
    a = given(a, dtype, out)
    if where is None:
        return reduced(reduce_ops.mean, a, axis, keepdims)
    a, where = broadcast_arrays(a, where)
    total = sum(a, axis, keepdims=keepdims, where=where)
    return ew.div(total, counted(where, axis, keepdims, total))


def counted(where: Any, axis: Axis, keepdims: bool, total: Any) -> Any:
    """How often the condition holds, in the dtype of what it will divide."""
    count, dtype = sum(where, axis, keepdims=keepdims), strong_dtype(aval_of(total).dtype)
    return ew.astype(count, dtype=dtype) if dtype.kind == "f" else count


def _extreme(name: str, op: Op, pair: Op, doc: str) -> Callable[..., Any]:
    def extreme(
        a: Any,
        axis: Axis = None,
        out: None = None,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = None,
    ) -> Any:
        a = _where_or(given(a, None, out), initial, where)
        return _extremum(op, pair, a, axis, keepdims, initial)

    return named(extreme, name, doc)


amax = _extreme(
    "amax", reduce_ops.amax, ew.maximum,
    "The largest element along the axes, or `initial` if that is larger; ties share the slope.",
)  # fmt: skip
amin = _extreme(
    "amin", reduce_ops.amin, ew.minimum,
    "The smallest element along the axes, or `initial` if that is smaller.",
)  # fmt: skip
max, min = amax, amin


def _where_or(a: Any, initial: Any, where: Any) -> Any:
    if where is not None and initial is None:
        raise OpError("max, min: where= needs initial=, for where it holds nowhere")
    return chosen(a, where, initial)


def _extremum(op: Op, pair: Op, a: Any, axis: Axis, keepdims: bool, initial: Any) -> Any:
    shape = shape_of(a)
    if builtins.any(shape[k] == 0 for k in _reduced_axes(op, axis, len(shape))):
        if initial is None:
            name = op.name.removeprefix("a")
            raise OpError(f"{name}: an empty array has no extremum (shape {shape})")
        return sum(a, axis, keepdims=keepdims, initial=initial)
    y = reduced(op, a, axis, keepdims)
    return y if initial is None else pair(y, initial)


def ptp(a: Any, axis: Axis = None, out: None = None, keepdims: bool = False) -> Any:
    """The largest element less the smallest."""
    return ew.sub(amax(a, axis, out, keepdims), amin(a, axis, out, keepdims))


def any(
    a: Any, axis: Axis = None, out: None = None, keepdims: bool = False, *, where: Any = None
) -> Any:
    """Whether an element is not 0."""
    a = chosen(given(a, None, out), where, False)
    return reduced(reduce_ops.any_, a, axis, keepdims)


def all(
    a: Any, axis: Axis = None, out: None = None, keepdims: bool = False, *, where: Any = None
) -> Any:
    """Whether no element is 0."""
    a = chosen(given(a, None, out), where, True)
    return reduced(reduce_ops.all_, a, axis, keepdims)


def count_nonzero(a: Any, axis: Axis = None, *, keepdims: bool = False) -> Any:
    """How many elements are not 0."""
    return sum(ew.not_equal(operand(a), 0), axis, keepdims=keepdims)


def logsumexp(
    a: Any,
    axis: Axis = None,
    b: Any = None,
    keepdims: bool = False,
) -> Any:
    """log(sum(b*exp(a))) without overflow, as SciPy's; b must be positive."""
    a = operand(a)
    a = a if b is None else ew.add(a, ew.log(operand(b)))
    return reduced(reduce_ops.logsumexp, a, axis, keepdims)


# --- elements that are NaN left out


def _numbers(a: Any) -> Any:
    return ew.invert(ew.isnan(a))


def _of_numbers(name: str, whole: Callable[..., Any], doc: str) -> Callable[..., Any]:
    def of_numbers(
        a: Any, axis: Axis = None, dtype: Any = None, out: None = None, keepdims: bool = False
    ) -> Any:
        a = given(a, dtype, out)
        return whole(a, axis, keepdims=keepdims, where=_numbers(a))

    return named(of_numbers, name, doc)


nansum = _of_numbers("nansum", sum, "The sum of the elements that are numbers.")
nanprod = _of_numbers("nanprod", prod, "The product of the elements that are numbers.")
nanmean = _of_numbers("nanmean", mean, "The mean of the elements that are numbers.")


def _extreme_number(
    name: str, whole: Callable[..., Any], instead: float, doc: str
) -> Callable[..., Any]:
    def extreme_number(a: Any, axis: Axis = None, out: None = None, keepdims: bool = False) -> Any:
        a = given(a, None, out)
        y = whole(chosen(a, _numbers(a), instead), axis, keepdims=keepdims)
        return _unless_empty(a, y, axis, keepdims)

    return named(extreme_number, name, doc)


nanmax = _extreme_number(
    "nanmax", amax, -math.inf, "The largest of the elements that are numbers; NaN if there is none."
)
nanmin = _extreme_number(
    "nanmin", amin, math.inf, "The smallest of the elements that are numbers; NaN if there is none."
)


def _unless_empty(a: Any, y: Any, axis: Axis, keepdims: bool) -> Any:
    """y, and NaN where there is no number."""
    return ew.where(any(_numbers(a), axis, keepdims=keepdims), y, math.nan)


# --- running


def _along(name: str, a: Any, axis: int | None) -> tuple[Any, int]:
    """The array and the axis counted from the end; flattened if none is given."""
    if axis is None:
        return reshape(a, (-1,)), -1
    return a, one_axis(name, axis, len(shape_of(a)))


def cumsum(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Any:
    """The running total along the axis."""
    a, axis = _along("cumsum", given(a, dtype, out), axis)
    return running.cumsum(a, axis=axis, reverse=False)


def cumprod(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Any:
    """The running product along the axis; its gradient is right at zeros, too."""
    a, axis = _along("cumprod", given(a, dtype, out), axis)
    return running.cumprod(a, axis=axis, reverse=False, exclusive=False)


def _cumulative(name: str, whole: Callable[..., Any], neutral: int, doc: str) -> Callable[..., Any]:
    """A running total or product as the array API standard has it."""

    def cumulative(
        x: Any,
        *,
        axis: int | None = None,
        dtype: Any = None,
        out: None = None,
        include_initial: bool = False,
    ) -> Any:
        x = operand(x)
        rank = len(shape_of(x))
        if axis is None and rank > 1:
            raise OpError(f"{name}: an axis must be given for an array of {rank} axes")
        axis = -1 if axis is None else axis
        y = whole(x, axis, dtype, out)
        return _after(neutral, y, one_axis(name, axis, rank)) if include_initial else y

    return named(cumulative, name, doc)


def _after(start: int, y: Any, axis: int) -> Any:
    """y with one number before it, along an axis counted from the end."""
    shape = list(shape_of(y))
    shape[axis] = 1
    return concatenate([broadcast_to(np.asarray(start, y.dtype), tuple(shape)), y], axis)


cumulative_sum = _cumulative(
    "cumulative_sum", cumsum, 0, "The running total; if asked, with the 0 it starts from."
)
cumulative_prod = _cumulative(
    "cumulative_prod", cumprod, 1, "The running product; if asked, with the 1 it starts from."
)


def nancumsum(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Any:
    """The running total, in which a NaN counts as 0."""
    a = given(a, dtype, out)
    return cumsum(chosen(a, _numbers(a), 0.0), axis)


def nancumprod(a: Any, axis: int | None = None, dtype: Any = None, out: None = None) -> Any:
    """The running product, in which a NaN counts as 1."""
    a = given(a, dtype, out)
    return cumprod(chosen(a, _numbers(a), 1.0), axis)


def cummax(a: Any, axis: int | None = None) -> Any:
    """The largest element so far."""
    a, axis = _along("cummax", operand(a), axis)
    return running.cummax(a, axis=axis)


def cummin(a: Any, axis: int | None = None) -> Any:
    """The smallest element so far."""
    a, axis = _along("cummin", operand(a), axis)
    return running.cummin(a, axis=axis)


def logcumsumexp(a: Any, axis: int | None = None) -> Any:
    """log(cumsum(exp(a))) without overflow."""
    a, axis = _along("logcumsumexp", operand(a), axis)
    return running.logcumsumexp(a, axis=axis)
