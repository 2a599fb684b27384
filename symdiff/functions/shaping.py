"""Shapes: the functions NumPy users know, on arrays and handles alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..extents import Dim, Extent, Shape, same_shape
from ..op import OpError
from ..ops import index as index_ops
from ..ops import shape as shape_ops
from ..ops.broadcasting import broadcast
from .axes import Axis, one_axis, shape_of, sized, trailing


def reshape(x: Any, shape: int | Sequence[Any]) -> Any:
    """x with the same elements in another shape; one size may be -1."""
    old = shape_of(x)
    wanted = (shape,) if isinstance(shape, (int, Extent)) else tuple(shape)
    return shape_ops.reshape(x, ndim=len(old), shape=sized(old, wanted))


def ravel(x: Any) -> Any:
    return reshape(x, (-1,)) if len(shape_of(x)) != 1 else x


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order; reversed if none is given."""
    rank = len(shape_of(x))
    order = range(rank)[::-1] if axes is None else [a % rank for a in axes]
    if sorted(order) != list(range(rank)):
        raise OpError(f"transpose: {tuple(axes or ())} is no order of {rank} axes")
    return shape_ops.transpose(x, perm=tuple(order)) if rank > 1 else x


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    rank = len(shape_of(x))
    order = list(range(rank))
    a, b = (one_axis("swapaxes", k, rank) for k in (axis1, axis2))
    order[a], order[b] = order[b], order[a]
    return transpose(x, order)


def moveaxis(x: Any, source: Axis, destination: Axis) -> Any:
    rank = len(shape_of(x))
    sources = [a % rank for a in _listed(source)]
    targets = [a % rank for a in _listed(destination)]
    order = [k for k in range(rank) if k not in sources]
    for target, source_axis in sorted(zip(targets, sources)):
        order.insert(target, source_axis)
    return transpose(x, order)


def _listed(axis: Any) -> list[int]:
    return [axis] if isinstance(axis, int) else list(axis)


def expand_dims(x: Any, axis: Axis) -> Any:
    shape = shape_of(x)
    rank = len(shape) + len(_listed(axis))
    new = {one_axis("expand_dims", a, rank) + rank for a in _listed(axis)}
    rest = iter(shape)
    return reshape(x, tuple(1 if k in new else next(rest) for k in range(rank)))


def squeeze(x: Any, axis: Axis = None) -> Any:
    shape = shape_of(x)
    if axis is None:
        return reshape(x, tuple(n for n in shape if isinstance(n, Extent) or n != 1))
    gone = {a + len(shape) for a in trailing("squeeze", axis, len(shape))}
    for k in gone:
        if shape[k] != 1:
            raise OpError(f"squeeze: axis {k} has size {shape[k]}, and only 1 can be left out")
    return reshape(x, tuple(n for k, n in enumerate(shape) if k not in gone))


def broadcast_to(x: Any, shape: int | Sequence[Dim]) -> Any:
    wanted: Shape = (shape,) if isinstance(shape, (int, Extent)) else tuple(shape)
    old = shape_of(x)
    if same_shape(old, wanted):
        return x
    if len(old) > len(wanted):
        raise OpError(f"broadcast_to: {len(old)} axes do not fit into shape {wanted}")
    if len(old) < len(wanted):
        x = reshape(x, (1,) * (len(wanted) - len(old)) + old)
    return shape_ops.expand(x, shape=wanted)


def broadcast_arrays(*xs: Any) -> tuple[Any, ...]:
    shape = broadcast("broadcast_arrays", *map(shape_of, xs))
    return tuple(broadcast_to(x, shape) for x in xs)


def concatenate(xs: Sequence[Any], axis: int | None = 0) -> Any:
    if axis is None:
        xs, axis = [ravel(x) for x in xs], 0
    xs = tuple(xs)
    if not xs:
        raise OpError("concatenate: there is nothing to concatenate")
    return index_ops.concatenate(*xs, axis=one_axis("concatenate", axis, len(shape_of(xs[0]))))


def stack(xs: Sequence[Any], axis: int = 0) -> Any:
    xs = tuple(xs)
    if not xs:
        raise OpError("stack: there is nothing to stack")
    rank = len(shape_of(xs[0])) + 1
    place = one_axis("stack", axis, rank)
    return concatenate([expand_dims(x, place) for x in xs], place)
