"""Reductions over axes counted from the end."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from codegen.index import Apply, Const, Scalar

from ..graph.extents import product
from ..graph.op import Aval, Example, Op, declare, dtype_by_trial, strong_dtype
from .elementwise import astype, div, equal, exp, isfinite, isnan, log, sqrt, square, where
from .index import Span, index
from .running import others
from .shape import reduction_at, spread, sum_, without

Axes = tuple[int, ...]


def count(shape: Any, axes: Sequence[int]) -> Any:
    """How many elements are combined into one."""
    return product(shape[len(shape) + k] for k in axes)


def _infer_by(numpy: Callable[..., Any]) -> Callable[..., Aval]:
    """The shape without the axes, in the dtype NumPy gives."""

    def infer(x: Aval, axes: Axes, **params: Any) -> Aval:
        return Aval(without(x.shape, axes), dtype_by_trial(numpy, (x.dtype,)))

    return infer


def _example(**params: Any) -> Example:
    return lambda rng: ((rng.normal(size=(2, 3, 4)),), {"axes": (-3, -1)} | params)


_PLAIN = (np.dtype(np.float64), np.dtype(np.float32))


def _mean(x: Any, axes: Axes) -> Any:
    """np.mean without its detour."""
    if type(x) is not np.ndarray or x.dtype not in _PLAIN or not x.size:
        return np.mean(x, axis=axes)
    return np.add.reduce(x, axis=axes) / count(x.shape, axes)


mean = declare(
    "mean",
    infer=_infer_by(np.mean),
    evaluate=_mean,
    pullback=lambda g, y, x, needed, axes: (spread(div(g, count(x.shape, axes)), x.shape, axes),),
    compose=lambda x, axes: div(sum_(x, axes=axes), count(x.shape, axes)),
    family="reductions",
    example=_example(),
)

# --- prod: each element's slope is the product of the others, which holds at zeros too


def _others(x: Any, axes: Axes) -> Any:
    """The product of the other elements: of those along the last axis, times that of the rest."""
    *rest, last = axes
    along = others(x, axis=last)
    if not rest:
        return along
    outer = _others(prod(x, axes=(last,)), tuple(k + 1 for k in rest))
    return along * spread(outer, x.shape, (last,))


def _prod_pullback(g: Any, y: Any, x: Any, needed: Any, axes: Axes) -> tuple[Any]:
    return (spread(g, x.shape, axes) * _others(x, axes) if axes else g,)


prod = declare(
    "prod",
    infer=_infer_by(np.prod),
    evaluate=lambda x, axes: np.prod(x, axis=axes),
    pullback=_prod_pullback,
    at=reduction_at("mul"),
    family="reductions",
    example=_example(),
)

# --- max and min


def _extremum_pullback(g: Any, y: Any, x: Any, needed: Any, axes: Axes) -> tuple[Any]:
    """Ties share equally, as PyTorch's amax; NaNs, which are the result, as PyTorch's max."""
    ties = equal(x, spread(y, x.shape, axes)) | isnan(x)
    share = div(g, sum_(astype(ties, dtype=np.dtype(x.dtype)), axes=axes))
    return (where(ties, spread(share, x.shape, axes), 0.0),)


def _extremum(name: str, numpy: Any, combine: str) -> Op:
    return declare(
        name,
        infer=lambda x, axes: Aval(without(x.shape, axes), strong_dtype(x.dtype)),
        evaluate=lambda x, axes: numpy(x, axis=axes),
        pullback=_extremum_pullback,
        at=reduction_at(combine),
        masking=True,
        family="reductions",
        example=_example(),
    )


amax = _extremum("amax", np.max, "maximum")
amin = _extremum("amin", np.min, "minimum")


def _test(name: str, numpy: Any, combine: str) -> Op:
    """Whether the elements, as truth values, hold."""
    reduce = reduction_at(combine)

    def at(index: Sequence[Scalar], x: Any, axes: Axes) -> Scalar:
        return reduce(index, _Truth(x), axes)

    return declare(
        name,
        infer=lambda x, axes: Aval(without(x.shape, axes), np.dtype(np.bool_)),
        evaluate=lambda x, axes: numpy(x, axis=axes),
        at=at,
        family="comparisons",
        example=_example(),
    )


class _Truth:
    """x read as truth values."""

    dtype = np.dtype(np.bool_)

    def __init__(self, x: Any) -> None:
        self.x, self.shape = x, x.shape

    def __call__(self, *index: Any) -> Scalar:
        have = strong_dtype(self.x.dtype).name
        value = self.x(*index)
        return value if have == "bool" else Apply("ne", (value, Const(0, have)))


any_ = _test("any", np.any, "maximum")
all_ = _test("all", np.all, "minimum")

# --- spread about the mean; ddof is taken from the count


def freedom(n: Any, ddof: Any) -> Any:
    """What divides the squares of n elements: 0 where ddof takes more than there are."""
    return n - ddof if n > ddof else 0


def _from_first(x: Any, axes: Axes) -> Any:
    """x without its first element along the axes: of equal elements exact zeros are left, which
    x - mean(x) need not be, and a large mean takes no digits.
    """
    shape = x.shape[len(x.shape) + min(axes) :] if axes else ()
    if any(isinstance(n, int) and n == 0 for n in shape):
        return x
    key = (Span(0, 1 if k - len(shape) in axes else n, 1) for k, n in enumerate(shape))
    return x - index(x, key=tuple(key))


def _centred(x: Any, axes: Axes) -> Any:
    off = _from_first(x, axes)
    return off - np.mean(off, axis=axes, keepdims=True)


def _centred_compose(x: Any, axes: Axes) -> Any:
    """Whole numbers are made floats first: differences of unsigned ones wrap around."""
    x = astype(x, dtype=np.dtype(float)) if strong_dtype(x.dtype).kind in "bui" else x
    off = _from_first(x, axes)
    return off - spread(mean(off, axes=axes), x.shape, axes)


centred = declare(
    "centred",
    infer=lambda x, axes: Aval(tuple(x.shape), dtype_by_trial(np.mean, (x.dtype,))),
    evaluate=_centred,
    pullback=lambda g, y, x, needed, axes: (centred(g, axes=axes),),
    compose=_centred_compose,
    doc="x - mean(x), with no more rounding than x has.",
    family="reductions",
    example=_example(),
)


def _var(x: Any, axes: Axes, ddof: Any) -> Any:
    """np.var without its detour."""
    few = not axes or count(x.shape, axes) <= ddof
    if few or type(x) is not np.ndarray or x.dtype not in _PLAIN:
        return np.var(x, axis=axes, ddof=ddof)
    n, off = count(x.shape, axes), _centred(x, axes)
    return np.add.reduce(np.multiply(off, off, out=off), axis=axes) / (n - ddof)


def _var_pullback(g: Any, y: Any, x: Any, needed: Any, axes: Axes, ddof: Any) -> tuple[Any]:
    """2*(x - mean)/(n - ddof): the mean's own share is 0, as the centred elements add up to 0."""
    share = div(2 * g, freedom(count(x.shape, axes), ddof))
    return (spread(share, x.shape, axes) * centred(x, axes=axes),)


