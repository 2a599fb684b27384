"""Elements in another order, repeated, or with a border around them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph.extents import Dim, Extent, known
from ..graph.op import OpError
from ..ops import index as index_ops
from ..ops.creation import full, iota, made_like
from ..ops.elementwise import where
from ..ops.identity import clone
from ..ops.index import Span
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
    shift = shift + n if -n <= shift < 0 else shift if shift < n else shift % n
    if shift == 0:
        return clone(a)
    return concatenate([part(a, axis, n - shift, None), part(a, axis, 0, n - shift)], axis)


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
    return reshape(spread, tuple(c * s for c, s in zip(counts, shape)))


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
    return reshape(spread, (*shape[:k], shape[k] * count, *shape[k + 1 :]))


def resize(a: Any, new_shape: Any) -> Any:
    """The elements in another shape, repeated or cut off as it needs."""
    wanted = tuple(new_shape) if np.ndim(new_shape) else (new_shape,)
    size = int(np.prod(wanted))
    x = ravel(a)
    n = int(shape_of(x)[0])
    if n == 0:
        return made_like(a, full, shape=wanted, value=0, dtype=a.dtype)
    return reshape(part(tile(x, -(-size // n)), 0, 0, size), wanted)


# --- a border


def pad(array: Any, pad_width: Any, mode: str = "constant", **options: Any) -> Any:
    """A border of the given widths: constant, or made of the elements by `mode`."""
    rank = rank_of(array)
    widths = _pairs(pad_width, rank, "pad_width")
    if any(w < 0 for pair in widths for w in pair):
        raise OpError("pad: index can't contain negative values")
    if mode == "constant":
        values = _pairs(options.pop("constant_values", 0), rank, "constant_values")
        border = _constant(array, widths, values)
    elif mode in _BORDERS:
        border = clone(array)
        for axis, pair in enumerate(widths):
            border = _bordered(border, axis, pair, mode, dict(options))
        options.pop("reflect_type", None)
    else:
        raise OpError(f"pad: mode {mode!r} is not supported; {', '.join(_MODES)} are")
    if options:
        raise OpError(f"pad: unsupported keyword arguments for mode {mode!r}: {', '.join(options)}")
    return border


def _pairs(given: Any, rank: int, name: str) -> list[tuple[Any, Any]]:
    """(before, after) for every axis, from one number, one pair, or a pair for each."""
    if isinstance(given, dict):
        found: dict[int, tuple[Any, Any]] = dict.fromkeys(range(rank), (0, 0))
        for axis, pair in given.items():
            found[one_axis("pad", axis, rank) + rank] = pair if np.ndim(pair) else (pair, pair)
        return [found[k] for k in range(rank)]
    if not np.ndim(given):
        return [(given, given)] * rank
    try:
        table = np.broadcast_to(np.asarray(given), (rank, 2))
    except ValueError as error:
        raise OpError(f"pad: {name} {given} gives no pair for each of {rank} axes") from error
    return [(before, after) for before, after in table.tolist()]


def _constant(x: Any, widths: Sequence[tuple[Dim, Dim]], values: Sequence[tuple[Any, Any]]) -> Any:
    shape = shape_of(x)
    whole = tuple(a + n + b for n, (a, b) in zip(shape, widths))
    y = index_ops.embed(
        x, key=tuple(Span(a, n, 1) for n, (a, _) in zip(shape, widths)), shape=whole
    )
    for axis, (n, (a, _), (first, last)) in enumerate(zip(shape, widths, values)):
        k = reshape(made_like(x, iota, length=whole[axis]), (-1,) + (1,) * (len(shape) - axis - 1))
        y = y if _is_zero(first) else where(k < a, _as(x, first), y)
        y = y if _is_zero(last) else where(k >= a + n, _as(x, last), y)
    return y


def _is_zero(value: Any) -> bool:
    return isinstance(value, (int, float)) and value == 0


def _as(x: Any, value: Any) -> Any:
    """A constant in x's dtype: an integer array takes whole numbers."""
    return int(value) if np.dtype(x.dtype).kind in "iu" and isinstance(value, float) else value


def _edge(x: Any, axis: int, width: Dim, after: bool) -> Any:
    n = shape_of(x)[axis]
    cell = part(x, axis, n - 1, n) if after else part(x, axis, 0, 1)
    shape = shape_of(x)
    return broadcast_to(cell, (*shape[:axis], width, *shape[axis + 1 :]))


def _reflect(x: Any, axis: int, width: Dim, after: bool) -> Any:
    n = shape_of(x)[axis]
    return flip(part(x, axis, n - 1 - width, n - 1) if after else part(x, axis, 1, width + 1), axis)


def _symmetric(x: Any, axis: int, width: Dim, after: bool) -> Any:
    n = shape_of(x)[axis]
    return flip(part(x, axis, n - width, n) if after else part(x, axis, 0, width), axis)


def _wrap(x: Any, axis: int, width: Dim, after: bool) -> Any:
    n = shape_of(x)[axis]
    return part(x, axis, 0, width) if after else part(x, axis, n - width, n)


_BORDERS = {"edge": _edge, "reflect": _reflect, "symmetric": _symmetric, "wrap": _wrap}
_MODES = ("constant", *_BORDERS)


def _bordered(x: Any, axis: int, pair: tuple[Dim, Dim], mode: str, options: dict[str, Any]) -> Any:
    """x with a border made of its own elements; one wider than x reads through a table."""
    n, (before, after) = shape_of(x)[axis], pair
    room = n - 1 if mode == "reflect" else n
    odd = options.get("reflect_type", "even") != "even"
    if odd:
        raise OpError("pad: reflect_type='odd' is not supported; 'even' is")
    if known(n) == 0 or (mode != "edge" and (before > room or after > room)):
        widths: Any = (int(before), int(after))
        return take(x, np.pad(np.arange(int(n)), widths, mode), axis)  # type: ignore[call-overload]
    sides = [
        _BORDERS[mode](x, axis, before, False) if before else None,
        x,
        _BORDERS[mode](x, axis, after, True) if after else None,
    ]
    return concatenate([side for side in sides if side is not None], axis) if any(pair) else x
