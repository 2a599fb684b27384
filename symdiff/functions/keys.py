"""What keys mean, every one that NumPy takes: slices become spans, masks become index arrays."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..graph.extents import Dim, Extent, Shape, known
from ..graph.op import Operand
from ..handles.operands import operand
from ..ops.broadcasting import broadcast
from ..ops.index import Key, Span, key_shape

# --- slices and integers


def span_of(s: slice, n: Dim) -> Span:
    """The slice of an axis of n elements, with extents kept by name."""
    if not (isinstance(n, Extent) or isinstance(s.start, Extent) or isinstance(s.stop, Extent)):
        start, stop, step = s.indices(n)
        length = len(range(start, stop, step))
        return Span(start, length, step) if length else Span(0, 0, 1)
    step = 1 if s.step is None else operator.index(s.step)
    if step == 0:
        raise ValueError("slice step cannot be zero")
    if step > 0:
        start, stop = _bounded(s.start, n, 0, 0, n), _bounded(s.stop, n, n, 0, n)
        room = stop - start
    else:
        start = _bounded(s.start, n, n - 1, -1, n - 1)
        stop = _bounded(s.stop, n, -1, -1, n - 1)
        room = start - stop
    if room <= 0:
        return Span(0, 0, 1)
    return Span(start, (room + abs(step) - 1) // abs(step), step)


def _bounded(bound: Any, n: Dim, default: Dim, low: Dim, high: Dim) -> Dim:
    if bound is None:
        return default
    b: Dim = bound if isinstance(bound, Extent) else operator.index(bound)
    if b < 0:
        b = b + n
    if b is n:
        return high
    return low if b < low else high if b > high else b


def position(name: str, i: Any, n: Dim, axis: int = 0) -> Dim:
    """The integer i as a place on an axis of n elements; negative ones count from the end."""
    i = i if isinstance(i, Extent) else operator.index(i)
    if not -n <= i < n:
        raise IndexError(f"{name}: index {i} is out of bounds for axis {axis} with size {known(n)}")
    return i + n if i < 0 else i


# --- any key


class Address(NamedTuple):
    """Where a key points: slices and integers first, then new axes, then index arrays.

    The index arrays tell of the axes `indexed` of what the spans leave. These are neighbours, or,
    if something parts them in the key, are to be brought to the front.
    """

    spans: Key
    shape: Shape | None = None  # what the spans leave, seen with new axes; None if there are none
    arrays: tuple[Any, ...] = ()
    indexed: tuple[int, ...] = ()
    apart: bool = False


_SIMPLE = frozenset({slice, int})
_ARRAYS = (np.ndarray, Operand)  # these are not asked for what they have: a tensor takes its time


def located(shape: Shape, key: Any, integers_select: bool = False) -> Address:
    """The address of a key in an array of this shape.

    Integers beside index arrays are index arrays of no axes, or, as in PyTorch, select beforehand.
    """
    key = key if type(key) is tuple else (key,)
    if len(key) <= len(shape) and _SIMPLE.issuperset(map(type, key)):
        return Address(_spans(shape, key))
    parts = list(_for_every_axis(shape, [_plain(p) for p in key]))
    spans = _spans(shape, [p for p in parts if _axes_told(p)])
    left = [p for p in parts if p is not Ellipsis and not _is_integer(p)]
    sizes = _sizes(left, spans)
    indexed = tuple(k for k, p in enumerate(left) if _is_advanced(p))
    check_together([left[k].shape for k in indexed if is_array(left[k])])
    return Address(
        spans,
        sizes if len(sizes) > len(key_shape(spans)) else None,
        tuple(_index_array(left[k]) for k in indexed),
        indexed,
        bool(indexed) and _are_apart(left if integers_select else parts),
    )


def _sizes(left: Sequence[Any], spans: Key) -> Shape:
    """The sizes of what the spans leave, with new axes among them."""
    lengths = (k.length for k in spans if isinstance(k, Span))
    return tuple(1 if _is_new_axis(p) else next(lengths) for p in left)


def _are_apart(parts: Sequence[Any]) -> bool:
    """Whether something stands between index arrays, of which integers are some."""
    places = [k for k, p in enumerate(parts) if _is_advanced(p) or _is_integer(p)]
    return places != list(range(places[0], places[-1] + 1))


def check_together(shapes: Sequence[Shape]) -> None:
    """Index arrays must broadcast."""
    if len(shapes) < 2:
        return
    try:
        broadcast("index", *shapes)
    except ValueError:
        texts = " ".join(str(tuple(map(known, s))) for s in shapes)
        raise IndexError(
            f"shape mismatch: indexing arrays could not be broadcast together with shapes {texts}"
        ) from None


def _spans(shape: Shape, parts: Sequence[Any]) -> Key:
    """What slices and integers keep of each axis; index arrays and axes not told of keep all."""
    told = [_span(p, n, axis) for axis, (p, n) in enumerate(zip(parts, shape))]
    return (*told, *(Span(0, n, 1) for n in shape[len(told) :]))


def _span(p: Any, n: Dim, axis: int) -> Dim | Span:
    if isinstance(p, slice):
        return span_of(p, n)
    return position("index", p, n, axis) if _is_integer(p) else Span(0, n, 1)


def _plain(p: Any) -> Any:
    """A part of a key as None, Ellipsis, a slice, a bool, an integer or an array of them."""
    if p is None or p is Ellipsis or isinstance(p, (slice, int, Extent)):
        return p
    if isinstance(p, range):
        p = np.asarray(p, np.intp)
    elif isinstance(p, (list, tuple)) or (isinstance(p, np.ndarray) and p.dtype.hasobject):
        p = operand(p) if len(p) else np.zeros(0, np.intp)
    if not is_array(p):
        return _integer(p)
    if p.dtype.kind not in "iub":
        raise IndexError(
            f"arrays used as indices must be of integer (or boolean) type, not {p.dtype}"
        )
    if p.dtype.kind == "b":
        p = known_array(p, "a boolean index")
        return p if p.ndim else bool(p)
    if not p.shape and is_known(p):
        return int(p)
    return p.astype(np.intp) if isinstance(p, np.ndarray) and p.itemsize < 4 else p


def _integer(p: Any) -> int:
    try:
        return operator.index(p)
    except TypeError:
        raise IndexError(
            "only integers, slices (`:`), ellipsis (`...`), None and integer or boolean arrays "
            f"are valid indices, not {type(p).__name__}"
        ) from None


def _for_every_axis(shape: Shape, parts: Sequence[Any]) -> Iterator[Any]:
    """The parts with axes not told of as slices, and masks opened into index arrays.

    An ellipsis that stands for no axis stays: it still parts what is beside it.
    """
    missing = len(shape) - sum(map(_axes_told, parts))
    if missing < 0:
        raise IndexError(
            f"too many indices for array: array is {len(shape)}-dimensional, "
            f"but {len(shape) - missing} were indexed"
        )
    if sum(p is Ellipsis for p in parts) > 1:
        raise IndexError("an index can only have a single ellipsis ('...')")
    axis = 0
    for p in parts:
        if p is Ellipsis:
            yield from [slice(None)] * missing or [p]
            axis += missing
        else:
            yield from _mask_opened(p, shape, axis) if is_mask(p) else [p]
            axis += _axes_told(p)
    yield from [slice(None)] * (len(shape) - axis)


def _axes_told(p: Any) -> int:
    if p is Ellipsis or _is_new_axis(p):
        return 0
    return p.ndim if is_mask(p) else 1


def _mask_opened(mask: np.ndarray, shape: Shape, axis: int) -> tuple[np.ndarray, ...]:
    check_mask(mask.shape, shape, axis)
    return np.nonzero(mask)


def check_mask(mask: Shape, shape: Shape, first: int = 0) -> None:
    """A mask must fit the axes that it stands for."""
    for axis, (n, m) in enumerate(zip(mask, shape[first:]), first):
        if n != m:
            raise IndexError(
                f"boolean index did not match indexed array along axis {axis}; size of axis is "
                f"{known(m)} but size of corresponding boolean axis is {known(n)}"
            )


def is_array(p: Any) -> bool:
    return isinstance(p, _ARRAYS) or (hasattr(p, "dtype") and hasattr(p, "shape"))


def is_mask(p: Any) -> bool:
    return is_array(p) and p.dtype.kind == "b"


def _is_integer(p: Any) -> bool:
    return isinstance(p, (int, Extent)) and not isinstance(p, bool)


def _is_new_axis(p: Any) -> bool:
    return p is None or isinstance(p, bool)


def _is_advanced(p: Any) -> bool:
    """An index array, or a truth value: one that takes all or nothing of a new axis."""
    return is_array(p) or isinstance(p, bool)


def _index_array(p: Any) -> Any:
    return np.zeros(int(p), np.intp) if isinstance(p, bool) else p


def is_known(x: Any) -> bool:
    """Whether the numbers are there: only a traced handle has none."""
    return getattr(x, "value", x) is not None


def known_array(x: Any, asked_by: str) -> np.ndarray:
    """The numbers themselves, or the error that there are none yet."""
    return x.known_value(asked_by) if hasattr(x, "known_value") else np.asarray(x)
