"""Averages, spread and quantiles, as in NumPy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph.exact import is_number
from ..graph.extents import product
from ..graph.naming import named
from ..graph.op import Op, Operand, OpError, aval_of, strong_dtype
from ..handles.operands import operand
from ..ops import elementwise as ew
from ..ops import gathering, rounding, sorting
from ..ops import reduce as reduce_ops
from ..ops.creation import iota, made_like
from . import products, reducing
from .axes import Axis, shape_of, trailing
from .indexing import getitem
from .shaping import broadcast_arrays, broadcast_to, concatenate, diagonal, moveaxis, ravel, reshape

_INDEX = np.dtype(np.int64)

# --- averages and spread


def _squares(a: Any, where: Any, axis: Axis, keepdims: bool) -> tuple[Any, Any]:
    """The squared distances from the mean where the condition holds: their sum and their count."""
    a, where = broadcast_arrays(a, where)
    middle = reducing.mean(a, axis, keepdims=True, where=where)
    squares = ew.where(where, ew.square(ew.sub(a, middle)), 0.0)
    total = reducing.sum(squares, axis, keepdims=keepdims)
    return total, reducing.counted(where, axis, keepdims, total)


def _spread(name: str, op: Op, of_variance: Callable[[Any], Any], doc: str) -> Callable[..., Any]:
    def spread(
        a: Any,
        axis: Axis = None,
        dtype: Any = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
        *,
        where: Any = None,
        correction: float | None = None,
    ) -> Any:
        a = reducing.given(a, dtype, out)
        if correction is not None:
            if not is_number(ddof) or ddof != 0:
                raise ValueError(f"{name}: ddof and correction are two words for one; give one")
            ddof = correction
        if where is None and not isinstance(ddof, Operand):
            return reducing.reduced(op, a, axis, keepdims, ddof=ddof)
        total, count = _squares(a, True if where is None else where, axis, keepdims)
        return of_variance(ew.div(total, ew.maximum(ew.sub(count, ddof), 0)))

    return named(spread, name, doc)


def _root(variance: Any) -> Any:
    """The square root, flat at 0, as any norm is."""
    none = ew.equal(variance, 0)
    return ew.where(none, 0.0, ew.sqrt(ew.where(none, 1.0, variance)))


var = _spread(
    "var", reduce_ops.var, lambda variance: variance,
    "The mean squared distance from the mean; `ddof` is taken from the count that divides.",
)  # fmt: skip
std = _spread(
    "std", reduce_ops.std, _root,
    "The square root of the variance; its gradient is 0 where all elements are equal.",
)  # fmt: skip


def _of_numbers(name: str, of_variance: Callable[[Any], Any], doc: str) -> Callable[..., Any]:
    def of_numbers(
        a: Any,
        axis: Axis = None,
        dtype: Any = None,
        out: None = None,
        ddof: float = 0,
        keepdims: bool = False,
    ) -> Any:
        a = reducing.given(a, dtype, out)
        total, count = _squares(a, ew.invert(ew.isnan(a)), axis, keepdims)
        free = ew.sub(count, ddof)
        # as in NumPy, too few numbers have none, where var has inf
        return of_variance(ew.div(total, ew.where(ew.greater(free, 0), free, np.nan)))

    return named(of_numbers, name, doc)


nanvar = _of_numbers(
    "nanvar", lambda variance: variance, "The variance of the elements that are numbers."
)
nanstd = _of_numbers("nanstd", _root, "The square root of nanvar.")


def average(
    a: Any,
    axis: Axis = None,
    weights: Any = None,
    returned: bool = False,
    *,
    keepdims: bool = False,
) -> Any:
    """The mean, weighted if weights are given; with the sum of weights if `returned`."""
    a = operand(a)
    if weights is None:
        y = reducing.mean(a, axis, keepdims=keepdims)
        count = reduce_ops.count(shape_of(a), trailing("average", axis, len(shape_of(a))))
        return (y, ew.add(ew.mul(y, 0), count)) if returned else y
    weights = _lined_up(operand(weights), a, axis)
    total = reducing.sum(weights, axis, keepdims=keepdims)
    y = ew.div(reducing.sum(ew.mul(a, weights), axis, keepdims=keepdims), total)
    return (y, total) if returned else y


def _lined_up(weights: Any, x: Any, axis: Axis) -> Any:
    """Weights in the shape of x; a row of them belongs to the axis."""
    shape = shape_of(x)
    if len(shape_of(weights)) == len(shape):
        return broadcast_to(weights, shape)
    axes = trailing("average", axis, len(shape))
    if axis is None or len(axes) != len(shape_of(weights)):
        raise OpError(f"average: weights {shape_of(weights)} do not fit {shape} along axis {axis}")
    kept = tuple(n if k - len(shape) in axes else 1 for k, n in enumerate(shape))
    return broadcast_to(reshape(weights, kept), shape)


def cov(m: Any, y: Any = None, rowvar: bool = True, bias: bool = False, ddof: Any = None) -> Any:
    """The covariance matrix of variables, one a row (or a column, if not `rowvar`)."""
    x = _variables(m, rowvar)
    if y is not None:
        x = concatenate([x, _variables(y, rowvar)])
    count = shape_of(x)[1]
    x = ew.sub(x, reducing.mean(x, 1, keepdims=True))
    divisor = reduce_ops.freedom(count, (0 if bias else 1) if ddof is None else ddof)
    found = ew.div(products.matmul(x, moveaxis(x, 0, 1)), divisor)
    return reshape(found, ()) if shape_of(x)[0] == 1 else found


def _variables(x: Any, rowvar: bool) -> Any:
    x = operand(x)
    if len(shape_of(x)) < 2:
        return reshape(x, (1, -1))
    return x if rowvar or shape_of(x)[0] == 1 else moveaxis(x, 0, 1)


def corrcoef(x: Any, y: Any = None, rowvar: bool = True) -> Any:
    """The correlation matrix of variables, one a row."""
    c = cov(x, y, rowvar)
    if not shape_of(c):
        return ew.div(c, c)
    scale = ew.sqrt(diagonal(c))
    return c / reshape(scale, (-1, 1)) / scale


# --- quantiles: read from the sorted elements, so the slope goes to those that are read


def median(
    a: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Any:
    """The middle element, or the mean of the two in the middle."""
    a = reducing.given(a, None, out)
    axes = trailing("median", axis, len(shape_of(a)))
    rows = _ordered(_in_one_axis(a, axes))
    n = shape_of(rows)[-1]
    low, high = (getitem(rows, (Ellipsis, k)) for k in ((n - 1) // 2, n // 2))
    y = _nan_if_any(rows, _middle(low, high))
    return reducing.kept(y, shape_of(a), axes) if keepdims else y


def _of_all(rows: Any, q: Any, method: str) -> Any:
    """The quantiles of sorted rows; NaN for a row with a NaN."""
    low, high, t = _places(q, shape_of(rows)[-1], method)
    below, above = (gathering.gather(rows, k, after=0) for k in (low, high))
    last = ew.astype(ew.mul(t, 0) - 1, dtype=_INDEX)
    last = gathering.gather(rows, last, after=0)
    return ew.where(ew.isnan(last), last, _between(below, above, t))


def _of_what_is_a_number(rows: Any, q: Any, method: str) -> Any:
    """The quantiles of sorted rows without their NaNs."""
    flat = ravel(q) if shape_of(q) else q
    low, high, t = _places(flat, _numbers_in(rows), method)
    y = _between(_read(rows, low), _read(rows, high), t)
    return reshape(y, (*shape_of(rows)[:-1], *shape_of(q)))


def _numbers_in(rows: Any) -> Any:
    """How many elements of each row are numbers; 1 where none is, so that a NaN is read."""
    return ew.maximum(reducing.sum(ew.invert(ew.isnan(rows)), -1, keepdims=True), 1)


def _quantiles(
    name: str, of_rows: Callable[[Any, Any, str], Any], whole: int, doc: str
) -> Callable[..., Any]:
    """A function of NumPy's that gives quantiles; `whole` is the q of the largest element."""

    def quantiles(
        a: Any,
        q: Any,
        axis: Axis = None,
        out: None = None,
        overwrite_input: bool = False,
        method: str = "linear",
        keepdims: bool = False,
    ) -> Any:
        a, q = reducing.given(a, None, out), _shares(q, whole)
        axes = trailing(name, axis, len(shape_of(a)))
        y = of_rows(_ordered(_in_one_axis(a, axes)), q, method)
        return _arranged(y, q, shape_of(a), axes, keepdims)

    return named(quantiles, name, doc)


