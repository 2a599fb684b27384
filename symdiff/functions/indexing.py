"""x[key] and x[key] = v, for every key NumPy takes: slices become spans, index arrays gathers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..extents import Dim, Extent, Shape, known
from ..op import OpError
from ..ops import elementwise as ew
from ..ops import index as index_ops
from ..ops.index import Span
from .axes import shape_of
from .shaping import broadcast_arrays, moveaxis, reshape


def span_of(s: slice, n: Dim) -> Span:
    """The slice of an axis of n elements, with extents kept by name."""
    step = 1 if s.step is None else int(s.step)
    if step == 0:
        raise OpError("index: a slice step cannot be zero")
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
    b: Dim = bound if isinstance(bound, Extent) else bound.__index__()
    if b < 0:
        b = b + n
    if b is n:
        return high
    return low if b < low else high if b > high else b


def _position(i: Any, n: Dim, axis: int) -> Dim:
    i = i if isinstance(i, Extent) else i.__index__()
    if not -n <= i < n:
        raise IndexError(f"index {i} is out of bounds for axis {axis} with size {known(n)}")
    return i + n if i < 0 else i


def is_array(k: Any) -> bool:
    return isinstance(k, (list, np.ndarray)) or (hasattr(k, "dtype") and hasattr(k, "shape"))


def _is_integer(k: Any) -> bool:
    if isinstance(k, (bool, np.bool_)):
        return False
    if is_array(k) and shape_of(k) == () and hasattr(k, "node"):
        return False
    return hasattr(k, "__index__") and not (is_array(k) and shape_of(k) != ())


def full_key(shape: Shape, key: Any) -> list[Any]:
    """The key as a list that speaks of every axis; boolean masks become index arrays."""
    parts = list(key) if isinstance(key, tuple) else [key]
    parts = [p for part in parts for p in _masks_opened(part)]
    used = sum(p is not None and p is not Ellipsis for p in parts)
    if used > len(shape):
        raise IndexError(f"too many indices: {used} for {len(shape)} dimensions")
    missing = [slice(None)] * (len(shape) - used)
    if not any(p is Ellipsis for p in parts):
        return parts + missing
    place = next(k for k, p in enumerate(parts) if p is Ellipsis)
    rest = parts[place + 1 :]
    if any(p is Ellipsis for p in rest):
        raise IndexError("an index can have only one ellipsis ('...')")
    return parts[:place] + missing + rest


def _masks_opened(part: Any) -> Sequence[Any]:
    if isinstance(part, list):
        part = np.asarray(part, dtype=None if part else np.intp)
    if not is_array(part) or np.dtype(part.dtype).kind != "b":
        return [part]
    return np.nonzero(np.asarray(part))


def getitem(x: Any, key: Any) -> Any:
    """x[key], by NumPy's rules."""
    shape = shape_of(x)
    parts = full_key(shape, key)
    plain: list[Dim | Span] = []
    arrays: list[tuple[int, Any]] = []  # (axis after plain indexing, index array)
    where: list[int] = []  # places in the key of index arrays and, beside them, integers
    axis = 0
    sizes = iter(shape)
    result_axes: list[str] = []
    for place, p in enumerate(parts):
        if p is None:
            result_axes.append("new")
            continue
        n = next(sizes)
        if isinstance(p, slice):
            plain.append(span_of(p, n))
            result_axes.append("kept")
        elif _is_integer(p):
            plain.append(_position(p, n, len(plain)))
            where.append(place)
            continue
        else:
            plain.append(Span(0, n, 1))
            arrays.append((axis, p))
            where.append(place)
            result_axes.append("array")
        axis += 1
    y = x if _is_whole(plain, shape) else index_ops.index(x, key=tuple(plain))
    if arrays:
        adjacent = where == list(range(where[0], where[-1] + 1))
        return _gathered(y, arrays, result_axes, adjacent)
    return _with_new_axes(y, result_axes)


