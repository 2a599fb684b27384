"""Arrays put side by side: concatenate along an axis, stack along a new one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from codegen.index import Apply, Const, Scalar, Select

from ..graph.extents import Dim, Shape, known, settled
from ..graph.op import Aval, OpError, declare, strong_dtype
from .broadcasting import broadcast, broadcast_index, cast, common_dtype, shape_text
from .index import Span, as_scalar, index
from .shape import lead


def _dtype(xs: Sequence[Any]) -> Any:
    return strong_dtype(common_dtype(tuple(x.dtype for x in xs)))


def _own(xs: Sequence[Any]) -> int:
    """How many axes the parts have; some may have batch axes before them."""
    return min(len(x.shape) for x in xs)


def _batch(xs: Sequence[Any]) -> Shape:
    own = _own(xs)
    return broadcast("concatenate", *(lead(x.shape, own) for x in xs))


def _aligned(xs: Sequence[Any]) -> list[np.ndarray]:
    """The parts with the same batch axes."""
    arrays = [np.asarray(x) for x in xs]
    if all(x.ndim == arrays[0].ndim for x in arrays):
        return arrays
    own, batch = _own(arrays), tuple(map(int, _batch(arrays)))
    return [np.broadcast_to(x, batch + x.shape[x.ndim - own :]) for x in arrays]


def _chosen(place: Scalar, parts: Sequence[Scalar], stops: Sequence[Any]) -> Scalar:
    """The part that `place` falls into; parts[k] ends before stops[k]."""
    out = parts[-1]
    for part, stop in reversed(list(zip(parts[:-1], stops))):
        out = Select(Apply("lt", (place, as_scalar(stop))), part, out)
    return out


def _reader(xs: Sequence[Any]) -> Callable[[Any, Sequence[Scalar]], Scalar]:
    dtype = common_dtype(tuple(x.dtype for x in xs))
    return lambda x, at: cast(x(*broadcast_index(at, x.shape)), x.dtype, dtype)


# --- concatenate along one axis, counted from the end


def _concat_infer(*xs: Aval, axis: int) -> Aval:
    own = _own(xs)
    first = xs[0].shape[xs[0].ndim - own :]
    total: Dim = 0
    for x in xs:
        total = total + x.shape[axis]
        tail = x.shape[x.ndim - own :]
        others = [(a, b) for k, (a, b) in enumerate(zip(tail, first)) if k - own != axis]
        if any(a is not b and a != b for a, b in others):
            shapes = shape_text([x.shape for x in xs])
            raise OpError(f"concatenate: shapes {shapes} differ beyond axis {axis + own}")
    tail = tuple(settled(total) if k - own == axis else n for k, n in enumerate(first))
    return Aval(_batch(xs) + tail, _dtype(xs))


def _concat_pullback(g: Any, y: Any, *xs: Any, needed: Sequence[bool], axis: int) -> list[Any]:
    parts: list[Any] = []
    start: Dim = 0
    for x, need in zip(xs, needed):
        length = x.shape[axis]
        tail = tuple(Span(0, n, 1) for n in x.shape[len(x.shape) + axis + 1 :])
        parts.append(index(g, key=(Span(start, length, 1), *tail)) if need else None)
        start = start + length
    return parts


def _concat_at(index: Sequence[Scalar], *xs: Any, axis: int) -> Scalar:
    read, place = _reader(xs), len(index) + axis
    parts: list[Scalar] = []
    stops: list[Any] = []
    start: Any = Const(0, "int64")
    for x in xs:
        parts.append(read(x, (*index[:place], index[place] - start, *index[place + 1 :])))
        start = start + x.shape[axis]
        stops.append(start)
    return _chosen(index[place], parts, stops)


concatenate = declare(
    "concatenate",
    infer=_concat_infer,
    evaluate=lambda *xs, axis: np.concatenate(_aligned(xs), axis=axis),
    pullback=_concat_pullback,
    at=_concat_at,
    backward="CatBackward0",
    family="shape",
    example=lambda rng: ((rng.normal(size=(2, 3)), rng.normal(size=(2, 2))), {"axis": -1}),
)

# --- stack along a new axis, counted from the end of the result


def _stack_infer(*xs: Aval, axis: int) -> Aval:
    own = _own(xs)
    first = xs[0].shape[xs[0].ndim - own :]
    for x in xs:
        tail = x.shape[x.ndim - own :]
        if any(a is not b and a != b for a, b in zip(tail, first)):
            shapes = shape_text([tuple(map(known, x.shape)) for x in xs])
            raise OpError(f"stack: shapes {shapes} differ; all parts must have one shape")
    place = own + 1 + axis
    return Aval(_batch(xs) + first[:place] + (len(xs),) + first[place:], _dtype(xs))


def _stack_evaluate(*xs: Any, axis: int) -> Any:
    return np.stack(_aligned(xs), axis=axis)


def _stack_pullback(g: Any, y: Any, *xs: Any, needed: Sequence[bool], axis: int) -> list[Any]:
    rank = len(y.shape)
    tail = tuple(Span(0, n, 1) for n in y.shape[rank + axis + 1 :])
    return [index(g, key=(k, *tail)) if need else None for k, need in enumerate(needed)]


def _stack_at(index: Sequence[Scalar], *xs: Any, axis: int) -> Scalar:
    read, place = _reader(xs), len(index) + axis
    rest = (*index[:place], *index[place + 1 :])
    return _chosen(index[place], [read(x, rest) for x in xs], range(1, len(xs)))


stack = declare(
    "stack",
    infer=_stack_infer,
    evaluate=_stack_evaluate,
    pullback=_stack_pullback,
    at=_stack_at,
    family="shape",
    example=lambda rng: ((rng.normal(size=(2, 3)), rng.normal(size=(2, 3))), {"axis": -2}),
)
