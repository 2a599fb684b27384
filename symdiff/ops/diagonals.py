"""Diagonals and triangles of matrices, which stand in the last two axes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from codegen.index import Apply, Scalar, Select

from ..graph.extents import Dim, Shape, settled
from ..graph.op import Aval, Op, declare, strong_dtype
from .broadcasting import zero
from .creation import iota, made_like
from .gathering import put
from .shape import lead


def _start(offset: int) -> tuple[int, int]:
    """Row and column where a diagonal begins; above the main one for a positive offset."""
    return max(-offset, 0), max(offset, 0)


def _length(shape: Shape, offset: int) -> Dim:
    row, column = _start(offset)
    rows, columns = shape[-2] - row, shape[-1] - column
    shorter = rows if rows < columns else columns
    return settled(shorter) if shorter > 0 else 0


def _matrix(x: Any) -> Shape:
    return tuple(x.shape[len(x.shape) - 2 :])


# --- diagonal and its adjoint, which builds a matrix around one


def _diagonal_at(index: Sequence[Scalar], x: Any, offset: int) -> Scalar:
    row, column = _start(offset)
    return x(*index[:-1], index[-1] + row, index[-1] + column)


diagonal = declare(
    "diagonal",
    infer=lambda x, offset: Aval(
        (*lead(x.shape, 2), _length(x.shape, offset)), strong_dtype(x.dtype)
    ),
    evaluate=lambda x, offset: np.diagonal(x, offset, -2, -1),
    pullback=lambda g, y, x, needed, offset: (diag_embed(g, offset=offset, shape=_matrix(x)),),
    at=_diagonal_at,
    unview=lambda base, new, offset: _with_diagonal(base, new, offset),
    family="shape",
    example=lambda rng: ((rng.normal(size=(2, 3, 4)),), {"offset": 1}),
    doc="x[..., k, k + offset] for every k.",
)


def _embed_evaluate(v: Any, offset: int, shape: Shape) -> np.ndarray:
    v = np.asarray(v)
    out = np.zeros(v.shape[:-1] + tuple(map(int, shape)), v.dtype)
    row, column = _start(offset)
    k = np.arange(v.shape[-1])
    out[..., k + row, k + column] = v
    return out


def _embed_at(index: Sequence[Scalar], v: Any, offset: int, shape: Shape) -> Scalar:
    *before, i, j = index
    row, _ = _start(offset)
    on = Apply("eq", (i + offset, j))
    return Select(on, v(*before, i - row), zero(v.dtype))


diag_embed = declare(
    "diag_embed",
    infer=lambda v, offset, shape: Aval(lead(v.shape, 1) + tuple(shape), strong_dtype(v.dtype)),
    evaluate=_embed_evaluate,
    pullback=lambda g, y, v, needed, offset, shape: (diagonal(g, offset=offset),),
    at=_embed_at,
    family="shape",
    example=lambda rng: ((rng.normal(size=(2, 3)),), {"offset": -1, "shape": (5, 3)}),
    doc="Zeros of `shape` with v on a diagonal.",
)


def _with_diagonal(base: Any, new: Any, offset: int) -> Any:
    row, column = _start(offset)
    k = made_like(new, iota, length=new.shape[-1])
    return put(base, new, k + row, k + column, after=0)


# --- triangles


def _triangle(name: str, numpy: Any, outside: str) -> Op:
    """The elements on one side of the k-th diagonal, and 0 on the other."""

    def at(index: Sequence[Scalar], x: Any, k: int) -> Scalar:
        i, j = index[-2:]
        return Select(Apply(outside, (j, i + k)), zero(x.dtype), x(*index))

    op = declare(
        name,
        infer=lambda x, k: Aval(tuple(x.shape), strong_dtype(x.dtype)),
        evaluate=lambda x, k: numpy(x, k),
        pullback=lambda g, y, x, needed, k: (op(g, k=k),),
        at=at,
        masking=True,
        family="shape",
        example=lambda rng: ((rng.normal(size=(2, 3, 4)),), {"k": 1}),
    )
    return op


tril = _triangle("tril", np.tril, "gt")
triu = _triangle("triu", np.triu, "lt")
