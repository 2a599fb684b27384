"""Index arrays: reading and writing elements that stand anywhere.

In `gather(x, *where, after=k)` the index arrays tell of consecutive axes of x, with k axes behind
them; the axes that the arrays have in common stand in the place of those they tell of.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from codegen.index import Apply, Buffer, Cast, Scalar, Scatter, Var

from ..graph.extents import Shape, product
from ..graph.op import Aval, declare, strong_dtype
from .broadcasting import broadcast, broadcast_index, read_as
from .creation import full, iota, made_like
from .elementwise import equal
from .elementwise import where as choose
from .index import as_scalar
from .shape import lead, reshape, tail, unbroadcast


def _rank(where: Sequence[Any]) -> int:
    return max(len(w.shape) for w in where)


def _key(rank: int, where: Sequence[Any], after: int) -> tuple[Any, ...]:
    """What NumPy reads there; without an ellipsis that stands for nothing, which takes its time."""
    key = (*map(np.asarray, where), *[slice(None)] * after)
    return key if len(key) == rank else (Ellipsis, *key)


def _indexed(x: Any, where: Sequence[Any], after: int) -> Shape:
    """The sizes of the axes that the index arrays tell of."""
    last = len(x.shape) - after
    return tuple(x.shape[last - len(where) : last])


def _positions(index: Sequence[Scalar], where: Sequence[Any], shape: Sequence[Any]) -> list[Scalar]:
    """The index arrays read at `index`, negative ones counted from the end."""
    reads = [w(*broadcast_index(index, w.shape)) for w in where]
    casts = [
        r if strong_dtype(w.dtype).name == "int64" else Cast("int64", r)
        for r, w in zip(reads, where)
    ]
    return [Apply("wrap_index", (r, as_scalar(n))) for r, n in zip(casts, shape)]


# --- gather


def _gather_infer(x: Aval, *where: Aval, after: int) -> Aval:
    shape = broadcast("index", *(w.shape for w in where))
    before = lead(x.shape, len(where) + after)
    return Aval(before + shape + tail(x, after), strong_dtype(x.dtype))


def _gathered(x: Any, *where: Any, after: int) -> Any:
    x = np.asarray(x)
    if len(where) == 1 and x.flags.c_contiguous:
        return x.take(where[0], axis=x.ndim - 1 - after)
    return x[_key(x.ndim, where, after)]


def _gather_pullback(
    g: Any, y: Any, x: Any, *where: Any, needed: Sequence[bool], after: int
) -> list[Any]:
    shape = _indexed(x, where, after)
    return [scatter_add(g, *where, shape=shape, after=after), *([None] * len(where))]


def _gather_at(index: Sequence[Scalar], x: Any, *where: Any, after: int) -> Scalar:
    before, last = len(x.shape) - len(where) - after, len(index) - after
    inner = _positions(index[before:last], where, _indexed(x, where, after))
    return x(*index[:before], *inner, *index[last:])


gather = declare(
    "gather",
    infer=_gather_infer,
    evaluate=_gathered,
    pullback=_gather_pullback,
    at=_gather_at,
    backward="IndexBackward0",
    family="index",
    example=lambda rng: ((rng.normal(size=(3, 4, 2)), np.array([1, 3, 1, -1])), {"after": 1}),
    doc="x[..., where, :, :] with as many `:` as `after` says.",
)

# --- scatter_add: the adjoint of gather; what lands on the same place adds up


def _scatter_infer(g: Aval, *where: Aval, shape: Shape, after: int) -> Aval:
    rank = len(broadcast("scatter_add", *(w.shape for w in where)))
    return Aval(lead(g.shape, rank + after) + tuple(shape) + tail(g, after), strong_dtype(g.dtype))


def _scatter_evaluate(g: Any, *where: Any, shape: Shape, after: int) -> Any:
    g = np.asarray(g)
    first, *others = map(np.asarray, where)
    where = (first, *others)
    before = lead(g.shape, _rank(where) + after)
    out = np.zeros(before + tuple(map(int, shape)) + tail(g, after), g.dtype)
    if before or others or first.size == 0 or first.min() < 0:
        place = np.arange(out.size).reshape(out.shape)[_key(out.ndim, where, after)]
    else:
        width = out[0].size
        place = first if width == 1 else first[..., None] * width + np.arange(width)
    np.add.at(out.reshape(-1), place.reshape(-1), g.reshape(-1))
    return out


def _scatter_statement(
    targets: Sequence[Buffer],
    sources: Sequence[str],
    xs: Sequence[Any],
    shape: Shape,
    after: int,
) -> Scatter:
    g, *where = xs
    ranges, loop = _loop(g.shape)
    last = len(loop) - after
    before = last - _rank(where)
    inner = _positions(loop[before:last], where, shape)
    place = (*loop[:before], *inner, *loop[last:])
    return Scatter(targets[0], None, ranges, place, g(*loop), True)


def _loop(shape: Sequence[Any]) -> tuple[tuple[tuple[str, Scalar], ...], tuple[Var, ...]]:
    ranges = tuple((f"s{k}", as_scalar(n)) for k, n in enumerate(shape))
    return ranges, tuple(Var(name) for name, _ in ranges)


scatter_add = declare(
    "scatter_add",
    infer=_scatter_infer,
    evaluate=_scatter_evaluate,
    pullback=lambda g, y, x, *where, needed, shape, after: [
        gather(g, *where, after=after),
        *([None] * len(where)),
    ],
    statement=_scatter_statement,
    backward="ScatterAddBackward0",
    family="index",
    example=lambda rng: (
        (rng.normal(size=(2, 4, 2)), np.array([1, 3, 1, -1])),
        {"shape": (5,), "after": 1},
    ),
    doc="Zeros with g added where the index arrays say.",
)

# --- put: x with v written; where several values land on one place, the last stays


def _put_infer(x: Aval, v: Aval, *where: Aval, after: int) -> Aval:
    before = lead(x.shape, len(where) + after)
    part = len(broadcast("assignment", *(w.shape for w in where))) + after
    batch = lead(v.shape, part) if v.ndim > part else ()
    return Aval(broadcast("assignment", before, batch) + tail(x, len(where) + after),
                strong_dtype(x.dtype))  # fmt: skip


def _put_evaluate(x: Any, v: Any, *where: Any, after: int) -> Any:
    x, v = np.asarray(x), np.asarray(v)
    where = tuple(map(np.asarray, where))
    part, own = _rank(where) + after, len(where) + after
    if v.ndim > part:
        batch = np.broadcast_shapes(lead(x.shape, own), lead(v.shape, part))
        x = np.broadcast_to(x, batch + tail(x, own))
    out = x.copy("K")  # a write leaves the order in memory
    out[_key(out.ndim, where, after)] = v
    return out


def _put_pullback(
    g: Any, y: Any, x: Any, v: Any, *where: Any, needed: Sequence[bool], after: int
) -> list[Any]:
    """Of x stays what was not overwritten; a value counts where it is the last to be written."""
    parts: list[Any] = [None] * len(needed)
    if needed[0]:
        parts[0] = put(g, 0.0, *where, after=after)
    if needed[1]:
        shape = broadcast("assignment", *(w.shape for w in where))
        stays = is_last(*where, shape=_indexed(x, where, after))
        stays = reshape(stays, ndim=len(shape), shape=shape + (1,) * after)
        read = choose(stays, gather(g, *where, after=after), 0.0)
        before = lead(y.shape, len(where) + after)
        parts[1] = unbroadcast(read, v, Aval(before + shape + tail(x, after), None))
    return parts


def _put_statement(
    targets: Sequence[Buffer],
    sources: Sequence[str],
    xs: Sequence[Any],
    after: int,
) -> Scatter:
    x, v, *where = xs
    own, common = len(where) + after, broadcast("assignment", *(w.shape for w in where))
    before = len(x.shape) - own
    ranges, loop = _loop((*x.shape[:before], *common, *tail(x, after)))
    last = len(loop) - after
    inner = _positions(loop[before:last], where, _indexed(x, where, after))
    place = (*loop[:before], *inner, *loop[last:])
    return Scatter(targets[0], sources[0], ranges, place, read_as(x.dtype, v, loop), False)


put = declare(
    "put",
    infer=_put_infer,
    evaluate=_put_evaluate,
    pullback=_put_pullback,
    statement=_put_statement,
    backward="IndexPutBackward0",
    family="index",
    example=lambda rng: (
        (rng.normal(size=(5, 2)), rng.normal(size=(4, 1)), np.array([1, 3, 1, -1])),
        {"after": 1},
    ),
    doc="x with v written where the index arrays say.",
)

# --- is_last: which of several writes to one place is the last


def _is_last_evaluate(*where: Any, shape: Shape) -> Any:
    arrays = np.broadcast_arrays(*map(np.asarray, where))
    order = np.arange(arrays[0].size).reshape(arrays[0].shape)
    written = np.zeros(tuple(map(int, shape)), np.int64)
    written[tuple(arrays)] = order
    return written[tuple(arrays)] == order


def _is_last_compose(*where: Any, shape: Shape) -> Any:
    common = broadcast("assignment", *(w.shape for w in where))
    order = made_like(where[0], iota, length=product(common))
    order = reshape(order, ndim=1, shape=common)
    none = made_like(where[0], full, shape=shape, value=0, dtype=np.dtype(np.int64))
    return equal(gather(put(none, order, *where, after=0), *where, after=0), order)


is_last = declare(
    "is_last",
    infer=lambda *where, shape: Aval(
        broadcast("assignment", *(w.shape for w in where)), np.dtype(np.bool_)
    ),
    evaluate=_is_last_evaluate,
    compose=_is_last_compose,
    batches=False,
    family="index",
    example=lambda rng: ((np.array([1, 3, 1, -1]),), {"shape": (4,)}),
    doc="Whether no later entry of the index arrays names the same place.",
)
