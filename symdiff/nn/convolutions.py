"""Convolutions of signals, images and volumes, as sums over windows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..functions import indexing
from ..functions.arranging import flip
from ..functions.axes import shape_of
from ..functions.creation import full_like
from ..functions.shaping import reshape, swapaxes
from ..functions.summation import einsum
from ..graph.naming import named
from ..ops import elementwise as ew
from ..tensors.names.table import spoken
from .windows import batched, bordered, count, for_each, spatial, table, windows

_WINDOWS, _ELEMENTS = "opq", "klm"  # the letters of their axes


def _borders(padding: Any, size: tuple[int, ...], dilation: tuple[int, ...]) -> list[Any]:
    if padding == "valid":
        padding = 0
    if padding == "same":
        whole = [d * (k - 1) for k, d in zip(size, dilation)]
        return [(w // 2, w - w // 2) for w in whole]
    return [(p, p) for p in for_each(padding, len(size))]


def _convolved(
    x: Any, weight: Any, stride: tuple[int, ...], dilation: tuple[int, ...], groups: int
) -> Any:
    """sum of weight(f, c, k) * x(n, c, o*stride + k*dilation), for each group of channels."""
    rank = len(stride)
    size = spatial(weight, rank)
    tables = [
        table(count(n, k, s, d), k, s, d)
        for n, k, s, d in zip(spatial(x, rank), size, stride, dilation)
    ]
    samples, channels = shape_of(x)[:2]
    features, wanted = shape_of(weight)[0], shape_of(weight)[1] * groups
    if channels != wanted:
        raise RuntimeError(
            f"conv{rank}d: the input has {channels} channels, the weight of shape "
            f"{tuple(shape_of(weight))} takes {wanted}"
        )
    seen = windows(reshape(x, (samples, groups, channels // groups, *spatial(x, rank))), tables)
    kernels = reshape(weight, (groups, features // groups, *shape_of(weight)[1:]))
    o, k = _WINDOWS[:rank], _ELEMENTS[:rank]
    y = einsum(f"ngc{o}{k},gfc{k}->ngf{o}", seen, kernels)
    return reshape(y, (samples, features, *shape_of(y)[3:]))


def _with_bias(y: Any, bias: Any, rank: int) -> Any:
    return y if bias is None else ew.add(y, reshape(bias, (-1, *(1,) * rank)))


def _convolution(rank: int) -> Callable[..., Any]:
    def conv(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        """Every window's product with every kernel (not turned round), for groups of channels."""
        stride, dilation = for_each(stride, rank), for_each(dilation, rank)
        borders = _borders(padding, spatial(weight, rank), dilation)
        y = batched(_convolved, bordered(input, borders), rank, weight, stride, dilation, groups)
        return _with_bias(y, bias, rank)

    return spoken("ConvolutionBackward0")(named(conv, f"conv{rank}d"))


conv1d, conv2d, conv3d = _convolution(1), _convolution(2), _convolution(3)


# --- transposed


def _spread(x: Any, stride: tuple[int, ...]) -> Any:
    """The elements `stride` apart, zeros between them."""
    if all(s == 1 for s in stride):
        return x
    rank = len(stride)
    sizes = [(n - 1) * s + 1 for n, s in zip(spatial(x, rank), stride)]
    zeros = full_like(x, 0, shape=(*shape_of(x)[:-rank], *sizes))
    return indexing.setitem(zeros, (Ellipsis, *(slice(None, None, s) for s in stride)), x)


def _turned(weight: Any, groups: int, rank: int) -> Any:
    """The kernels reversed, inputs and outputs exchanged within each group."""
    sizes = spatial(weight, rank)
    channels, features = shape_of(weight)[:2]
    split = reshape(weight, (groups, channels // groups, features, *sizes))
    turned = flip(swapaxes(split, 1, 2), tuple(range(-rank, 0)))
    return reshape(turned, (groups * features, channels // groups, *sizes))


def _transposed_convolution(rank: int) -> Callable[..., Any]:
    def conv_transpose(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Any:
        """What a convolution's gradient does: every element spreads out by the kernels."""
        options = (for_each(o, rank) for o in (stride, padding, output_padding, dilation))
        stride, padding, extra, dilation = options
        reach = [d * (k - 1) for k, d in zip(spatial(weight, rank), dilation)]
        grown = bordered(_spread(input, stride), [(r, r + e) for r, e in zip(reach, extra)])
        kernels, ones = _turned(weight, groups, rank), (1,) * rank
        y = batched(_convolved, grown, rank, kernels, ones, dilation, groups)
        kept = (slice(p, n - p) for n, p in zip(spatial(y, rank), padding))
        return _with_bias(indexing.getitem(y, (Ellipsis, *kept)), bias, rank)

    return spoken("ConvolutionBackward0")(named(conv_transpose, f"conv_transpose{rank}d"))


conv_transpose1d, conv_transpose2d, conv_transpose3d = map(_transposed_convolution, (1, 2, 3))
