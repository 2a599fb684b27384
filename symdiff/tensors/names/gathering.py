"""Reading and writing by index, by PyTorch's names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...functions import indexing
from ...functions import shaping as npshape
from ...functions.axes import one_axis, shape_of
from ...functions.creation import full_like
from ...functions.taking import take as np_take
from ...functions.taking import take_along_axis
from ...handles.handle import Handle
from ...ops import elementwise as ew
from .conversion import cast
from .creation import finished, sizes
from .table import by_kind, called, offer


def _places(input: Any, dim: int, index: Any) -> tuple[Any, ...]:
    """A key that reads, for each element of `index`, what it names on the axis at its own place."""
    sizes = shape_of(index)
    grids = np.ogrid[tuple(slice(int(n)) for n in sizes)]
    axis = one_axis("gather", dim, len(sizes)) + len(sizes)
    if len(sizes) != len(shape_of(input)):
        raise RuntimeError("Index tensor must have the same number of dimensions as input tensor")
    _check_bounds(index, shape_of(input)[axis], dim)
    return tuple(index if k == axis else grid for k, grid in enumerate(grids))


def _check_bounds(index: Any, n: Any, dim: int) -> None:
    value = index.value if isinstance(index, Handle) else index
    if value is not None and value.size and (value.max() >= n or value.min() < 0):
        worst = value.max() if value.max() >= n else value.min()
        raise RuntimeError(f"index {worst} is out of bounds for dimension {dim} with size {n}")


def _row(x: Any) -> Any:
    """A number without axes as a row of one."""
    return x if shape_of(x) else npshape.reshape(x, (1,))


@offer()
def gather(input: Any, dim: int, index: Any, *, sparse_grad: bool = False) -> Any:
    """The elements that `index` names along an axis, at its own places on the others."""
    if shape_of(index) == (0,) or 0 in shape_of(index):
        return cast(full_like(input, 0, shape=shape_of(index)), input.dtype) + 0 * input.sum()
    y = indexing.getitem(_row(input), _places(_row(input), dim, _row(index)))
    return y if shape_of(index) else npshape.reshape(y, ())


@offer(inplace=True, grad_fn="")
def scatter(input: Any, dim: int, index: Any, src: Any = None, *, value: Any = None,
            reduce: str | None = None) -> Any:  # fmt: skip
    """input with `src` (or a number) written where `gather` would read."""
    src = value if src is None else src
    key = _places(_row(input), dim, _row(index))
    source = _source(src, index)
    if reduce is None:
        y = indexing.setitem(_row(input), key, source)
    elif reduce == "add":
        y = indexing.with_added(_row(input), key, source)
    else:
        factors = indexing.setitem(full_like(_row(input), 1), key, source)
        y = ew.mul(_row(input), factors)
    y = npshape.reshape(y, shape_of(input))
    return called(y, "ScatterBackward0" if isinstance(src, Handle) else "ScatterBackward1")


def _source(src: Any, index: Any) -> Any:
    """The part of the source that is written: of the index's shape."""
    if not isinstance(src, Handle):
        return src
    if not shape_of(src):
        return _row(src)
    return indexing.getitem(src, tuple(slice(0, int(n)) for n in shape_of(_row(index))))


@offer(inplace=True)
def scatter_add(input: Any, dim: int, index: Any, src: Any) -> Any:
    """input with `src` added where `gather` would read; equal places add up."""
    key = _places(_row(input), dim, _row(index))
    y = indexing.with_added(_row(input), key, _source(src, index))
    return npshape.reshape(y, shape_of(input))


# --- whole slices


def _along(input: Any, dim: int, index: Any) -> tuple[Any, ...]:
    axis = one_axis("index", dim, len(shape_of(input))) + len(shape_of(input))
    return (*[slice(None)] * axis, index)


