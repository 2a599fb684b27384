"""Losses that ask for a margin, for every element; reduction.py adds them up."""

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
from .layers import pairwise_distance
from .reduction import loss, weighted


def _above(x: Any) -> Any:
    """x where it is positive."""
    return ew.clip(x, 0.0, math.inf)


@loss("")
def hinge_embedding_loss(input: Any, target: Any, margin: float = 1.0) -> Any:
    """The input where the target is 1; what it lacks to the margin where that is -1."""
    far = ew.where(ew.not_equal(target, 1), _above(ew.sub(margin, input)), 0.0)
    near = ew.where(ew.not_equal(target, -1), input, 0.0)
    return ew.add(far, near)


@loss("")
def margin_ranking_loss(input1: Any, input2: Any, target: Any, margin: float = 0) -> Any:
    """What input1 lacks to stand above input2 by the margin (below it for a target of -1)."""
    return _above(ew.add(ew.mul(ew.neg(target), ew.sub(input1, input2)), margin))


@loss("")
def cosine_embedding_loss(input1: Any, input2: Any, target: Any, margin: float = 0) -> Any:
    """1 - cosine for a target of 1, the cosine beyond the margin for -1; no square is quite 0."""
    squares = [ew.add(reducing.sum(ew.square(x), -1), 1e-12) for x in (input1, input2)]
    c = ew.div(reducing.sum(ew.mul(input1, input2), -1), ew.sqrt(ew.mul(*squares)))
    alike = ew.where(ew.equal(target, 1), 1 - c, 0.0)
    return ew.add(alike, ew.where(ew.equal(target, -1), _above(c - margin), 0.0))


@loss()
def soft_margin_loss(input: Any, target: Any) -> Any:
    """log(1 + exp(-target*input))."""
    return ew.softplus(ew.neg(ew.mul(target, input)))


def _rows(x: Any) -> Any:
    return x if len(shape_of(x)) > 1 else reshape(x, (1, -1))


def _as_many(losses: Any, input: Any) -> Any:
    """A loss for each row; one without axes if there was but one row without its axis."""
    return losses if len(shape_of(input)) > 1 else reshape(losses, ())


@loss()
def multi_margin_loss(
    input: Any, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None
) -> Any:
    """What every other class comes too near to the target's, to the power p."""
    x, t = _rows(input), reshape(target, (-1, 1))
    gap = _above(margin - take_along_axis(x, t, -1) + x) ** p
    others = ew.not_equal(t, np.arange(int(shape_of(x)[-1])))
    gap = weighted(gap, None if weight is None else getitem(weight, t))
    return _as_many(reducing.mean(ew.where(others, gap, 0.0), -1), input)


@loss()
def multilabel_margin_loss(input: Any, target: Any) -> Any:
    """What classes that are no target come too near to those that are; targets end at -1."""
    x = _rows(input)
    labels = _rows(target.detach().known_value("multilabel_margin_loss()"))
    is_label = np.cumprod(labels >= 0, axis=-1).astype(bool)
    hit = (np.where(is_label, labels, -1)[..., None] == np.arange(labels.shape[-1])).any(axis=-2)
    chosen = take_along_axis(x, np.where(is_label, labels, 0), -1)
    gap = _above(1 - expand_dims(chosen, -1) + expand_dims(x, -2))
    counted = is_label[..., None] & ~hit[..., None, :]
    losses = reducing.sum(ew.where(counted, gap, 0.0), (-2, -1)) / labels.shape[-1]
    return _as_many(losses, input)


@loss("")
def multilabel_soft_margin_loss(input: Any, target: Any, weight: Any = None) -> Any:
    """The mean binary cross entropy of the classes."""
    yes, no = activations.logsigmoid(input), activations.logsigmoid(ew.neg(input))
    losses = ew.neg(ew.add(ew.mul(target, yes), ew.mul(ew.sub(1, target), no)))
    return reducing.mean(weighted(losses, weight), -1)


@loss("")
def triplet_margin_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-06,
    swap: bool = False,
) -> Any:
    """What the negative lacks to be farther from the anchor than the positive, by the margin."""

    def distance(a: Any, b: Any) -> Any:
        return norms.vector_norm(ew.add(ew.sub(a, b), eps), p, -1)

    return _triplet(distance, anchor, positive, negative, margin, swap)


@loss("")
def triplet_margin_with_distance_loss(
    anchor: Any,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[..., Any] | None = None,
    margin: float = 1.0,
    swap: bool = False,
) -> Any:
    """The triplet loss for any distance."""
    distance = pairwise_distance if distance_function is None else distance_function
    return _triplet(distance, anchor, positive, negative, margin, swap)


def _triplet(
    distance: Callable[..., Any], anchor: Any, near: Any, far: Any, margin: float, swap: bool
) -> Any:
    apart = distance(anchor, far)
    apart = ew.minimum(apart, distance(near, far)) if swap else apart
    return _above(margin + distance(anchor, near) - apart)
