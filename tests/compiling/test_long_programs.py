"""Long programs of numbers are simplified quickly, and mean the same."""

from __future__ import annotations

import gc
from typing import Any

import numpy as np

import symdiff as sd
from codegen.garbage import collected_later


def pendulum(p: Any) -> Any:
    q, v = p[0], p[1]
    for _ in range(60):
        q, v = q + 0.1 * v, v - 0.1 * np.sin(q) * np.maximum(v, 0.5 * v)
    return q * q + v * v


def test_a_long_program_of_numbers_has_the_tapes_gradient() -> None:
    p = np.array([0.4, -0.2])
    value, gradient = sd.value_and_grad(pendulum)(p)
    wanted, slope = sd.value_and_grad(pendulum, compile=False)(p)
    np.testing.assert_allclose(value, wanted, rtol=1e-13)
    np.testing.assert_allclose(gradient, slope, rtol=1e-12)


def test_masks_are_as_strong_in_a_long_program() -> None:
    """The slope of a root that is not chosen is infinite at 0, and counts for nothing."""

    def f(x: Any) -> Any:
        total, chosen, other = x[0], x[1] > 0, x[2]
        for _ in range(200):
            total = np.where(chosen, total, np.sqrt(other * other)) * 1.01
        return total

    x = np.array([2.0, 1.0, 0.0])
    np.testing.assert_allclose(sd.grad(f)(x), [1.01**200, 0, 0], rtol=1e-12)


def test_garbage_is_collected_again_afterwards() -> None:
    with collected_later():
        assert not gc.isenabled()
    assert gc.isenabled()
    gc.disable()
    try:
        with collected_later():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
