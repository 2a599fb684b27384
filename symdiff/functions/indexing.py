"""x[key] and x[key] = v, for every key NumPy takes: slices become spans, index arrays gathers."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..graph.extents import Dim, Extent, Shape, known
from ..graph.op import Operand, aval_of
from ..handles.operands import operand
from ..ops import elementwise as ew
from ..ops import gathering
from ..ops import index as index_ops
from ..ops.broadcasting import broadcast
from ..ops.index import Key, Span, key_shape
from .axes import rank_of, shape_of
from .shaping import broadcast_to, moveaxis, reshape

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


def part(x: Any, axis: int, start: Dim, stop: Dim | None) -> Any:
    """x[..., start:stop, ...] on one axis, which counts from the front."""
    shape = shape_of(x)
    spans = [Span(0, n, 1) for n in shape]
    spans[axis] = span_of(slice(start, stop), shape[axis])
    return index_ops.index(x, key=tuple(spans))


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


def address(x: Any, key: Any) -> Address:
    return located(shape_of(x), key, getattr(x, "integers_select", False))


def located(shape: Shape, key: Any, integers_select: bool = False) -> Address:
    """The address of a key in an array of this shape.

    Integers beside index arrays are index arrays of no axes, or, as in PyTorch, select beforehand.
    """
    key = key if type(key) is tuple else (key,)
    if len(key) <= len(shape) and _SIMPLE.issuperset(map(type, key)):
        return Address(_spans(shape, key))
    parts = list(_for_every_axis(shape, [_plain(p) for p in key]))
    told = [p for p in parts if p is not None and p is not Ellipsis and not isinstance(p, bool)]
    spans = _spans(shape, told)
    lengths = (k.length for k in spans if isinstance(k, Span))
    kept = [p for p in parts if p is not Ellipsis and not _is_integer(p)]
    sizes = tuple(1 if p is None or isinstance(p, bool) else next(lengths) for p in kept)
    indexed = tuple(k for k, p in enumerate(kept) if _is_advanced(p))
    pointed = [k for k, p in enumerate(parts) if _is_advanced(p) or _is_integer(p)]
    advanced = list(indexed) if integers_select else pointed
    _check_together([kept[k].shape for k in indexed if is_array(kept[k])])
    return Address(
        spans,
        sizes if len(sizes) > len(key_shape(spans)) else None,
        tuple(_index_array(kept[k]) for k in indexed),
        indexed,
        bool(indexed) and advanced != list(range(advanced[0], advanced[-1] + 1)),
    )


def _check_together(shapes: Sequence[Shape]) -> None:
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
            yield from _mask_opened(p, shape, axis) if _is_mask(p) else [p]
            axis += _axes_told(p)
    yield from [slice(None)] * (len(shape) - axis)


def _axes_told(p: Any) -> int:
    if p is None or p is Ellipsis or isinstance(p, bool):
        return 0
    return p.ndim if _is_mask(p) else 1


def _mask_opened(mask: np.ndarray, shape: Shape, axis: int) -> tuple[np.ndarray, ...]:
    for k, (n, m) in enumerate(zip(mask.shape, shape[axis:])):
        if n != m:
            raise IndexError(
                f"boolean index did not match indexed array along axis {axis + k}; size of axis "
                f"is {known(m)} but size of corresponding boolean axis is {n}"
            )
    return np.nonzero(mask)


def is_array(p: Any) -> bool:
    return isinstance(p, _ARRAYS) or (hasattr(p, "dtype") and hasattr(p, "shape"))


def _is_mask(p: Any) -> bool:
    return is_array(p) and p.dtype.kind == "b"


def _is_integer(p: Any) -> bool:
    return isinstance(p, (int, Extent)) and not isinstance(p, bool)


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


# --- reading


def getitem(x: Any, key: Any) -> Any:
    """x[key], by NumPy's rules."""
    arrays = _sole_arrays(key)
    if arrays is not None and len(arrays) <= rank_of(x):
        _check_together([a.shape for a in arrays])
        return gathering.gather(x, *arrays, after=rank_of(x) - len(arrays))
    at = address(x, key)
    if at.arrays:
        return gathering.gather(_arranged(x, at), *at.arrays, after=_after(at))
    return index_ops.index(x, key=at.spans) if at.shape is None else _arranged(x, at)


def _sole_arrays(key: Any) -> tuple[Any, ...] | None:
    """The index arrays, if the key is nothing else and they are known."""
    parts = key if type(key) is tuple else (key,)
    for p in parts:
        value = getattr(p, "_value", p)
        if type(value) is not np.ndarray or value.dtype not in _PLACES or not value.ndim:
            return None
    return parts or None


_PLACES = frozenset({np.dtype(np.int64), np.dtype(np.int32)})


