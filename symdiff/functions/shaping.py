"""The same elements in another shape or order of axes; joined along one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph.extents import Dim, Extent, known, product, same, same_shape
from ..graph.op import OpError
from ..handles.operands import operand
from ..ops import diagonals as diagonal_ops
from ..ops import joining as joining_ops
from ..ops import shape as shape_ops
from ..ops.broadcasting import broadcast
from ..ops.elementwise import astype
from .axes import Axis, axes_in_order, dims, one_axis, rank_of, shape_of, sized, trailing


def reshape(x: Any, shape: Any, order: str = "C", copy: bool | None = None) -> Any:
    """x with the same elements in another shape; one size may be -1."""
    old = shape_of(x)
    wanted = sized(old, shape)
    if order == "F":
        return transpose(reshape(transpose(x), wanted[::-1]))
    if order not in ("C", "A"):
        raise OpError(f"reshape: order {order!r} is not known; 'C' (rows first) and 'F' are")
    total, room = product(old), product(wanted)
    if not same(total, room) and total != room:
        raise OpError(
            f"reshape: cannot reshape array of size {known(total)} into shape "
            f"{tuple(map(known, wanted))}"
        )
    return shape_ops.reshape(x, ndim=len(old), shape=wanted)


def ravel(x: Any, order: str = "C") -> Any:
    """All elements along one axis."""
    order = "C" if order == "K" else order
    return reshape(x, (-1,), order) if rank_of(x) != 1 else x


def transpose(x: Any, axes: Sequence[int] | None = None) -> Any:
    """The axes in another order; reversed if none is given."""
    rank = rank_of(x)
    if axes is None:
        order = tuple(range(rank))[::-1]
    else:
        order = tuple(a + rank for a in axes_in_order("transpose", tuple(axes), rank))
    if len(order) != rank:
        raise OpError(f"transpose: axes {order} don't match an array of {rank} axes")
    return shape_ops.transpose(x, perm=order) if rank > 1 else x


def permute_dims(x: Any, axes: Sequence[int] | None = None) -> Any:
    return transpose(x, axes)


def matrix_transpose(x: Any) -> Any:
    """The last two axes exchanged."""
    if rank_of(x) < 2:
        raise OpError(f"matrix_transpose: shape {shape_of(x)} is no matrix; two axes are needed")
    return swapaxes(x, -1, -2)


def swapaxes(x: Any, axis1: int, axis2: int) -> Any:
    rank = rank_of(x)
    order = list(range(rank))
    a, b = (one_axis("swapaxes", k, rank) for k in (axis1, axis2))
    order[a], order[b] = order[b], order[a]
    return transpose(x, order) if a != b else x


def moveaxis(x: Any, source: int | Sequence[int], destination: int | Sequence[int]) -> Any:
    """The source axes brought to where the destination says; the others stay in order."""
    rank = rank_of(x)
    sources, targets = (
        [a + rank for a in axes_in_order("moveaxis", _listed(k), rank)]
        for k in (source, destination)
    )
    if len(sources) != len(targets):
        raise OpError(
            f"moveaxis: {len(sources)} source axes need as many destinations, not {len(targets)}"
        )
    order = [k for k in range(rank) if k not in sources]
    for target, source_axis in sorted(zip(targets, sources)):
        order.insert(target, source_axis)
    return x if order == list(range(rank)) else transpose(x, order)


def _listed(axis: Any) -> tuple[int, ...]:
    return (axis,) if hasattr(axis, "__index__") else tuple(axis)


def rollaxis(x: Any, axis: int, start: int = 0) -> Any:
    """One axis moved back until it stands before `start`."""
    rank = rank_of(x)
    axis = one_axis("rollaxis", axis, rank) + rank
    start = start + rank if start < 0 else start
    return moveaxis(x, axis, start - 1 if axis < start else start)


def expand_dims(x: Any, axis: int | Sequence[int]) -> Any:
    """x with new axes of size 1 at the given places of the result."""
    shape = shape_of(x)
    places = _listed(axis)
    rank = len(shape) + len(places)
    new = {a + rank for a in axes_in_order("expand_dims", places, rank)}
    rest = iter(shape)
    return _fresh_shape(x, tuple(1 if k in new else next(rest) for k in range(rank)))


def squeeze(x: Any, axis: Axis = None) -> Any:
    """x without axes of size 1: all of them, or the given ones."""
    shape = shape_of(x)
    if axis is None:
        return _fresh_shape(x, tuple(n for n in shape if isinstance(n, Extent) or n != 1))
    gone = {a + len(shape) for a in trailing("squeeze", axis, len(shape))}
    for k in gone:
        if shape[k] != 1:
            raise OpError(
                "squeeze: cannot select an axis to squeeze out which has size not equal to one "
                f"(axis {k} has size {known(shape[k])})"
            )
    return _fresh_shape(x, tuple(n for k, n in enumerate(shape) if k not in gone))


def _fresh_shape(x: Any, shape: tuple[Dim, ...]) -> Any:
    """A reshape that is known to fit."""
    return shape_ops.reshape(x, ndim=rank_of(x), shape=shape)


# --- broadcasting


def broadcast_to(x: Any, shape: Any) -> Any:
    """x repeated along its axes of size 1, and along new ones before them."""
    wanted, old = dims(shape), shape_of(x)
    if same_shape(old, wanted):
        return x
    if len(old) > len(wanted):
        raise OpError(f"broadcast_to: {len(old)} axes do not fit into shape {wanted}")
    if len(old) < len(wanted):
        x = _fresh_shape(x, (1,) * (len(wanted) - len(old)) + old)
    return shape_ops.expand(x, shape=wanted)


def broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    shape = broadcast("broadcast_arrays", *map(shape_of, args))
    return tuple(broadcast_to(x, shape) for x in args)


# --- a least number of axes


def atleast_1d(*arys: Any) -> Any:
    return _each(arys, lambda x: x if rank_of(x) else _fresh_shape(x, (1,)))


def atleast_2d(*arys: Any) -> Any:
    return _each(arys, lambda x: x if rank_of(x) >= 2 else _fresh_shape(x, (1, *_row(x))))


def atleast_3d(*arys: Any) -> Any:
    """Vectors become (1, n, 1), matrices (m, n, 1)."""
    return _each(arys, _solid)


def _row(x: Any) -> tuple[Dim, ...]:
    return shape_of(x) or (1,)


def _solid(x: Any) -> Any:
    rank = rank_of(x)
    if rank >= 3:
        return x
    return _fresh_shape(x, (*shape_of(x), 1) if rank == 2 else (1, *_row(x), 1))


def _each(arys: Sequence[Any], function: Any) -> Any:
    out = tuple(map(function, arys))
    return out[0] if len(out) == 1 else out


# --- joining


def concatenate(arrays: Sequence[Any], axis: int | None = 0, *, dtype: Any = None) -> Any:
    """The arrays one after another along an axis; flattened first if axis is None."""
    xs = tuple(map(operand, arrays))
    xs = xs if axis is not None else tuple(map(ravel, xs))
    if not xs:
        raise OpError("concatenate: need at least one array to concatenate")
    ranks = {rank_of(x) for x in xs}
    if len(ranks) > 1:
        raise OpError(
            "concatenate: all the input array dimensions must match, but there are arrays of "
            f"{', '.join(map(str, sorted(ranks)))} axes"
        )
    if ranks == {0}:
        raise OpError("concatenate: zero-dimensional arrays cannot be concatenated; stack them")
    y = joining_ops.concatenate(*xs, axis=one_axis("concatenate", axis or 0, ranks.pop()))
    return y if dtype is None else astype(y, dtype=np.dtype(dtype))


def stack(arrays: Sequence[Any], axis: int = 0) -> Any:
    """Arrays of one shape, put side by side along a new axis."""
    xs = tuple(map(operand, arrays))
    if not xs:
        raise OpError("stack: need at least one array to stack")
    shapes = [shape_of(x) for x in xs]
    if len({len(s) for s in shapes}) > 1:
        raise OpError(f"stack: all arrays must have the same shape, not {shapes}")
    return joining_ops.stack(*xs, axis=one_axis("stack", axis, len(shapes[0]) + 1))


# --- diagonals


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Any:
    """The elements whose indices on two axes differ by offset; they stand along the last axis."""
    rank = rank_of(x)
    if rank < 2:
        raise OpError("diagonal: diag requires an array of at least two dimensions")
    a, b = axes_in_order("diagonal", (axis1, axis2), rank)
    return diagonal_ops.diagonal(moveaxis(x, (a, b), (-2, -1)), offset=int(offset))
