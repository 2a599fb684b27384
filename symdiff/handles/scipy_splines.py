"""scipy.interpolate for handles: piecewise polynomials, at places and through values that are followed.

SciPy makes the polynomials. Splines through values are linear in these, so those through the unit
vectors tell the coefficients.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from .instead import holds_handle
from .operands import operand
from .scipy_grids import Lattice, lattice

_LINEAR = ("CubicSpline", "interp1d")  # in the values
_ON_A_GRID = "RegularGridInterpolator"
_KNOWN = ("PPoly", "PchipInterpolator", "Akima1DInterpolator", *_LINEAR, _ON_A_GRID)


class _Pieces(NamedTuple):
    """The polynomials with coefficients c[:, k], highest power first, from x[k] to x[k + 1]."""

    c: Any
    x: np.ndarray
    goes_on: bool

    def at(self, q: Any, nu: int = 0) -> Any:
        """The nu-th derivative at q."""
        q, x = operand(q), self.x
        if not self.goes_on and np.any(np.logical_or(q < x[0], q > x[-1])):
            raise ValueError("a value is beyond the range of what is interpolated")
        k = np.searchsorted(x[1:-1], q, side="right")
        y, step, highest = 0.0, q - x[k], len(self.c) - 1
        for power in range(highest, nu - 1, -1):
            y = y * step + math.perm(power, nu) * self.c[highest - power][k]
        return y


class Spline:
    """A spline of SciPy's, with a formula for places that are followed."""

    def __init__(self, theirs: Any, pieces: _Pieces | Lattice) -> None:
        self._theirs, self._pieces = theirs, pieces

    def __call__(self, q: Any, *args: Any, **options: Any) -> Any:
        given = self._pieces.at if holds_handle(q) else self._theirs
        return given(q, *args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._theirs, name)


def spline(value: Any) -> Any:
    """What stands in for a spline of SciPy's, or for a class of them; None for what is none."""
    kind = value if isinstance(value, type) else type(value)
    if not kind.__module__.startswith("scipy.interpolate.") or kind.__name__ not in _KNOWN:
        return None
    if isinstance(value, type):
        return functools.wraps(value, updated=())(functools.partial(_made, value))
    if kind.__name__ == _ON_A_GRID:
        formula = lattice(
            value.grid, value.values, value.method, value.bounds_error, value.fill_value
        )
    else:
        pieces = _pieces(value)
        formula = None if pieces is None or pieces.c.ndim != 2 else pieces
    return None if formula is None else Spline(value, formula)


def _made(kind: Callable[..., Any], *args: Any, **options: Any) -> Any:
    if any(map(holds_handle, (*args, *options.values()))):
        return _through(kind, *args, **options)
    theirs = kind(*args, **options)
    return spline(theirs) or theirs


def _through(kind: Any, x: Any, y: Any, *args: Any, **options: Any) -> Callable[..., Any]:
    """A spline through values that are followed."""
    y, rest = operand(y), (x, *args, *options.values())
    if kind.__name__ == _ON_A_GRID:
        found = None if any(map(holds_handle, rest)) else lattice(x, y, *args, **options)
        if found is not None:
            return found.at
    elif kind.__name__ in _LINEAR and y.ndim == 1 and not any(map(holds_handle, rest)):
        units = _pieces(kind(x, np.eye(len(y)), *args, **options))
        if units is not None:
            return units._replace(c=np.tensordot(units.c, y, 1)).at
    raise TypeError(
        f"scipy.interpolate.{kind.__name__}: only CubicSpline and a linear interp1d through one row "
        "of values, and a linear RegularGridInterpolator, at places that are plain numbers, have a "
        "derivative rule here"
    )


def _pieces(value: Any) -> _Pieces | None:
    """Further axes of the coefficients are those of the values."""
    if type(value).__name__ != "interp1d":
        return _Pieces(value.c, value.x, True) if value.extrapolate is True else None
    goes_on = isinstance(value.fill_value, str)  # "extrapolate"
    if value._kind != "linear" or not (goes_on or value.bounds_error):
        return None
    y = np.moveaxis(np.asarray(value.y), value.axis, 0)
    widths = np.diff(value.x).reshape(-1, *(1,) * (y.ndim - 1))
    return _Pieces(np.stack([np.diff(y, axis=0) / widths, y[:-1]]), value.x, goes_on)
