"""Reductions by PyTorch's names and meanings: `var` is unbiased, `max(x, dim)` tells where."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...functions import activations, norms, products, reducing, signal, statistics
from ...functions.axes import shape_of
from ...functions.shaping import reshape
from ...graph.exact import is_number
from ...graph.naming import named
from ...graph.op import OpError
from ...handles.handle import Handle
from ...ops import elementwise as ew
from ...ops.identity import clone
from .conversion import cast
from .elementwise import as_float
from .order import along
from .table import called, offer, return_type

Dims = Any  # one axis, several, or None for all
AMinMax = return_type("aminmax", "min max")


def over(dim: Dims) -> Any:
    """The axes as NumPy names them: an empty tuple means all here."""
    return None if dim is None or (isinstance(dim, (tuple, list)) and not dim) else dim


def _numbered(y: Any, name: str, dim: Dims) -> Any:
    """The tape tells reductions over all axes from those over some."""
    return called(y, f"{name}Backward{0 if dim is None else 1}")


def _counted(input: Any, dtype: Any) -> Any:
    """input in a dtype; integers without a sign are added up as those with one."""
    return cast(input, np.int64 if dtype is None and input.dtype.kind == "u" else dtype)


@offer(grad_fn="", scalar_as_row=True)
def sum(input: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of all elements or along axes; truth values and integers are added up as int64."""
    return _numbered(reducing.sum(_counted(input, dtype), over(dim), keepdims=keepdim), "Sum", dim)


