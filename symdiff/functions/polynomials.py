"""Polynomials by their coefficients, the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..handles.operands import operand
from ..ops import elementwise as ew
from . import signal
from .axes import shape_of
from .creation import vander
from .indexing import getitem
from .joining import append
from .linear import lstsq
from .reducing import sum as total
from .shaping import atleast_1d, concatenate, reshape


def polyval(p: Any, x: Any) -> Any:
    """The polynomial at x, by Horner's rule."""
    p, x = operand(p), operand(x)
    y: Any = x * 0
    for k in range(int(shape_of(p)[0])):
        y = y * x + getitem(p, k)
    return y


def polyadd(a1: Any, a2: Any) -> Any:
    a, b = _of_one_length(a1, a2)
    return ew.add(a, b)


def polysub(a1: Any, a2: Any) -> Any:
    a, b = _of_one_length(a1, a2)
    return ew.sub(a, b)


def polymul(a1: Any, a2: Any) -> Any:
    return signal.convolve(atleast_1d(operand(a1)), atleast_1d(operand(a2)))


def polyder(p: Any, m: int = 1) -> Any:
    """The coefficients of the m-th derivative."""
    p = operand(p)
    for _ in range(m):
        degree = int(shape_of(p)[0]) - 1
        p = getitem(p, slice(None, -1)) * np.arange(degree, 0, -1)
    return p


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The coefficients of an antiderivative, with the constants k of each integration."""
    p, constants = operand(p), np.zeros(m) if k is None else atleast_1d(operand(k))
    for j in range(m):
        n = int(shape_of(p)[0])
        p = append(p / np.arange(n, 0, -1), getitem(constants, j if len(constants) > 1 else 0))
    return p


def polyfit(x: Any, y: Any, deg: int) -> Any:
    """The polynomial of the given degree that is nearest to the points, by least squares."""
    columns = vander(operand(x), deg + 1)
    scale = ew.sqrt(total(columns * columns, axis=0))
    solution = lstsq(columns / scale, operand(y))[0]
    return solution / reshape(scale, (-1,) + (1,) * (len(shape_of(solution)) - 1))


def _of_one_length(a1: Any, a2: Any) -> list[Any]:
    """Both with zeros for the powers that only the other has."""
    parts = [atleast_1d(operand(a)) for a in (a1, a2)]
    longest = max(shape_of(p)[0] for p in parts)
    return [concatenate([np.zeros(longest - shape_of(p)[0]), p]) for p in parts]
