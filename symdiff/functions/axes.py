"""Axes and sizes as users give them, made plain for the ops."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph.extents import Extent, Shape, known, product, same
from ..graph.op import OpError

Axis = int | Sequence[int] | None


def shape_of(x: Any) -> Shape:
    """The sizes of its axes, of a number none."""
    value = getattr(x, "_value", None)  # of a handle, whose face dresses its shape
    if type(value) is np.ndarray:
        return value.shape
    shape = getattr(x, "shape", None)
    return np.shape(x) if shape is None else tuple(shape)


def rank_of(x: Any) -> int:
    return len(shape_of(x))


def trailing(name: str, axis: Axis, rank: int) -> tuple[int, ...]:
    """The axes counted from the end, sorted; None means all."""
    if axis is None:
        return tuple(range(-rank, 0))
    return tuple(sorted(axes_in_order(name, axis, rank)))


def axes_in_order(name: str, axis: int | Sequence[int], rank: int) -> tuple[int, ...]:
    """The axes counted from the end, as the user has them in order."""
    axes = axis if isinstance(axis, (tuple, list)) else (axis,)
    out = tuple(one_axis(name, a, rank) for a in axes)
    if len(set(out)) != len(out):
        raise OpError(f"{name}: an axis stands twice in {axis}")
    return out


def one_axis(name: str, axis: Any, rank: int) -> int:
    """One axis, counted from the end."""
    axis = operator.index(axis)
    if not -rank <= axis < rank:
        raise np.exceptions.AxisError(axis, rank, name)
    return axis - rank if axis >= 0 else axis


def dims(shape: Any) -> Shape:
    """A size or several, as plain numbers and extents."""
    if isinstance(shape, Extent) or not isinstance(shape, (tuple, list, np.ndarray)):
        shape = (shape,)
    return tuple(n if isinstance(n, Extent) else operator.index(n) for n in shape)


def sized(old: Shape, shape: Any) -> Shape:
    """`shape` with its -1 worked out from how many elements `old` has."""
    wanted = dims(shape)
    unknown = [k for k, n in enumerate(wanted) if isinstance(n, int) and n < 0]
    if not unknown:
        return wanted
    if len(unknown) > 1 or wanted[unknown[0]] != -1:
        raise OpError(f"reshape: only one size of {wanted} can be -1, and no other negative")
    total = product(old)
    rest = product(n for k, n in enumerate(wanted) if k != unknown[0])
    if known(rest) == 0 or known(total) % known(rest):
        raise OpError(f"reshape: cannot reshape array of size {known(total)} into shape {wanted}")
    missing = total if same(rest, 1) else total // rest
    return tuple(missing if k == unknown[0] else n for k, n in enumerate(wanted))
