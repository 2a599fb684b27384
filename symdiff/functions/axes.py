"""Axes and sizes as users give them, made plain for the ops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..extents import Dim, Extent, Shape, known, product, same
from ..op import OpError

Axis = int | Sequence[int] | None


def shape_of(x: Any) -> Shape:
    return tuple(x.shape) if hasattr(x, "shape") else np.shape(x)


def trailing(name: str, axis: Axis, rank: int) -> tuple[int, ...]:
    """The axes counted from the end, sorted; None means all."""
    if axis is None:
        return tuple(range(-rank, 0))
    axes = (axis,) if isinstance(axis, (int, np.integer)) else tuple(axis)
    out = tuple(sorted(one_axis(name, int(a), rank) for a in axes))
    if len(set(out)) != len(out):
        raise OpError(f"{name}: an axis stands twice in {axis}")
    return out


def one_axis(name: str, axis: int, rank: int) -> int:
    """One axis, counted from the end."""
    if not -rank <= axis < rank:
        raise np.exceptions.AxisError(axis, rank, name)
    return axis - rank if axis >= 0 else axis


def sized(old: Shape, shape: Sequence[Any]) -> Shape:
    """`shape` with its -1 worked out, and with names of `old` where numbers would do."""
    total = product(old)
    if not any(isinstance(n, int) and n == -1 for n in shape):
        return tuple(_dim(n) for n in shape)
    if sum(isinstance(n, int) and n == -1 for n in shape) > 1:
        raise OpError(f"reshape: only one size of {tuple(shape)} can be -1")
    rest = product(_dim(n) for n in shape if not (isinstance(n, int) and n == -1))
    if known(rest) == 0 or known(total) % known(rest):
        raise OpError(f"reshape: {known(total)} elements do not fit shape {tuple(shape)}")
    missing = total if same(rest, 1) else total // rest
    return tuple(missing if isinstance(n, int) and n == -1 else _dim(n) for n in shape)


def _dim(n: Any) -> Dim:
    return n if isinstance(n, Extent) else int(n)
