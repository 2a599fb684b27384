"""Views by their places in memory, windows, and functions of views that give copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.lib import stride_tricks as windows

from ...functions import indexing
from ...functions import shaping as npshape
from ...functions.axes import one_axis, shape_of
from ...graph.naming import named
from ...handles.views import Reader
from ...ops.identity import clone
from ...ops.shape import overlapping
from . import conversion, joining, shaping
from .table import offer


def _places(input: Any, size: Sequence[int], stride: Sequence[int], offset: int) -> np.ndarray:
    """The flat place of each element that sizes and strides name."""
    if not input.is_contiguous():
        raise RuntimeError("as_strided: elements that do not stand in order; call .contiguous()")
    if offset < 0:
        raise RuntimeError(f"as_strided: the storage's element {-offset} places before the first "
                           "of this view; read it from the tensor that this is a view of")  # fmt: skip
    steps = (np.arange(n) * s for n, s in zip(size, stride))
    places = np.full((1,) * len(size), offset)
    for axis, step in enumerate(steps):
        places = places + step.reshape([-1 if k == axis else 1 for k in range(len(size))])
    if places.size and places.max() >= input.numel():
        raise RuntimeError(f"as_strided: size {list(size)} and strides {list(stride)} reach place "
                           f"{places.max()} of {input.numel()} elements")  # fmt: skip
    return places


def _strided(input: Any, size: Any, stride: Any, offset: int) -> Any:
    places = _places(input, size, stride, offset)
    return indexing.getitem(npshape.reshape(input, (-1,)), places)


def _with_strided(input: Any, src: Any, size: Any, stride: Any, offset: int) -> Any:
    places = _places(input, size, stride, offset)
    flat = indexing.setitem(npshape.reshape(input, (-1,)), places, src)
    return npshape.reshape(flat, shape_of(input))


def _unstrided(base: Any, new: Any, size: Any, stride: Any, offset: int) -> Any:
    places = _places(base, size, stride, offset)
    if np.unique(places).size < places.size:
        raise overlapping("as_strided")
    return _with_strided(base, new, size, stride, offset)


def _strided_layout(x: np.ndarray, size: Any, stride: Any, offset: int) -> np.ndarray:
    return windows.as_strided(x.ravel()[offset:], size, [s * x.itemsize for s in stride])


_as_strided = Reader(_strided, _unstrided, _strided_layout)


@offer()
def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """The elements at so many places, so far apart, along each axis.

    The offset counts from the first element of what this is a view of; if it is not told, from the
    first of this one.
    """
    offset = _from_first(input, storage_offset)
    return _as_strided(input, size=tuple(size), stride=tuple(stride), offset=offset)


def _from_first(input: Any, storage_offset: int | None) -> int:
    return 0 if storage_offset is None else storage_offset - conversion.storage_offset(input)


@offer()
def as_strided_scatter(
    input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None
) -> Any:
    """input with what as_strided would read replaced."""
    offset = _from_first(input, storage_offset)
    return _with_strided(input, src, tuple(size), tuple(stride), offset)


# --- windows


def _where(input: Any, axis: int, size: int, step: int) -> tuple[Any, ...]:
    """The key that reads the windows of an axis: which, and what stands in them."""
    count = (shape_of(input)[axis] - size) // step + 1
    return (*[slice(None)] * axis, np.arange(count)[:, None] * step + np.arange(size))


def _windows(input: Any, axis: int, size: int, step: int) -> Any:
    found = indexing.getitem(input, _where(input, axis, size, step))
    return npshape.moveaxis(found, axis + 1, -1)


def _unwindowed(base: Any, new: Any, axis: int, size: int, step: int) -> Any:
    if step < size:
        raise overlapping("unfold")
    key = _where(base, axis, size, step)
    return indexing.setitem(base, key, npshape.moveaxis(new, -1, axis + 1))


def _window_layout(x: np.ndarray, axis: int, size: int, step: int) -> np.ndarray:
    found = windows.sliding_window_view(x, size, axis)
    return found[(*[slice(None)] * axis, slice(None, None, step))]


_unfold = Reader(_windows, _unwindowed, _window_layout)


@offer(function=False)
def unfold(self: Any, dimension: int, size: int, step: int) -> Any:
    """Windows of an axis, `step` apart; what stands in each is a new last axis."""
    if not shape_of(self):
        return npshape.reshape(self, (1,))
    axis = one_axis("unfold", dimension, len(shape_of(self))) + len(shape_of(self))
    return _unfold(self, axis=axis, size=size, step=step)


# --- functions of views as copies, by the names that tell it


def _copying(name: str, view: Callable[..., Any]) -> None:
    def copied(input: Any, *args: Any, **options: Any) -> Any:
        y = view(input, *args, **options)
        return tuple(map(clone, y)) if isinstance(y, tuple) else clone(y)

    offer(method=name == "narrow")(
        named(copied, f"{name}_copy", f"`{name}`, with storage of its own.")
    )


for _name, _view in {
    "alias": lambda input: input, "detach": lambda input: input.detach(),
    "diagonal": lambda input, *args, **options: input.diagonal(*args, **options),
    "expand": shaping.expand, "narrow": joining.narrow, "permute": shaping.permute,
    "select": joining.select, "split": joining.split,
    "split_with_sizes": joining.split_with_sizes, "squeeze": shaping.squeeze, "t": shaping.t,
    "transpose": shaping.transpose, "unbind": joining.unbind, "unfold": unfold, "as_strided": as_strided,
    "unsqueeze": shaping.unsqueeze, "view": shaping.view,
}.items():  # fmt: skip
    _copying(_name, _view)
