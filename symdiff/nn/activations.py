"""Activations by PyTorch's names and arguments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import activations
from ..functions.axes import shape_of
from ..functions.joining import split
from ..functions.shaping import reshape
from ..graph.naming import named
from ..ops import elementwise as ew
from ..tensors.names import reductions
from ..tensors.names.order import argmax
from ..tensors.names.randomness import draws
from ..tensors.names.table import in_place, spoken

sigmoid, tanh = ew.sigmoid, ew.tanh


def _finished(input: Any, y: Any, inplace: bool) -> Any:
    return input.become(y) if inplace else y


def _plain(name: str, function: Callable[..., Any], grad_fn: str | None = None) -> Any:
    """An activation without options but `inplace`."""

    def activation(input: Any, inplace: bool = False) -> Any:
        return _finished(input, function(input), inplace)

    return spoken(grad_fn)(named(activation, name, function.__doc__))


relu = _plain("relu", activations.relu)
relu6 = _plain("relu6", activations.relu6, "HardtanhBackward0")
selu = _plain("selu", activations.selu, "EluBackward0")
silu = _plain("silu", activations.silu)
mish = _plain("mish", activations.mish)
hardsigmoid = _plain("hardsigmoid", activations.hardsigmoid)
hardswish = _plain("hardswish", activations.hardswish)
logsigmoid = _plain("logsigmoid", activations.logsigmoid, "LogSigmoidBackward0")
softsign = _plain("softsign", activations.softsign, "DivBackward0")
tanhshrink = _plain("tanhshrink", activations.tanhshrink, "SubBackward0")


@spoken()
def leaky_relu(input: Any, negative_slope: float = 0.01, inplace: bool = False) -> Any:
    """x above 0, negative_slope*x from 0 down."""
    return _finished(input, activations.leaky_relu(input, negative_slope), inplace)


@spoken("PreluKernelBackward0")
def prelu(input: Any, weight: Any) -> Any:
    """x above 0, weight*x from 0 down, with a weight for each channel (the second axis)."""
    if len(shape_of(weight)) == 1 and shape_of(weight)[0] != 1 and len(shape_of(input)) > 1:
        weight = reshape(weight, (-1, *(1,) * (len(shape_of(input)) - 2)))
    y = ew.where(ew.greater(input, 0), input, ew.mul(weight, input))
    return reshape(y, shape_of(input))


@spoken()
def elu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x above 0, alpha*(exp(x) - 1) from 0 down."""
    return _finished(input, activations.elu(input, alpha), inplace)


@spoken()
def celu(input: Any, alpha: float = 1.0, inplace: bool = False) -> Any:
    """x above 0, alpha*(exp(x/alpha) - 1) from 0 down."""
    return _finished(input, activations.celu(input, alpha), inplace)


@spoken()
def gelu(input: Any, approximate: str = "none") -> Any:
    """x times the normal distribution function of x."""
    return activations.gelu(input, approximate)


@spoken()
def glu(input: Any, dim: int = -1) -> Any:
    """The first half of an axis, times the sigmoid of the second."""
    a, b = split(input, 2, dim)
    return ew.mul(a, ew.sigmoid(b))


@spoken()
def softplus(input: Any, beta: float = 1.0, threshold: float = 20.0) -> Any:
    """log(1 + exp(beta*x))/beta, and x itself where beta*x is over the threshold."""
    return activations.softplus(input, beta, threshold)


@spoken()
def hardtanh(input: Any, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Any:
    """x between the bounds, and flat on them."""
    return _finished(input, activations.hardtanh(input, min_val, max_val), inplace)


@spoken()
def hardshrink(input: Any, lambd: float = 0.5) -> Any:
    """0 within lambd of 0, x beyond."""
    return activations.hardshrink(input, lambd)


@spoken()
def softshrink(input: Any, lambd: float = 0.5) -> Any:
    """0 within lambd of 0, beyond it x moved towards 0 by lambd."""
    return activations.softshrink(input, lambd)


@spoken()
def threshold(input: Any, threshold: float, value: float, inplace: bool = False) -> Any:
    """x above the threshold, else the value."""
    return _finished(input, activations.threshold(input, threshold, value), inplace)


relu_, threshold_ = in_place(relu, "relu_"), in_place(threshold, "threshold_")
hardtanh_, leaky_relu_ = in_place(hardtanh, "hardtanh_"), in_place(leaky_relu, "leaky_relu_")
elu_, selu_, celu_ = in_place(elu, "elu_"), in_place(selu, "selu_"), in_place(celu, "celu_")

# --- along an axis


def _implicit(input: Any) -> int:
    """The axis that PyTorch chooses where none is given."""
    return 0 if len(shape_of(input)) in (0, 1, 3) else 1


@spoken("", scalar_as_row=True)
def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """exp(x)/sum(exp(x)) along an axis."""
    return reductions.softmax(input, _implicit(input) if dim is None else dim, dtype)


@spoken("", scalar_as_row=True)
def softmin(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """softmax(-x)."""
    return softmax(ew.neg(input), dim, dtype=dtype)


@spoken("", scalar_as_row=True)
def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """log(softmax(x))."""
    return reductions.log_softmax(input, _implicit(input) if dim is None else dim, dtype)


@spoken("")
def gumbel_softmax(
    logits: Any, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Any:
    """A sample of one of the classes, soft or (its gradient still soft) hard."""
    noise = draws().gumbel(size=shape_of(logits)).astype(np.dtype(logits.dtype))
    soft = reductions.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    chosen = argmax(soft, dim, keepdim=True)
    steps = reshape(np.arange(int(shape_of(soft)[dim])), _only(dim, len(shape_of(soft))))
    one = ew.astype(ew.equal(chosen, steps), dtype=np.dtype(logits.dtype))
    return one - soft.detach() + soft


def _only(dim: int, rank: int) -> list[int]:
    """A shape that is 1 but on one axis."""
    return [-1 if k == dim % rank else 1 for k in range(rank)]
