"""Tensors put together and taken apart, by PyTorch's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...functions import indexing, joining
from ...functions import shaping as npshape
from ...functions.axes import one_axis, shape_of
from ...functions.signal import part
from ...graph.op import OpError
from ...handles.handle import Handle
from ..promotion import mixed, promoted
from .table import called, offer

# --- together


@offer("concat", "concatenate", method=False)
def cat(tensors: Sequence[Any], dim: int = 0) -> Any:
    """One after another along an axis; empty vectors do not count."""
    _check_listed("cat", dim)
    rank = max((len(shape_of(x)) for x in tensors), default=0)
    kept = [x for x in tensors if rank == 1 or tuple(shape_of(x)) != (0,)]
    return npshape.concatenate(_alike(kept or tensors), dim)


@offer(method=False)
def stack(tensors: Sequence[Any], dim: int = 0) -> Any:
    """Side by side along a new axis."""
    _check_listed("stack", dim)
    return npshape.stack(_alike(tensors), dim)


def _alike(tensors: Sequence[Any]) -> Sequence[Any]:
    """The tensors in one dtype: a float's beside integers."""
    return promoted(tensors) if mixed(tensors) else tensors


def _check_listed(name: str, dim: Any) -> None:
    """Tensors that are not in a list pass for the axis."""
    if isinstance(dim, (Handle, list, tuple)):
        kind = type(dim).__name__
        raise TypeError(
            f"{name}: the axis is {kind}; tensors stand in a list, as in {name}([a, b])"
        )


@offer(method=False, grad_fn="CatBackward0")
def hstack(tensors: Sequence[Any]) -> Any:
    """Joined side by side: along axis 1, or 0 for vectors."""
    return joining.hstack(_alike(tensors))


@offer("row_stack", method=False, grad_fn="CatBackward0")
def vstack(tensors: Sequence[Any]) -> Any:
    """Joined one below the other; vectors are rows."""
    return joining.vstack(_alike(tensors))


@offer(method=False, grad_fn="CatBackward0")
def dstack(tensors: Sequence[Any]) -> Any:
    """Joined along axis 2."""
    return joining.dstack(_alike(tensors))


@offer(method=False, grad_fn="CatBackward0")
def column_stack(tensors: Sequence[Any]) -> Any:
    """Joined side by side; vectors are columns."""
    return joining.column_stack(_alike(tensors))


# --- taken apart


@offer("unsafe_split", grad_fn="")
def split(input: Any, split_size: Any, dim: int = 0) -> tuple[Any, ...]:
    """Parts of one size (the last may be smaller), or of the sizes given."""
    if isinstance(split_size, (tuple, list)):
        return split_with_sizes(input, split_size, dim)
    n, size = shape_of(input)[dim], int(split_size)
    steps = range(0, n, size) if size else range(1)
    parts = tuple(narrow(input, dim, k, min(size, n - k)) for k in steps or range(1))
    return called(parts, "SplitBackward0")


@offer("unsafe_split_with_sizes", grad_fn="SplitWithSizesBackward0")
def split_with_sizes(input: Any, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """Parts of these sizes."""
    n = shape_of(input)[dim]
    if sum(split_sizes) != n:
        raise OpError(f"split_with_sizes: sizes {list(split_sizes)} do not add up to {n}")
    starts = np.cumsum([0, *split_sizes]).tolist()
    return tuple(narrow(input, dim, k, m) for k, m in zip(starts, split_sizes))


@offer("unsafe_chunk", grad_fn="SplitBackward0")
def chunk(input: Any, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """At most so many parts, of one size but for the last."""
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    n = shape_of(input)[dim]
    return split(input, -(-n // chunks), dim) if n else (input,) * chunks


@offer(grad_fn="")
def tensor_split(input: Any, indices_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """So many parts, of sizes as equal as can be; or parts that end at these places."""
    where = indices_or_sections
    where = where.tolist() if isinstance(where, Handle) else where
    return tuple(joining.array_split(input, where, dim))


@offer(grad_fn="")
def hsplit(input: Any, where: Any) -> tuple[Any, ...]:
    """Parts side by side: along axis 1, or 0 for vectors."""
    return tensor_split(input, where, 0 if len(shape_of(input)) == 1 else 1)


@offer(grad_fn="")
def vsplit(input: Any, where: Any) -> tuple[Any, ...]:
    """Parts one below the other."""
    return tensor_split(input, where, 0)


@offer(grad_fn="")
def dsplit(input: Any, where: Any) -> tuple[Any, ...]:
    """Parts along axis 2."""
    return tensor_split(input, where, 2)


@offer()
def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along an axis, without it."""
    return tuple(select(input, dim, k) for k in range(int(shape_of(input)[dim])))


@offer(grad_fn="SliceBackward0")
def narrow(input: Any, dim: int, start: Any, length: int) -> Any:
    """`length` elements of an axis from `start` on."""
    start, axis = int(start), one_axis("narrow", dim, len(shape_of(input)))
    n = shape_of(input)[axis]
    start = start + n if start < 0 else start
    if start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return part(input, axis, start, start + length)


@offer()
def select(input: Any, dim: int, index: int) -> Any:
    """One slice of an axis, without it."""
    place = one_axis("select", dim, len(shape_of(input))) + len(shape_of(input))
    return indexing.getitem(input, (*[slice(None)] * place, int(index)))
