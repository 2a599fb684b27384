"""What cancels within a sum leaves the size of the sum: sum(x/x) is n, in words as in numbers."""

from __future__ import annotations

import numpy as np
import pytest
from identities import Identity, evaluated, numbers_agree, table, written

import symdiff as sd
from symdiff.formulas.closed_form import Formula

VALUES = [
    ("sum(r*x/x)", "r*n"),
    ("x @ (1/x)", "n"),
    ("mean(x/x)", "1"),
    ("sum(sqrt(x)**2/x)", "n"),
    ("sum(u[:, None]*x/x, axis=1)", "n*u"),
    ("sum(A/A)", "m*n"),
    ("sum(x*(1/x + y))", "n + x @ y"),
    ("sum(softmax(A, axis=1))", "m"),
    ("mean(softmax(A, axis=0))", "1/m"),
    ("sum(softmax(A, axis=(0, 1)))", "1"),
]

DERIVATIVES = table("""
prod(sum(x)*x) | x | x:n | prod(sum(x)*x)*(n/sum(x) + 1/x)
prod(a*x) | a | a: x:n | n*prod(a*x)/a
""")


@pytest.mark.parametrize(("text", "expected"), VALUES)
def test_what_cancels_leaves_the_size(text: str, expected: str) -> None:
    formula: Formula = sd.formula(text, shapes="x:n y:n u:m A:m,n")
    assert formula.text == expected
    rng = np.random.default_rng(0)
    sizes = {"": (), "n": (3,), "m": (4,), "m,n": (4, 3)}
    arrays = {
        node.label: rng.uniform(0.3, 0.9, sizes[",".join(map(str, node.shape))])
        for node in formula.graph.inputs
    }
    np.testing.assert_allclose(evaluated(formula.text, arrays), formula(**arrays), rtol=1e-12)


@pytest.mark.parametrize("row", DERIVATIVES, ids=lambda row: row.name)
def test_products_of_scaled_elements_count_them(row: Identity) -> None:
    assert written(row) == row.expected
    numbers_agree(row)
