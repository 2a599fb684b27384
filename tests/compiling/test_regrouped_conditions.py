"""A product of floats with truth values and short integers is regrouped, but counts in floats."""

import numpy as np
import pytest

import symdiff as sd

TRUE = np.ones((4, 3), bool)
LARGE = np.full((4, 3), 100, np.int8)


@pytest.mark.parametrize("b", [TRUE, LARGE], ids=["bool", "int8"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_factors_that_are_no_floats_are_not_multiplied_first_in_their_own_arithmetic(b, dtype):
    def f(a, b):
        return a @ (b @ b.T) @ b

    def g(a, b):
        return np.sum((a[:, :, None] * b) @ b.T, axis=0)

    a = np.linspace(-1, 2, 20).reshape(5, 4).astype(dtype)
    for program in (f, g):
        made, told = sd.jit(program)(a, b), program(a, b)
        assert made.dtype == told.dtype
        np.testing.assert_allclose(made, told, rtol=1e-5 if dtype == "float32" else 1e-12)
