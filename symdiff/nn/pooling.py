"""Pooling: one number for each window, the largest or the mean."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions import reducing, sorting
from ..functions.axes import shape_of
from ..functions.shaping import broadcast_to, expand_dims, reshape, squeeze
from ..functions.taking import take_along_axis
from ..graph.naming import named
from ..ops import elementwise as ew
from ..tensors.names.order import as_indices
from ..tensors.names.table import spoken
from .resizing import means, shares, stretched
from .windows import Table, bordered, for_each, spatial, steps, table, windows

Sizes = tuple[int, ...]


def _count(n: int, size: int, stride: int, padding: int, reach: int, ceil: bool) -> int:
    """How many windows there are; with `ceil`, the last may pass the end, but not begin there."""
    room = n + 2 * padding - reach
    fitting = -(-room // stride) + 1 if ceil else room // stride + 1
    if ceil and (fitting - 1) * stride >= n + padding:
        fitting -= 1
    if fitting <= 0:
        raise RuntimeError(f"windows of size {size} do not fit into {n} elements")
    return fitting


def _sliding(x: Any, size: Sizes, stride: Sizes, padding: Sizes, dilation: Sizes, ceil: bool,
             value: float) -> tuple[Any, list[Table]]:  # fmt: skip
    """The windows, and their tables; places outside of x are negative or too large."""
    tables, borders = [], []
    for n, k, s, p, d in zip(spatial(x, len(size)), size, stride, padding, dilation):
        if p > k // 2:
            raise RuntimeError(f"pad should be at most half of kernel size, but got {p} and {k}")
        reach = d * (k - 1) + 1
        t = table(_count(n, k, s, p, reach, ceil), k, s, d)
        borders.append((p, max(int(t.max()) + 1 - n - p, 0)))
        tables.append(t - p)
    seen = bordered(x, borders, value)
    return windows(seen, [t + p for t, p in zip(tables, padding)]), tables


# --- the largest


def _largest(seen: Any, tables: Sequence[Table], sizes: Sizes) -> tuple[Any, Any]:
    """The first largest element of each window, and its place in the flattened last axes."""
    rank = len(tables)
    lead = shape_of(seen)[:-rank]
    flat = reshape(seen, (*lead, -1))
    chosen = sorting.argmax(flat, -1, keepdims=True)
    places: Any = np.zeros((1,) * (2 * rank), int)
    for axis, (t, n) in enumerate(zip(tables, sizes)):
        shape = [1] * (2 * rank)
        shape[axis], shape[axis + rank] = t.shape
        places = places * n + t.reshape(shape)
    places = broadcast_to(places.reshape(*places.shape[:rank], -1), shape_of(flat))
    named = squeeze(take_along_axis(places, chosen, -1), -1)
    return squeeze(take_along_axis(flat, chosen, -1), -1), as_indices(named)


def _max_pool(rank: int) -> Callable[..., Any]:
    def max_pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        """The largest element of each window; with `return_indices` also where it stands."""
        size = for_each(kernel_size, rank)
        stride = steps(stride, size)
        padding, dilation = for_each(padding, rank), for_each(dilation, rank)
        seen, tables = _sliding(input, size, stride, padding, dilation, ceil_mode, -math.inf)
        y, places = _largest(seen, tables, spatial(input, rank))
        return (y, places) if return_indices else y

    return spoken(f"MaxPool{rank}DWithIndicesBackward0")(named(max_pool, f"max_pool{rank}d"))


max_pool1d, max_pool2d, max_pool3d = _max_pool(1), _max_pool(2), _max_pool(3)


# --- the mean


def _counts(tables: Sequence[Table], sizes: Sizes, padding: Sizes, with_border: bool) -> Any:
    """How many elements of each window count."""
    counts = [
        ((t >= -p * with_border) & (t < n + p * with_border)).sum(axis=1)
        for t, n, p in zip(tables, sizes, padding)
    ]
    return functools.reduce(np.multiply.outer, counts)


def _avg_pool(rank: int) -> Callable[..., Any]:
    def avg_pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Any:
        """The mean of each window; of a border of zeros, too, unless it does not count."""
        size = for_each(kernel_size, rank)
        stride = steps(stride, size)
        padding = for_each(padding, rank)
        seen, tables = _sliding(input, size, stride, padding, (1,) * rank, ceil_mode, 0.0)
        counts = _counts(tables, spatial(input, rank), padding, count_include_pad)
        total = reducing.sum(seen, tuple(range(-rank, 0)))
        divisor = counts.astype(np.dtype(input.dtype)) if divisor_override is None else None
        return ew.div(total, divisor_override if divisor is None else divisor)

    return spoken(f"AvgPool{rank}DBackward0")(named(avg_pool, f"avg_pool{rank}d"))


avg_pool1d, avg_pool2d, avg_pool3d = _avg_pool(1), _avg_pool(2), _avg_pool(3)


def _lp_pool(rank: int) -> Callable[..., Any]:
    def lp_pool(
        input: Any, norm_type: float, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> Any:
        """The p-th root of the sum of p-th powers in each window: of no absolute values."""
        size = for_each(kernel_size, rank)
        stride = steps(stride, size)
        still, ones = (0,) * rank, (1,) * rank
        seen, _ = _sliding(input, size, stride, still, ones, ceil_mode, 0.0)
        total = reducing.sum(ew.pow(seen, norm_type), tuple(range(-rank, 0)))
        return ew.pow(total, 1 / norm_type)

    return spoken("")(named(lp_pool, f"lp_pool{rank}d"))


lp_pool1d, lp_pool2d, lp_pool3d = _lp_pool(1), _lp_pool(2), _lp_pool(3)


# --- so many windows, whatever the size


def _wanted(x: Any, output_size: Any, rank: int) -> Sizes:
    told = output_size if isinstance(output_size, (tuple, list)) else (output_size,) * rank
    return tuple(n if m is None else int(m) for n, m in zip(spatial(x, rank), told))


def _adaptive_avg_pool(rank: int) -> Callable[..., Any]:
    def adaptive_avg_pool(input: Any, output_size: Any) -> Any:
        """The means of so many windows of each axis."""
        wanted = _wanted(input, output_size, rank)
        tables = [means(n, m) for n, m in zip(spatial(input, rank), wanted)]
        return stretched(input, tables)

    return spoken(f"AdaptiveAvgPool{rank}DBackward0")(
        named(adaptive_avg_pool, f"adaptive_avg_pool{rank}d")
    )


adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d = map(_adaptive_avg_pool, (1, 2, 3))


def _adaptive_max_pool(rank: int) -> Callable[..., Any]:
    def adaptive_max_pool(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        """The largest elements of so many windows of each axis."""
        sizes = spatial(input, rank)
        tables = [shares(n, m) for n, m in zip(sizes, _wanted(input, output_size, rank))]
        y, places = _largest(windows(input, tables), tables, sizes)
        return (y, places) if return_indices else y

    return spoken(f"AdaptiveMaxPool{rank}DBackward0")(
        named(adaptive_max_pool, f"adaptive_max_pool{rank}d")
    )


adaptive_max_pool1d, adaptive_max_pool2d, adaptive_max_pool3d = map(_adaptive_max_pool, (1, 2, 3))


# --- over channels


@spoken("DivBackward0")
def local_response_norm(
    input: Any, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """Divided by (k + alpha * the mean square over neighbouring channels)**beta."""
    shape = shape_of(input)
    rows = expand_dims(reshape(ew.square(input), (*shape[:2], math.prod(shape[2:]))), 1)
    channels = int(shape[1])
    near = bordered(rows, [(size // 2, (size - 1) // 2), (0, 0)])
    mean = reducing.sum(windows(near, [table(channels, size, 1), table(int(math.prod(shape[2:])), 1, 1)]),
                        (-2, -1)) / size  # fmt: skip
    return ew.div(input, ew.pow(ew.add(ew.mul(reshape(mean, shape), alpha), k), beta))
