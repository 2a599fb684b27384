"""SciPy's distances and splines are followed, where they stand and in what holds them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.interpolate import (
    Akima1DInterpolator,
    CubicSpline,
    PchipInterpolator,
    RegularGridInterpolator,
    interp1d,
)
from scipy.spatial import distance

import symdiff as sd
from tests.differences import slopes

POINTS = np.array([[0.1, 1.2], [1.5, -0.3], [-0.7, 0.4]])
SHIFT = np.array([0.3, 0.5])
KNOTS = np.array([0.0, 0.4, 1.0, 1.3, 2.0])
VALUES = np.sin(3 * KNOTS)
SMOOTH = CubicSpline(KNOTS, VALUES)


class Table:
    """Holds a spline."""

    def __init__(self, kind: Any) -> None:
        self.spline = kind(KNOTS, VALUES)

    def at(self, q: Any) -> Any:
        return self.spline(q) * self.spline.x[-1]


TABLE = Table(PchipInterpolator)
METRICS = ["euclidean", "sqeuclidean", "cityblock", "chebyshev", "cosine", "canberra",
           "braycurtis"]  # fmt: skip

OF_POINTS: dict[str, Callable[[Any], Any]] = {
    **{m: lambda x, m=m: distance.cdist(x, POINTS[:2] + SHIFT, m) for m in METRICS},
    "minkowski": lambda x: distance.cdist(x, x[:2] + 0.2, "minkowski", p=3),
    "correlation": lambda x: distance.correlation(x.ravel(), np.arange(6.0) ** 2),
    "seuclidean": lambda x: distance.cdist(x, x, "seuclidean", V=x[0] ** 2),
    "mahalanobis": lambda x: distance.cdist(x, x, "mahalanobis", VI=x.T @ x),
    "of two by a matrix": lambda x: distance.mahalanobis(x[0], x[1], np.diag(x[2] ** 2)),
    "of nothing": lambda x: distance.cdist(0 * POINTS, np.zeros((1, 2)), "canberra"),
    "a metric of one's own": lambda x: distance.cdist(x, x, lambda u, v: np.sum((u - v) ** 4)),
    "pairs": lambda x: distance.squareform(distance.pdist(x)) ** 2,
    "pairs of a matrix": lambda x: distance.squareform(x @ x.T, checks=False),
    "pairs by a metric": lambda x: distance.pdist(x, lambda u, v: u @ v),
    "two": lambda x: distance.euclidean(x[0], x[1]) + distance.cosine(x[0], [1.0, 2.0]),
}
OF_VALUES: dict[str, Callable[[Any], Any]] = {
    "cubic through values": lambda y: CubicSpline(KNOTS, y)([0.1, 0.4, 1.7, 2.5]),
    "its slope": lambda y: CubicSpline(KNOTS, y, bc_type="natural")(0.6, 1),
    "linear through values": lambda y: interp1d(KNOTS, y)([0.1, 0.9, 1.7]),
    "and beyond": lambda y: interp1d(KNOTS, y, fill_value="extrapolate")(np.array([-1.0, 2.5])),
    "cubic at places": lambda q: SMOOTH(q) + CubicSpline(KNOTS, VALUES)(q, 2),
    "linear at places": lambda q: interp1d(KNOTS, VALUES, fill_value="extrapolate")(q),
    "others at places": lambda q: Akima1DInterpolator(KNOTS, VALUES, extrapolate=True)(q),
    "in an object": lambda q: TABLE.at(q) + Table(CubicSpline).at(q[0]),
    "plain": lambda q: q * SMOOTH(0.3) + q * SMOOTH.derivative()(0.3),
}
GRID = (np.array([-1.0, 0.0, 2.0]), np.array([-0.5, 0.3, 1.0, 1.5]))
HEIGHTS = np.cos(np.arange(12.0) ** 2).reshape(3, 4)
SURFACE = RegularGridInterpolator(GRID, HEIGHTS)
OF_POINTS |= {
    "on a grid": lambda x: SURFACE(x) + RegularGridInterpolator(GRID, HEIGHTS)((x[:, 0], x[:, 1])),
    "beyond a grid": lambda x: RegularGridInterpolator(
        GRID, HEIGHTS, bounds_error=False, fill_value=0.7
    )(x + np.array([1.0, 0.1])),
    "rows on a grid": lambda x: RegularGridInterpolator(GRID[:1], HEIGHTS)(x[:, 0]),
}
OF_VALUES["through values on a grid"] = lambda y: RegularGridInterpolator(
    GRID, np.outer(y[:3], y[:4])
)(POINTS)
CASES = [(f, POINTS) for f in OF_POINTS.values()] + [
    (f, np.array([0.11, 0.5, 1.2, 0.9, 1.6])) for f in OF_VALUES.values()
]


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize(("f", "x"), CASES, ids=[*OF_POINTS, *OF_VALUES])
def test_it_is_followed(f: Callable[[Any], Any], x: Any, compile: bool) -> None:
    def total(x: Any) -> Any:
        return np.sum(np.sin(f(x)))

    value, found = sd.value_and_grad(total, compile=compile)(x)
    assert value == pytest.approx(total(x), rel=1e-12)
    np.testing.assert_allclose(found, slopes(total, x), rtol=1e-6, atol=1e-8)


def test_places_beyond_the_range_are_refused_as_by_scipy() -> None:
    for f in (
        lambda q: np.sum(interp1d(KNOTS, VALUES)(q)),
        lambda q: interp1d(KNOTS, q * KNOTS)(9),
    ):
        with pytest.raises(ValueError, match="range"):
            sd.grad(f)(3.0)


REFUSED: dict[str, Callable[[Any], Any]] = {
    "CubicSpline": lambda x: CubicSpline(x, [1.0, 2.0])(0.3),
    "PchipInterpolator": lambda x: PchipInterpolator([0.0, 1.0], x)(0.3),
    "RegularGridInterpolator": lambda x: RegularGridInterpolator(([0.0, 1.0],), x, "slinear")(
        [0.3]
    ),
    "interp1d": lambda x: interp1d([0.0, 1.0], x, kind="nearest")(0.3),
    "cdist": lambda x: np.sum(distance.cdist(x[:, None], x[:, None], "jaccard")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_rule_says_so(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        sd.grad(REFUSED[name])(np.array([0.0, 1.0]))
