"""A function is the same function wherever a traced program meets it, and so are arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

X = np.array([1.0, 2.0])
W = np.array([1.0, 2.0])


def plain(v: Any) -> Any:
    return np.maximum(v, 0)


def weighted(v: Any) -> Any:
    return W * v


class Net:
    def __init__(self, act: Callable[[Any], Any]) -> None:
        self.act = act

    def square_if(self, x: Any, f: Any) -> Any:
        return np.sum(x**2) if self.act is f else 100 * np.sum(x)


def filled(x: Any) -> Any:
    """Fails on handles, so that what calls it is followed by its twin."""
    y = np.zeros(len(x))
    y[:] = x
    return y


def square(x: Any) -> Any:
    return np.sum(x**2)


NETS = {plain: Net(plain), weighted: Net(weighted)}
SLOPES = {plain: 1.0, weighted: 1.0}


def by_argument(x: Any, act: Any, prepared: Any) -> Any:
    return square(prepared(x)) if act in (plain, weighted) else 100 * np.sum(x)


def by_is(x: Any, act: Any, prepared: Any) -> Any:
    known = act is plain or act is weighted
    return square(prepared(x)) if known else 100 * np.sum(x)


def by_key(x: Any, act: Any, prepared: Any) -> Any:
    return square(prepared(x)) * SLOPES[act]


def by_object(x: Any, act: Any, prepared: Any) -> Any:
    return NETS[act].square_if(prepared(x), act)


def by_item(x: Any, act: Any, prepared: Any) -> Any:
    return square(prepared(x)) if [plain, weighted].count(act) else 100 * np.sum(x)


@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.parametrize("prepared", [filled, np.positive])
@pytest.mark.parametrize("act", [plain, weighted])
@pytest.mark.parametrize("f", [by_argument, by_is, by_key, by_object, by_item])
def test_functions_compare_as_they_did(f: Any, act: Any, prepared: Any, compile: bool) -> None:
    grad = sd.grad(f, compile=compile)
    np.testing.assert_array_equal(grad(X, act, prepared), 2 * X)


@pytest.mark.parametrize("prepared", [filled, np.positive])
def test_a_default_is_the_function_it_is(prepared: Any) -> None:
    def f(x: Any, act: Any = weighted, *, other: Any = plain) -> Any:
        known = act is weighted and other is plain
        return square(prepared(x)) if known else 100 * np.sum(x)

    np.testing.assert_array_equal(sd.grad(f)(X), 2 * X)


def test_functions_that_call_themselves_read_arrays_as_they_are() -> None:
    scale = np.array([1.0, 2.0])

    def power(x: Any, n: int) -> Any:
        return np.sum(x * scale) if n == 0 else power(x * scale, n - 1)

    def even(x: Any, n: int) -> Any:
        return np.sum(x * scale) if n == 0 else odd(x * scale, n - 1)

    def odd(x: Any, n: int) -> Any:
        return np.sum(x * scale) if n == 0 else even(x * scale, n - 1)

    steps: list[Any] = []

    def listed(x: Any, n: int) -> Any:
        return np.sum(x * scale) if n == 0 else steps[0](x * scale, n - 1)

    steps.append(listed)
    grads = [sd.grad(f) for f in (power, even, listed, lambda x, n: steps[0](x, n))]
    for values in ([1.0, 2.0], [3.0, 4.0], [5.0, 6.0]):
        scale[:] = values
        for grad in grads:
            np.testing.assert_allclose(grad(X, 2), scale**3)


def test_objects_that_hold_themselves_read_arrays_as_they_are() -> None:
    class Layer:
        def __init__(self, model: Model) -> None:
            self.model = model

        def __call__(self, x: Any) -> Any:
            return self.model.weights * x

    class Model:
        def __init__(self) -> None:
            self.weights = np.array([1.0, 2.0])
            self.layer = Layer(self)
            self.act = lambda x: model.weights * x

        def __call__(self, x: Any) -> Any:
            return np.sum(self.layer(self.act(x)) * self.weights)

    model = Model()
    grad, given = sd.grad(model), sd.grad(lambda x, m: m(x))
    for values in ([1.0, 2.0], [3.0, 4.0], [5.0, 6.0]):
        model.weights[:] = values
        np.testing.assert_allclose(grad(X), model.weights**3)
        np.testing.assert_allclose(given(X, model), model.weights**3)
