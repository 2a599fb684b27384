"""Constants in formulas: what may be merged is merged, and nothing stands in needless parentheses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sympy

import symdiff as sd
from symdiff import special


@pytest.mark.parametrize(
    ("order", "text"),
    [(1, "2*exp(-x**2)/sqrt(pi)"), (2, "-4*x*exp(-x**2)/sqrt(pi)")],
)
def test_numbers_merge_with_what_stands_above_a_root_of_pi(order: int, text: str) -> None:
    assert str(sd.formula(lambda x: special.erf(x)).derive(order=order)) == text


def test_a_root_is_divided_by_without_parentheses() -> None:
    assert str(sd.derive(lambda x: special.ndtr(x))) == "exp(-x**2/2)/sqrt(2*pi)"


def test_mathml_has_a_thin_space_between_a_product_and_a_function() -> None:
    text = sd.formula("s*sin(x)").mathml
    assert '<mi>s</mi><mo rspace="0.1667em">&#x2062;</mo><mi mathvariant="normal">sin</mi>' in text


def test_tensors_made_by_a_compiled_function_of_several_results_have_formulas() -> None:
    @sd.jit
    def both(x: sd.Tensor) -> tuple[sd.Tensor, sd.Tensor]:
        return 2 * x, x**3

    x = sd.tensor([1.0, 2.0], requires_grad=True)
    first, second = both(x)
    assert str(sd.formula(second)) == "x**3"
    assert str(sd.formula((first + second).sum())) == "sum(2*x + x**3)"


def test_numpy_names_of_constants_have_their_values() -> None:
    second = sd.formula(lambda x: special.erf(x)).derive(order=2)
    np.testing.assert_allclose(second(x=0.5), -2 / np.sqrt(np.pi) * np.exp(-0.25))
    assert str(second.sympy) == "-4*x*exp(-x**2)/sqrt(pi)"


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("sqrt(x)", "1/(2*sqrt(x))"),
        ("x**(1/3)", "x**(-2/3)/3"),
        ("sin(2*pi*x)", "2*pi*cos(2*pi*x)"),
        (lambda x: np.sin(2 * np.pi * x / 3), "2*pi*cos(2*pi*x/3)/3"),
        (lambda x: np.exp(-(x**2) / 2) / np.sqrt(2 * np.pi), "-x*exp(-x**2/2)/sqrt(2*pi)"),
        (lambda x: 2 / 3 * x**3, "2*x**2"),
        ("x**pi", "pi*x**(pi - 1)"),
        (lambda x: x**np.e, "exp(1)*x**(exp(1) - 1)"),
        ("x**2.3", "2.3*x**1.3"),
        (lambda x: x**1.1, "1.1*x**0.1"),
        (lambda x: 0.1 * x**2 + 123.4567890123 * x, "0.2*x + 123.4567890123"),
    ],
)
def test_constants_are_written_as_what_they_are(what: Any, text: str) -> None:
    formula = sd.derive(what)
    assert str(formula) == text
    expected = (sd.formula(what)(x=0.7 + 1e-6) - sd.formula(what)(x=0.7 - 1e-6)) / 2e-6
    np.testing.assert_allclose(formula(x=0.7), expected, rtol=1e-8)


def test_powers_of_constants_stay_exact_and_true_to_any_order() -> None:
    second = sd.derive("x**pi", order=2)
    assert second.text == "pi*(pi - 1)*x**(pi - 2)"
    assert second.sympy == sympy.Symbol("x") ** (sympy.pi - 2) * sympy.pi * (sympy.pi - 1)
    assert "where" not in second.source()
    assert sd.derive("sum(x**pi)", shapes="x:n").latex.endswith(r"{\odot\left(\pi - 1\right)}")


def test_constants_reach_sympy_and_come_back_exactly() -> None:
    x = sympy.Symbol("x")
    expression = sympy.pi * x**2 / 3 + sympy.sqrt(2 * sympy.pi) * sympy.sin(sympy.pi * x)
    assert sympy.simplify(sd.derive(expression).sympy - expression.diff(x)) == 0
    assert sd.derive(lambda x: np.sin(2 * np.pi * x)).sympy == 2 * sympy.pi * sympy.cos(
        2 * sympy.pi * x
    )