@offer()
def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices of an axis at these places."""
    y = indexing.getitem(_row(input), _along(_row(input), dim, _row(index)))
    return y if shape_of(input) else npshape.reshape(y, ())


@offer(inplace=True)
def index_add(input: Any, dim: int, index: Any, source: Any, *, alpha: Any = 1) -> Any:
    """input with alpha*source added to its slices at these places."""
    key = _along(_row(input), dim, index)
    y = indexing.with_added(_row(input), key, ew.mul(_row(source), alpha))
    return npshape.reshape(y, shape_of(input))


@offer(inplace=True)
def index_copy(input: Any, dim: int, index: Any, source: Any) -> Any:
    """input with its slices at these places replaced by those of the source."""
    y = indexing.setitem(_row(input), _along(_row(input), dim, index), _row(source))
    return npshape.reshape(y, shape_of(input))


@offer(inplace=True, grad_fn="")
def index_fill(input: Any, dim: int, index: Any, value: Any) -> Any:
    """input with its slices at these places filled with a value."""
    y = indexing.setitem(_row(input), _along(_row(input), dim, index), value)
    return called(npshape.reshape(y, shape_of(input)), by_kind("IndexFill", value))


@offer(inplace=True)
def index_put(input: Any, indices: Sequence[Any], values: Any, accumulate: bool = False) -> Any:
    """input with `values` written (or added) at `input[indices]`."""
    write = indexing.with_added if accumulate else indexing.setitem
    return write(input, tuple(indices), values)


@offer(inplace=True)
def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Any:
    """input with the source's elements written at these places of the flattened tensor."""
    write = indexing.with_added if accumulate else indexing.setitem
    flat = write(npshape.reshape(input, (-1,)), index, npshape.reshape(source, shape_of(index)))
    return npshape.reshape(flat, shape_of(input))


@offer()
def take(input: Any, index: Any) -> Any:
    """The elements at these places of the flattened tensor."""
    return np_take(npshape.reshape(input, (-1,)), index)


@offer(grad_fn="GatherBackward0")
def take_along_dim(input: Any, indices: Any, dim: int | None = None) -> Any:
    """Along an axis the elements at places of their own for every other index."""
    if dim is None:
        return take_along_axis(npshape.reshape(input, (-1,)), npshape.reshape(indices, (-1,)), 0)
    return take_along_axis(input, indices, dim)


# --- masks


@offer()
def masked_select(input: Any, mask: Any) -> Any:
    """The elements where the mask holds, in a row."""
    x, mask = npshape.broadcast_arrays(input, mask)
    return npshape.reshape(indexing.getitem(_row(x), _row(mask)), (-1,))


@offer(inplace=True)
def masked_scatter(input: Any, mask: Any, source: Any) -> Any:
    """input with the source's elements, in order, where the mask holds."""
    x, mask = npshape.broadcast_arrays(input, mask)
    chosen = mask.detach().known_value("masked_scatter()")
    flat = npshape.reshape(source, (-1,))
    y = indexing.setitem(_row(x), _row(mask), indexing.getitem(flat, slice(0, int(chosen.sum()))))
    return npshape.reshape(y, shape_of(x))


@offer(grad_fn="")
def nonzero(input: Any, *, as_tuple: bool = False) -> Any:
    """The places of the elements that are not zero, one a row; or an index tensor for each axis."""
    places = np.nonzero(np.atleast_1d(input.detach().known_value("nonzero()")))
    if as_tuple:
        return tuple(map(finished, places))
    return finished(np.stack(places, axis=1)[:, : len(shape_of(input))])


@offer(grad_fn="")
def argwhere(input: Any) -> Any:
    """The index of each element that is not 0, one a row."""
    return nonzero(input)


@offer(method=False, grad_fn="")
def unravel_index(indices: Any, shape: Any) -> Any:
    """The places of the elements that stand at `indices` in a row, an index tensor for each axis."""
    places = indices.detach().known_value("unravel_index()")
    return tuple(finished(np.asarray(k)) for k in np.unravel_index(places, sizes((shape,))))


# --- parts replaced


@offer()
def select_scatter(input: Any, src: Any, dim: int, index: int) -> Any:
    """input with one slice of an axis replaced."""
    return indexing.setitem(input, _along(input, dim, int(index)), src)


@offer()
def slice_scatter(
    input: Any, src: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1
) -> Any:
    """input with a range of an axis replaced."""
    return indexing.setitem(input, _along(input, dim, slice(start, end, step)), src)


@offer()
def diagonal_scatter(input: Any, src: Any, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """input with a diagonal of two axes replaced."""
    y = npshape.moveaxis(input, (dim1, dim2), (-2, -1))
    n = int(shape_of(src)[-1])
    rows, columns = np.arange(n) + max(-offset, 0), np.arange(n) + max(offset, 0)
    y = indexing.setitem(y, (Ellipsis, rows, columns), src)
    return npshape.moveaxis(y, (-2, -1), (dim1, dim2))
