"""Losses: how far a prediction is from its target, for every element; reduction.py adds them up."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..functions import activations, reducing
from ..functions.axes import shape_of
from ..functions.indexing import getitem
from ..functions.keys import is_known
from ..functions.shaping import broadcast_arrays, expand_dims, moveaxis, squeeze
from ..functions.taking import take_along_axis, take_one_along
from ..graph.op import OpError
from ..handles.remembered import remembering
from ..ops import elementwise as ew
from ..ops import special
from ..tensors.torch_face import Tensor
from .reduction import loss, weighted

# --- numbers


def _difference(input: Any, target: Any) -> Any:
    if tuple(shape_of(input)) != tuple(shape_of(target)):
        warnings.warn(
            f"Using a target size (torch.Size({list(shape_of(target))})) that is different to the "
            f"input size (torch.Size({list(shape_of(input))})). This will likely lead to incorrect "
            "results due to broadcasting. Please ensure they have the same size.",
            stacklevel=5,
        )
    return ew.sub(*broadcast_arrays(input, target))


def _each_weighted(losses: Any, weight: Any) -> Any:
    """The losses, each times its weight."""
    if weight is not None and tuple(shape_of(weight)) != tuple(shape_of(losses)):
        raise ValueError(
            f"Weights and input must have the same size, but have {tuple(shape_of(weight))} and "
            f"{tuple(shape_of(losses))}."
        )
    return weighted(losses, weight)


@loss()
def mse_loss(input: Any, target: Any, *, weight: Any = None) -> Any:
    """The square of the difference."""
    return _each_weighted(ew.square(_difference(input, target)), weight), weight


@loss("MeanBackward0")
def l1_loss(input: Any, target: Any, *, weight: Any = None) -> Any:
    """The size of the difference."""
    return _each_weighted(ew.abs(_difference(input, target)), weight), weight


@loss()
def smooth_l1_loss(input: Any, target: Any, *, beta: float = 1.0) -> Any:
    """The square of small differences, divided by 2*beta; the size of large ones less beta/2."""
    off = _difference(input, target)
    size = ew.abs(off)
    if beta == 0:
        return size
    return ew.where(ew.less(size, beta), off * off * (0.5 / beta), size - 0.5 * beta)


@loss()
def huber_loss(input: Any, target: Any, *, delta: float = 1.0, weight: Any = None) -> Any:
    """Half the square of small differences; beyond delta it grows no faster."""
    off = _difference(input, target)
    size = ew.abs(off)
    near, far = 0.5 * off * off, delta * (size - 0.5 * delta)
    return _each_weighted(ew.where(ew.less_equal(size, delta), near, far), weight)


# --- probabilities


@loss("")
def kl_div(input: Any, target: Any, *, log_target: bool = False) -> Any:
    """The Kullback-Leibler divergence of log probabilities `input` from `target`."""
    if log_target:
        return ew.mul(ew.exp(target), ew.sub(target, input))
    return ew.sub(special.xlogy(target, target), ew.mul(target, input))


@loss()
def binary_cross_entropy(input: Any, target: Any, weight: Any = None) -> Any:
    """-(t log x + (1 - t) log(1 - x)); logarithms stop at -100."""
    yes = _stopped(ew.log(input), input)
    no = _stopped(ew.log1p(ew.neg(input)), ew.sub(1, input))
    return weighted(ew.sub(ew.mul(ew.sub(target, 1), no), ew.mul(target, yes)), weight)


def _stopped(log: Any, x: Any) -> Any:
    """The logarithm of x, or -100; steep there, as in PyTorch, so that what is surely wrong learns."""
    return ew.where(log <= -100.0, 1e12 * x - 100.0, log)


@loss()
def binary_cross_entropy_with_logits(
    input: Any, target: Any, weight: Any = None, *, pos_weight: Any = None
) -> Any:
    """The binary cross entropy of sigmoid(input), computed without overflow."""
    yes = activations.logsigmoid(input)
    if pos_weight is not None:
        yes = ew.mul(1 + (pos_weight - 1) * target, yes)
    return weighted(ew.sub(ew.mul(ew.sub(1, target), input), yes), weight)


def _classes_last(input: Any) -> Any:
    """Classes stand on the second axis, or the only one."""
    return moveaxis(input, 1, -1) if len(shape_of(input)) > 2 else input


def _check_target(name: str, input: Any, target: Any, probable: bool = False) -> None:
    """A class for each place without the classes' axis; probabilities have the input's shape."""
    shape, have = tuple(shape_of(input)), tuple(shape_of(target))
    want = shape if probable else shape[:1] + shape[2:] if shape[1:] else ()
    if have != want:
        raise OpError(f"{name}: the target has shape {have}; for an input of {shape} it has {want}")


def _picked(logs: Any, target: Any, weight: Any, ignore_index: int) -> tuple[Any, Any]:
    """-log of the probability of each target, weighted, and the weights (None: all are 1); 0 for
    ignored ones.
    """
    if weight is None and is_known(logs) and _all_count(target, ignore_index):
        return ew.neg(take_one_along(logs, target, -1)), None
    counts = ew.not_equal(target, ignore_index)
    safe = ew.where(counts, target, 0)
    losses = ew.neg(squeeze(take_along_axis(logs, expand_dims(safe, -1), -1), -1))
    share = ew.astype(counts, dtype=np.dtype(logs.dtype))
    share = share if weight is None else ew.mul(share, getitem(weight, safe))
    return ew.mul(ew.where(counts, losses, 0.0), share), share


def _all_count(target: Any, ignore_index: int) -> bool:
    """Whether no target is ignored, as a glance at the smallest tells where that number is < 0."""
    value = getattr(target, "_value", target)
    return value is not None and bool(value.size) and ignore_index < 0 <= value.min()


_log_softmax = remembering(Tensor, activations.log_softmax)


@loss()
def nll_loss(
    input: Any, target: Any, weight: Any = None, *, ignore_index: int = -100
) -> tuple[Any, Any]:
    """-input at the target's class; the mean is weighted."""
    _check_target("nll_loss", input, target)
    return _picked(_classes_last(input), target, weight, ignore_index)


