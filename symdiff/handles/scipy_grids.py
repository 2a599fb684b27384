"""Values between the points of a grid, linearly, for handles."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .operands import operand


class Lattice(NamedTuple):
    """Values at the points of a grid; beyond it there is `fill`, or an error."""

    points: Sequence[Any]
    values: Any
    checks: bool
    fill: Any

    def at(self, xi: Any) -> Any:
        """The values at places: rows of coordinates, or a tuple with an array for each axis."""
        places = self._coordinates(xi)
        beyond = [np.logical_or(q < p[0], q > p[-1]) for q, p in zip(places, self.points)]
        outside = functools.reduce(np.logical_or, beyond)
        if self.checks and np.any(outside):
            raise ValueError("a place is out of bounds of the grid that is interpolated")
        counted = [np.interp(q, p, np.arange(len(p))) for q, p in zip(places, self.points)]
        y = between(self.values, counted)
        return np.where(
            outside.reshape(*outside.shape, *[1] * (y.ndim - outside.ndim)), self.fill, y
        )

    def _coordinates(self, xi: Any) -> list[Any]:
        if isinstance(xi, tuple):
            return list(map(operand, xi))
        rank, xi = len(self.points), operand(xi)
        xi = xi.reshape(-1, rank) if xi.ndim == 1 else xi
        return [xi[..., k] for k in range(rank)]


def lattice(
    points: Sequence[Any], values: Any, method: str = "linear", bounds_error: bool = True,
    fill_value: Any = np.nan,
) -> Lattice | None:  # fmt: skip
    """What SciPy's RegularGridInterpolator means; None where it is not linear, or goes on outside."""
    if method != "linear" or fill_value is None:
        return None
    return Lattice([np.asarray(p) for p in points], values, bounds_error, fill_value)


def between(values: Any, places: Sequence[Any]) -> Any:
    """Values at places counted along each axis; between whole numbers, linearly."""
    lasts = [int(n) - 1 for n in values.shape[: len(places)]]
    below = [np.clip(np.floor(p), 0, max(n - 1, 0)).astype(int) for p, n in zip(places, lasts)]
    y, rest = 0.0, [1] * (values.ndim - len(places))
    for corner in np.ndindex(*[2] * len(places)):
        index = tuple(np.minimum(k + c, n) for k, c, n in zip(below, corner, lasts))
        shares = [p - k if c else 1 + k - p for p, k, c in zip(places, below, corner)]
        share = functools.reduce(operator.mul, shares)
        y = y + share.reshape(*share.shape, *rest) * values[index]
    return y
