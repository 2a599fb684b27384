"""x[key] and x[key] = v, for every key NumPy takes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph.extents import Dim, Shape, known
from ..graph.op import aval_of
from ..handles.operands import operand
from ..ops import elementwise as ew
from ..ops import gathering
from ..ops import index as index_ops
from ..ops.broadcasting import broadcast
from ..ops.index import Key, Span, key_shape
from .axes import rank_of, shape_of
from .keys import Address, check_mask, check_together, is_mask, located, span_of
from .shaping import broadcast_to, moveaxis, reshape

# --- reading


def part(x: Any, axis: int, start: Dim, stop: Dim | None) -> Any:
    """x[..., start:stop, ...] on one axis, which counts from the front."""
    shape = shape_of(x)
    spans = [Span(0, n, 1) for n in shape]
    spans[axis] = span_of(slice(start, stop), shape[axis])
    return index_ops.index(x, key=tuple(spans))


def _address(x: Any, key: Any) -> Address:
    return located(shape_of(x), key, getattr(x, "integers_select", False))


def getitem(x: Any, key: Any) -> Any:
    """x[key], by NumPy's rules."""
    arrays = _sole_arrays(key)
    if arrays is not None and len(arrays) <= rank_of(x):
        check_together([a.shape for a in arrays])
        return gathering.gather(x, *arrays, after=rank_of(x) - len(arrays))
    at = _address(x, key)
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
    at = _address(x, key)
    if not at.arrays:
        return index_ops.assign(x, _on_spans(v, at), key=at.spans)
    return _rewritten(x, at, lambda y: _put(y, v, at))


def _on_spans(v: Any, at: Address) -> Any:
    """v as it fits what the spans leave, where the key names new axes, too."""
    if at.shape is None:
        return fitted(v, key_shape(at.spans))
    return reshape(broadcast_to(fitted(v, at.shape), at.shape), key_shape(at.spans))


def _put(y: Any, v: Any, at: Address) -> Any:
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
    return key if is_mask(key) else None


def _chosen(x: Any, mask: Any, v: Any) -> Any:
    """x with v where the mask holds: no position needs to be known."""
    rest = len(shape_of(x)) - len(mask.shape)
    if len(mask.shape) > len(shape_of(x)):
        raise IndexError(f"too many indices: the mask has {len(mask.shape)} axes")
    check_mask(mask.shape, shape_of(x))
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
    at = _address(x, key)
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
