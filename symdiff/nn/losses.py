"""Losses: how far a prediction is from its target."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import activations, reducing
from ..functions.axes import shape_of
from ..functions.indexing import getitem
from ..functions.shaping import broadcast_arrays, expand_dims, moveaxis, squeeze
from ..functions.taking import take_along_axis
from ..ops import elementwise as ew
from ..ops import special
from ..torch_names.table import spoken


def reduced(loss: Any, reduction: str, size_average: Any = None, reduce: Any = None) -> Any:
    """The mean, the sum, or all losses; the older words for it are understood."""
    if size_average is not None or reduce is not None:
        by_name = "mean" if size_average in (None, True) else "sum"
        reduction = "none" if reduce is False else by_name
    if reduction == "none":
        return loss
    if reduction == "sum":
        return reducing.sum(loss)
    if reduction != "mean":
        raise ValueError(f"{reduction} is not a valid value for reduction")
    return reducing.mean(loss)


def weighted(loss: Any, weight: Any) -> Any:
    return loss if weight is None else ew.mul(loss, weight)


def _same_size(input: Any, target: Any) -> tuple[Any, ...]:
    if tuple(shape_of(input)) != tuple(shape_of(target)):
        warnings.warn(
            f"Using a target size (torch.Size({list(shape_of(target))})) that is different to the "
            f"input size (torch.Size({list(shape_of(input))})). This will likely lead to incorrect "
            "results due to broadcasting. Please ensure they have the same size.",
            stacklevel=5,
        )
    return broadcast_arrays(input, target)


# --- numbers


def _of_difference(name: str, per_element: Callable[..., Any], grad_fn: str | None = None) -> Any:
    def loss(
        input: Any,
        target: Any,
        size_average: Any = None,
        reduce: Any = None,
        reduction: str = "mean",
        weight: Any = None,
    ) -> Any:
        off = ew.sub(*_same_size(input, target))
        return reduced(weighted(per_element(off), weight), reduction, size_average, reduce)

    loss.__name__ = loss.__qualname__ = name
    loss.__doc__ = per_element.__doc__
    return spoken(grad_fn)(loss)


mse_loss = _of_difference("mse_loss", ew.square)
l1_loss = _of_difference("l1_loss", ew.abs, "MeanBackward0")


@spoken()
def smooth_l1_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Any:
    """The square of small differences, divided by 2*beta; the size of large ones less beta/2."""
    off = ew.sub(*_same_size(input, target))
    size = ew.abs(off)
    if beta == 0:
        return reduced(size, reduction, size_average, reduce)
    loss = ew.where(ew.less(size, beta), off * off * (0.5 / beta), size - 0.5 * beta)
    return reduced(loss, reduction, size_average, reduce)


@spoken()
def huber_loss(
    input: Any, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None
) -> Any:
    """Half the square of small differences; beyond delta it grows no faster."""
    off = ew.sub(*_same_size(input, target))
    size = ew.abs(off)
    near = ew.less_equal(size, delta)
    loss = ew.where(near, 0.5 * off * off, delta * (size - 0.5 * delta))
    return reduced(weighted(loss, weight), reduction)


# --- probabilities


@spoken("")
def kl_div(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Any:
    """The Kullback-Leibler divergence of log probabilities `input` from `target`."""
    if log_target:
        loss = ew.mul(ew.exp(target), ew.sub(target, input))
    else:
        loss = ew.sub(special.xlogy(target, target), ew.mul(target, input))
    if reduction == "batchmean":
        return ew.div(reducing.sum(loss), shape_of(input)[0] if shape_of(input) else 1)
    return reduced(loss, reduction, size_average, reduce)


@spoken()
def binary_cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """-(t log x + (1 - t) log(1 - x)); logarithms stop at -100."""
    yes, no = ew.maximum(ew.log(input), -100.0), ew.maximum(ew.log1p(ew.neg(input)), -100.0)
    loss = ew.sub(ew.mul(ew.sub(target, 1), no), ew.mul(target, yes))
    return reduced(weighted(loss, weight), reduction, size_average, reduce)


@spoken()
def binary_cross_entropy_with_logits(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
    pos_weight: Any = None,
) -> Any:
    """The binary cross entropy of sigmoid(input), computed without overflow."""
    yes = activations.logsigmoid(input)
    scale = 1 if pos_weight is None else 1 + (pos_weight - 1) * target
    loss = ew.sub(ew.mul(ew.sub(1, target), input), ew.mul(scale, yes))
    return reduced(weighted(loss, weight), reduction, size_average, reduce)


def _classes_last(input: Any) -> Any:
    """Classes stand on the second axis, or the only one."""
    return moveaxis(input, 1, -1) if len(shape_of(input)) > 1 else input


def _picked(logs: Any, target: Any, weight: Any, ignore_index: int) -> tuple[Any, Any]:
    """-log of the probability of each target, and what each counts."""
    counts = ew.not_equal(target, ignore_index)
    safe = ew.where(counts, target, 0)
    loss = ew.neg(squeeze(take_along_axis(logs, expand_dims(safe, -1), -1), -1))
    share = ew.astype(counts, dtype=np.dtype(logs.dtype))
    if weight is not None:
        share = ew.mul(share, getitem(weight, safe))
    return ew.where(counts, loss, 0.0), share


@spoken()
def nll_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """-input at the target's class; the mean is weighted."""
    loss, share = _picked(_classes_last(input), target, weight, ignore_index)
    if reduction == "mean" and size_average is None and reduce is None:
        return ew.div(reducing.sum(ew.mul(loss, share)), reducing.sum(share))
    return reduced(ew.mul(loss, share), reduction, size_average, reduce)


