"""Windows of the last axes of a tensor, what stands in each as new last axes: for all that slides.

A window's elements are told by one table for each axis: place[o, k] is the place of its k-th
element in the o-th window.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions import indexing, padding
from ..functions.axes import shape_of
from ..functions.creation import full_like
from ..functions.shaping import reshape
from ..tensors.names.table import spoken

Table = np.ndarray  # places[o, k]
Pair = tuple[int, ...]


def for_each(given: Any, rank: int) -> tuple[int, ...]:
    """An option for each axis: one number stands for all."""
    told = tuple(given) if isinstance(given, (tuple, list)) else (given,)
    return tuple(int(n) for n in (told * rank if len(told) == 1 else told))


def steps(stride: Any, size: tuple[int, ...]) -> tuple[int, ...]:
    """How far windows are apart along each axis: side by side where no stride is given."""
    return size if stride in (None, [], ()) else for_each(stride, len(size))


def spatial(x: Any, rank: int) -> tuple[int, ...]:
    """The sizes of the last axes."""
    return tuple(int(n) for n in shape_of(x)[-rank:])


def table(count: int, size: int, stride: int, dilation: int = 1) -> Table:
    """The places of windows that slide along an axis."""
    return np.arange(count)[:, None] * stride + np.arange(size) * dilation


def count(n: int, size: int, stride: int, dilation: int) -> int:
    """How many windows fit into n elements."""
    fitting = (n - dilation * (size - 1) - 1) // stride + 1
    if fitting <= 0:
        raise RuntimeError(f"windows of size {size} do not fit into {n} elements")
    return fitting


def grids(tables: Sequence[Table]) -> tuple[Any, ...]:
    """The tables lined up as a key: first the windows of every axis, then their elements."""
    rank = len(tables)
    shapes = [[1] * (2 * rank) for _ in tables]
    for axis, (shape, t) in enumerate(zip(shapes, tables)):
        shape[axis], shape[axis + rank] = t.shape
    return (Ellipsis, *(t.reshape(shape) for t, shape in zip(tables, shapes)))


def windows(x: Any, tables: Sequence[Table]) -> Any:
    """The windows of the last axes: (..., windows of each axis, elements of each axis)."""
    return indexing.getitem(x, grids(tables))


def bordered(x: Any, widths: Sequence[tuple[int, int]], value: float = 0.0) -> Any:
    """The last axes with a border on both sides."""
    if not any(a or b for a, b in widths):
        return x
    still = [(0, 0)] * (len(shape_of(x)) - len(widths))
    return padding.pad(x, [*still, *widths], constant_values=value)


def batched(function: Callable[..., Any], x: Any, rank: int, *args: Any) -> Any:
    """function(x, ...), for a single sample too."""
    if len(shape_of(x)) != rank + 1:
        return function(x, *args)
    y = function(reshape(x, (1, *shape_of(x))), *args)
    if isinstance(y, tuple):
        return tuple(reshape(part, shape_of(part)[1:]) for part in y)
    return reshape(y, shape_of(y)[1:])


# --- as columns


@spoken("Im2ColBackward0")
def unfold(input: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
           stride: Any = 1) -> Any:  # fmt: skip
    """The windows of images as columns: (N, C*elements, windows)."""
    return batched(_columns, input, 2, *(for_each(o, 2) for o in
                   (kernel_size, dilation, padding, stride)))  # fmt: skip


def _tables(n: Pair, size: Pair, dilation: Pair, padding: Pair, stride: Pair) -> list[Table]:
    told = zip(n, size, dilation, padding, stride)
    return [table(count(m + 2 * p, k, s, d), k, s, d) for m, k, d, p, s in told]


def _columns(x: Any, size: Pair, dilation: Pair, padding: Pair, stride: Pair) -> Any:
    tables = _tables(spatial(x, 2), size, dilation, padding, stride)
    seen = windows(bordered(x, [(p, p) for p in padding]), tables)
    n, c, rows, columns, high, wide = range(6)
    y = seen.permute(n, c, high, wide, rows, columns)
    samples, channels = shape_of(x)[:2]
    return reshape(y, (samples, channels * math.prod(size), len(tables[0]) * len(tables[1])))


@spoken("Col2ImBackward0")
def fold(input: Any, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
         stride: Any = 1) -> Any:  # fmt: skip
    """Columns added up where `unfold` read them: images of the given size."""
    if len(shape_of(input)) == 2:
        y = fold(reshape(input, (1, *shape_of(input))), output_size, kernel_size, dilation,
                 padding, stride)  # fmt: skip
        return reshape(y, shape_of(y)[1:])
    n, size, dilation, padding, stride = (
        for_each(o, 2) for o in (output_size, kernel_size, dilation, padding, stride)
    )
    tables = _tables(n, size, dilation, padding, stride)
    counts = [len(t) for t in tables]
    channels = shape_of(input)[1] // math.prod(size)
    parts = reshape(input, (shape_of(input)[0], channels, *size, *counts)).permute(0, 1, 4, 5, 2, 3)
    shape = (*shape_of(parts)[:2], *(m + 2 * p for m, p in zip(n, padding)))
    y = indexing.with_added(full_like(input, 0, shape=shape), grids(tables), parts)
    return indexing.getitem(y, (Ellipsis, *(slice(p, p + m) for m, p in zip(n, padding))))