@loss("NllLossBackward0")
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Any:
    """The negative log probability of the target: classes, or a probability for each of them."""
    probable = target.dtype.kind == "f"
    _check_target("cross_entropy", input, target, probable)
    logs = _log_softmax(_classes_last(input), -1)
    smoothed = label_smoothing / shape_of(logs)[-1]
    if probable:
        target = _classes_last(target) * (1 - label_smoothing) + smoothed
        return ew.neg(reducing.sum(weighted(ew.mul(target, logs), weight), -1))
    losses, share = _picked(logs, target, weight, ignore_index)
    if label_smoothing:
        everywhere = ew.neg(reducing.sum(weighted(logs, weight), -1))
        even = ew.where(ew.not_equal(target, ignore_index), everywhere * smoothed, 0.0)
        losses = ew.add(ew.mul(losses, 1 - label_smoothing), even)
    return losses, share


@loss("")
def poisson_nll_loss(
    input: Any, target: Any, log_input: bool = True, full: bool = False, *, eps: float = 1e-08
) -> Any:
    """-log of a Poisson probability, whose rate (or its logarithm) is the input."""
    if log_input:
        losses = ew.sub(ew.exp(input), ew.mul(target, input))
    else:
        losses = ew.sub(input, ew.mul(target, ew.log(ew.add(input, eps))))
    if not full:
        return losses
    stirling = target * ew.log(target) - target + 0.5 * ew.log(2 * math.pi * target)
    return ew.add(losses, ew.where(ew.greater(target, 1), stirling, 0.0))


@loss("")
def gaussian_nll_loss(
    input: Any, target: Any, var: Any, full: bool = False, eps: float = 1e-06
) -> Any:
    """-log of a normal density of mean `input` and variance `var`."""
    if len(shape_of(var)) == len(shape_of(input)) - 1:
        var = expand_dims(var, -1)
    # the bound is for the value alone: the gradient passes, as in PyTorch
    bounded = var + (ew.maximum(var, eps) - var).detach()
    losses = 0.5 * (ew.log(bounded) + ew.square(ew.sub(input, target)) / bounded)
    return losses + 0.5 * math.log(2 * math.pi) if full else losses