def _var_compose(x: Any, axes: Axes, ddof: Any) -> Any:
    squares = square(centred(x, axes=axes))
    return div(sum_(squares, axes=axes), freedom(count(x.shape, axes), ddof))


var = declare(
    "var",
    infer=_infer_by(np.var),
    evaluate=_var,
    pullback=_var_pullback,
    compose=_var_compose,
    family="reductions",
    example=_example(ddof=1),
)


def _std_pullback(g: Any, y: Any, x: Any, needed: Any, axes: Axes, ddof: Any) -> tuple[Any]:
    """(x - mean)/((n - ddof)*y), and 0 where all are equal, as for any norm at 0."""
    share = div(g, freedom(count(x.shape, axes), ddof))
    share = where(y == 0, 0.0, share / where(y == 0, 1.0, y))
    return (spread(share, x.shape, axes) * centred(x, axes=axes),)


std = declare(
    "std",
    infer=_infer_by(np.std),
    evaluate=lambda x, axes, ddof: np.sqrt(_var(x, axes, ddof)),
    pullback=_std_pullback,
    compose=lambda x, axes, ddof: sqrt(_var_compose(x, axes, ddof)),
    family="reductions",
    example=_example(ddof=1),
)

# --- log-sum-exp and softmax: the largest element is taken out, so that exp cannot overflow


