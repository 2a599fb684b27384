"""Arrays put together and taken apart, by the names of NumPy."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from ..graph.exact import is_number
from ..graph.extents import Dim, known
from ..graph.op import OpError
from ..handles.operands import operand
from .axes import one_axis, rank_of, shape_of
from .creation import astype
from .indexing import getitem, part
from .keys import position
from .shaping import (
    atleast_1d,
    atleast_2d,
    atleast_3d,
    broadcast_to,
    concatenate,
    expand_dims,
    moveaxis,
    ravel,
    reshape,
)
from .taking import take

# --- together


def _operands(arrays: Any) -> list[Any]:
    return [operand(x) for x in arrays]


def hstack(tup: Sequence[Any], *, dtype: Any = None) -> Any:
    """Side by side: along the second axis, or the only one."""
    xs = [atleast_1d(x) for x in _operands(tup)]
    return concatenate(xs, 0 if xs and rank_of(xs[0]) == 1 else 1, dtype=dtype)


def vstack(tup: Sequence[Any], *, dtype: Any = None) -> Any:
    """One below the other; vectors count as rows."""
    return concatenate([atleast_2d(x) for x in _operands(tup)], 0, dtype=dtype)


def dstack(tup: Sequence[Any]) -> Any:
    """One behind the other, along the third axis."""
    return concatenate([atleast_3d(x) for x in _operands(tup)], 2)


def column_stack(tup: Sequence[Any]) -> Any:
    """Side by side; vectors count as columns."""
    xs = [atleast_1d(x) for x in _operands(tup)]
    return concatenate([expand_dims(x, 1) if rank_of(x) == 1 else x for x in xs], 1)


def block(arrays: Any) -> Any:
    """A matrix put together from nested lists of blocks; the innermost along the last axis."""
    depth = _depth(arrays)
    rank = max(depth, _largest_rank(arrays))
    return _block(arrays, depth, rank)


def _depth(arrays: Any) -> int:
    return 1 + max(map(_depth, arrays), default=0) if isinstance(arrays, list) else 0


def _largest_rank(arrays: Any) -> int:
    if isinstance(arrays, list):
        return max(map(_largest_rank, arrays), default=0)
    return rank_of(operand(arrays))


def _block(arrays: Any, depth: int, rank: int) -> Any:
    if depth == 0:
        x = operand(arrays)
        return reshape(x, (1,) * (rank - rank_of(x)) + shape_of(x))
    if not isinstance(arrays, list) or not arrays:
        raise OpError("block: lists must be nested to one depth and not be empty")
    return concatenate([_block(part, depth - 1, rank) for part in arrays], rank - depth)


def append(arr: Any, values: Any, axis: int | None = None) -> Any:
    """arr with values behind it; both flattened if axis is None."""
    return concatenate([arr, values], axis)


def insert(arr: Any, obj: Any, values: Any, axis: int | None = None) -> Any:
    """arr with values put in before the given places of an axis."""
    x, axis = _along(arr, axis)
    shape, values = shape_of(x), operand(values)
    number = is_number(values)
    v = np.asarray(values, x.dtype) if number else astype(values, x.dtype, copy=False)
    v = reshape(v, (1,) * (len(shape) - rank_of(v)) + shape_of(v))
    if np.ndim(obj) or isinstance(obj, slice):
        n = int(shape[axis])
        places = np.arange(n)[obj] if isinstance(obj, slice) else np.asarray(obj)
        places = places.nonzero()[0] if places.dtype == bool else places
        v = broadcast_to(v, (*shape[:axis], len(places), *shape[axis + 1 :]))
        order = np.insert(np.arange(n), places, n + np.arange(len(places)))
        return take(concatenate([x, v], axis), order, axis)
    v = moveaxis(v, 0, axis)
    v = broadcast_to(v, (*shape[:axis], shape_of(v)[axis], *shape[axis + 1 :]))
    n = shape[axis]
    start = n if obj == n else position("insert", obj, n)
    return concatenate([part(x, axis, 0, start), v, part(x, axis, start, None)], axis)


def delete(arr: Any, obj: Any, axis: int | None = None) -> Any:
    """arr without the given places of an axis."""
    x, axis = _along(arr, axis)
    n = shape_of(x)[axis]
    if np.ndim(obj) or isinstance(obj, slice):
        return take(x, np.delete(np.arange(int(n)), obj), axis)
    k = position("delete", obj, n)
    return concatenate([part(x, axis, 0, k), part(x, axis, k + 1, None)], axis)


def _along(arr: Any, axis: int | None) -> tuple[Any, int]:
    """The array and a plain axis; flattened if the axis is None."""
    x = operand(arr)
    if axis is None:
        return ravel(x), 0
    rank = rank_of(x)
    return x, one_axis("axis", axis, rank) + rank


# --- apart


def array_split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along an axis: so many, of sizes as equal as can be, or ending at the given places."""
    rank = rank_of(ary)
    axis = one_axis("array_split", axis, rank) + rank
    n = shape_of(ary)[axis]
    if np.ndim(indices_or_sections):
        stops = [*indices_or_sections, None]
        return [part(ary, axis, a, b) for a, b in zip([0, *stops[:-1]], stops)]
    count = int(indices_or_sections)
    if count <= 0:
        raise OpError("array_split: number sections must be larger than 0.")
    each, more = n // count, n % count
    sizes = [each + 1 if k < more else each for k in range(count)]
    starts: list[Dim] = [0]
    for size in sizes:
        starts.append(starts[-1] + size)
    return [part(ary, axis, a, b) for a, b in pairwise(starts)]


def split(ary: Any, indices_or_sections: Any, axis: int = 0) -> list[Any]:
    """Parts along an axis; a number must divide the axis into equal parts."""
    if not np.ndim(indices_or_sections):
        n = shape_of(ary)[one_axis("split", axis, rank_of(ary))]
        if n % indices_or_sections != 0:
            raise OpError(
                "split: array split does not result in an equal division; "
                f"{known(n)} elements make no {indices_or_sections} equal parts (array_split does)"
            )
    return array_split(ary, indices_or_sections, axis)


def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if rank_of(ary) == 0:
        raise OpError("hsplit: only works on arrays of 1 or more dimensions")
    return split(ary, indices_or_sections, 0 if rank_of(ary) == 1 else 1)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if rank_of(ary) < 2:
        raise OpError("vsplit: only works on arrays of 2 or more dimensions")
    return split(ary, indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    if rank_of(ary) < 3:
        raise OpError("dsplit: only works on arrays of 3 or more dimensions")
    return split(ary, indices_or_sections, 2)


def unstack(x: Any, *, axis: int = 0) -> tuple[Any, ...]:
    """The parts of x along an axis, without it."""
    rank = rank_of(x)
    place = one_axis("unstack", axis, rank) + rank
    before = (slice(None),) * place
    return tuple(getitem(x, (*before, k)) for k in range(int(shape_of(x)[place])))
