"""The p-norm of vectors: the p-th root of the sum of |x|**p, over axes counted from the end."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..graph.op import Aval, declare
from .elementwise import abs as absolute
from .elementwise import sign, sqrt, where
from .matrices import float_dtype
from .shape import spread, sum_, without


def _evaluate(x: Any, p: float, axes: tuple[int, ...]) -> Any:
    x = np.asarray(x)
    x = x.astype(float_dtype(x.dtype), copy=False)
    if p == 2:
        return np.sqrt(np.sum(x * x, axis=axes))
    with np.errstate(divide="ignore"):  # p < 0, and some x is 0: the norm is 0
        return np.power(np.sum(np.power(np.abs(x), p), axis=axes), 1 / p)


# dy/dx = sign(x) |x|**(p - 1) y**(1 - p); for p = 2 this is x/y. Where y or x is 0, it is 0.


def _pullback(g: Any, y: Any, x: Any, needed: Any, p: float, axes: tuple[int, ...]) -> tuple[Any]:
    length = where(y == 0, 1.0, y)
    if p == 2:
        scale = where(y == 0, 0.0, g / length)
        return (x * spread(scale, x.shape, axes),)
    scale = where(y == 0, 0.0, g * length ** (1 - p))
    size = where(x == 0, 1.0, absolute(x))
    slope = where(x == 0, 0.0, sign(x) * size ** (p - 1))
    return (slope * spread(scale, x.shape, axes),)


def _compose(x: Any, p: float, axes: tuple[int, ...]) -> Any:
    if p == 2:
        return sqrt(sum_(x * x, axes=axes))
    return sum_(absolute(x) ** p, axes=axes) ** (1 / p)


norm = declare(
    "norm",
    infer=lambda x, p, axes: Aval(without(x.shape, axes), float_dtype(x.dtype)),
    evaluate=_evaluate,
    pullback=_pullback,
    compose=_compose,
    backward="LinalgVectorNormBackward0",
    family="linear algebra",
    example=lambda rng: ((rng.normal(size=(2, 3, 4)),), {"p": 3, "axes": (-3, -1)}),
)
