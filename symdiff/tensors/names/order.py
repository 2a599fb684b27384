"""Sorted elements and their places: values carry gradients, indices do not."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np

from ...functions import sorting
from ...functions.arranging import flip
from ...functions.axes import one_axis, shape_of
from ...functions.reducing import amax, amin
from ...functions.reducing import sum as total
from ...functions.shaping import expand_dims, ravel, squeeze
from ...functions.signal import part
from ...functions.taking import take_along_axis, take_one_along
from ...graph.exact import is_number
from ...ops import elementwise as ew
from .conversion import cast, detach
from .creation import finished
from .table import called, offer, return_type

Max, Min = return_type("max", "values indices"), return_type("min", "values indices")
Median = return_type("median", "values indices")
NanMedian = return_type("nanmedian", "values indices")
Sort, TopK = return_type("sort", "values indices"), return_type("topk", "values indices")
KthValue, Mode = return_type("kthvalue", "values indices"), return_type("mode", "values indices")
Histogram = return_type("histogram", "hist bin_edges")
CumMax, CumMin = return_type("cummax", "values indices"), return_type("cummin", "values indices")


def _at(kind: Any, input: Any, indices: Any, dim: int, keepdim: bool) -> Any:
    """The elements at places along an axis (of size 1, and dropped unless kept), and the places."""
    values = take_along_axis(input, indices, dim)
    if not keepdim:
        values, indices = squeeze(values, dim), squeeze(indices, dim)
    return kind(values, as_indices(indices))


def as_indices(places: Any) -> Any:
    """Places as a tensor of integers."""
    return finished(places) if isinstance(places, np.ndarray) else places


def along(name: str, input: Any, dim: int, keepdim: bool) -> Any:
    """max or min along an axis: the first of several equal ones."""
    find = sorting.argmax if name == "max" else sorting.argmin
    kind = Max if name == "max" else Min
    if keepdim or len(shape_of(input)) < 2:
        return _at(kind, input, find(input, dim, keepdims=True), dim, keepdim)
    places = find(input, dim)
    return kind(take_one_along(input, places, dim), as_indices(places))


@offer(scalar_as_row=True)
def argmax(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The place of the first largest element, of all (flattened) or along an axis."""
    return as_indices(sorting.argmax(input, dim, keepdims=keepdim))


