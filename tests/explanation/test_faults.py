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


def test_a_masked_nan_is_no_fault_and_hides_none():
    def masked(x):
        return np.sum(np.where(x > 0, np.log(x), 0.0))

    def both(x):
        return masked(x) + np.sum(1 / x)

    x = np.array([1.0, 0.0])
    assert sd.explain_nan(masked, x) is None
    assert sd.explain_nan(both, x).formula.endswith("= 1/x")
    assert sd.explain_nan(lambda x: np.sum(np.where(np.isnan(x), 0, x)), np.array([np.nan])) is None


def test_of_many_numbers_the_one_that_counts_is_named():
    def f(x):
        return np.sum(np.where(x < 0, np.log(x), 0.0))  # the mask is the wrong way round

    fault = sd.explain_nan(f, np.array([0.0, 2.0, -3.0]))
    assert (fault.formula, fault.index, fault.operands) == ("v1 = log(x)", (2,), {"x": -3.0})


@pytest.mark.parametrize(
    "f",
    [
        lambda x: np.sum(1 / (1 + np.exp(-x))),  # the value is 0, the gradient 0*inf
        lambda x: -np.sum(np.log(1 / (1 + np.exp(-x)))),
        lambda x: (np.exp(-x) / np.sum(np.exp(-x)))[0],
        lambda x: np.log(np.sum(np.exp(-x))),
    ],
)
def test_an_overflow_is_found_where_it_began(f):
    fault = sd.explain_nan(f, np.array([-1000.0, 1.0]))
    assert (fault.direction, fault.result, fault.index) == ("forward", np.inf, (0,))
    assert "exp(v1)" in fault.formula
    assert "sd.logsumexp" in fault.advice


def test_what_overflows_in_the_sum_of_gradients_is_found():
    fault = sd.explain_nan(lambda x: 1e308 * x + 1.5e308 * x, 0.1)
    assert fault.direction == "backward"
    assert fault.operands == {"x": 0.1}


@pytest.mark.parametrize(
    ("f", "x", "direction", "formula", "advice"),
    [
        (lambda x: np.sum(np.log(x)), [1.0, 0.0], "forward", "log(x)", "np.where(x > 0"),
        (lambda x: x[0] / x[1], [0.0, 0.0], "forward", "v1/v2", "np.where(b == 0"),
        (lambda x: np.sqrt(np.sum(x**2)), [0.0, 0.0], "backward", "sqrt(v2)", "np.linalg.norm"),
        (lambda x: np.sum(np.exp(x)), [1.0, 800.0], "forward", "exp(x)", "sd.softmax"),
        (lambda x: np.sum(x - x * np.inf), [1.0, 2.0], "forward", "x*inf", "scale"),
        (lambda x: np.sum(np.arccos(x)), [0.5, 1.0], "backward", "arccos(x)", "np.clip"),
        (lambda x: np.sum(x**0.5), [-1.0, 1.0], "forward", "x**0.5", "np.where(x > 0"),
        (lambda x: np.sum(x**2), [1e200, 1.0], "forward", "x**2", "overflows"),
        (lambda x: np.sum(np.sin(x) / x), [0.0, 1.0], "forward", "v1/x", "np.where(b == 0"),
        (lambda x: np.sum(x * np.log(x)), [0.0, 1.0], "forward", "log(x)", "xlogy"),
    ],
)
def test_typical_makers_of_nan(f, x, direction, formula, advice):
    fault = sd.explain_nan(f, np.array(x))
    assert fault.direction == direction
    assert formula in fault.formula
    assert advice in fault.advice
    assert "test_faults.py" in fault.source
    assert fault.operands


@pytest.mark.parametrize(
    ("f", "x", "indices", "convention"),
    [
        (lambda x: np.sum(np.round(x)), [0.5, 1.0, -1.5], [0, 2], "jump"),
        (lambda x: np.sum(np.trunc(x)), [0.0, 1.0, 0.5], [1], "jump"),
        (lambda x: np.sum(x % 1.0), [0.25, 3.0, 0.5], [1], "jump"),
        (lambda x: np.sum(np.maximum.accumulate(x)), [1.0, 3.0, 3.0], [2], "last"),
        (lambda x: np.sum(x**0.5), [1.0, 0.0, 4.0], [1], "inf"),
        (lambda x: np.sum(np.arccos(x)), [1.0, 0.0, -1.0], [0, 2], "-inf"),
        (lambda x: np.sum(np.arctan2(x, 0 * x)), [1.0, 0.0, 2.0], [1], "origin"),
    ],
)
def test_kinks_of_other_functions(f, x, indices, convention):
    (kink,) = sd.kinks(f, np.array(x))
    assert kink.indices == tuple((k,) for k in indices)
    assert convention in kink.convention


def test_equal_numbers_are_a_kink_of_their_deviation():
    (kink,) = sd.kinks(lambda x: np.std(x), np.ones(3))
    np.testing.assert_array_equal(kink.taken["x"], [0, 0, 0])


@pytest.mark.filterwarnings("ignore:eigh")
def test_equal_eigenvalues_have_no_vectors_to_follow():
    fault = sd.explain_nan(lambda a: np.sum(np.linalg.eigh(a)[1][:, 0]), np.eye(3))
    assert fault.direction == "backward"
    assert "eigh" in fault.formula
    assert "equal eigenvalues" in fault.advice
    np.testing.assert_array_equal(fault.operands["a"], np.eye(3))


def test_a_gradient_is_searched_through_its_result():
    x = sd.tensor([0.0, 1.0], requires_grad=True)
    loss = sd.sqrt(x).sum()
    loss.backward()
    fault = sd.explain_nan(x.grad)
    assert (fault.direction, fault.operands) == ("backward", {"x": 0.0})
    assert "sd.sqrt(x)" in fault.source
