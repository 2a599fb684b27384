"""One compiled function called with many shapes: sizes that coincide, sizes of 1, sizes of 0."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

from .checking import near

Draw = Callable[[np.random.Generator], tuple[tuple[int, ...], tuple[int, ...]]]
SIZES = [1, 1, 2, 3, 3, 4, 5, 7]


def _sizes(rng: np.random.Generator) -> list[int]:
    return [int(n) for n in rng.choice(SIZES, 3)]


def spread(rng: np.random.Generator) -> Any:
    """Two shapes that broadcast."""
    n, m, _ = _sizes(rng)
    first, second = ((n if rng.random() < 0.6 else 1, m if rng.random() < 0.6 else 1) for _ in "ab")
    return first, second


def meeting(rng: np.random.Generator) -> Any:
    n, m, k = _sizes(rng)
    return (n, m), (m, k)


def beside(rng: np.random.Generator) -> Any:
    n, m, k = _sizes(rng)
    return (n, m), (k, m)


FUNCTIONS: dict[str, tuple[Callable[[Any, Any], Any], Draw]] = {
    "products": (lambda x, y: np.sum(np.sin(x) * y), spread),
    "quotients": (lambda x, y: np.sum((x - y) ** 2 / (1 + x * x)), spread),
    "choices": (lambda x, y: np.sum(np.where(x > y, x, y**2)), spread),
    "larger ones": (lambda x, y: np.sum(np.maximum(x, y) * x), spread),
    "contractions": (lambda x, y: np.sum(np.tanh(x @ y)), meeting),
    "sizes": (lambda x, y: np.sum(x) * x.shape[1] / (x.shape[0] + y.shape[1]) + np.sum(y), meeting),
    "branches on sizes": (
        lambda x, y: np.sum(x * 2) if x.shape[0] == y.shape[1] else np.sum(x**2) * np.sum(y),
        meeting,
    ),
    "loops over rows": (lambda x, y: sum(np.sum(x[k]) ** 2 for k in range(len(x))), meeting),
    "joined": (lambda x, y: np.sum(np.concatenate([x, y]) ** 2 * 1.5), beside),
    "distances": (lambda x, y: np.sum((x[:, None] - y) ** 2), beside),
    "halves": (lambda x, y: np.sum(x[: len(x) // 2] ** 2) + np.sum(y[len(y) // 2 :]), beside),
    "folded": (lambda x, y: np.sum(x.reshape(-1)[::2] ** 2) + np.sum(y.ravel() ** 3), beside),
    "diagonals": (lambda x, y: np.sum(np.diagonal(x) ** 2) + np.sum(np.tril(y) ** 2), beside),
    "unit matrices": (lambda x, y: np.sum(np.eye(*x.shape) * x) + np.trace(y), beside),
    "covariances": (lambda x, y: np.sum((x - x.mean(0)).T @ (x - x.mean(0)) / len(x)), beside),
}


def check(name: str, seed: int, calls: int) -> None:
    f, draw = FUNCTIONS[name]
    rng = np.random.default_rng(seed)
    value, kernel = sd.jit(f), sd.grad(f, (0, 1))
    second = sd.hessian(f)
    tape, slow = sd.grad(f, (0, 1), compile=False), sd.hessian(f, compile=False)
    for k in range(calls):
        shapes = draw(rng)
        x, y = map(rng.normal, (0, 0), (1, 1), shapes)
        near(value(x, y), f(x, y), 1e-11, shapes)
        for ours, theirs in zip(kernel(x, y), tape(x, y), strict=True):
            near(ours, theirs, 1e-11, shapes)
        if k < 6:
            near(second(x, y), slow(x, y), 1e-11, shapes)


@pytest.mark.parametrize("name", ["products", "contractions", "branches on sizes"])
def test_shapes_that_change_between_calls(name: str) -> None:
    check(name, 0, 15)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_many_functions_of_shapes_that_change(name: str, seed: int) -> None:
    check(name, seed, 40)
