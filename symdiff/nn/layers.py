"""Layers of networks as functions of their input and their weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..functions import norms, padding, reducing, statistics
from ..functions.axes import shape_of
from ..functions.indexing import getitem
from ..functions.shaping import broadcast_to, reshape, swapaxes
from ..functions.summation import einsum
from ..handles.remembered import remembering
from ..ops import elementwise as ew
from ..tensors.names.table import called, spoken
from ..tensors.torch_face import Tensor


@spoken("")
def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """input @ weight.T + bias."""
    y = input @ (_transposed(weight) if len(shape_of(weight)) > 1 else weight)
    if bias is None:
        return y
    return called(y + bias, "AddmmBackward0" if len(shape_of(y)) == 2 else "AddBackward0")


_transposed = remembering(Tensor, lambda weight: swapaxes(weight, -1, -2))


@spoken("")
def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """input1 @ weight[k] @ input2 for each k, + bias."""
    y = einsum("...i,kij,...j->...k", input1, weight, input2)
    return y if bias is None else ew.add(y, bias)


# --- normalisation


def _scaled(y: Any, weight: Any, bias: Any) -> Any:
    y = y if weight is None else ew.mul(y, weight)
    return y if bias is None else ew.add(y, bias)


def _standardised(input: Any, axes: tuple[int, ...], eps: float) -> Any:
    """Mean 0 and variance 1 over the axes."""
    centred = ew.sub(input, _mean(input, axes, keepdims=True))
    variance = _variance(input, axes, keepdims=True)
    return ew.div(centred, ew.sqrt(ew.add(variance, eps)))


_mean, _variance = remembering(Tensor, reducing.mean), remembering(Tensor, statistics.var)


def _last_axes(name: str, input: Any, sizes: Sequence[int]) -> tuple[int, ...]:
    """The last axes, which are those that the user names by their sizes."""
    shape, sizes = tuple(shape_of(input)), tuple(sizes)
    if not sizes or shape[-len(sizes) :] != sizes:
        raise RuntimeError(f"{name}: normalized_shape {sizes} is not the end of the shape {shape}")
    return tuple(range(-len(sizes), 0))


@spoken("NativeLayerNormBackward0")
def layer_norm(
    input: Any,
    normalized_shape: Sequence[int],
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-05,
) -> Any:
    """Mean 0 and variance 1 over the last axes, then scaled and moved."""
    axes = _last_axes("layer_norm", input, normalized_shape)
    return _scaled(_standardised(input, axes, eps), weight, bias)


@spoken("")
def rms_norm(
    input: Any, normalized_shape: Sequence[int], weight: Any = None, eps: float | None = None
) -> Any:
    """Divided by the root of the mean square over the last axes."""
    axes = _last_axes("rms_norm", input, normalized_shape)
    eps = float(np.finfo(np.dtype(input.dtype)).eps) if eps is None else eps
    square = _mean(ew.square(input), axes, keepdims=True)
    return _scaled(ew.div(input, ew.sqrt(ew.add(square, eps))), weight, None)


def _by_channel(x: Any, rank: int) -> Any:
    """A value for each channel (the second axis), lined up with the input."""
    return None if x is None else reshape(x, (1, -1, *(1,) * (rank - 2)))


@spoken("NativeBatchNormBackward0")
def batch_norm(
    input: Any,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Any:
    """Each channel with mean 0 and variance 1 over the batch, or by the running statistics."""
    rank = len(shape_of(input))
    if rank < 2:
        raise IndexError(
            f"batch_norm: the channels are the second axis, but the input has the shape "
            f"{tuple(shape_of(input))}"
        )
    w, b = _by_channel(weight, rank), _by_channel(bias, rank)
    if not training:
        mean, variance = (_by_channel(x, rank) for x in (running_mean, running_var))
        return _scaled(ew.div(ew.sub(input, mean), ew.sqrt(ew.add(variance, eps))), w, b)
    axes = tuple(k for k in range(rank) if k != 1)
    if math.prod(shape_of(input)[k] for k in axes) == 1:
        raise ValueError(
            "Expected more than 1 value per channel when training, got input size "
            f"{tuple(shape_of(input))}"
        )
    if running_mean is not None:
        _follow(running_mean, reducing.mean(input.detach(), axes), momentum)
        _follow(running_var, statistics.var(input.detach(), axes, ddof=1), momentum)
    return _scaled(_standardised(input, axes, eps), w, b)


def _follow(running: Any, now: Any, momentum: float) -> None:
    running.become(ew.add(ew.mul(running, 1 - momentum), ew.mul(now, momentum)))


@spoken("NativeGroupNormBackward0")
def group_norm(
    input: Any, num_groups: int, weight: Any = None, bias: Any = None, eps: float = 1e-05
) -> Any:
    """Groups of channels with mean 0 and variance 1, for each sample."""
    shape, rank = shape_of(input), len(shape_of(input))
    grouped = reshape(input, (shape[0], num_groups, math.prod(shape[1:]) // num_groups))
    y = reshape(_standardised(grouped, (-1,), eps), shape)
    return _scaled(y, _by_channel(weight, rank), _by_channel(bias, rank))


@spoken("")
def instance_norm(
    input: Any,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-05,
) -> Any:
    """Each channel of each sample with mean 0 and variance 1."""
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    return group_norm(input, int(shape_of(input)[1]), weight, bias, eps)


@spoken("DivBackward0", scalar_as_row=True)
def normalize(input: Any, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Any:
    """Divided by its p-norm along an axis."""
    axis = 0 if len(shape_of(input)) == 1 and dim == 1 else dim
    size = norms.vector_norm(input, p, axis, keepdims=True)
    return ew.div(input, ew.clip(size, eps, math.inf))


# --- distances


@spoken("SumBackward1")
def cosine_similarity(x1: Any, x2: Any, dim: int = 1, eps: float = 1e-08) -> Any:
    """The cosine of the angle between vectors along an axis."""
    shape = np.broadcast_shapes(shape_of(x1), shape_of(x2))
    if not shape:
        x1, x2, shape = reshape(x1, (1,)), reshape(x2, (1,)), (1,)
    units = [_unit(broadcast_to(x, shape), dim, eps) for x in (x1, x2)]
    return reducing.sum(ew.mul(*units), dim)


def _unit(x: Any, dim: int, eps: float) -> Any:
    return ew.div(x, ew.clip(norms.vector_norm(x, 2, dim, keepdims=True), eps, math.inf))


@spoken("NormBackward1")
def pairwise_distance(
    x1: Any, x2: Any, p: float = 2.0, eps: float = 1e-06, keepdim: bool = False
) -> Any:
    """The p-norm of the difference of rows."""
    return norms.vector_norm(ew.add(ew.sub(x1, x2), eps), p, -1, keepdims=keepdim)


@spoken()
def pdist(input: Any, p: float = 2.0) -> Any:
    """The p-norms of the differences of all pairs of rows."""
    first, second = np.triu_indices(int(shape_of(input)[0]), 1)
    return norms.vector_norm(ew.sub(getitem(input, first), getitem(input, second)), p, -1)


# --- borders


@spoken("")
def pad(input: Any, pad: Sequence[int], mode: str = "constant", value: float | None = None) -> Any:
    """A border, its widths told from the last axis on; a negative one cuts off."""
    if len(pad) % 2:
        raise RuntimeError(f"pad: {tuple(pad)} is not two widths for each axis")
    told = [(int(a), int(b)) for a, b in zip(pad[::2], pad[1::2])]
    widths = [(0, 0)] * (len(shape_of(input)) - len(told)) + told[::-1]
    if mode == "constant":
        x, grown = _cut(input, widths)
        y = padding.pad(x, grown, constant_values=0.0 if value is None else value)
        return called(y, "ConstantPadNdBackward0", (input,))
    if mode not in _MIRRORS:
        raise NotImplementedError(f"Unrecognised padding mode {mode}")
    if mode == "circular":  # what is cut off does not come round again
        input, widths = _cut(input, widths)
    for axis, (before, after) in enumerate(widths):
        if before or after:
            n = int(shape_of(input)[axis])
            where = _MIRRORS[mode](np.arange(-before, n + after), n)
            input = getitem(input, (*[slice(None)] * axis, where))
    return input


# which element stands at a place beyond the ends
_MIRRORS: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "reflect": lambda k, n: n - 1 - np.abs(n - 1 - np.abs(k)),
    "replicate": lambda k, n: np.clip(k, 0, n - 1),
    "circular": lambda k, n: k % n,
}


def _cut(x: Any, widths: Sequence[tuple[int, int]]) -> tuple[Any, list[tuple[int, int]]]:
    """x without what negative widths cut off, and the widths that are left."""
    kept = tuple(slice(max(-a, 0), n - max(-b, 0)) for (a, b), n in zip(widths, shape_of(x)))
    return getitem(x, kept), [(max(a, 0), max(b, 0)) for a, b in widths]
