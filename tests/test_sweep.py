"""The reverse sweep, whatever it carries."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd


@pytest.mark.parametrize("compile", [False, True])
def test_a_gradient_has_the_dtype_of_what_it_is_taken_by(compile: bool) -> None:
    x, y = np.array([1.0, 2.0], np.float32), np.array([3.0, 4.0])
    f = sd.grad(lambda x, y: np.sum(np.sin(x) * y), (0, 1), compile=compile)
    assert [g.dtype for g in f(x, y)] == [np.float32, np.float64]
    h = sd.hessian(lambda x: np.sum(np.sin(x) * y), compile=compile)
    assert h(x).dtype == np.float32
