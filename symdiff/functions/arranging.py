"""Elements in another order, or repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph.extents import Extent
from ..graph.op import OpError
from ..ops.creation import full, made_like
from ..ops.identity import clone
from .axes import Axis, axes_in_order, one_axis, rank_of, shape_of, trailing
from .indexing import getitem, part
from .shaping import broadcast_to, concatenate, ravel, reshape, swapaxes
from .taking import take

# --- turned over


def flip(m: Any, axis: Axis = None) -> Any:
    """The elements in reverse order along the axes."""
    rank = rank_of(m)
    turned = trailing("flip", axis, rank)
    key = tuple(slice(None, None, -1 if k - rank in turned else 1) for k in range(rank))
    return getitem(m, key)


def flipud(m: Any) -> Any:
    """Rows in reverse order."""
    if rank_of(m) < 1:
        raise OpError("flipud: Input must be >= 1-d.")
    return flip(m, 0)


def fliplr(m: Any) -> Any:
    """Columns in reverse order."""
    if rank_of(m) < 2:
        raise OpError("fliplr: Input must be >= 2-d.")
    return flip(m, 1)


def rot90(m: Any, k: int = 1, axes: Sequence[int] = (0, 1)) -> Any:
    """Turned k times by 90 degrees, from the first axis towards the second."""
    a, b = axes_in_order("rot90", tuple(axes), rank_of(m))
    turns: tuple[Callable[[], Any], ...] = (
        lambda: getitem(m, Ellipsis),
        lambda: swapaxes(flip(m, b), a, b),
        lambda: flip(flip(m, a), b),
        lambda: flip(swapaxes(m, a, b), b),
    )
    return turns[k % 4]()


def roll(a: Any, shift: Any, axis: Any = None) -> Any:
    """The elements moved along, those that leave at the end entering at the beginning."""
    if axis is None:
        return reshape(roll(ravel(a), int(np.sum(shift)), 0), shape_of(a))
    rank = rank_of(a)
    for s, k in np.broadcast(shift, axis):
        a = _rolled(a, int(s), one_axis("roll", int(k), rank) + rank)
    return a


def _rolled(a: Any, shift: int, axis: int) -> Any:
    n = shape_of(a)[axis]
    if n == 0:
        return clone(a)
    if not 0 <= shift < n:
        shift = shift + n if -n <= shift < 0 else shift % n
    if shift == 0:
        return clone(a)
    return concatenate([part(a, axis, n - shift, None), part(a, axis, 0, n - shift)], axis)


def fftshift(x: Any, axes: Any = None) -> Any:
    """The frequency 0 moved to the middle."""
    return _half_rolled(x, axes, lambda n: n // 2)


def ifftshift(x: Any, axes: Any = None) -> Any:
    """The frequency 0 moved back to the beginning."""
    return _half_rolled(x, axes, lambda n: -(n // 2))


def _half_rolled(x: Any, axes: Any, shift: Callable[[int], int]) -> Any:
    axes = range(rank_of(x)) if axes is None else (axes,) if isinstance(axes, int) else axes
    return roll(x, [shift(shape_of(x)[k]) for k in axes], tuple(axes))


# --- repeated


def tile(A: Any, reps: Any) -> Any:
    """A put side by side with itself, so many times along each axis."""
    counts = tuple(reps) if np.ndim(reps) else (reps,)
    shape = shape_of(A)
    rank = max(len(counts), len(shape))
    counts = (1,) * (rank - len(counts)) + counts
    shape = (1,) * (rank - len(shape)) + shape
    if all(c == 1 for c in counts):
        return clone(reshape(A, shape))
    paired = [n for c, s in zip(counts, shape) for n in (c, s)]
    spread = broadcast_to(reshape(A, [n for s in shape for n in (1, s)]), paired)
    return clone(reshape(spread, tuple(c * s for c, s in zip(counts, shape))))


def repeat(a: Any, repeats: Any, axis: int | None = None) -> Any:
    """Every element repeated; each so often, if `repeats` says it for each."""
    a, axis = (ravel(a), 0) if axis is None else (a, axis)
    shape = shape_of(a)
    k = one_axis("repeat", axis, len(shape)) + len(shape)
    if np.size(repeats) != 1:
        return take(a, np.repeat(np.arange(int(shape[k])), repeats), k)
    count = repeats if isinstance(repeats, Extent) else int(np.reshape(repeats, ()))
    if count == 1:
        return clone(a)
    spread = broadcast_to(
        reshape(a, (*shape[: k + 1], 1, *shape[k + 1 :])), (*shape[: k + 1], count, *shape[k + 1 :])
    )
    return clone(reshape(spread, (*shape[:k], shape[k] * count, *shape[k + 1 :])))


def resize(a: Any, new_shape: Any) -> Any:
    """The elements in another shape, repeated or cut off as it needs."""
    wanted = tuple(new_shape) if np.ndim(new_shape) else (new_shape,)
    size = int(np.prod(wanted))
    x = ravel(a)
    n = int(shape_of(x)[0])
    if n == 0:
        return made_like(a, full, shape=wanted, value=0, dtype=a.dtype)
    return reshape(part(tile(x, -(-size // n)), 0, 0, size), wanted)