def _arranged(x: Any, at: Address) -> Any:
    """What slices, integers and None make of x, with axes that are indexed apart in front."""
    y = x if is_whole(at.spans, shape_of(x)) else index_ops.index(x, key=at.spans)
    y = y if at.shape is None else reshape(y, at.shape)
    return moveaxis(y, at.indexed, range(len(at.indexed))) if at.apart else y


def is_whole(spans: Key, shape: Shape) -> bool:
    return all(
        isinstance(k, Span) and k.step == 1 and (k.length is n or k.length == n)
        for k, n in zip(spans, shape)
    )


def _after(at: Address) -> int:
    """How many axes stand behind the indexed ones."""
    rank = len(key_shape(at.spans) if at.shape is None else at.shape)
    first = 0 if at.apart or not at.indexed else at.indexed[0]
    return rank - len(at.indexed) - first


# --- writing: what an array is after


def setitem(x: Any, key: Any, v: Any) -> Any:
    """What x is after x[key] = v."""
    v = operand(v)
    mask = _sole_mask(key)
    if mask is not None and rank_of(v) <= len(shape_of(x)) - len(mask.shape):
        return _chosen(x, mask, v)
    at = address(x, key)
    if not at.arrays and at.shape is None:
        return index_ops.assign(x, fitted(v, key_shape(at.spans)), key=at.spans)
    return _rewritten(x, at, lambda y: _put(y, v, at))


def _put(y: Any, v: Any, at: Address) -> Any:
    if not at.arrays:
        return broadcast_to(_typed(fitted(v, shape_of(y)), y), shape_of(y))
    return gathering.put(y, fitted(v, _shape_at(y, at)), *at.arrays, after=_after(at))


def _shape_at(y: Any, at: Address) -> Shape:
    """The shape of what is read at the address."""
    shape, after = shape_of(y), _after(at)
    end = len(shape) - after
    common = broadcast("index", *map(shape_of, at.arrays))
    return shape[: end - len(at.arrays)] + common + shape[end:]


def _rewritten(x: Any, at: Address, write: Callable[[Any], Any]) -> Any:
    """x with what stands at the address rewritten; each step of reading is taken back."""
    y = write(_arranged(x, at))
    if at.apart:
        y = moveaxis(y, range(len(at.indexed)), at.indexed)
    if at.shape is not None:
        y = reshape(y, key_shape(at.spans))
    return y if is_whole(at.spans, shape_of(x)) else index_ops.assign(x, y, key=at.spans)


def _sole_mask(key: Any) -> Any:
    """The mask, if the key is nothing else."""
    if type(key) is tuple and len(key) == 1:
        (key,) = key
    if isinstance(key, list):
        key = np.asarray(key) if key and all(type(k) is bool for k in key) else None
    return key if _is_mask(key) else None


def _chosen(x: Any, mask: Any, v: Any) -> Any:
    """x with v where the mask holds: no position needs to be known."""
    rest = len(shape_of(x)) - len(mask.shape)
    if len(mask.shape) > len(shape_of(x)):
        raise IndexError(f"too many indices: the mask has {len(mask.shape)} axes")
    for axis, (n, m) in enumerate(zip(mask.shape, shape_of(x))):
        if n != m:
            raise IndexError(
                f"boolean index did not match indexed array along axis {axis}; size of axis is "
                f"{known(m)} but size of corresponding boolean axis is {known(n)}"
            )
    spread = reshape(mask, tuple(mask.shape) + (1,) * rest) if rest else mask
    v = fitted(v, shape_of(x)[len(mask.shape) :])
    return _typed(ew.where(spread, v, x), x)


def _typed(y: Any, x: Any) -> Any:
    have = aval_of(y).dtype
    return y if have == x.dtype else ew.astype(y, dtype=np.dtype(x.dtype))


def fitted(v: Any, shape: Shape) -> Any:
    """v as it broadcasts to the shape: without leading axes of size 1 that this does not have."""
    own = shape_of(v)
    extra = max(len(own) - len(shape), 0)
    pairs = zip(reversed(own), reversed(shape))
    if any(n != 1 for n in own[:extra]) or any(n is not m and n != 1 and n != m for n, m in pairs):
        raise ValueError(
            f"could not broadcast input array from shape {tuple(map(known, own))} "
            f"into shape {tuple(map(known, shape))}"
        )
    return reshape(v, own[extra:]) if extra else v


def with_added(x: Any, key: Any, v: Any) -> Any:
    """What x is after np.add.at(x, key, v): where places are named several times, all count."""
    at = address(x, key)
    v = operand(v)

    def added(y: Any) -> Any:
        if not at.arrays:
            return y + _typed(fitted(v, shape_of(y)), y)
        shape, after = _shape_at(y, at), _after(at)
        end = len(shape_of(y)) - after
        g = broadcast_to(_typed(fitted(v, shape), y), shape)
        inner = shape_of(y)[end - len(at.arrays) : end]
        return y + gathering.scatter_add(g, *at.arrays, shape=inner, after=after)

    return _rewritten(x, at, added)
