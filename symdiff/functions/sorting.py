"""Sorted elements, and where they stand."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.op import OpError
from ..handles.operands import operand
from ..ops import elementwise as ew
from ..ops import sorting
from .axes import one_axis, rank_of, shape_of
from .keys import known_array
from .shaping import expand_dims, moveaxis, ravel, reshape
from .taking import take, take_along_axis

# --- positions: no gradient flows through these


def argsort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    """The places of the elements in sorted order; equal ones stay in order."""
    a, axis = _along("argsort", a, axis)
    return moveaxis(sorting.argsort(moveaxis(a, axis, -1)), -1, axis)


def argmax(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """The place of the first largest element; in the flattened array if axis is None."""
    return _extreme("argmax", a, axis, keepdims)


def argmin(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """The place of the first smallest element; in the flattened array if axis is None."""
    return _extreme("argmin", a, axis, keepdims)


def _extreme(name: str, a: Any, axis: int | None, keepdims: bool) -> Any:
    x, place = _along(name, a, axis)
    if shape_of(x)[place] == 0:
        raise OpError(f"{name}: attempt to get {name} of an empty sequence")
    x = x if place in (-1, rank_of(x) - 1) else moveaxis(x, place, -1)
    y = (sorting.argmax if name == "argmax" else sorting.argmin)(x)
    if not keepdims:
        return y
    return reshape(y, (1,) * rank_of(a)) if axis is None else expand_dims(y, place)


def nanargmax(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """The place of the first largest element that is not NaN."""
    return argmax(ew.where(ew.isnan(a), -np.inf, a), axis, keepdims=keepdims)


def nanargmin(a: Any, axis: int | None = None, *, keepdims: bool = False) -> Any:
    """The place of the first smallest element that is not NaN."""
    return argmin(ew.where(ew.isnan(a), np.inf, a), axis, keepdims=keepdims)


def argpartition(a: Any, kth: Any, axis: int | None = -1) -> Any:
    """Sorting puts every element where a partition would have it, or better."""
    return argsort(a, axis)


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """The places in the sorted a before (left) or behind (right) which the v would stand."""
    a, v = operand(a), operand(v)
    if rank_of(a) != 1:
        raise OpError(f"searchsorted: a must be sorted along its only axis, not of {shape_of(a)}")
    if side not in ("left", "right"):
        raise OpError(f"searchsorted: side must be 'left' or 'right', not {side!r}")
    return sorting.searchsorted(a if sorter is None else take(a, sorter), v, side=side)


def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """The bin that each x falls into, of bins with rising or falling edges."""
    edges, count = np.asarray(bins), len(bins)
    side = "left" if right else "right"
    if count > 1 and edges[0] > edges[-1]:
        return count - searchsorted(edges[::-1], x, "right" if right else "left")
    return searchsorted(edges, x, side)


# --- values, read at these positions


def sort(a: Any, axis: int | None = -1, kind: Any = None, *, stable: Any = None) -> Any:
    """The elements in rising order along an axis; of the flattened array if that is None."""
    a, place = _along("sort", a, axis)
    return take_along_axis(a, argsort(a, place), place)


def partition(a: Any, kth: Any, axis: int | None = -1) -> Any:
    """Sorted: every element that a partition tells of is in its place."""
    return sort(a, axis)


def lexsort(keys: Any, axis: int = -1) -> Any:
    """The places that sort by the last key, among equals by the one before, and so on."""
    keys = [operand(key) for key in keys]
    order = argsort(keys[0], axis)
    for key in keys[1:]:
        order = take_along_axis(order, argsort(take_along_axis(key, order, axis), axis), axis)
    return order


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
) -> Any:
    """The different elements in rising order, each read where it stands first."""
    _, *found = np.unique(known_array(ar, "unique"), True, True, True, axis)
    y = take(ar, found[0], axis)
    wanted = zip((return_index, return_inverse, return_counts), found)
    extra = [places for wants, places in wanted if wants]
    return (y, *extra) if extra else y


def _along(name: str, a: Any, axis: int | None) -> tuple[Any, int]:
    """The array, flattened if the axis is None, and the axis counted from the front."""
    if axis is None:
        return ravel(a), 0
    rank = rank_of(a)
    return a, one_axis(name, axis, rank) + rank
