"""Functions of the user's own, applied along axes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from ..handles.operands import operand
from .axes import one_axis, rank_of, shape_of
from .indexing import getitem
from .shaping import expand_dims, moveaxis, reshape, stack


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """func1d of every vector along an axis; what it gives stands in the axis' place."""
    x = operand(arr)
    place = one_axis("apply_along_axis", axis, rank_of(x)) + rank_of(x)
    rows = moveaxis(x, place, -1)
    outer = tuple(map(int, shape_of(rows)[:-1]))
    results = [
        operand(func1d(getitem(rows, index), *args, **kwargs))
        for index in itertools.product(*map(range, outer))
    ]
    y = reshape(stack(results), (*outer, *shape_of(results[0])))
    own = range(len(outer), rank_of(y))
    return moveaxis(y, list(own), [place + k for k in range(len(own))])


def apply_over_axes(func: Callable[..., Any], a: Any, axes: int | Sequence[int]) -> Any:
    """func(x, axis) for one axis after another; an axis that it takes away comes back as 1."""
    x = operand(a)
    for axis in (axes,) if isinstance(axes, int) else axes:
        place = one_axis("apply_over_axes", axis, rank_of(x)) + rank_of(x)
        y = func(x, place)
        x = y if rank_of(y) == rank_of(x) else expand_dims(y, place)
    return x
