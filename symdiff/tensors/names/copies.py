"""Views by their places in memory, and functions of views that give copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...functions import indexing
from ...functions import shaping as npshape
from ...functions.axes import shape_of
from ...ops.identity import clone
from . import joining, shaping
from .table import offer


def _places(input: Any, size: Sequence[int], stride: Sequence[int], offset: int) -> np.ndarray:
    """The flat place of each element that sizes and strides name."""
    if not input.is_contiguous():
        raise RuntimeError("as_strided: elements that do not stand in order; call .contiguous()")
    steps = (np.arange(n) * s for n, s in zip(size, stride))
    places = np.full((1,) * len(size), offset)
    for axis, step in enumerate(steps):
        places = places + step.reshape([-1 if k == axis else 1 for k in range(len(size))])
    if places.size and places.max() >= input.numel():
        raise RuntimeError(f"as_strided: size {list(size)} and strides {list(stride)} reach place "
                           f"{places.max()} of {input.numel()} elements")  # fmt: skip
    return places


@offer("as_strided_copy")
def as_strided(input: Any, size: Any, stride: Any, storage_offset: int | None = None) -> Any:
    """The elements at so many places, so far apart, along each axis; a copy, not a view."""
    places = _places(input, tuple(size), tuple(stride), storage_offset or 0)
    return indexing.getitem(npshape.reshape(input, (-1,)), places)


@offer()
def as_strided_scatter(
    input: Any, src: Any, size: Any, stride: Any, storage_offset: int | None = None
) -> Any:
    """input with what as_strided would read replaced."""
    places = _places(input, tuple(size), tuple(stride), storage_offset or 0)
    flat = indexing.setitem(npshape.reshape(input, (-1,)), places, src)
    return npshape.reshape(flat, shape_of(input))


# --- functions of views as copies, by the names that tell it


def _copying(name: str, view: Callable[..., Any]) -> None:
    def copied(input: Any, *args: Any, **options: Any) -> Any:
        y = view(input, *args, **options)
        return tuple(map(clone, y)) if isinstance(y, tuple) else clone(y)

    copied.__name__ = copied.__qualname__ = f"{name}_copy"
    copied.__doc__ = f"`{name}`, with storage of its own."
    offer(method=name == "narrow")(copied)


for _name, _view in {
    "alias": lambda input: input, "detach": lambda input: input.detach(),
    "diagonal": lambda input, *args, **options: input.diagonal(*args, **options),
    "expand": shaping.expand, "narrow": joining.narrow, "permute": shaping.permute,
    "select": joining.select, "split": joining.split,
    "split_with_sizes": joining.split_with_sizes, "squeeze": shaping.squeeze, "t": shaping.t,
    "transpose": shaping.transpose, "unbind": joining.unbind, "unfold": joining.unfold,
    "unsqueeze": shaping.unsqueeze, "view": shaping.view,
}.items():  # fmt: skip
    _copying(_name, _view)