def _is_whole(plain: Sequence[Dim | Span], shape: Shape) -> bool:
    return all(isinstance(k, Span) and k.length is n and k.step == 1 for k, n in zip(plain, shape))


def _with_new_axes(y: Any, axes: Sequence[str]) -> Any:
    if "new" not in axes:
        return y
    sizes = iter(shape_of(y))
    return reshape(y, tuple(1 if a == "new" else next(sizes) for a in axes))


def _gathered(y: Any, arrays: Sequence[tuple[int, Any]], axes: Sequence[str], adjacent: bool) -> Any:
    """Index arrays are broadcast together; their axes stand where they stood, or first if apart."""
    indices = broadcast_arrays(*(i for _, i in arrays)) if len(arrays) > 1 else [arrays[0][1]]
    indexed = [axis for axis, _ in arrays]
    rank = len(shape_of(y))
    y = moveaxis(y, indexed, range(rank - len(indexed), rank))
    y = index_ops.gather(y, *indices)
    count = len(shape_of(indices[0]))
    first = indexed[0] if adjacent else 0
    total = len(shape_of(y))
    y = moveaxis(y, range(total - count, total), range(first, first + count))
    if "new" not in axes:
        return y
    if not adjacent:
        raise OpError("index: None beside index arrays that stand apart is not supported; reshape after")
    order: list[str] = []
    for a in axes:
        if a != "array":
            order.append(a)
        elif "array" not in order:
            order += ["array"] * max(count, 1) if count else ["array"]
    if not count:
        order = [a for a in order if a != "array"]
    return _with_new_axes(y, order)


def setitem(x: Any, key: Any, v: Any) -> Any:
    """What x is after x[key] = v."""
    shape = shape_of(x)
    if is_array(key) and np.dtype(getattr(key, "dtype", float)).kind == "b" and not isinstance(key, list):
        if len(shape_of(key)) == len(shape) and len(shape_of(v)) == 0:
            return _typed(ew.where(key, v, x), x)
    parts = full_key(shape, key)
    if any(is_array(p) and not _is_integer(p) for p in parts):
        return _scattered(x, parts, v)
    sizes = iter(shape)
    spans: list[Dim | Span] = []
    for p in parts:
        if p is None:
            continue
        n = next(sizes)
        spans.append(span_of(p, n) if isinstance(p, slice) else _position(p, n, len(spans)))
    part = index_ops.key_shape(tuple(spans))
    return index_ops.assign(x, _fitted(v, part), key=tuple(spans))


def _typed(y: Any, x: Any) -> Any:
    return y if y.dtype == x.dtype else ew.astype(y, dtype=np.dtype(x.dtype))


def _fitted(v: Any, part: Shape) -> Any:
    """v without leading axes of size 1 that the part does not have."""
    shape = shape_of(v)
    extra = len(shape) - len(part)
    if extra <= 0:
        return v
    if any(n != 1 for n in shape[:extra]):
        raise OpError(f"assignment: shape {shape} does not broadcast to shape {part}")
    return reshape(v, shape[extra:])


def _scattered(x: Any, parts: list[Any], v: Any) -> Any:
    """Write through a table of positions: which of the new values, if any, stands at each element."""
    shape = tuple(int(n) for n in shape_of(x))
    concrete = tuple(np.asarray(p) if is_array(p) else p for p in parts)
    positions = np.arange(int(np.prod(shape))).reshape(shape)[concrete]
    table = np.full(int(np.prod(shape)), -1)
    table[positions.ravel()] = np.arange(positions.size)
    values = broadcast_arrays(_fitted(v, positions.shape), np.empty(positions.shape))[0]
    flat = reshape(values, (-1,))
    if positions.size == 0:
        return x
    picked = reshape(index_ops.gather(flat, np.maximum(table, 0)), shape)
    return _typed(ew.where((table >= 0).reshape(shape), picked, x), x)
