"""explain_nan and kinks name the step, the numbers and the line."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd


def test_forward_fault_names_formula_operands_line_and_advice():
    def f(x):
        y = x - 1
        return np.sum(np.log(y))

    fault = sd.explain_nan(f, np.array([3.0, 0.5, 2.0]))
    assert (fault.direction, fault.formula, fault.index) == ("forward", "v2 = log(y)", (1,))
    assert fault.operands == {"y": -0.5}
    assert "np.log(y)" in fault.source
    assert "np.where" in fault.advice
    assert "nan first appears going forward" in repr(fault)


def test_backward_fault_is_the_infinite_slope():
    fault = sd.explain_nan(lambda x: np.sum(np.sqrt(x)), np.array([4.0, 0.0]))
    assert (fault.direction, fault.index, fault.result) == ("backward", (1,), np.inf)


def test_a_masked_infinity_is_no_fault():
    def f(x):
        return np.sum(np.where(x > 0, np.sqrt(x), 0.0))

    assert sd.explain_nan(f, np.array([4.0, 0.0])) is None


def test_an_input_that_is_nan_is_named():
    fault = sd.explain_nan(lambda x: x * 2, np.array([1.0, np.nan]))
    assert (fault.direction, fault.formula, fault.index) == ("input", "x", (1,))


def test_tensors_and_scalars():
    x = sd.tensor(0.0, requires_grad=True)
    with np.errstate(divide="ignore"):
        y = 1 / x
    fault = sd.explain_nan(y)
    assert fault.direction == "forward"
    assert fault.result == np.inf
    assert sd.explain_nan(lambda x: np.exp(x), 1.0) is None


@pytest.mark.parametrize(
    ("f", "x", "taken"),
    [
        (lambda x: np.sum(np.abs(x)), [1.0, 0.0], 0.0),
        (lambda x: np.sum(np.maximum(x, 2.0)), [1.0, 2.0], 0.5),
        (lambda x: np.sum(np.clip(x, 0.0, 2.0)), [1.0, 2.0], 1.0),
        (lambda x: np.sum(np.where(x > 0, x, 0.0)), [1.0, 0.0], 0.0),
    ],
)
def test_kinks_tell_where_and_which_subgradient(f, x, taken):
    (kink,) = sd.kinks(f, np.array(x))
    assert kink.indices == ((1,),)
    assert kink.taken == {"x": taken}
    assert sd.grad(f)(np.array(x))[1] == taken
    repr(kink)


def test_tied_maxima_share():
    (kink,) = sd.kinks(lambda x: np.max(x), np.array([1.0, 3.0, 3.0]))
    np.testing.assert_array_equal(kink.taken["x"], [0, 0.5, 0.5])


def test_a_smooth_point_has_none():
    assert sd.kinks(lambda x: np.abs(x) + np.maximum(x, 2), 1.0) == []


def test_a_quotient_of_equals_is_not_told_as_1():
    fault = sd.explain_nan(lambda x: x / x, 0.0)
    assert fault.formula == "v1 = div(x, x)"
    assert fault.operands == {"x": 0.0}


def test_the_inside_of_a_compiled_function_is_searched():
    fault = sd.explain_nan(sd.jit(lambda x: np.sum(np.log(x - 1))), np.array([3.0, 0.5]))
    assert fault.formula == "v2 = log(v1)"
    assert "np.log(x - 1)" in fault.source
