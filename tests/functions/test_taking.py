"""One element along an axis: as take_along_axis with that axis dropped."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.functions.taking import take_along_axis, take_one_along
from symdiff.graph.op import OpError


@pytest.mark.parametrize("axis", [-3, -2, -1, 0, 1, 2])
def test_one_element_along_an_axis(axis: int) -> None:
    a = np.random.default_rng(0).normal(size=(2, 3, 4))
    places = a.argmax(axis)
    kept = take_along_axis(a, np.expand_dims(places, axis), axis)
    assert np.array_equal(take_one_along(a, places, axis), np.squeeze(kept, axis))


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("axis", [0, 1])
def test_the_largest_along_an_axis_gets_the_gradient(axis: int, compile: bool) -> None:
    a = np.random.default_rng(1).normal(size=(3, 4))
    g = sd.grad(lambda x: sd.sum(sd.max(x, axis)[0]), compile=compile)(a)
    assert np.array_equal(g, a == a.max(axis, keepdims=True))


@pytest.mark.parametrize(("size", "axis"), [((2, 3), None), (2, 1), ((2, 2), (1, 1)), (3, -2)])
def test_windows_are_numpys(size: Any, axis: Any) -> None:
    view = np.lib.stride_tricks.sliding_window_view
    a = np.random.default_rng(2).normal(size=(4, 5))

    def f(x: Any) -> Any:
        windows = view(x, size, axis)
        return np.sum(np.sin(windows) * np.arange(windows.size).reshape(windows.shape))

    gradient = sd.grad(f)
    for x in (a, a[:, :4]):
        np.testing.assert_array_equal(sd.jit(lambda x: view(x, size, axis))(x), view(x, size, axis))
        tape = sd.grad(f, compile=False)(x)
        np.testing.assert_allclose(gradient(x), tape, rtol=1e-12)
        slope = (f(x + 1e-6 * np.cos(x)) - f(x - 1e-6 * np.cos(x))) / 2e-6
        assert np.sum(tape * np.cos(x)) == pytest.approx(slope)


def test_a_window_larger_than_the_array_is_refused() -> None:
    with pytest.raises(ValueError, match="window of 6"):
        sd.grad(lambda x: np.lib.stride_tricks.sliding_window_view(x, 6).sum())(np.ones(5))


def test_a_negative_number_is_not_counted() -> None:
    with pytest.raises(OpError, match="-1 is negative"):
        sd.grad(lambda x: np.sum(np.bincount([0, -1, 1], weights=x)))(np.arange(3.0))
