"""Texts are true at ties: heaviside(x - y, 1/2) is the slope of maximum(x, y), a step with its half."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from identities import Identity, by_source, evaluated, numbers_agree, table, written

import symdiff as sd

SEPARATE = table("""
maximum(x, x) @ y | x | x:n y:n | y
sum(maximum(x, y)**2) | x | x:n y:n | 2*maximum(x, y)*heaviside(x - y, 1/2)
sum(minimum(A @ x, u)) | x | x:n A:m,n u:m | A.T @ heaviside(u - A @ x, 1/2)
sum(maximum(x, abs(x))) | x | x:n
    | heaviside(abs(x) - x, 1/2)*sign(x) + heaviside(x - abs(x), 1/2)
sum(maximum(x[:, None], x)) | x | x:n
    | 2*sum(heaviside(x[:, None] - x, 1/2), axis=1)
sum(minimum(A, max(A, axis=1, keepdims=True))) | A | A:m,n
    | (sum(heaviside(A - a[:, None], 1/2), axis=1)/sum(e, axis=1))[:, None]*e
        + heaviside(a[:, None] - A, 1/2); a = max(A, axis=1); e = A == a[:, None]
""")

LARGEST = "(1*e + e.T)/sum(e); r = A + A.T + B; e = r == max(r)"


@pytest.mark.parametrize("row", SEPARATE, ids=lambda row: row.name)
def test_a_maximum_passes_on_a_step(row: Identity) -> None:
    assert written(row) == row.expected
    numbers_agree(row)


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("sum(maximum(x, y))", "heaviside(x - y, 1/2)"),
        ("sum(minimum(x, y)*y)", "y*heaviside(y - x, 1/2)"),
        ("sum(maximum(x - y, 0)**2)", "2*maximum(x - y, 0)"),
        ("sum(sqrt(maximum(x, 0)))", "where(x >= 0, 1/sqrt(maximum(x, 0)), 0)/2"),
        ("sum(relu(x - y))", "x - y > 0"),
    ],
)
def test_the_text_evaluated_at_ties_is_the_gradient(text: str, slope: str) -> None:
    formula = sd.derive(text, "x", shapes="x:n y:n")
    assert formula.text == slope
    arrays = {"x": np.array([1.0, 2.0, -1.0]), "y": np.array([1.0, 0.5, 3.0])}
    given = {name: arrays[name] for name in formula.names}
    np.testing.assert_array_equal(formula(**given), evaluated(slope, arrays))


def test_steps_and_conditions_reach_sympy() -> None:
    x, y = sympy.symbols("x y")
    assert sd.derive("maximum(x, y)", "x").sympy == sympy.Heaviside(x - y, sympy.Rational(1, 2))
    inside = sd.derive("sum(clip(x, 0, 1)*x)", "x", shapes="x:n").sympy
    assert "(x[i] >= 0) & (x[i] <= 1)" in str(inside)


def test_truth_values_are_counted_before_they_are_added_or_negated() -> None:
    assert sd.derive("-relu(x)", "x").text == "-1*(x > 0)"
    assert sd.derive("-relu(x)", "x").sympy.subs("x", 2) == -1
    both = sd.derive("sum(relu(x) + clip(x, 0, 1))", "x", shapes="x:n")
    assert both.text == "1*(x > 0) + ((x >= 0) & (x <= 1))"
    row = Identity("max(A + A.T + B)", "A", "A:n,n B:n,n", LARGEST)
    assert written(row) == LARGEST
    numbers_agree(row)


def test_a_norm_of_what_is_chosen_leaves_ties_their_halves() -> None:
    slope = "m*heaviside(x - y, 1/2)/norm(m); m = maximum(x, y)"
    row = Identity("norm(maximum(x, y))", "x", "x:n y:n", slope)
    assert written(row) == slope
    x = np.array([1.0, 2.0, 2.0])
    assert evaluated(slope, {"x": x, "y": x}) == pytest.approx(x / 6)


@pytest.mark.parametrize(
    ("text", "slope"),
    [
        ("-max(x)", "-1*e/sum(e); e = x == max(x)"),
        ("c - max(x)/sum(y)", "-1*e/(sum(y)*sum(e)); e = x == max(x)"),
        ("-max(x)*sum(y)/2", "-sum(y)*e/(2*sum(e)); e = x == max(x)"),
    ],
)
def test_truth_values_are_negated_as_numbers(text: str, slope: str) -> None:
    row = Identity(text, "x", "x:n y:n c:", slope)
    assert written(row) == slope
    numbers_agree(row)


@pytest.mark.parametrize(
    ("text", "written_as"),
    [
        ("where(x == y, 1, z)", "where(x == y, 1, z)"),
        ("sum(where(x == 0, 1, z)*x)", "where(x == 0, 1, z) @ x"),
        ("where(x == y, 0, 1/z)", "where(x != y, 1/z, 0)"),
        ("where(x == y, 0, log(z))", "where(x != y, log(z), 0)"),
        ("where(z == 0, 0, 1/z)", "1/z"),
    ],
)
def test_a_choice_at_equality_is_left_out_only_where_it_guards(text: str, written_as: str) -> None:
    """What is chosen where x is y is no guard of 1/z: the text gave another value there."""
    assert sd.formula(text, shapes="x:n y:n z:n").text == written_as


def test_a_guard_of_a_quotient_in_a_logarithm_is_not_told() -> None:
    slope = sd.derive("sum((x/z)**k)", "k", shapes="x:n z:n k:")
    assert slope.text == "(x/z)**k @ log(x/z)"


COUNTED = [
    "sum(relu(x[1:] + x[:-1]))",
    "sum(relu(diff(x)))",
    "sum(relu(x + roll(x, 1)))",
    "sum(relu(x + x[::-1]))",
    "sum(relu(concatenate([x, x])))",
    "sum(relu(x[:2])) + sum(relu(x[1:3]))",
    "-sum(relu(x)[1:])",
]


@pytest.mark.parametrize("text", COUNTED)
def test_truth_values_that_were_moved_are_numbers_where_they_are_added(text: str) -> None:
    """pad(w, (1, 0)) + pad(w, (0, 1)) was `or`."""
    slope = sd.derive(text, "x", shapes="x:n")
    arrays = {"x": np.array([0.3, 1.2, -0.4, 0.9])}
    expected = slope(**arrays)
    np.testing.assert_array_equal(by_source(slope, arrays), expected)
    np.testing.assert_array_equal(
        evaluated(slope.text.replace("\nwhere", ";"), sized(arrays)), expected
    )


def sized(arrays: dict[str, np.ndarray]) -> dict[str, object]:
    return {**arrays, "n": 4}


def test_only_what_a_choice_may_hide_gives_up_its_halves() -> None:
    """A mean divides by a size, which is never 0."""
    curvature = sd.derive("var(maximum(x, 2))", "x", shapes="x:n", order=2)
    arrays = {"x": np.array([2.0, 1.0, 2.0, 3.0])}
    text = curvature.text.replace("\nwhere", ";")
    np.testing.assert_allclose(evaluated(text, sized(arrays)), curvature(**arrays), rtol=1e-14)
