"""scipy.spatial.distance for handles: distances of the rows of two matrices."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import norms, shaping
from .operands import operand

Metric = Callable[..., Any]


def _cosine(u: Any, v: Any) -> Any:
    return 1 - np.sum(u * v, -1) / (norms.norm(u, axis=-1) * norms.norm(v, axis=-1))


def _rooted(square: Any) -> Any:
    """The root of what is not negative; at 0, its slope is 0."""
    return np.where(square > 0, np.sqrt(np.where(square > 0, square, 1.0)), 0.0)


def _canberra(u: Any, v: Any) -> Any:
    size = np.abs(u) + np.abs(v)
    return np.sum(np.where(size > 0, np.abs(u - v) / np.where(size > 0, size, 1.0), 0.0), -1)


def _centred(u: Any) -> Any:
    return u - np.mean(u, -1, keepdims=True)


def _seuclidean(u: Any, v: Any, V: Any) -> Any:
    return norms.norm((u - v) / np.sqrt(operand(V)), axis=-1)


def _mahalanobis(u: Any, v: Any, VI: Any) -> Any:
    return _rooted(np.sum((u - v) @ operand(VI) * (u - v), -1))


_METRICS: dict[str, Metric] = {
    "euclidean": lambda u, v: norms.norm(u - v, axis=-1),
    "sqeuclidean": lambda u, v: np.sum((u - v) ** 2, -1),
    "cityblock": lambda u, v: np.sum(np.abs(u - v), -1),
    "chebyshev": lambda u, v: np.max(np.abs(u - v), -1),
    "minkowski": lambda u, v, p=2.0: norms.norm(u - v, p, -1),
    "cosine": _cosine,
    "correlation": lambda u, v: _cosine(_centred(u), _centred(v)),
    "canberra": _canberra,
    "braycurtis": lambda u, v: np.sum(np.abs(u - v), -1) / np.sum(np.abs(u + v), -1),
    "seuclidean": _seuclidean,
    "mahalanobis": _mahalanobis,
}


def _metric(name: str, metric: Any) -> Metric:
    if metric not in _METRICS:
        raise TypeError(
            f"scipy.spatial.distance.{name}: metric={metric!r} has no derivative rule here; "
            f"{', '.join(_METRICS)} have"
        )
    return _METRICS[metric]


def cdist(xa: Any, xb: Any, metric: Any = "euclidean", **options: Any) -> Any:
    xa, xb = operand(xa), operand(xb)
    if callable(metric):
        return operand([[metric(u, v, **options) for v in xb] for u in xa])
    rows, columns = shaping.expand_dims(xa, 1), shaping.expand_dims(xb, 0)
    return _metric("cdist", metric)(rows, columns, **options)


def pdist(x: Any, metric: Any = "euclidean", **options: Any) -> Any:
    """The distances of all pairs of rows, in the order of an upper triangle."""
    x = operand(x)
    i, j = np.triu_indices(int(x.shape[0]), 1)
    if callable(metric):
        return operand([metric(x[a], x[b], **options) for a, b in zip(i, j)])
    return _metric("pdist", metric)(x[i], x[j], **options)


def squareform(x: Any, force: str = "no", checks: bool = True) -> Any:
    """The symmetric matrix of such pairs, or the pairs of such a matrix."""
    x = operand(x)
    if x.ndim == 2:
        return x[np.triu_indices(int(x.shape[0]), 1)]
    n = (1 + math.isqrt(1 + 8 * int(x.shape[0]))) // 2
    i, j = np.triu_indices(n, 1)
    place = np.zeros((n, n), int)
    place[i, j] = place[j, i] = np.arange(len(i))
    return np.where(np.eye(n, dtype=bool), 0.0, x[place])


def _of_two(metric: Metric) -> Metric:
    return lambda u, v, *args, **options: metric(operand(u), operand(v), *args, **options)


DISTANCES: dict[str, Metric] = {"cdist": cdist, "pdist": pdist, "squareform": squareform} | {
    name: _of_two(metric) for name, metric in _METRICS.items()
}
