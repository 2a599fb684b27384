"""Losses that ask for a margin."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import activations, norms, reducing
from ..functions.axes import shape_of
from ..functions.indexing import getitem
from ..functions.shaping import expand_dims, reshape
from ..functions.taking import take_along_axis
from ..ops import elementwise as ew
from ..torch_names.table import spoken
from .layers import cosine_similarity as cosine
from .layers import pairwise_distance
from .losses import reduced, weighted


def _above(x: Any) -> Any:
    """x where it is positive."""
    return ew.clip(x, 0.0, math.inf)


@spoken("")
def hinge_embedding_loss(
    input: Any,
    target: Any,
    margin: float = 1.0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The input where the target is 1; what it lacks to the margin where that is -1."""
    far = ew.where(ew.not_equal(target, 1), _above(ew.sub(margin, input)), 0.0)
    near = ew.where(ew.not_equal(target, -1), input, 0.0)
    return reduced(ew.add(far, near), reduction, size_average, reduce)


@spoken("")
def margin_ranking_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """What input1 lacks to stand above input2 by the margin (below it for a target of -1)."""
    loss = _above(ew.add(ew.mul(ew.neg(target), ew.sub(input1, input2)), margin))
    return reduced(loss, reduction, size_average, reduce)


@spoken("")
def cosine_embedding_loss(
    input1: Any,
    input2: Any,
    target: Any,
    margin: float = 0,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """1 - cosine for a target of 1, the cosine beyond the margin for -1."""
    c = cosine(input1, input2, -1, eps=1e-12)
    alike = ew.where(ew.equal(target, 1), 1 - c, 0.0)
    apart = ew.where(ew.equal(target, -1), _above(c - margin), 0.0)
    return reduced(ew.add(alike, apart), reduction, size_average, reduce)


@spoken()
def soft_margin_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """log(1 + exp(-target*input))."""
    loss = ew.softplus(ew.neg(ew.mul(target, input)))
    return reduced(loss, reduction, size_average, reduce)


@spoken()
def multi_margin_loss(
    input: Any,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """What every other class comes too near to the target's, to the power p."""
    x = input if len(shape_of(input)) > 1 else reshape(input, (1, -1))
    t = reshape(target, (-1, 1))
    gap = _above(margin - take_along_axis(x, t, -1) + x) ** p
    others = ew.not_equal(t, np.arange(int(shape_of(x)[-1])))
    scale = 1.0 if weight is None else getitem(weight, t)
    loss = reducing.mean(ew.where(others, ew.mul(gap, scale), 0.0), -1)
    loss = loss if len(shape_of(input)) > 1 else reshape(loss, ())
    return reduced(loss, reduction, size_average, reduce)


@spoken()
def multilabel_margin_loss(
    input: Any,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """What classes that are no target come too near to those that are; targets end at -1."""
    x, t = (v if len(shape_of(v)) > 1 else reshape(v, (1, -1)) for v in (input, target))
    labels = t.detach().known_value("multilabel_margin_loss()")
    is_label = np.cumprod(labels >= 0, axis=-1).astype(bool)
    classes = np.arange(labels.shape[-1])
    hit = (np.where(is_label, labels, -1)[..., None] == classes).any(axis=-2)
    chosen = take_along_axis(x, np.where(is_label, labels, 0), -1)
    gap = _above(1 - expand_dims(chosen, -1) + expand_dims(x, -2))
    counted = is_label[..., None] & ~hit[..., None, :]
    loss = reducing.sum(ew.where(counted, gap, 0.0), (-2, -1)) / labels.shape[-1]
    loss = loss if len(shape_of(input)) > 1 else reshape(loss, ())
    return reduced(loss, reduction, size_average, reduce)


@spoken("")
def multilabel_soft_margin_loss(
    input: Any,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """The mean binary cross entropy of the classes."""
    yes, no = activations.logsigmoid(input), activations.logsigmoid(ew.neg(input))
    loss = ew.neg(ew.add(ew.mul(target, yes), ew.mul(ew.sub(1, target), no)))
    return reduced(reducing.mean(weighted(loss, weight), -1), reduction, size_average, reduce)


@spoken("")
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-06,
    swap: bool = False,
    size_average: Any = None,
    reduce: Any = None,
    reduction: str = "mean",
) -> Any:
    """What the negative lacks to be farther from the anchor than the positive, by the margin."""

    def distance(a: Any, b: Any) -> Any:
        return norms.vector_norm(ew.add(ew.sub(a, b), eps), p, -1)

    return triplet_margin_with_distance_loss(
        anchor, positive, negative, distance_function=distance, margin=margin, swap=swap,
        reduction="none" if reduce is False else "sum" if size_average is False else reduction,
    )  # fmt: skip


@spoken("")
def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[..., Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Any:
    """The triplet loss for any distance."""
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = ew.minimum(far, distance(positive, negative))
    return reduced(_above(margin + near - far), reduction)
