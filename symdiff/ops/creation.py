"""Arrays made from nothing but a shape."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from codegen.index import Apply, Const, Scalar

from ..graph.extents import Shape, settled
from ..graph.op import Aval, Op, declare

full = declare(
    "full",
    infer=lambda shape, value, dtype: Aval(tuple(shape), np.dtype(dtype)),
    evaluate=lambda shape, value, dtype: np.full(tuple(map(int, shape)), value, dtype),
    pullback=lambda g, y, needed, shape, value, dtype: (),
    at=lambda index, shape, value, dtype: Const(value, np.dtype(dtype).name),
    family="creation",
    doc="`value` at every index of `shape`.",
)


def full_shape(shape: Shape, value: Any, dtype: Any) -> dict[str, Any]:
    """The params of `full`."""
    return {"shape": tuple(shape), "value": value, "dtype": np.dtype(dtype)}


def _delta_at(index: Sequence[Scalar], shape: Any, dtype: Any) -> Scalar:
    """1 where the first half of the index equals the second."""
    half, name = len(shape), np.dtype(dtype).name
    agree: Scalar | None = None
    for i, j in zip(index[:half], index[half:]):
        agree = Apply("eq", (i, j)) if agree is None else Apply("and", (agree, Apply("eq", (i, j))))
    if agree is None:
        return Const(np.dtype(dtype).type(1).item(), name)
    return agree if name == "bool" else Apply("where", (agree, Const(1, name), Const(0, name)))


def _identity(shape: Shape, dtype: Any) -> np.ndarray:
    sizes = tuple(map(int, shape))
    return np.eye(math.prod(sizes), dtype=dtype).reshape(sizes * 2)


delta = declare(
    "delta",
    infer=lambda shape, dtype: Aval(tuple(shape) * 2, np.dtype(dtype)),
    evaluate=_identity,
    pullback=lambda g, y, needed, shape, dtype: (),
    at=_delta_at,
    family="creation",
    doc="The identity on arrays of `shape`: 1 where both halves of the index agree.",
)


iota = declare(
    "iota",
    infer=lambda length: Aval((settled(length),), np.dtype(np.int64)),
    evaluate=lambda length: np.arange(int(length)),
    at=lambda index, length: index[0],
    family="creation",
    example=lambda rng: ((), {"length": 4}),
    doc="0, 1, 2, ...: `length` of them.",
)


def made_like(like: Any, op: Op, **params: Any) -> Any:
    """An op without arguments: an array, or traced where `like` is."""
    return like._trace(op, (), params) if getattr(like, "is_traced", False) else op(**params)
