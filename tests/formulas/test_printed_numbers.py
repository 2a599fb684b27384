"""Constants in formulas: what may be merged is merged, and nothing stands in needless parentheses."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd
from symdiff import special


@pytest.mark.parametrize(
    ("order", "text"),
    [(1, "2/sqrt(pi)*exp(-x**2)"), (2, "-4*x*exp(-x**2)/sqrt(pi)")],
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
