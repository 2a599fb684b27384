"""One element along an axis: as take_along_axis with that axis dropped."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff.functions.taking import take_along_axis, take_one_along


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
