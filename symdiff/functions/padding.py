"""Arrays with a border around them: constant, or made of their own elements."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from ..graph.extents import Dim, known
from ..graph.op import OpError
from ..ops import elementwise as ew
from ..ops import index as index_ops
from ..ops import rounding
from ..ops.creation import iota, made_like
from ..ops.elementwise import where
from ..ops.identity import clone
from ..ops.index import Span
from .arranging import flip
from .axes import one_axis, rank_of, shape_of
from .creation import astype
from .indexing import part
from .reducing import amax, amin, mean
from .shaping import broadcast_to, concatenate, reshape
from .statistics import median
from .taking import take

Pairs = list[tuple[Any, Any]]


def pad(array: Any, pad_width: Any, mode: str = "constant", **options: Any) -> Any:
    """A border of the given widths: constant, or made of the elements by `mode`."""
    rank = rank_of(array)
    widths = _pairs(pad_width, rank, "pad_width")
    if any(w < 0 for pair in widths for w in pair):
        raise OpError("pad: index can't contain negative values")
    if mode not in _OPTIONS:
        raise OpError(f"pad: mode {mode!r} is not supported; {', '.join(_OPTIONS)} are")
    name, default = _OPTIONS[mode]
    given = options.pop(name, default)
    if options:
        raise OpError(f"pad: unsupported keyword arguments for mode {mode!r}: {', '.join(options)}")
    if mode == "constant":
        return _constant(array, widths, _pairs(given, rank, name))
    if mode in _MIRRORS:
        return _mirrored(array, widths, mode, given)
    return _computed(array, widths, _SIDES[mode], _pairs(given, rank, name))


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
    return _repeated(part(x, axis, n - 1, n) if after else part(x, axis, 0, 1), axis, width)


def _repeated(cell: Any, axis: int, width: Dim) -> Any:
    """What has the size 1 along an axis, so many times."""
    shape = shape_of(cell)
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


_MIRRORS = {"edge": _edge, "reflect": _reflect, "symmetric": _symmetric, "wrap": _wrap}


def _mirrored(x: Any, widths: Pairs, mode: str, kind: Any) -> Any:
    """x with a border made of its own elements."""
    if kind not in ("even", "odd"):
        raise OpError(f"pad: reflect_type is 'even' or 'odd', not {kind!r}")
    y = clone(x)
    for axis, pair in enumerate(widths):
        y = _odd(y, axis, pair, mode) if kind == "odd" else _bordered(y, axis, pair, mode)
    return y


def _bordered(x: Any, axis: int, pair: tuple[Dim, Dim], mode: str) -> Any:
    """A border on one axis; one wider than x reads through a table."""
    n, (before, after) = shape_of(x)[axis], pair
    room = n - 1 if mode == "reflect" else n
    if known(n) == 0 or (mode != "edge" and (before > room or after > room)):
        widths: Any = (int(before), int(after))
        return take(x, np.pad(np.arange(int(n)), widths, mode), axis)  # type: ignore[call-overload]
    return _between(x, axis, pair, _MIRRORS[mode])


def _between(
    x: Any, axis: int, pair: tuple[Dim, Dim], side: Callable[[Any, int, Dim, bool], Any]
) -> Any:
    before, after = pair
    parts = [
        side(x, axis, before, False) if before else None,
        x,
        side(x, axis, after, True) if after else None,
    ]
    return concatenate([p for p in parts if p is not None], axis) if before or after else x


def _odd(x: Any, axis: int, pair: tuple[Dim, Dim], mode: str) -> Any:
    """Mirrored at the last element of each side as a point: 2*last - x."""
    n, room = shape_of(x)[axis], shape_of(x)[axis] - (mode == "reflect")
    if known(n) == 0 or any(w > room for w in pair):
        raise OpError(f"pad: reflect_type='odd' reaches {known(room)} elements here, not {pair}")

    def side(x: Any, axis: int, width: Dim, after: bool) -> Any:
        return ew.sub(2 * _edge(x, axis, 1, after), _MIRRORS[mode](x, axis, width, after))

    return _between(x, axis, pair, side)


# --- borders computed: one cell of each side, or a ramp, by (x, axis, width, after, option)


def _statistic(
    of: Callable[..., Any], x: Any, axis: int, width: Dim, after: bool, length: Any
) -> Any:
    """A statistic of the elements nearest to the side, or of all."""
    n = shape_of(x)[axis]
    if length is not None and length < n:
        x = part(x, axis, n - length, n) if after else part(x, axis, 0, length)
    return _repeated(_typed(of(x, axis, keepdims=True), x), axis, width)


def _ramp(x: Any, axis: int, width: Dim, after: bool, end: Any) -> Any:
    """From the edge to a value at the very end, in equal steps."""
    k = reshape(made_like(x, iota, length=width), (-1,) + (1,) * (rank_of(x) - axis - 1))
    k = astype(width - 1 - k if after else k, np.dtype(x.dtype if _is_float(x) else np.float64))
    return _typed(end + (_edge(x, axis, 1, after) - end) * (k / width), x, rounding.floor)


def _is_float(x: Any) -> bool:
    return np.dtype(x.dtype).kind == "f"


def _typed(y: Any, x: Any, whole: Callable[[Any], Any] = rounding.rint) -> Any:
    return y if _is_float(x) else astype(whole(y), np.dtype(x.dtype))


_SIDES: dict[str, Callable[..., Any]] = {
    "mean": partial(_statistic, mean), "maximum": partial(_statistic, amax),
    "minimum": partial(_statistic, amin), "median": partial(_statistic, median),
    "linear_ramp": _ramp,
}  # fmt: skip

# the option of each mode, and what it is if not given
_OPTIONS: dict[str, tuple[str, Any]] = {
    "constant": ("constant_values", 0), "linear_ramp": ("end_values", 0),
    **dict.fromkeys(_MIRRORS, ("reflect_type", "even")),
    **dict.fromkeys(("mean", "maximum", "minimum", "median"), ("stat_length", None)),
}  # fmt: skip


def _computed(x: Any, widths: Pairs, side: Callable[..., Any], told: Pairs) -> Any:
    y = clone(x)
    for axis, (pair, (first, last)) in enumerate(zip(widths, told)):
        if known(shape_of(x)[axis]) == 0 and any(pair):
            raise OpError(f"pad: axis {axis} has no elements that a border could be made of")

        def one(x: Any, axis: int, width: Dim, after: bool, ends: Any = (first, last)) -> Any:
            return side(x, axis, width, after, ends[after])

        y = _between(y, axis, pair, one)
    return y
