"""Pooling undone, and pooling over windows of unequal sizes that are drawn."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions import sorting
from ..functions.axes import shape_of
from ..functions.creation import full_like
from ..functions.indexing import getitem
from ..functions.shaping import reshape
from ..functions.taking import take_along_axis, with_put_along_axis
from ..graph.naming import named
from ..handles.handle import Handle
from ..tensors.names.order import as_indices
from ..tensors.names.randomness import draws
from ..tensors.names.table import spoken
from .windows import for_each, spatial, steps

Sizes = tuple[int, ...]


def _max_unpool(rank: int) -> Callable[..., Any]:
    def max_unpool(
        input: Any,
        indices: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        output_size: Any = None,
    ) -> Any:
        """Zeros with the elements where they stood before max_pool, as its indices tell."""
        size = for_each(kernel_size, rank)
        stride = steps(stride, size)
        told = zip(spatial(input, rank), size, stride, for_each(padding, rank))
        wanted = tuple((n - 1) * s - 2 * p + k for n, k, s, p in told)
        if output_size is not None:
            wanted = _between(wanted, stride, tuple(map(int, output_size))[-rank:])
        ahead = shape_of(input)[:-rank]
        count = math.prod(spatial(input, rank))
        places = reshape(indices, (*ahead, count))
        _check(places, wanted)
        zeros = full_like(input, 0, shape=(*ahead, math.prod(wanted)))
        y = with_put_along_axis(zeros, places, reshape(input, (*ahead, count)), -1)
        return reshape(y, (*ahead, *wanted))

    return spoken(f"MaxUnpool{rank}DBackward0")(named(max_unpool, f"max_unpool{rank}d"))


def _between(usual: Sizes, stride: Sizes, wanted: Sizes) -> Sizes:
    """The wanted sizes, if the pooling could have had them."""
    if len(wanted) != len(usual):
        raise ValueError(f"max_unpool: output_size needs {len(usual)} sizes, but got {wanted}")
    for k, (n, s, m) in enumerate(zip(usual, stride, wanted)):
        if not n - s < m < n + s:
            raise ValueError(
                f'invalid output_size "{wanted}" (dim {k} must be between {n - s} and {n + s})'
            )
    return wanted


def _check(places: Any, wanted: Sizes) -> None:
    value = places.value if isinstance(places, Handle) else places
    if value is not None and value.size and value.max() >= math.prod(wanted):
        raise RuntimeError(f"max_unpool: index {value.max()} is beyond an output of size {wanted}")


max_unpool1d, max_unpool2d, max_unpool3d = map(_max_unpool, (1, 2, 3))

# --- windows of drawn sizes (B. Graham, "Fractional max-pooling", 2014)


def _starts(sample: np.ndarray, n: int, size: int, wanted: int) -> np.ndarray:
    """Where the windows begin: some n/wanted apart, the last at the end."""
    if wanted == 1:
        return np.full((*sample.shape, 1), n - size)
    alpha = (n - size) / (wanted - 1)
    steps = np.arange(wanted - 1) + sample[..., None]
    inner = (steps * alpha).astype(int) - (sample[..., None] * alpha).astype(int)
    return np.concatenate([inner, np.full((*sample.shape, 1), n - size)], -1)


def _places(samples: np.ndarray, sizes: Sizes, size: Sizes, wanted: Sizes) -> np.ndarray:
    """The flat places (..., windows, elements) of what stands in each window."""
    rank, ahead = len(sizes), samples.shape[:-1]
    places = np.zeros((*ahead, *(1,) * (2 * rank)), int)
    for axis, (n, k, m) in enumerate(zip(sizes, size, wanted)):
        shape = [*ahead, *(1,) * (2 * rank)]
        shape[len(ahead) + axis], shape[len(ahead) + axis + rank] = m, k
        sample = samples[..., 1 - axis if rank == 2 else axis]  # PyTorch's order for planes is x, y
        inside = _starts(sample, n, k, m)[..., None] + np.arange(k)
        places = places * n + inside.reshape(shape)
    return places.reshape(*ahead, math.prod(wanted), math.prod(size))


def _fractional_max_pool(rank: int) -> Callable[..., Any]:
    def fractional_max_pool(
        input: Any,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> Any:
        """The largest element of windows that overlap by chance, so many as asked for."""
        sizes, size = spatial(input, rank), for_each(kernel_size, rank)
        wanted = _wanted(sizes, output_size, output_ratio)
        ahead = tuple(map(int, shape_of(input)[:-rank]))
        places = _places(_samples(_random_samples, ahead, rank), sizes, size, wanted)
        shape = (*ahead, *wanted, math.prod(size))
        flat = places.reshape(*ahead, math.prod(wanted) * math.prod(size))
        seen = take_along_axis(reshape(input, (*ahead, math.prod(sizes))), flat, -1)
        seen = reshape(seen, shape)
        chosen = sorting.argmax(seen, -1, keepdims=True)
        y = getitem(take_along_axis(seen, chosen, -1), (..., 0))
        if not return_indices:
            return y
        found = take_along_axis(places.reshape(shape), chosen, -1)
        return y, as_indices(getitem(found, (..., 0)))

    return spoken(f"FractionalMaxPool{rank}DBackward0")(
        named(fractional_max_pool, f"fractional_max_pool{rank}d")
    )


def _wanted(sizes: Sizes, output_size: Any, output_ratio: Any) -> Sizes:
    if (output_size is None) == (output_ratio is None):
        raise ValueError("fractional_max_pool: give either output_size or output_ratio")
    if output_size is not None:
        return for_each(output_size, len(sizes))
    told = output_ratio if isinstance(output_ratio, (tuple, list)) else [output_ratio] * len(sizes)
    return tuple(int(n * float(r)) for n, r in zip(sizes, told))


def _samples(given: Any, ahead: Sequence[int], rank: int) -> np.ndarray:
    """A number from 0 to 1 for each channel and axis."""
    if given is None:
        return draws().random((*ahead, rank))
    values = given.known_value("_random_samples") if isinstance(given, Handle) else given
    return np.asarray(values).reshape(*ahead, rank)


fractional_max_pool2d, fractional_max_pool3d = map(_fractional_max_pool, (2, 3))