@spoken("NllLossBackward0")
def cross_entropy(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """The negative log probability of the target: classes, or a probability for each of them."""
    logs = activations.log_softmax(_classes_last(input), -1)
    if target.dtype.kind == "f":
        return _of_probabilities(logs, target, weight, reduction, label_smoothing)
    loss, share = _picked(logs, target, weight, ignore_index)
    loss = ew.mul(loss, share)
    if label_smoothing:
        counts = ew.not_equal(target, ignore_index)
        everywhere = ew.neg(reducing.sum(weighted(logs, weight), -1))
        even = ew.where(counts, everywhere, 0.0) * (label_smoothing / shape_of(logs)[-1])
        loss = ew.add(ew.mul(loss, 1 - label_smoothing), even)
    if reduction == "mean" and size_average is None and reduce is None:
        return ew.div(reducing.sum(loss), reducing.sum(share))
    return reduced(loss, reduction, size_average, reduce)


def _of_probabilities(
    logs: Any, target: Any, weight: Any, reduction: str, label_smoothing: float
) -> Any:
    target = _classes_last(target)
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / shape_of(logs)[-1]
    loss = ew.neg(reducing.sum(weighted(ew.mul(target, logs), weight), -1))
    return reduced(loss, reduction)


@spoken("")
def poisson_nll_loss(
    input: Any,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    size_average: Any = None,
    eps: float = 1e-08,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """-log of a Poisson probability, whose rate (or its logarithm) is the input."""
    if log_input:
        loss = ew.sub(ew.exp(input), ew.mul(target, input))
    else:
        loss = ew.sub(input, ew.mul(target, ew.log(ew.add(input, eps))))
    if full:
        stirling = target * ew.log(target) - target + 0.5 * ew.log(2 * math.pi * target)
        loss = ew.add(loss, ew.where(ew.greater(target, 1), stirling, 0.0))
    return reduced(loss, reduction, size_average, reduce)


@spoken("")
def gaussian_nll_loss(
    input: Any,
    target: Any,
    var: Any,
    full: bool = False,
    eps: float = 1e-06,
    reduction: str = "mean",
) -> Any:
    """-log of a normal density of mean `input` and variance `var`."""
    if len(shape_of(var)) == len(shape_of(input)) - 1:
        var = expand_dims(var, -1)
    # the bound is for the value alone: the gradient passes, as in PyTorch
    bounded = var + (ew.maximum(var, eps) - var).detach()
    loss = 0.5 * (ew.log(bounded) + ew.square(ew.sub(input, target)) / bounded)
    return reduced(loss + 0.5 * math.log(2 * math.pi) if full else loss, reduction)
