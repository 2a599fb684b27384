"""Random programs of views, copies and writes: recorded and traced, they do what NumPy does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.calculus.derivative import value_and_gradient

from . import called, check, traced

VIEWS: tuple[Callable[[Any], Any], ...] = (
    lambda v: v[1:] if v.shape[0] > 2 else v,
    lambda v: v[::2],
    lambda v: v[::-1],
    lambda v: v[None],
    lambda v: v[:, 0] if v.ndim > 1 else v[-1:],
    lambda v: v.T,
    lambda v: v.reshape(-1),
    lambda v: np.roll(v, 1, axis=0),
    lambda v: np.concatenate([v, v[:1] * 2.0]),
    lambda v: v[np.array([0, v.shape[0] - 1, 0])],
    lambda v: np.sort(v, axis=0),
    lambda v: np.where(v > 0.1, v, v * v),
)


def _first(v: Any) -> None:
    v[0] = np.tanh(v[-1] * 2.0 + 0.5)


def _all(v: Any) -> None:
    v *= np.sin(v)


def _some(v: Any) -> None:
    v[v > 0.5] = 0.3


def _twice(v: Any) -> None:
    np.add.at(v, [0, 0, -1], np.cos(v[0] * v[-1]))


WRITES = (_first, _all, _some, _twice)


def program(seed: int) -> Callable[[Any], Any]:
    """Nine steps, each a view of, or a write to, something made before; then a sum of all."""

    def run(x: Any) -> Any:
        rng = np.random.default_rng(seed)
        made = [x.copy()]
        for _ in range(9):
            v = made[rng.integers(len(made))]
            if rng.random() < 0.5:
                made.append(VIEWS[rng.integers(len(VIEWS))](v))
            else:
                WRITES[rng.integers(len(WRITES))](v)
        total = 0.0
        for k, v in enumerate(made):
            total = total + np.sum(v * v) * (k + 1)
        return total

    return run


@pytest.mark.parametrize("seed", range(40))
def test_programs(seed: int) -> None:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=tuple(rng.integers(2, 5, size=rng.integers(1, 3))))
    f, direction = program(seed), rng.normal(size=x.shape)
    y, g = sd.value_and_grad(f, compile=False)(x)
    np.testing.assert_allclose(y, f(x), rtol=1e-12)
    step = 1e-6 * direction
    np.testing.assert_allclose(np.sum(g * direction), (f(x + step) - f(x - step)) / 2e-6, rtol=1e-5)
    graph = traced(f, x)
    np.testing.assert_allclose(called(graph, x), y, rtol=1e-12)
    np.testing.assert_allclose(
        called(value_and_gradient(graph, (0,)), x, which=1), g, rtol=1e-9, atol=1e-9
    )


# --- numbers are values: what is read from an array, or computed, does not change later


def swapped(x: Any) -> Any:
    y = x.copy()
    y[0], y[2] = y[2], y[0]
    return y * np.array([1.0, 2.0, 3.0])


def bubble_sorted(x: Any) -> Any:
    y = x.copy()
    for end in range(len(y) - 1, 0, -1):
        for k in range(end):
            if y[k] > y[k + 1]:
                y[k], y[k + 1] = y[k + 1], y[k]
    return y * np.arange(3.0)


def remembered(x: Any) -> Any:
    y = x.copy()
    first, total = y[0], np.sum(y)
    before = total
    total += y[1]
    y[0] = 5.0
    return first * before + total * y[0]


def counted(x: Any) -> Any:
    t = x[1]
    s = t
    t += 1.0
    t *= t
    return s * t


def through_an_ellipsis(x: Any) -> Any:
    y = x.copy()
    part = y[1, ...]
    part += 2.0
    part *= part
    return y * y[1]


def running(x: Any) -> Any:
    largest, total = x[0], 0.0
    for v in x:
        largest = v if v > largest else largest
        total += largest
    return total


@pytest.mark.parametrize(
    "f", [swapped, bubble_sorted, remembered, counted, through_an_ellipsis, running]
)
def test_numbers_are_values(f: Callable[[Any], Any]) -> None:
    check(f, np.array([0.7, -0.4, 0.2]), compiled=False)


def test_the_argument_of_a_function_may_be_counted_up() -> None:
    def f(t: Any) -> Any:
        start = t
        t += 1.0
        t *= t
        return t * start

    for compile in (False, True):
        assert sd.grad(f, compile=compile)(2.0) == pytest.approx(9.0 + 2.0 * 6.0)


def test_a_plain_buffer_may_be_used_again() -> None:
    def f(x: Any) -> Any:
        total, unit = 0.0, np.zeros(3)
        for k in range(3):
            unit[:] = 0.0
            unit[k] = k + 1.0
            total = total + np.sum(x * unit) ** 2
        return total

    check(f, np.array([0.7, -0.4, 0.2]))


def test_a_gradient_by_several_arguments_is_differentiated_on_the_tape() -> None:
    def steepness(xs: list[Any]) -> Any:
        gs = sd.grad(lambda a, b: np.sum(np.sin(a)) + np.sum(b**3), (0, 1))(*xs)
        return sum(np.sum(g * g) for g in gs)

    a, b = np.array([0.3, 1.0]), np.array([2.0])
    first, second = sd.grad(steepness, compile=False)([a, b])
    np.testing.assert_allclose(first, -np.sin(2 * a), rtol=1e-12)
    np.testing.assert_allclose(second, 36 * b**3, rtol=1e-12)
