"""Elements in another order."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd


@pytest.mark.parametrize("shift", [-12, -5, -4, -1, 0, 2, 5, 13])
@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_elements_are_rolled_round_as_often_as_asked(size: int, shift: int) -> None:
    x = np.arange(float(size)) + 1
    w = np.arange(float(size))
    assert sd.roll(sd.tensor(x), shift).tolist() == np.roll(x, shift).tolist()
    for compile in (True, False):
        slope = sd.grad(lambda x: np.sum(np.roll(x, shift) * w), compile=compile)(x)
        np.testing.assert_array_equal(slope, np.roll(w, -shift))


def test_one_function_rolls_arrays_of_several_sizes() -> None:
    rolled = sd.jit(lambda x: np.roll(x, -3) * 1.0)
    for size in (5, 2, 4, 3, 1, 7):
        x = np.arange(float(size))
        np.testing.assert_array_equal(rolled(x), np.roll(x, -3))
