"""Reading and writing parts of arrays by slices: these are index arithmetic.

A key tells of the last len(key) axes: an int drops its axis, a Span keeps every step-th element.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from codegen.index import Apply, Const, Scalar, Select

from ..graph.extents import Dim, Shape, settled
from ..graph.op import Aval, declare, strong_dtype
from .broadcasting import broadcast, read_as, zero
from .shape import lead, unbroadcast


class Span(NamedTuple):
    """start, start + step, ...: `length` of them."""

    start: Dim
    length: Dim
    step: int


Key = tuple[Dim | Span, ...]


def to_slices(key: Key) -> tuple[Any, ...]:
    return (Ellipsis, *[_to_slice(k) if isinstance(k, Span) else int(k) for k in key])


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
    inner = [next(rest) * k.step + k.start if isinstance(k, Span) else as_scalar(k) for k in key]
    return x(*index[:before], *inner)


def as_scalar(k: Any) -> Scalar:
    return k if isinstance(k, Scalar) else Const(int(k), "int64")


def _backward_name(args: Sequence[Any], params: dict[str, Any]) -> str:
    """PyTorch's name for the last step of reading at a key."""
    key = params["key"]
    sizes = args[0].shape[len(args[0].shape) - len(key) :]
    steps = [k for k, n in zip(key, sizes) if not isinstance(k, Span) or k.length != n]
    return "SelectBackward0" if steps and not isinstance(steps[-1], Span) else "SliceBackward0"


index = declare(
    "index",
    infer=_index_infer,
    evaluate=lambda x, key: np.asarray(x)[to_slices(key)],
    pullback=lambda g, y, x, needed, key: (
        embed(g, key=key, shape=tuple(x.shape[len(x.shape) - len(key) :])),
    ),
    at=_index_at,
    unview=lambda base, new, key: assign(base, new, key=key),
    backward=_backward_name,
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
            tests.append(Apply("eq", (p, as_scalar(k))))
        else:
            offset = p - as_scalar(k.start)
            j = offset if k.step == 1 else offset // k.step
            inner.append(j)
            if k.step != 1:
                tests.append(Apply("eq", (offset % k.step, Const(0, "int64"))))
            tests.append(Apply("ge", (j, Const(0, "int64"))))
            tests.append(Apply("lt", (j, as_scalar(k.length))))
        for test in tests:
            inside = test if inside is None else Apply("and", (inside, test))
    return inner, inside


def _embed_at(index: Sequence[Scalar], g: Any, key: Key, shape: Shape) -> Scalar:
    before = len(index) - len(key)
    inner, inside = _inside(index[before:], key)
    value = g(*index[:before], *inner)
    return value if inside is None else Select(inside, value, zero(g.dtype))


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
    x = np.asarray(x)
    part, own = len(key_shape(key)), len(key)
    if np.ndim(v) > part:
        batch = np.broadcast_shapes(lead(x.shape, own), lead(np.shape(v), part))
        x = np.broadcast_to(x, batch + x.shape[x.ndim - own :])
    out = x.copy("K")  # a write leaves the order in memory
    out[to_slices(key)] = v
    return out


def _assign_infer(x: Aval, v: Aval, key: Key) -> Aval:
    part, own = len(key_shape(key)), len(key)
    batch = lead(v.shape, part) if v.ndim > part else ()
    before = broadcast("assignment", lead(x.shape, own), batch)
    return Aval(before + tuple(x.shape[x.ndim - own :]), strong_dtype(x.dtype))


def _assign_pullback(g: Any, y: Any, x: Any, v: Any, needed: Sequence[bool], key: Key) -> list[Any]:
    part = Aval(lead(y.shape, len(key)) + key_shape(key), None)
    return [
        assign(g, 0.0, key=key) if needed[0] else None,
        unbroadcast(index(g, key=key), v, part) if needed[1] else None,
    ]


def _assign_at(index: Sequence[Scalar], x: Any, v: Any, key: Key) -> Scalar:
    before = len(index) - len(key)
    inner, inside = _inside(index[before:], key)
    value = read_as(x.dtype, v, (*index[:before], *inner))
    return value if inside is None else Select(inside, value, read_as(x.dtype, x, index))


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