quantile = _quantiles(
    "quantile", _of_all, 1,
    "The values below which a share q of the elements lies; axes of q come first.",
)  # fmt: skip
percentile = _quantiles("percentile", _of_all, 100, "The quantile at q per cent.")
nanquantile = _quantiles(
    "nanquantile", _of_what_is_a_number, 1, "The quantiles of the elements that are numbers."
)
nanpercentile = _quantiles(
    "nanpercentile", _of_what_is_a_number, 100, "The nanquantile at q per cent."
)


def nanmedian(
    a: Any,
    axis: Axis = None,
    out: None = None,
    overwrite_input: bool = False,
    keepdims: bool = False,
) -> Any:
    """The median of the elements that are numbers."""
    a = reducing.given(a, None, out)
    axes = trailing("nanmedian", axis, len(shape_of(a)))
    rows = _ordered(_in_one_axis(a, axes))
    n = _numbers_in(rows)
    low, high = (_read(rows, rounding.floor_divide(k, 2)) for k in (ew.sub(n, 1), n))
    y = reshape(_middle(low, high), shape_of(rows)[:-1])
    return reducing.kept(y, shape_of(a), axes) if keepdims else y


def _shares(q: Any, whole: int) -> Any:
    q = operand(q)
    q = np.asarray(q, dtype=np.float64) if is_number(q) else q
    q = q if whole == 1 else ew.div(q, whole)
    if isinstance(q, np.ndarray) and not ((q >= 0) & (q <= 1)).all():
        raise OpError("quantile: shares lie between 0 and 1 (percentages between 0 and 100)")
    return q