def _largest(x: np.ndarray, axes: Axes) -> np.ndarray:
    """The largest elements, as axes of size 1."""
    return np.maximum.reduce(x, axis=axes, keepdims=True, initial=-np.inf)


def _floating(x: Any) -> np.ndarray:
    if type(x) is np.ndarray and x.dtype.kind == "f":
        return x
    return np.asarray(x, dtype=np.result_type(x, 0.0))


def _logsumexp(x: Any, axes: Axes) -> Any:
    x = _floating(x)
    top = _largest(x, axes)
    peak = np.where(np.isfinite(top), top, top.dtype.type(0))
    with np.errstate(divide="ignore"):
        return np.squeeze(np.log(np.sum(np.exp(x - peak), axis=axes, keepdims=True)) + peak, axes)


def _softmax(x: Any, axes: Axes) -> Any:
    x = _floating(x)
    e = np.exp(x - _largest(x, axes))
    return e / np.add.reduce(e, axis=axes, keepdims=True)


def _log_softmax(x: Any, axes: Axes) -> Any:
    x = _floating(x)
    shifted = x - _largest(x, axes)
    return shifted - np.log(np.add.reduce(np.exp(shifted), axis=axes, keepdims=True))


def _logsumexp_compose(x: Any, axes: Axes) -> Any:
    """As the largest element is the result where it is infinite, nothing is taken out there."""
    top = amax(x, axes=axes)
    peak = where(isfinite(top), top, 0.0)
    return log(sum_(exp(x - spread(peak, x.shape, axes)), axes=axes)) + peak


def _below_largest(x: Any, axes: Axes) -> Any:
    return x - spread(amax(x, axes=axes), x.shape, axes)


def _softmax_compose(x: Any, axes: Axes) -> Any:
    e = exp(_below_largest(x, axes))
    return e / spread(sum_(e, axes=axes), x.shape, axes)


def _log_softmax_compose(x: Any, axes: Axes) -> Any:
    shifted = _below_largest(x, axes)
    return shifted - spread(log(sum_(exp(shifted), axes=axes)), x.shape, axes)


def _same_infer(x: Aval, axes: Axes) -> Aval:
    return Aval(x.shape, dtype_by_trial(np.exp, (x.dtype,)))


logsumexp = declare(
    "logsumexp",
    infer=_infer_by(np.mean),
    evaluate=_logsumexp,
    pullback=lambda g, y, x, needed, axes: (spread(g, x.shape, axes) * softmax(x, axes=axes),),
    compose=_logsumexp_compose,
    family="reductions",
    example=_example(),
)


def _softmax_pullback(g: Any, y: Any, x: Any, needed: Any, axes: Axes) -> tuple[Any]:
    """dy_i/dx_j = y_i*(delta_ij - y_j)."""
    return (y * (g - spread(sum_(g * y, axes=axes), x.shape, axes)),)


softmax = declare(
    "softmax",
    infer=_same_infer,
    evaluate=_softmax,
    pullback=_softmax_pullback,
    compose=_softmax_compose,
    family="activations",
    example=_example(),
)


def _log_softmax_pullback(g: Any, y: Any, x: Any, needed: Any, axes: Axes) -> tuple[Any]:
    """dy_i/dx_j = delta_ij - softmax_j."""
    return (g - exp(y) * spread(sum_(g, axes=axes), x.shape, axes),)


log_softmax = declare(
    "log_softmax",
    infer=_same_infer,
    evaluate=_log_softmax,
    pullback=_log_softmax_pullback,
    compose=_log_softmax_compose,
    family="activations",
    example=_example(),
)
