"""Elements gathered into places by a sum, a product, a mean or an extreme, by PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from ...functions import indexing
from ...functions import shaping as npshape
from ...functions.axes import one_axis, shape_of
from ...functions.creation import full_like
from ...functions.keys import known_array
from ...ops import elementwise as ew
from .table import offer

Places = tuple[np.ndarray, ...]  # for each axis, where each element of the source goes


def _places(input: Any, axis: int, index: Any) -> Places:
    places = list(np.indices(index.shape))
    n = shape_of(input)[axis]
    if index.size and (index.max() >= n or index.min() < 0):
        worst = index.max() if index.max() >= n else index.min()
        raise RuntimeError(f"index {worst} is out of bounds for dimension {axis} with size {n}")
    places[axis] = index
    return tuple(places)


def _plain(x: Any) -> np.ndarray:
    return known_array(x, "scatter_reduce()")


def _emptied(x: Any, places: Places, neutral: float, include_self: bool) -> Any:
    """x, with something neutral where elements arrive unless its own ones count."""
    return x if include_self else indexing.setitem(x, places, neutral)


def _total(x: Any, places: Places, source: Any, include_self: bool) -> Any:
    return indexing.with_added(_emptied(x, places, 0, include_self), places, source)


def _mean(x: Any, places: Places, source: Any, include_self: bool) -> Any:
    counts = np.ones(shape_of(x))
    counts[places] = float(include_self)
    np.add.at(counts, places, 1.0)
    counts = np.maximum(counts, 1).astype(np.dtype(x.dtype))
    return ew.div(_total(x, places, source, include_self), counts)


def _turns(x: Any, places: Places) -> Iterator[np.ndarray]:
    """Which elements arrive first at their place, which second ...: no place twice in a turn."""
    flat = np.ravel_multi_index(places, shape_of(x)).ravel()
    order = np.argsort(flat, kind="stable")
    starts = np.searchsorted(flat[order], flat)
    turn = np.empty_like(flat)
    turn[order] = np.arange(flat.size)
    turn = (turn - starts).reshape(places[0].shape)
    return (turn == k for k in range(int(turn.max(initial=-1)) + 1))


def _product(x: Any, places: Places, source: Any, include_self: bool) -> Any:
    y = _emptied(x, places, 1, include_self)
    for chosen in _turns(x, places):
        key = tuple(p[chosen] for p in places)
        factors = indexing.setitem(full_like(x, 1), key, indexing.getitem(source, chosen))
        y = ew.mul(y, factors)
    return y


def _extreme(ufunc: np.ufunc, worst: float) -> Callable[..., Any]:
    def extreme(x: Any, places: Places, source: Any, include_self: bool) -> Any:
        """The mean of all elements that equal the extreme, or are NaN: so they share its gradient."""
        own, theirs = _plain(_emptied(x.detach(), places, worst, include_self)), _plain(source)
        best = own.copy()
        ufunc.at(best, places, theirs)
        is_own, is_theirs = (
            (z == y) | np.isnan(z) for z, y in ((own, best), (theirs, best[places]))
        )
        own_part = ew.where(is_own, x if include_self else _cut_off(x, places), 0.0)
        total = indexing.with_added(own_part, places, ew.where(is_theirs, source, 0.0))
        counts = is_own.astype(best.dtype)
        np.add.at(counts, places, is_theirs.astype(best.dtype))
        return ew.where(counts > 0, ew.div(total, np.maximum(counts, 1)), best)

    return extreme


def _cut_off(x: Any, places: Places) -> Any:
    return indexing.setitem(x, places, 0.0)


_WAYS = {
    "sum": _total, "prod": _product, "mean": _mean, "amax": _extreme(np.maximum, -np.inf),
    "amin": _extreme(np.minimum, np.inf),
}  # fmt: skip


@offer(inplace=True)
def scatter_reduce(
    input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """input with the source gathered where `index` says, by "sum", "prod", "mean", "amax", "amin"."""
    if reduce not in _WAYS:
        raise RuntimeError(f"reduce argument must be one of {', '.join(_WAYS)}, got {reduce}")
    if not shape_of(input):
        row = (npshape.reshape(x, (1,)) for x in (input, index, src))
        own, where, source = row
        y = scatter_reduce(own, 0, where, source, reduce, include_self=include_self)
        return npshape.reshape(y, ())
    at = _plain(index)
    axis = one_axis("scatter_reduce", dim, at.ndim) + at.ndim
    source = indexing.getitem(src, tuple(slice(0, n) for n in at.shape))
    return _WAYS[reduce](input, _places(input, axis, at), source, include_self)


@offer(inplace=True)
def index_reduce(
    input: Any, dim: int, index: Any, source: Any, reduce: str, *, include_self: bool = True
) -> Any:
    """input with slices of the source gathered at these places of an axis."""
    rank = max(len(shape_of(source)), 1)
    axis = one_axis("index_reduce", dim, rank) + rank
    lined_up = _plain(index).reshape([-1 if k == axis else 1 for k in range(rank)])
    shape = [int(n) for n in shape_of(source)] or [1]
    at = np.broadcast_to(lined_up, shape)
    if not shape_of(input):
        at = at.reshape(())
    return scatter_reduce(input, dim, at, source, reduce, include_self=include_self)