def _in_one_axis(x: Any, axes: tuple[int, ...]) -> Any:
    """The axes moved to the end and made one."""
    x = moveaxis(x, axes, range(-len(axes), 0))
    rest = len(shape_of(x)) - len(axes)
    return reshape(x, (*shape_of(x)[:rest], product(shape_of(x)[rest:])))


def _ordered(x: Any) -> Any:
    """x sorted along its last axis; NaNs come last."""
    n = shape_of(x)[-1]
    if isinstance(n, int) and n == 0:
        raise OpError("quantile: an empty array has no quantiles")
    return _read(x, sorting.argsort(x))


def _read(x: Any, place: Any) -> Any:
    """Of each row of x the elements at the row's places."""
    *lead, n = shape_of(x)
    if not lead:
        return gathering.gather(x, place, after=0)
    rows = reshape(made_like(x, iota, length=product(lead)), (*lead, 1))
    return gathering.gather(ravel(x), ew.add(ew.mul(rows, n), place), after=0)


def _middle(low: Any, high: Any) -> Any:
    """The mean of two, halved first: sums of small whole numbers wrap around."""
    return ew.add(ew.mul(low, 0.5), ew.mul(high, 0.5))


def _nan_if_any(rows: Any, y: Any) -> Any:
    """NaN for a row with a NaN, which is sorted to its end."""
    last = getitem(rows, (Ellipsis, -1))
    return ew.where(ew.isnan(last), last, y)


def _between(a: Any, b: Any, t: Any) -> Any:
    """What lies at a share t of the way from a to b, told from the nearer one as in NumPy: the
    other may be infinite.
    """
    dtype = strong_dtype(aval_of(a).dtype)
    t, way = ew.astype(t, dtype=dtype) if dtype.kind == "f" else t, ew.sub(b, a)
    behind = ew.sub(b, ew.strongmul(ew.sub(1, t), way))
    return ew.where(ew.less(t, 0.5), ew.add(a, ew.strongmul(t, way)), behind)


def _arranged(y: Any, q: Any, shape: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """The axes of q moved to the front."""
    own = len(shape_of(q))
    if keepdims:
        ones = tuple(1 if k - len(shape) in axes else n for k, n in enumerate(shape))
        y = reshape(y, (*ones, *shape_of(q)))
    rank = len(shape_of(y))
    return moveaxis(y, range(rank - own, rank), range(own)) if own else y


# Hyndman and Fan's parameters: the place of q among n is n*q + alpha + q*(1 - alpha - beta), from 1
_PARAMETERS = {
    "linear": (1.0, 1.0),
    "weibull": (0.0, 0.0),
    "hazen": (0.5, 0.5),
    "median_unbiased": (1 / 3, 1 / 3),
    "normal_unbiased": (3 / 8, 3 / 8),
    "interpolated_inverted_cdf": (0.0, 1.0),
}
_ROUNDED = {"lower": rounding.floor, "higher": rounding.ceil, "nearest": rounding.rint}


def _places(q: Any, n: Any, method: str) -> tuple[Any, Any, Any]:
    """The positions of two neighbours, and the share of the way between them."""
    place, t = _place(q, n, method)
    place = ew.minimum(ew.maximum(place, 0.0), n - 1)
    low = rounding.floor(place)
    t = place - low if t is None else t
    high = ew.minimum(low + 1, n - 1) if not is_number(t) else low
    low, high = (ew.astype(k, dtype=_INDEX) for k in (low, high))
    return low, high, ew.mul(place, 0) if is_number(t) else t


def _place(q: Any, n: Any, method: str) -> tuple[Any, Any]:
    """Where q stands among n, counted from 0; a share of 0 where the method takes one element."""
    if method in _PARAMETERS:
        alpha, beta = _PARAMETERS[method]
        return n * q + (alpha + q * (1 - alpha - beta)) - 1, None
    linear = q * (n - 1)
    if method in _ROUNDED:
        return _ROUNDED[method](linear), 0
    if method == "midpoint":
        low, high = rounding.floor(linear), rounding.ceil(linear)
        return ew.mul(ew.add(low, high), 0.5), None
    raise OpError(f"quantile: unknown method {method!r}; there are {', '.join(METHODS)}")


METHODS = (*_PARAMETERS, *_ROUNDED, "midpoint")
