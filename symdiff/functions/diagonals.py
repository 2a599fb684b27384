"""Matrices by their diagonals and triangles."""

from __future__ import annotations

import builtins
from typing import Any

from ..graph.op import OpError
from ..ops import diagonals as diagonal_ops
from ..ops import gathering
from ..ops.creation import iota, made_like
from .arranging import resize
from .axes import rank_of, shape_of
from .shaping import broadcast_to, diagonal, ravel


def diag(v: Any, k: int = 0) -> Any:
    """A matrix with v on its k-th diagonal; of a matrix, that diagonal."""
    rank = rank_of(v)
    if rank == 2:
        return diagonal(v, k)
    if rank != 1:
        raise OpError(f"diag: Input must be 1- or 2-d, not of shape {shape_of(v)}")
    n = shape_of(v)[0] + builtins.abs(k)
    return diagonal_ops.diag_embed(v, offset=int(k), shape=(n, n))


def diagflat(v: Any, k: int = 0) -> Any:
    """A matrix with all elements of v on its k-th diagonal."""
    return diag(ravel(v), k)


def tril(m: Any, k: int = 0) -> Any:
    """The lower triangle of the last two axes, zeros above the k-th diagonal."""
    return diagonal_ops.tril(_square(m), k=int(k))


def triu(m: Any, k: int = 0) -> Any:
    """The upper triangle of the last two axes, zeros below the k-th diagonal."""
    return diagonal_ops.triu(_square(m), k=int(k))


def _square(m: Any) -> Any:
    """A vector counts as rows that are all alike, as in NumPy."""
    shape = shape_of(m)
    if not shape:
        raise OpError("tril, triu: a scalar has no triangle; two axes are needed")
    return broadcast_to(m, shape * 2) if len(shape) == 1 else m


def with_diagonal(a: Any, val: Any, wrap: bool = False) -> Any:
    """What a is once its main diagonal holds val, again and again; of all axes, if more than two."""
    shape = shape_of(a)
    if len(shape) < 2:
        raise OpError("fill_diagonal: array must be at least 2-d")
    if wrap or (len(shape) > 2 and any(n != shape[0] for n in shape)):
        raise OpError("fill_diagonal: wrap=True is not supported, and all axes must be equal")
    length = min(shape) if len(shape) == 2 else shape[0]
    if rank_of(val) and shape_of(val) != (length,):
        val = resize(val, length)
    k = made_like(a, iota, length=length)
    return gathering.put(a, val, *[k] * len(shape), after=0)
