"""Arrays made after the likeness of others, and grids."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.extents import Extent
from ..graph.op import Operand
from ..handles.operands import operand
from ..ops import elementwise as ew
from ..ops.creation import full, made_like
from ..ops.identity import clone
from .axes import dims, rank_of, shape_of
from .shaping import broadcast_to, moveaxis, ravel, reshape


def full_like(a: Any, fill_value: Any, dtype: Any = None, shape: Any = None) -> Any:
    """An array of a's shape and dtype that holds one value everywhere, and no history but its."""
    a = operand(a)
    dtype = np.dtype(a.dtype if dtype is None else dtype)
    wanted = shape_of(a) if shape is None else dims(shape)
    if isinstance(fill_value, (Operand, np.ndarray, list, tuple)):
        value = operand(fill_value)
        value = value if value.dtype == dtype else ew.astype(value, dtype=dtype)
        return clone(broadcast_to(value, wanted))
    value = made_like(a, full, shape=wanted, value=dtype.type(fill_value).item(), dtype=dtype)
    if isinstance(a, Operand) and isinstance(value, np.ndarray):
        return a.holding(value)  # type: ignore[attr-defined]
    return value


def zeros_like(a: Any, dtype: Any = None, shape: Any = None) -> Any:
    return full_like(a, 0, dtype, shape)


def ones_like(a: Any, dtype: Any = None, shape: Any = None) -> Any:
    return full_like(a, 1, dtype, shape)


def empty_like(prototype: Any, dtype: Any = None, shape: Any = None) -> Any:
    """Zeros: what is read before it is written is the same in every run."""
    return full_like(prototype, 0, dtype, shape)


def copy(a: Any) -> Any:
    """The same numbers in storage of their own."""
    return clone(a)


def astype(x: Any, dtype: Any, *, copy: bool = True) -> Any:
    """The numbers in another dtype."""
    if x.dtype == np.dtype(dtype):
        return clone(x) if copy else x
    return ew.astype(x, dtype=np.dtype(dtype))


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Any:
    """Numbers at equal distances from start to stop."""
    start, stop = operand(start), operand(stop)
    steps = num - 1 if endpoint else num
    share = np.arange(num) / steps if steps else np.zeros(num)
    rank = max(rank_of(start), rank_of(stop))
    share = share.reshape((-1,) + (1,) * rank)
    y = start * (1 - share) + stop * share
    y = moveaxis(y if dtype is None else astype(y, dtype), 0, axis)
    return (y, (stop - start) / steps) if retstep else y


def logspace(
    start: Any, stop: Any, num: int = 50, endpoint: bool = True, base: Any = 10.0, axis: int = 0
) -> Any:
    """Powers of a base at equal distances of their exponents."""
    return ew.pow(operand(base), linspace(start, stop, num, endpoint, axis=axis))


def geomspace(start: Any, stop: Any, num: int = 50, endpoint: bool = True, axis: int = 0) -> Any:
    """Positive numbers at equal ratios from start to stop."""
    logs = ew.log(operand(start)), ew.log(operand(stop))
    return ew.exp(linspace(*logs, num, endpoint, axis=axis))


def meshgrid(
    *xi: Any, indexing: str = "xy", sparse: bool = False, copy: bool = True
) -> tuple[Any, ...]:
    """For each vector an array over the grid of all of them."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: indexing must be 'xy' or 'ij', not {indexing!r}")
    axes = list(range(len(xi)))
    if indexing == "xy" and len(xi) > 1:
        axes[:2] = [1, 0]
    rank = len(xi)
    grids = [
        reshape(ravel(operand(x)), (1,) * axis + (-1,) + (1,) * (rank - axis - 1))
        for x, axis in zip(xi, axes)
    ]
    if sparse:
        return tuple(map(clone, grids)) if copy else tuple(grids)
    shape = [1] * rank
    for grid, axis in zip(grids, axes):
        shape[axis] = shape_of(grid)[axis]  # type: ignore[call-overload]
    spread = tuple(broadcast_to(grid, tuple(shape)) for grid in grids)
    return tuple(map(clone, spread)) if copy else spread


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    """The powers of x as columns, the highest first."""
    x = operand(x)
    count = shape_of(x)[0] if N is None else N
    powers = np.arange(int(count) if isinstance(count, Extent) else count)
    return ew.pow(reshape(x, (-1, 1)), powers if increasing else powers[::-1])