@offer(grad_fn="", scalar_as_row=True)
def mean(input: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of all elements or along axes; a RuntimeError for integers without a dtype."""
    input = cast(input, dtype)
    if input.dtype.kind != "f":
        raise RuntimeError(
            "mean(): could not infer output dtype. Input dtype must be a floating point dtype. "
            f"Got: {input.dtype}"
        )
    return _numbered(reducing.mean(input, over(dim), keepdims=keepdim), "Mean", dim)


@offer(grad_fn="", scalar_as_row=True)
def prod(input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The product of all elements or along an axis; its gradient is right at zeros, too."""
    return _numbered(reducing.prod(_counted(input, dtype), dim, keepdims=keepdim), "Prod", dim)


@offer(scalar_as_row=True)
def nansum(input: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum of the elements that are numbers."""
    return reducing.nansum(_counted(input, dtype), over(dim), keepdims=keepdim)


@offer(scalar_as_row=True)
def nanmean(input: Any, dim: Dims = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean of the elements that are numbers."""
    return reducing.nanmean(cast(input, dtype), over(dim), keepdims=keepdim)


@offer(scalar_as_row=True)
def amax(input: Any, dim: Dims = (), keepdim: bool = False) -> Any:
    """The largest element along the axes; ties share the gradient."""
    return reducing.amax(input, over(dim), keepdims=keepdim)


@offer(scalar_as_row=True)
def amin(input: Any, dim: Dims = (), keepdim: bool = False) -> Any:
    """The smallest element along the axes; ties share the gradient."""
    return reducing.amin(input, over(dim), keepdims=keepdim)


@offer(scalar_as_row=True)
def aminmax(input: Any, *, dim: Any = None, keepdim: bool = False) -> Any:
    """(min, max) of all elements or along an axis."""
    low, high = (f(input, dim, keepdims=keepdim) for f in (reducing.amin, reducing.amax))
    return AMinMax(low, high)


@offer(grad_fn="", scalar_as_row=True)
def max(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The largest element; with `dim` (values, indices), with a tensor the larger of the two."""
    return _max_or_min("max", input, dim if other is None else other, keepdim)


@offer(grad_fn="", scalar_as_row=True)
def min(input: Any, dim: Any = None, keepdim: bool = False, *, other: Any = None) -> Any:
    """The smallest element; with `dim` (values, indices), with a tensor the smaller of the two."""
    return _max_or_min("min", input, dim if other is None else other, keepdim)


def _max_or_min(name: str, input: Any, dim: Any, keepdim: bool) -> Any:
    if isinstance(dim, Handle):
        pair = ew.maximum if name == "max" else ew.minimum
        return pair(input, dim)
    if dim is not None:
        return called(along(name, input, dim, keepdim), f"{name.capitalize()}Backward0")
    if 0 in shape_of(input):
        raise OpError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
    whole = reducing.amax if name == "max" else reducing.amin
    return called(whole(input), f"{name.capitalize()}Backward1")


# --- spread


def _spread(name: str, whole: Callable[..., Any], doc: str) -> Callable[..., Any]:
    """`var(x, unbiased)`, `var(x, dim, unbiased, keepdim)` and `var(x, dim, correction=...)`."""

    def spread(
        input: Any, dim: Dims = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float | None = None,
    ) -> Any:  # fmt: skip
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        if correction is None:
            correction = 1 if unbiased is None or unbiased else 0
        elif unbiased is not None:
            raise TypeError(f"{name}: `unbiased` is another word for `correction`; give one")
        return whole(input, over(dim), ddof=correction, keepdims=keepdim)

    return named(spread, name, doc)


def _with_mean(name: str, spread: Callable[..., Any], doc: str) -> Callable[..., Any]:
    def both(
        input: Any, dim: Dims = None, unbiased: bool | None = None, keepdim: bool = False, *,
        correction: float | None = None,
    ) -> Any:  # fmt: skip
        axes = None if isinstance(dim, bool) else over(dim)
        mean = reducing.mean(input, axes, keepdims=keepdim)
        return spread(input, dim, unbiased, keepdim, correction=correction), mean

    return named(both, name, doc)


_var = _spread("var", statistics.var, "The variance: divided by n - 1, or n - correction.")
_std = _spread("std", statistics.std, "The square root of the variance.")
_spreads = (
    _var, _std,
    _with_mean("var_mean", _var, "(variance, mean), with the options of `var`."),
    _with_mean("std_mean", _std, "(standard deviation, mean), with the options of `std`."),
)  # fmt: skip
var, std, var_mean, std_mean = map(offer(scalar_as_row=True), _spreads)


@offer(grad_fn="")
def cov(input: Any, *, correction: int = 1, fweights: Any = None, aweights: Any = None) -> Any:
    """The covariance matrix of variables, one a row; weights tell how much a column counts."""
    x = reshape(input, (1, -1)) if len(shape_of(input)) < 2 else input
    w: Any = math.prod((w for w in (fweights, aweights) if w is not None), start=1.0)
    count = shape_of(x)[1] if is_number(w) else reducing.sum(w)
    centred = x - reducing.sum(x * w, 1, keepdims=True) / count
    lost = correction if aweights is None else correction * reducing.sum(w * aweights) / count
    y = products.matmul(centred * w, centred.mT) / ew.maximum(count - lost, 0)
    return reshape(y, ()) if shape_of(x)[0] == 1 else y


@offer(grad_fn="")
def corrcoef(input: Any) -> Any:
    """The correlation matrix of variables, one a row."""
    return statistics.corrcoef(input)


# --- quantiles


@offer(grad_fn="")
def quantile(
    input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """The values below which a share q of the elements lies."""
    return _quantile(statistics.quantile, input, q, dim, keepdim, interpolation)


@offer(grad_fn="")
def nanquantile(
    input: Any, q: Any, dim: Any = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """The quantiles of the elements that are numbers."""
    return _quantile(statistics.nanquantile, input, q, dim, keepdim, interpolation)


def _quantile(f: Any, input: Any, q: Any, dim: Any, keepdim: bool, interpolation: str) -> Any:
    is_scalar = not shape_of(input)
    input = reshape(input, (1,)) if is_scalar else input
    q = q if isinstance(q, Handle) else np.asarray(q, np.dtype(input.dtype))
    return f(input, q, dim, keepdims=keepdim and not is_scalar, method=interpolation)


# --- exponentials and norms


@offer(scalar_as_row=True)
def logsumexp(input: Any, dim: Dims, keepdim: bool = False) -> Any:
    """log(sum(exp(x))) without overflow."""
    return reducing.logsumexp(as_float(input), over(dim), keepdims=keepdim)


@offer(scalar_as_row=True)
def softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """exp(x)/sum(exp(x)) along an axis."""
    return activations.softmax(cast(input, dtype), dim)


@offer(scalar_as_row=True)
def log_softmax(input: Any, dim: int, dtype: Any = None) -> Any:
    """log(softmax(x)), computed without overflow."""
    return activations.log_softmax(cast(input, dtype), dim)


@offer(grad_fn="LinalgVectorNormBackward0", scalar_as_row=True)
def norm(
    input: Any, p: Any = "fro", dim: Dims = None, keepdim: bool = False, dtype: Any = None
) -> Any:
    """The p-norm of all elements or along axes; "fro" is 2, "nuc" sums the singular values."""
    input = cast(input, dtype)
    if p == "nuc":
        return norms.matrix_norm(input, "nuc", (0, 1) if dim is None else dim, keepdims=keepdim)
    return norms.vector_norm(input, 2 if p in ("fro", None) else p, over(dim), keepdims=keepdim)


@offer()
def dist(input: Any, other: Any, p: float = 2) -> Any:
    """The p-norm of the difference."""
    return norms.vector_norm(ew.sub(input, other), p)


@offer(inplace=True)
def renorm(input: Any, p: float, dim: int, maxnorm: float) -> Any:
    """Slices along an axis scaled down to a p-norm of `maxnorm`."""
    others = tuple(k for k in range(len(shape_of(input))) if k != dim % len(shape_of(input)))
    size = norms.vector_norm(input, p, others, keepdims=True)
    scale = ew.where(ew.greater(size, maxnorm), maxnorm / (size + 1e-7), 1.0)
    return ew.mul(input, scale)


# --- truth and counting


@offer(scalar_as_row=True)
def any(input: Any, dim: Dims = None, keepdim: bool = False) -> Any:
    """Whether an element is not 0, of all or along axes."""
    return reducing.any(input, over(dim), keepdims=keepdim)


@offer(scalar_as_row=True)
def all(input: Any, dim: Dims = None, keepdim: bool = False) -> Any:
    """Whether no element is 0, of all or along axes."""
    return reducing.all(input, over(dim), keepdims=keepdim)


@offer(scalar_as_row=True)
def count_nonzero(input: Any, dim: Dims = None) -> Any:
    """How many elements are not 0, of all or along axes."""
    return reducing.count_nonzero(input, over(dim))


# --- running


@offer(inplace=True, scalar_as_row=True)
def cumsum(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running total along an axis."""
    return reducing.cumsum(_counted(input, dtype), dim)


@offer(inplace=True, scalar_as_row=True)
def cumprod(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The running product along an axis; its gradient is right at zeros, too."""
    return reducing.cumprod(_counted(input, dtype), dim)


@offer(scalar_as_row=True)
def logcumsumexp(input: Any, dim: int) -> Any:
    """log(cumsum(exp(x))) along an axis, without overflow."""
    return reducing.logcumsumexp(input, dim)


@offer(grad_fn="")
def diff(input: Any, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours, n times over."""
    return signal.diff(input, n, dim, prepend, append) if n else clone(input)


@offer("trapz", grad_fn="", method=False)
def trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integral of samples y at points x, or at steps dx."""
    return signal.trapezoid(y, x, 1.0 if dx is None else dx, dim)


@offer(grad_fn="", method=False)
def cumulative_trapezoid(y: Any, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integral up to each sample but the first."""
    return signal.cumulative_trapezoid(y, x, 1.0 if dx is None else dx, dim)


@offer(grad_fn="", method=False)
def gradient(
    input: Any, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1
) -> tuple[Any, ...]:
    """Central differences inside, one-sided ones at the ends, along each axis."""
    axes = range(len(shape_of(input))) if dim is None else [dim] if isinstance(dim, int) else dim
    spacing = 1 if spacing is None else spacing
    steps = spacing if isinstance(spacing, (tuple, list)) else [spacing] * len(list(axes))
    return tuple(
        signal.gradient(input, h, axis=k, edge_order=edge_order) for k, h in zip(axes, steps)
    )
