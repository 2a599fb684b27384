"""A function that is tried again finds lists, counters and arrays as they were before it."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

X = np.array([0.5, 1.2, -0.7])
Branching = Callable[[Any, bool], Any]


def in_table(y: Any) -> Any:
    """y in an array made by np.zeros, which no handle can be written to."""
    made = np.zeros(3)
    made[:] = y
    return made


def counting(log: list[int]) -> Branching:
    def f(x: Any, lost: bool) -> Any:
        log.append(1)
        y = x * len(log)
        return np.sum(in_table(y) if lost else y)

    return f


def counting_where_it_fails(log: list[int]) -> Branching:
    def f(x: Any, lost: bool) -> Any:
        if lost:
            log.append(1)
        return np.sum(in_table(x * len(log)) if lost else x)

    return f


def remembering(memo: dict[str, Any]) -> Branching:
    def f(x: Any, lost: bool) -> Any:
        if lost and "y" not in memo:
            memo["y"] = 2 * x
        return np.sum(in_table(memo["y"]) if lost else x)

    return f


def test_a_branch_taken_later_counts_each_run_once() -> None:
    log: list[int] = []
    gradient = sd.grad(counting(log), compile=False)
    for count, lost in enumerate([False, True, True], start=1):
        np.testing.assert_array_equal(gradient(X, lost), np.full(3, count))
        assert len(log) == count


def test_a_scaled_buffer_is_scaled_once() -> None:
    buffer = np.ones(3)

    def f(x: Any, lost: bool) -> Any:
        buffer[:] *= 2
        return np.sum(in_table(x * buffer) if lost else x * buffer)

    gradient = sd.grad(f, compile=False)
    for factor, lost in ((2.0, False), (4.0, True)):
        np.testing.assert_array_equal(gradient(X, lost), np.full(3, factor))


def test_what_nobody_watched_is_not_tried_again_if_it_changes_things() -> None:
    for f in (counting_where_it_fails([]), remembering({})):
        gradient = sd.grad(f, compile=False)
        np.testing.assert_array_equal(gradient(X, False), np.ones(3))
        with pytest.raises(TypeError, match="would lose"):
            gradient(X, True)


def test_a_branch_taken_later_that_changes_nothing_is_followed() -> None:
    weights = np.arange(3.0)
    gradient = sd.grad(lambda x, lost: np.sum(in_table(x * weights) if lost else x), compile=False)
    np.testing.assert_array_equal(gradient(X, False), np.ones(3))
    np.testing.assert_array_equal(gradient(X, True), weights)


def test_an_error_that_the_function_catches_itself_does_not_lead_it_another_way() -> None:
    def f(x: Any) -> Any:
        try:
            return np.sum(in_table(x) ** 2)
        except (TypeError, ValueError):
            return 1e10 * np.sum(x)

    for gradient in (sd.grad(f), sd.grad(f, compile=False)):
        for x in (X, X + 1):
            np.testing.assert_array_equal(gradient(x), 2 * x)
    assert sd.vjp(f, X)[0] == f(X)


def test_an_error_that_its_twin_makes_too_is_the_functions_own() -> None:
    def f(x: Any) -> Any:
        try:
            return float(x[0])
        except TypeError:
            return x[0] ** 2

    np.testing.assert_array_equal(sd.grad(f)(X), [2 * X[0], 0, 0])


def scaled(x: Any, factor: float = 2.0) -> Any:
    scaled.calls += 1  # type: ignore[attr-defined]
    return np.sum(in_table(x * factor * scaled.power))  # type: ignore[attr-defined]


def powered(x: Any, factor: float = 2.0) -> Any:
    return np.sum(in_table(x * factor * scaled.power))  # type: ignore[attr-defined]


def test_a_twin_has_the_defaults_and_attributes_of_its_function(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(scaled, "power", 1.0, raising=False)
    monkeypatch.setattr(scaled, "calls", 0, raising=False)
    by_kernel, by_tape = sd.grad(powered), sd.grad(scaled, compile=False)
    room = np.empty(3)
    for calls, (factor, power) in enumerate([(2.0, 1.0), (5.0, 1.0), (5.0, 3.0)], start=1):
        for f in (scaled, powered):
            monkeypatch.setattr(f, "__defaults__", (factor,))
        monkeypatch.setattr(scaled, "power", power)
        for found in (by_kernel(X), by_kernel(X), by_kernel(X, out=room), by_tape(X)):
            np.testing.assert_array_equal(found, np.full(3, factor * power))
        assert scaled.calls == calls  # type: ignore[attr-defined]


def test_formulas_are_those_of_the_twin() -> None:
    assert sd.derive(lambda x: math.sin(x) * x).text == "x*cos(x) + sin(x)"
    square = sd.derive(lambda x: np.sum(in_table(x) ** 2), shapes={"x": (3,)})
    np.testing.assert_array_equal(square(x=X), 2 * X)


def test_what_holds_a_function_that_is_tried_again_may_be_left_to_chance() -> None:
    """A gradient within found its twin, so nothing was lost outside of it."""
    rng = np.random.default_rng(0)

    def f(x: Any) -> Any:
        return np.sum(in_table(x**2 * rng.uniform(1.0, 1.0)))

    np.testing.assert_allclose(sd.hessian(f, compile=False)(X), 2 * np.eye(3))
    np.testing.assert_allclose(sd.grad(f)(X), 2 * X)