@offer(scalar_as_row=True)
def argmin(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The place of the first smallest element, of all (flattened) or along an axis."""
    return as_indices(sorting.argmin(input, dim, keepdims=keepdim))


def _order(input: Any, dim: int, descending: bool) -> Any:
    """The places in sorted order; equal ones stay in order either way."""
    if not descending:
        return sorting.argsort(input, dim)
    n = shape_of(input)[dim]
    return ew.sub(n - 1, flip(sorting.argsort(flip(input, dim), dim), dim))


@offer(grad_fn="", scalar_as_row=True)
def sort(input: Any, dim: int = -1, descending: bool = False, stable: bool | None = None) -> Any:
    """(values, indices), sorted along an axis."""
    y = _at(Sort, input, _order(input, dim, descending), dim, True)
    return called(y, f"SortBackward{0 if stable is None else 1}")


@offer(scalar_as_row=True)
def argsort(input: Any, dim: int = -1, descending: bool = False, stable: bool = False) -> Any:
    """The places of the elements in sorted order; equal ones stay in order."""
    return as_indices(_order(input, dim, descending))


@offer(grad_fn="SortBackward0")
def msort(input: Any) -> Any:
    """Sorted along the first axis."""
    return sort(input, 0)[0]


@offer(scalar_as_row=True)
def topk(input: Any, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> Any:
    """(values, indices) of the k largest (or smallest), in order."""
    axis = one_axis("topk", dim, len(shape_of(input)))
    places = part(_order(input, dim, largest), axis, 0, int(k))
    return _at(TopK, input, places, dim, True)


@offer(scalar_as_row=True)
def kthvalue(input: Any, k: int, dim: int = -1, keepdim: bool = False) -> Any:
    """(values, indices) of the k-th smallest, counted from 1."""
    return _at(KthValue, input, _kth(input, int(k) - 1, dim), dim, keepdim)


def _kth(input: Any, k: Any, dim: int) -> Any:
    axis = one_axis("kthvalue", dim, len(shape_of(input)))
    return part(sorting.argsort(input, dim), axis, k, k + 1)


@offer(grad_fn="", scalar_as_row=True)
def median(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower one of the middle elements; with `dim` (values, indices). A NaN wins."""
    if dim is None:
        y = _shared_among_equals(input, median(ravel(input), 0)[0])
        return called(y, "MedianBackward0")
    n = shape_of(input)[dim]
    last = _kth(input, n - 1, dim)  # a NaN, if there is one, is sorted to the end
    is_nan = ew.isnan(take_along_axis(input, last, dim))
    places = ew.where(is_nan, last, _kth(input, (n - 1) // 2, dim))
    return called(_at(Median, input, places, dim, keepdim), "MedianBackward1")


def _shared_among_equals(input: Any, y: Any) -> Any:
    """y, its gradient shared by all elements that equal it."""
    if y.dtype.kind != "f":
        return y
    same = ew.logical_or(ew.equal(input, y), ew.isnan(y))
    highest, lowest = amax(ew.where(same, input, -np.inf)), amin(ew.where(same, input, np.inf))
    return ew.where(ew.greater(y, 0), highest, lowest)  # what is filled in does not equal y


@offer(scalar_as_row=True)
def nanmedian(input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """The lower one of the middle elements that are numbers."""
    if dim is None:
        return _shared_among_equals(input, nanmedian(ravel(input), 0)[0])
    numbers = total(ew.invert(ew.isnan(input)), dim, keepdims=True)
    k = ew.maximum(ew.sub(numbers, 1), 0) // 2
    places = take_along_axis(sorting.argsort(input, dim), k, dim)
    return _at(NanMedian, input, places, dim, keepdim)


@offer(scalar_as_row=True)
def mode(input: Any, dim: int = -1, keepdim: bool = False) -> Any:
    """(values, indices) of the element that is most often there, the smallest of several."""
    numbers = np.moveaxis(detach(input).known_value("mode()"), dim, -1)
    places = np.apply_along_axis(_most_frequent, -1, numbers)
    return _at(Mode, input, as_indices(expand_dims(places, dim)), dim, keepdim)


def _most_frequent(row: np.ndarray) -> int:
    _, which, counts = np.unique(row, return_inverse=True, return_counts=True, equal_nan=False)
    return int(np.flatnonzero(which == counts.argmax())[-1])


def _running(kind: Any, input: Any, dim: int, extreme: np.ufunc) -> Any:
    """The extreme so far and its place, the last of equal ones."""
    numbers = detach(input).known_value("cummax()")
    so_far = extreme.accumulate(numbers, dim)
    is_new = (numbers == so_far) | np.isnan(numbers)
    shape = [1] * numbers.ndim
    shape[dim] = -1
    steps = np.arange(numbers.shape[dim]).reshape(shape)
    places = np.maximum.accumulate(np.where(is_new, steps, 0), dim)
    return _at(kind, input, as_indices(places), dim, True)


@offer(scalar_as_row=True)
def cummax(input: Any, dim: int) -> Any:
    """(values, indices): the largest element so far."""
    return _running(CumMax, input, dim, np.maximum)


@offer(scalar_as_row=True)
def cummin(input: Any, dim: int) -> Any:
    """(values, indices): the smallest element so far."""
    return _running(CumMin, input, dim, np.minimum)


@offer(grad_fn="")
def searchsorted(
    sorted_sequence: Any,
    input: Any,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Any = None,
) -> Any:
    """Where each element would stand in the sorted sequence, or in its row of several."""
    side = side or ("right" if right else "left")
    if sorter is not None:
        sorted_sequence = take_along_axis(sorted_sequence, sorter, -1)
    if len(shape_of(sorted_sequence)) > 1:
        places = _in_rows(sorted_sequence, input, side)
    else:
        places = as_indices(sorting.searchsorted(sorted_sequence, input, side))
    return cast(places, np.int32) if out_int32 else places


def _in_rows(rows: Any, input: Any, side: str) -> Any:
    """Where each element would stand in the row beside it: so many of its elements come before."""
    before = ew.less_equal if side == "right" else ew.less
    return before(expand_dims(rows, -2), expand_dims(input, -1)).sum(-1)


@offer(grad_fn="")
def bucketize(input: Any, boundaries: Any, *, out_int32: bool = False, right: bool = False) -> Any:
    """The bucket that each element falls into."""
    return searchsorted(boundaries, input, out_int32=out_int32, right=right)


@offer(grad_fn="")
def unique(
    input: Any,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """The different elements, or slices of an axis, in order."""
    found = np.unique(
        input.known_value("unique()"),
        return_inverse=return_inverse,
        return_counts=return_counts,
        axis=dim,
    )
    return tuple(map(finished, found)) if isinstance(found, tuple) else finished(found)


@offer(grad_fn="")
def unique_consecutive(
    input: Any, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements, or slices of an axis, that differ from the one before."""
    x = input.known_value("unique_consecutive()")
    rows = x.reshape(-1) if dim is None else np.moveaxis(x, dim, 0)
    is_new = np.ones(len(rows), bool)
    differs = rows[1:] != rows[:-1]
    is_new[1:] = differs.any(axis=tuple(range(1, differs.ndim)))
    kept = rows[is_new] if dim is None else np.moveaxis(rows[is_new], 0, dim)
    inverse = np.cumsum(is_new) - 1
    if dim is None:
        inverse = inverse.reshape(x.shape)
    found = (
        [kept] + [inverse] * return_inverse + [np.bincount(np.cumsum(is_new) - 1)] * return_counts
    )
    return tuple(map(finished, found)) if len(found) > 1 else finished(kept)


@offer(grad_fn="")
def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number is there."""
    w = None if weights is None else weights.known_value("bincount()")
    return finished(np.bincount(input.known_value("bincount()"), w, minlength))


@offer(grad_fn="")
def histc(input: Any, bins: int = 100, min: float = 0, max: float = 0) -> Any:
    """How many elements fall into each of so many bins."""
    x = input.known_value("histc()")
    bounds = (x.min(), x.max()) if min == max == 0 and x.size else (min, max)
    return finished(np.histogram(x, bins, bounds)[0].astype(x.dtype))


@offer(grad_fn="")
def histogram(
    input: Any, bins: Any = 10, *, range: Any = None, weight: Any = None, density: bool = False
) -> Any:
    """(hist, bin_edges): how many elements, or what weight, falls into each bin."""
    x = input.known_value("histogram()")
    edges = bins if is_number(bins) else bins.known_value("histogram()")
    w = None if weight is None else weight.known_value("histogram()").reshape(-1)
    counted = functools.partial(np.histogram, x.reshape(-1), edges, range, weights=w)
    found = counted(density=True) if density else counted()
    return Histogram(*(finished(part.astype(x.dtype)) for part in found))
