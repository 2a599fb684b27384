"""Reading and writing parts of arrays: slices are index arithmetic, index arrays gather and scatter.

A key tells of the last len(key) axes: an int drops its axis, a Span keeps every step-th element.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from codegen.index import Apply, Buffer, Cast, Const, Scalar, Scatter, Select, Var

from ..extents import Dim, Shape, settled
from ..op import Aval, OpError, declare, strong_dtype
from .broadcasting import broadcast, broadcast_index, cast, common_dtype, read_as, shape_text
from .shape import lead, unbroadcast


class Span(NamedTuple):
    """start, start + step, ...: `length` of them."""

    start: Dim
    length: Dim
    step: int


Key = tuple[Dim | Span, ...]


def to_slices(key: Key) -> tuple[Any, ...]:
    return (Ellipsis, *(_to_slice(k) if isinstance(k, Span) else int(k) for k in key))


def _to_slice(span: Span) -> slice:
    start, length, step = int(span.start), int(span.length), span.step
    stop = start + length * step
    return slice(start, None if stop < 0 else stop, step) if length else slice(0, 0, 1)


def key_shape(key: Key) -> Shape:
    return tuple(settled(k.length) for k in key if isinstance(k, Span))


def _index_infer(x: Aval, key: Key) -> Aval:
    return Aval(lead(x.shape, len(key)) + key_shape(key), strong_dtype(x.dtype))


def _index_at(index: Sequence[Scalar], x: Any, key: Key) -> Scalar:
    before = len(x.shape) - len(key)
    rest = iter(index[before:])
    inner = [next(rest) * k.step + k.start if isinstance(k, Span) else _scalar(k) for k in key]
    return x(*index[:before], *inner)


def _scalar(k: Any) -> Scalar:
    return k if isinstance(k, Scalar) else Const(int(k), "int64")


index = declare(
    "index",
    infer=_index_infer,
    evaluate=lambda x, key: np.asarray(x)[to_slices(key)],
    pullback=lambda g, y, x, needed, key: (
        embed(g, key=key, shape=tuple(x.shape[len(x.shape) - len(key) :])),
    ),
    at=_index_at,
    unview=lambda base, new, key: assign(base, new, key=key),
    backward="SliceBackward0",
    family="index",
    example=lambda rng: ((rng.normal(size=(4, 5)),), {"key": (1, Span(3, 2, -2))}),
)

# --- embed: zeros of `shape`, with g at the key; the adjoint of index


def _embed_evaluate(g: Any, key: Key, shape: Shape) -> Any:
    before = np.ndim(g) - len(key_shape(key))
    out = np.zeros(np.shape(g)[:before] + tuple(map(int, shape)), dtype=np.asarray(g).dtype)
    out[to_slices(key)] = g
    return out


def _inside(position: Sequence[Scalar], key: Key) -> tuple[list[Scalar], Scalar | None]:
    """Which element of the part stands at a position of the whole, and whether any does."""
    inner: list[Scalar] = []
    inside: Scalar | None = None
    for p, k in zip(position, key):
        tests = []
        if not isinstance(k, Span):
            tests.append(Apply("eq", (p, _scalar(k))))
        else:
            offset = p - _scalar(k.start)
            j = offset if k.step == 1 else offset // k.step
            inner.append(j)
            if k.step != 1:
                tests.append(Apply("eq", (offset % k.step, Const(0, "int64"))))
            tests.append(Apply("ge", (j, Const(0, "int64"))))
            tests.append(Apply("lt", (j, _scalar(k.length))))
        for test in tests:
            inside = test if inside is None else Apply("and", (inside, test))
    return inner, inside


def _embed_at(index: Sequence[Scalar], g: Any, key: Key, shape: Shape) -> Scalar:
    before = len(index) - len(key)
    inner, inside = _inside(index[before:], key)
    value = g(*index[:before], *inner)
    return value if inside is None else Select(inside, value, Const(0, strong_dtype(g.dtype).name))


def _embed_infer(g: Aval, key: Key, shape: Shape) -> Aval:
    return Aval(lead(g.shape, len(key_shape(key))) + tuple(shape), strong_dtype(g.dtype))


embed = declare(
    "embed",
    infer=_embed_infer,
    evaluate=_embed_evaluate,
    pullback=lambda g, y, x, needed, key, shape: (index(g, key=key),),
    at=_embed_at,
    family="index",
    example=lambda rng: ((rng.normal(size=2),), {"key": (1, Span(3, 2, -2)), "shape": (4, 5)}),
)

# --- assign: x with v written at the key


def _assign_evaluate(x: Any, v: Any, key: Key) -> Any:
    out = np.array(x)
    if out.ndim < np.ndim(v) + len(key) - len(key_shape(key)):  # v is batched, x is not
        before = np.ndim(v) - len(key_shape(key))
        out = np.array(np.broadcast_to(out, np.shape(v)[:before] + out.shape[-len(key) :]))
    out[to_slices(key)] = v
    return out


def _assign_infer(x: Aval, v: Aval, key: Key) -> Aval:
    return Aval(tuple(x.shape), strong_dtype(x.dtype))


def _assign_pullback(g: Any, y: Any, x: Any, v: Any, needed: Sequence[bool], key: Key) -> list[Any]:
    return [
        assign(g, np.zeros((1,) * len(key_shape(key)), strong_dtype(g.dtype)), key=key)
        if needed[0]
        else None,
        _unbroadcast_part(index(g, key=key), v, key) if needed[1] else None,
    ]


def _unbroadcast_part(g: Any, v: Any, key: Key) -> Any:
    part = Aval(key_shape(key), g.dtype)
    return unbroadcast(g, v, part)


def _assign_at(index: Sequence[Scalar], x: Any, v: Any, key: Key) -> Scalar:
    before = len(index) - len(key)
    inner, inside = _inside(index[before:], key)
    value = read_as(x.dtype, v, (*index[:before], *inner))
    return value if inside is None else Select(inside, value, x(*index))


assign = declare(
    "assign",
    infer=_assign_infer,
    evaluate=_assign_evaluate,
    pullback=_assign_pullback,
    at=_assign_at,
    backward="CopySlices",
    family="index",
    example=lambda rng: (
        (rng.normal(size=(4, 5)), rng.normal(size=2)),
        {"key": (1, Span(3, 2, -2))},
    ),
)

# --- gather: index arrays for the last axes; their common shape comes last


def _gather_infer(x: Aval, *where: Aval) -> Aval:
    shape = broadcast("gather", *(w.shape for w in where))
    return Aval(lead(x.shape, len(where)) + shape, strong_dtype(x.dtype))


def _gather_evaluate(x: Any, *where: Any) -> Any:
    return np.asarray(x)[(Ellipsis, *map(np.asarray, where))]


def _gather_pullback(g: Any, y: Any, x: Any, *where: Any, needed: Any) -> list[Any]:
    shape = tuple(x.shape[len(x.shape) - len(where) :])
    return [scatter_add(g, *where, shape=shape), *([None] * len(where))]


def _positions(index: Sequence[Scalar], where: Sequence[Any], shape: Sequence[Any]) -> list[Scalar]:
    """The index arrays read at `index`, negative ones counted from the end."""
    reads = [w(*broadcast_index(index, w.shape)) for w in where]
    casts = [r if strong_dtype(w.dtype).name == "int64" else Cast("int64", r) for r, w in zip(reads, where)]
    return [Apply("wrap_index", (r, _scalar(n))) for r, n in zip(casts, shape)]


def _gather_at(index: Sequence[Scalar], x: Any, *where: Any) -> Scalar:
    before = len(x.shape) - len(where)
    inner = _positions(index[before:], where, x.shape[before:])
    return x(*index[:before], *inner)


gather = declare(
    "gather",
    infer=_gather_infer,
    evaluate=_gather_evaluate,
    pullback=_gather_pullback,
    at=_gather_at,
    backward="IndexBackward0",
    family="index",
    example=lambda rng: ((rng.normal(size=(3, 4)), np.array([1, 3, 1, -1])), {}),
)

# --- scatter_add: the adjoint of gather; equal indices add up


def _scatter_infer(g: Aval, *where: Aval, shape: Shape) -> Aval:
    rank = len(broadcast("scatter_add", *(w.shape for w in where)))
    return Aval(lead(g.shape, rank) + tuple(shape), strong_dtype(g.dtype))


def _scatter_evaluate(g: Any, *where: Any, shape: Shape) -> Any:
    g = np.asarray(g)
    where = np.broadcast_arrays(*map(np.asarray, where))
    before = g.ndim - where[0].ndim
    out = np.zeros(g.shape[:before] + tuple(map(int, shape)), g.dtype)
    np.add.at(out, (Ellipsis, *where), g)
    return out


def _scatter_statement(
    targets: Sequence[Buffer], sources: Sequence[str], xs: Sequence[Any], shape: Shape
) -> Scatter:
    g, *where = xs
    before = len(targets[0].shape) - len(shape)
    names = tuple(f"s{k}" for k in range(len(g.shape)))
    loop = tuple(Var(n) for n in names)
    inner = _positions(loop[before:], where, shape)
    ranges = tuple((n, _scalar(size)) for n, size in zip(names, g.shape))
    return Scatter(targets[0], None, ranges, (*loop[:before], *inner), g(*loop), True)


scatter_add = declare(
    "scatter_add",
    infer=_scatter_infer,
    evaluate=_scatter_evaluate,
    pullback=lambda g, y, x, *where, needed, shape: [gather(g, *where), *([None] * len(where))],
    statement=_scatter_statement,
    backward="ScatterAddBackward0",
    family="index",
    example=lambda rng: ((rng.normal(size=(2, 4)), np.array([1, 3, 1, -1])), {"shape": (5,)}),
)

# --- concatenate along one axis, counted from the end


def _concat_infer(*xs: Aval, axis: int) -> Aval:
    first = xs[0].shape
    total: Dim = 0
    for x in xs:
        total = total + x.shape[axis]
        others = [(a, b) for k, (a, b) in enumerate(zip(x.shape, first)) if k - len(first) != axis]
        if x.ndim != len(first) or any(a is not b and a != b for a, b in others):
            shapes = shape_text([x.shape for x in xs])
            raise OpError(f"concatenate: shapes {shapes} differ beyond axis {axis + len(first)}")
    shape = tuple(total if k - len(first) == axis else n for k, n in enumerate(first))
    return Aval(shape, strong_dtype(common_dtype(tuple(x.dtype for x in xs))))


def _concat_pullback(g: Any, y: Any, *xs: Any, needed: Sequence[bool], axis: int) -> list[Any]:
    parts, start = [], 0
    for x, need in zip(xs, needed):
        length = x.shape[axis]
        tail = tuple(Span(0, n, 1) for n in x.shape[len(x.shape) + axis + 1 :])
        parts.append(index(g, key=(Span(start, length, 1), *tail)) if need else None)
        start = start + length
    return parts


def _concat_at(index: Sequence[Scalar], *xs: Any, axis: int) -> Scalar:
    dtype = common_dtype(tuple(x.dtype for x in xs))
    place = len(index) + axis
    starts: list[Any] = [Const(0, "int64")]
    for x in xs:
        starts.append(starts[-1] + x.shape[axis])
    out: Scalar | None = None
    for x, start, stop in reversed(list(zip(xs, starts, starts[1:]))):
        part = cast(x(*index[:place], index[place] - start, *index[place + 1 :]), x.dtype, dtype)
        out = part if out is None else Select(Apply("lt", (index[place], _scalar(stop))), part, out)
    assert out is not None
    return out


def _concat_evaluate(*xs: Any, axis: int) -> Any:
    rank = max(map(np.ndim, xs))
    if any(np.ndim(x) != rank for x in xs):  # some are batched, some are not
        batch = np.broadcast_shapes(*(np.shape(x)[: np.ndim(x) - min(map(np.ndim, xs))] for x in xs))
        own = min(map(np.ndim, xs))
        xs = tuple(np.broadcast_to(x, batch + np.shape(x)[np.ndim(x) - own :]) for x in xs)
    return np.concatenate(xs, axis=axis)


concatenate = declare(
    "concatenate",
    infer=_concat_infer,
    evaluate=_concat_evaluate,
    pullback=_concat_pullback,
    at=_concat_at,
    backward="CatBackward0",
    family="shape",
    example=lambda rng: ((rng.normal(size=(2, 3)), rng.normal(size=(2, 2))), {"axis": -1}),
)
