"""Elements taken from, put at and added to given places, by the names of NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph.op import OpError
from ..handles.operands import operand
from ..ops import elementwise as ew
from ..ops import gathering, rounding
from ..ops.broadcasting import broadcast
from ..ops.creation import iota, made_like
from ..ops.identity import clone
from .axes import Axis, one_axis, rank_of, shape_of
from .indexing import fitted, getitem
from .keys import is_known, known_array
from .shaping import moveaxis, ravel, reshape


def take(a: Any, indices: Any, axis: int | None = None, mode: str = "raise") -> Any:
    """The elements (or, with an axis, the parts) at the given places."""
    a, axis = (ravel(a), 0) if axis is None else (a, axis)
    rank = rank_of(a)
    place = one_axis("take", axis, rank) + rank
    where = operand(indices)
    if mode == "wrap":
        where = rounding.remainder(where, shape_of(a)[place])
    elif mode == "clip":
        where = ew.maximum(0, ew.minimum(where, shape_of(a)[place] - 1))
    elif mode != "raise":
        raise OpError(f"take: mode {mode!r} is not known; 'raise', 'wrap' and 'clip' are")
    y = getitem(a, (slice(None),) * place + (where,))
    return y if rank_of(where) else clone(y)


def sliding_window_view(
    x: Any, window_shape: int | Sequence[int], axis: Axis = None, **options: Any
) -> Any:
    """All windows of the array: where they begin along its axes, what is in them along new ones."""
    sizes = (window_shape,) if isinstance(window_shape, int) else tuple(window_shape)
    axes = range(rank_of(x)) if axis is None else (axis,) if isinstance(axis, int) else axis
    if len(axes) != len(sizes) or options.get("writeable"):
        raise OpError(
            "sliding_window_view: a size for every axis is wanted, and nothing is written"
        )
    places = [one_axis("sliding_window_view", k, rank_of(x)) + rank_of(x) for k in axes]
    for place, size in zip(places, sizes):
        count = shape_of(x)[place] - size + 1
        if count <= 0:
            raise ValueError(
                f"sliding_window_view: no window of {size} fits into {count + size - 1}"
            )
        x = moveaxis(take(x, _counting(x, count, 1) + np.arange(size), place), place + 1, -1)
    return x


def take_along_axis(arr: Any, indices: Any, axis: int | None = -1) -> Any:
    """Along one axis, the elements at places of their own for every other index."""
    arr, axis = (ravel(arr), 0) if axis is None else (arr, axis)
    return gathering.gather(arr, *_along("take_along_axis", arr, indices, axis), after=0)


def take_one_along(arr: Any, places: Any, axis: int) -> Any:
    """The element at a place along one axis, which goes, for every index of the others."""
    shape = list(shape_of(arr))
    place = one_axis("take_one_along", axis, len(shape)) + len(shape)
    del shape[place]
    others = [_counting(arr, n, len(shape) - 1 - k) for k, n in enumerate(shape)]
    return gathering.gather(arr, *others[:place], places, *others[place:], after=0)


def _counting(arr: Any, n: Any, after: int) -> Any:
    """Positions that count up along an axis which `after` others follow."""
    if is_known(arr):
        return np.arange(n).reshape((-1,) + (1,) * after)
    count = made_like(arr, iota, length=n)
    return reshape(count, (-1,) + (1,) * after) if after else count


def with_put_along_axis(arr: Any, indices: Any, values: Any, axis: int | None) -> Any:
    """What arr is with values written where take_along_axis would read."""
    if axis is None:
        flat = with_put_along_axis(ravel(arr), indices, values, 0)
        return reshape(flat, shape_of(arr))
    where = _along("put_along_axis", arr, indices, axis)
    shape = broadcast("put_along_axis", *map(shape_of, where))
    return gathering.put(arr, fitted(operand(values), shape), *where, after=0)


def _along(name: str, arr: Any, indices: Any, axis: int) -> list[Any]:
    """Index arrays for every axis: the given one, and positions that count up on the others."""
    indices, rank = operand(indices), rank_of(arr)
    if rank_of(indices) != rank:
        raise OpError(f"{name}: indices and arr must have the same number of dimensions")
    if np.dtype(indices.dtype).kind not in "iu":
        raise IndexError(f"{name}: indices must be an integer array, not {indices.dtype}")
    place = one_axis(name, axis, rank) + rank
    shape = shape_of(arr)
    return [indices if k == place else _counting(arr, n, rank - 1 - k) for k, n in enumerate(shape)]


def bincount(x: Any, weights: Any = None, minlength: int = 0) -> Any:
    """How often each number occurs in x, or the sum of the weights where it does."""
    places = known_array(x, "bincount")
    if weights is None:
        return np.bincount(places, minlength=minlength)
    if places.ndim != 1 or shape_of(weights) != places.shape:
        raise OpError("bincount: x and weights must be vectors of the same length")
    if (places < 0).any():
        raise OpError(f"bincount: {places.min()} is negative and has no place")
    length = max(int(places.max(initial=-1)) + 1, minlength)
    return gathering.scatter_add(operand(weights), places, shape=(length,), after=0)


def trim_zeros(filt: Any, trim: str = "fb") -> Any:
    """A vector without the zeros in front ("f"), at the end ("b") or both."""
    places = np.nonzero(known_array(filt, "trim_zeros"))[0]
    first = places[0] if "f" in trim.lower() and places.size else 0
    last = places[-1] + 1 if "b" in trim.lower() and places.size else len(filt)
    return getitem(filt, slice(int(first), int(last) if places.size else 0))
