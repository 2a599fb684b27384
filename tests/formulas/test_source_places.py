"""Parts taken at places, and added up there: texts and sources say along which axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from identities import by_source, evaluated

import symdiff as sd

SIZES = {"m": 5, "n": 4}
FIRST, SECOND = np.triu_indices(4, 1)


def repulsion(X: Any, q: Any) -> Any:
    distances = np.linalg.norm(X[FIRST] - X[SECOND], axis=1)
    return np.sum(q[FIRST] * q[SECOND] / distances)


def at_columns(T: Any) -> Any:
    return np.sum(T[:, [0, 2, 2]] ** 2 * T[:, [1, 1, 0]])


def at_pairs(T: Any) -> Any:
    return np.sum(T[[0, 1, 1], [0, 2, 2]] ** 3)


CASES: list[tuple[Callable[..., Any] | str, str, str]] = [
    (repulsion, "X", "X:4,3 q:4"),
    (repulsion, "q", "X:4,3 q:4"),
    (at_columns, "T", "T:4,3,2"),
    (at_pairs, "T", "T:4,3,2"),
    (at_pairs, "T", "T:4,3"),
    ("sum(sort(X)**2*A)", "X", "X:m,n A:m,n"),
    ("sum(sort(X, axis=0)*A)", "X", "X:m,n A:m,n"),
    ("sum(median(X, axis=1)**2)", "X", "X:m,n"),
    ("median(x)*sum(x)", "x", "x:n"),
]


@pytest.mark.parametrize(("function", "by", "shapes"), CASES)
@pytest.mark.parametrize("order", [1, 2])
def test_a_source_adds_up_along_the_right_axes(function, by, shapes, order) -> None:
    formula = sd.derive(function, by, shapes=shapes, order=order)
    given = drawn(formula)
    known = {name: given[name] for name in formula.names}
    np.testing.assert_allclose(by_source(formula, given), formula(**known), rtol=1e-12, atol=1e-12)


def drawn(formula: sd.Formula) -> dict[str, Any]:
    rng = np.random.default_rng(2)
    return {
        node.label: rng.uniform(0.5, 2, [SIZES.get(str(n), n) for n in node.shape])
        if node.value is None
        else node.value
        for node in formula.graph.inputs
    }


def test_rows_at_places_are_told_from_columns() -> None:
    rows = sd.formula(lambda X: np.sum(X[FIRST] ** 2), shapes="X:4,3")
    assert rows.text == "sum(X[FIRST]**2)"
    columns = sd.formula(at_columns, shapes="T:4,3,2")
    assert columns.text == "sum(T[..., c0, :]**2*T[..., c1, :])"
    given = drawn(columns)
    assert evaluated(columns.text, given) == pytest.approx(at_columns(given["T"]))


@pytest.mark.parametrize("n", [4, 5])
def test_a_size_that_was_halved_and_is_subtracted_stays_halved(n: int) -> None:
    slope = sd.derive("sum(median(X, axis=1))", "X", shapes="X:m,n")
    X = np.random.default_rng(n).normal(size=(3, n))
    np.testing.assert_array_equal(by_source(slope, {"X": X}), slope(X=X))


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("by", ["x", "k"])
@pytest.mark.parametrize("order", [1, 2])
def test_convolutions_stand_alone(mode: str, by: str, order: int) -> None:
    formula = sd.derive(
        lambda x, k: np.sum(np.convolve(x, k, mode) ** 2), by, shapes="x:n k:3", order=order
    )
    given = drawn(formula)
    known = {name: given[name] for name in formula.names}
    np.testing.assert_allclose(by_source(formula, given), formula(**known), rtol=1e-12, atol=1e-12)


def test_a_convolution_is_written_as_numpy_has_it() -> None:
    slope = sd.derive(lambda x, k: np.sum(np.convolve(x, k) ** 2), "x", shapes="x:n k:3")
    assert slope.text == "convolve(2*convolve(x, k), k[::-1])[2:-2]"
    assert "return np.convolve(2*np.convolve(x, k), k[::-1])[2:-2]" in slope.source()


@pytest.mark.parametrize("n", [0, 1, 4])
@pytest.mark.parametrize("axis", [0, 1])
def test_running_products_have_exact_slopes_at_zeros(n: int, axis: int) -> None:
    """The text divides by x; what is computed multiplies what comes before and after."""
    slope = sd.derive(f"sum(cumprod(X, axis={axis})*A)", "X", shapes="X:m,n A:m,n")
    assert "concatenate([ones(" in slope.text
    rng = np.random.default_rng(4)
    X, A = rng.normal(size=(2, 3, n))
    X[1:, :2] = 0
    np.testing.assert_allclose(by_source(slope, {"X": X, "A": A}), slope(X=X, A=A), atol=1e-14)


def test_a_vector_s_running_product_is_computed_without_division() -> None:
    slope = sd.derive("a @ cumprod(x)", "x", shapes="a:n x:n")
    given = {"a": np.array([1.0, 2.0, 3.0]), "x": np.array([2.0, 0.0, 5.0])}
    np.testing.assert_array_equal(slope(**given), [1, 34, 0])
    np.testing.assert_array_equal(by_source(slope, given), [1, 34, 0])


NUMBERS = ["-1", "-1/n", "n/2", "n**0.5", "pi", "sqrt(2)", "log(n)", "(n - 1)/n"]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_at_one_place_of_a_matrix_stands_alone(number: str) -> None:
    """(-1)[None, None] is no number of Python's."""
    slope = sd.derive(f"{number}*A[0, 1]", "A", shapes="A:m,n")
    A = np.ones((3, 4))
    expected = np.zeros((3, 4))
    expected[0, 1] = evaluated(number, {"n": 4})
    np.testing.assert_array_equal(by_source(slope, {"A": A}), expected)
    np.testing.assert_array_equal(evaluated(slope.text, {"A": A, "m": 3, "n": 4}), expected)


n = np.array([2, 0])


def test_places_that_have_the_name_of_a_size_take_another() -> None:
    """x[n] along a size n: the kernel had two of that name and was refused."""
    slope = sd.derive(lambda x: np.sum(x[n] ** 2) * np.mean(x), "x", shapes="x:n")
    np.testing.assert_allclose(slope(x=np.array([1.0, 2.0, 3.0])), np.array([22, 10, 46]) / 3)
