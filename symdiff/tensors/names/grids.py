"""Diagonals, triangles, blocks and grids, by PyTorch's names."""

from __future__ import annotations

from itertools import combinations as pairs_of
from itertools import product
from typing import Any

import numpy as np

from ...functions import creation, diagonals, indexing, padding
from ...functions import shaping as npshape
from ...functions.axes import one_axis, shape_of
from ...ops import diagonals as diagonal_ops
from ...ops.identity import clone
from .shaping import listed
from .table import called, offer


@offer()
def diagonal(input: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """The elements on a diagonal of two axes, along a new last axis."""
    for dim in (dim1, dim2):
        one_axis("diagonal", dim, max(len(shape_of(input)), 1))
    return npshape.diagonal(input, offset, dim1, dim2)


@offer(grad_fn="")
def diag(input: Any, diagonal: int = 0) -> Any:
    """A matrix with the vector on its diagonal; of a matrix, a copy of its diagonal."""
    y = diagonals.diag(input, diagonal)
    return called(clone(y), "DiagonalBackward0_copy") if len(shape_of(input)) == 2 else y


@offer(grad_fn="")
def diagflat(input: Any, offset: int = 0) -> Any:
    """A matrix with all elements of input on a diagonal."""
    return diagonals.diagflat(input, offset)


@offer()
def diag_embed(input: Any, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last axis as a diagonal of two new ones."""
    size = shape_of(input)[-1] + abs(offset)
    y = diagonal_ops.diag_embed(input, offset=int(offset), shape=(size, size))
    return npshape.moveaxis(y, (-2, -1), (dim1, dim2))


@offer(inplace=True)
def tril(input: Any, diagonal: int = 0) -> Any:
    """Zeros above a diagonal."""
    return diagonals.tril(input, diagonal)


@offer(inplace=True)
def triu(input: Any, diagonal: int = 0) -> Any:
    """Zeros below a diagonal."""
    return diagonals.triu(input, diagonal)


@offer(inplace=True, function=False, grad_fn="")
def fill_diagonal(self: Any, fill_value: Any, wrap: bool = False) -> Any:
    """The tensor with one number on its diagonal; `wrap` begins anew below the square."""
    return diagonals.with_diagonal(self, fill_value, wrap)


# --- grids


@offer(method=False, grad_fn="")
def block_diag(*tensors: Any) -> Any:
    """A matrix with these on its diagonal."""
    blocks = npshape.atleast_2d(*tensors)
    blocks = blocks if isinstance(blocks, (tuple, list)) else [blocks]
    widths = [shape_of(b)[1] for b in blocks]
    rows = [
        padding.pad(b, ((0, 0), (sum(widths[:k]), sum(widths[k + 1 :]))))
        for k, b in enumerate(blocks)
    ]
    return npshape.concatenate(rows, 0)


@offer(method=False, grad_fn="ExpandBackward0")
def meshgrid(*tensors: Any, indexing: str | None = None) -> tuple[Any, ...]:
    """For each vector a tensor over the grid of all of them."""
    rows = [npshape.reshape(x, (-1,)) for x in listed(tensors)]
    return tuple(creation.meshgrid(*rows, indexing=indexing or "ij", copy=False))


@offer(method=False, grad_fn="")
def cartesian_prod(*tensors: Any) -> Any:
    """All combinations of one element of each, one a row."""
    if len(tensors) == 1:
        return tensors[0]
    return npshape.stack([npshape.reshape(g, (-1,)) for g in meshgrid(*tensors)], 1)


@offer(grad_fn="")
def combinations(input: Any, r: int = 2, with_replacement: bool = False) -> Any:
    """All sets of r elements, one a row."""
    places = range(int(shape_of(input)[0]))
    chosen = (
        [c for c in product(places, repeat=r) if list(c) == sorted(c)]
        if with_replacement
        else list(pairs_of(places, r))
    )
    return indexing.getitem(input, np.array(chosen, dtype=np.int64).reshape(-1, r))


@offer(grad_fn="")
def atleast_1d(*tensors: Any) -> Any:
    """With one axis at least."""
    return npshape.atleast_1d(*listed(tensors))


@offer(grad_fn="")
def atleast_2d(*tensors: Any) -> Any:
    """With two axes at least: a vector is a row."""
    return npshape.atleast_2d(*listed(tensors))


@offer(grad_fn="")
def atleast_3d(*tensors: Any) -> Any:
    """With three axes at least."""
    return npshape.atleast_3d(*listed(tensors))
