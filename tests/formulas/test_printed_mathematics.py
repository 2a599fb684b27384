"""LaTeX and MathML of the identities: whole, plain, and no product that looks like a call."""

from __future__ import annotations

import re
from xml.dom import minidom

import pytest
import test_identities_cancelling as cancelling
import test_identities_hessians as hessians
import test_identities_losses as losses
import test_identities_matrices as matrices
from identities import Identity

import symdiff as sd

ROWS = [
    *((row, 1) for row in losses.ROWS + matrices.ROWS),
    *((row, 2) for row in hessians.ROWS),
    *cancelling.ROWS,
]
FEW, MOST = ROWS[::4], [row for k, row in enumerate(ROWS) if k % 4]
CALLED = re.compile(r'<mi>[a-zA-Z]</mi><mrow><mo fence="true">\(')


def check_printed(row: Identity, order: int) -> None:
    formula = sd.derive(row.function, row.by, shapes=row.shapes, order=order)
    latex = re.sub(r"\\[{}]", "", formula.latex)
    assert latex.isascii()
    assert latex.count("{") == latex.count("}")
    assert latex.count(r"\left") == latex.count(r"\right")
    assert latex.count(r"\begin") == latex.count(r"\end")
    minidom.parseString(formula.mathml)
    assert not CALLED.search(formula.mathml)


@pytest.mark.parametrize(("row", "order"), FEW)
def test_latex_and_mathml_are_whole(row: Identity, order: int) -> None:
    check_printed(row, order)


@pytest.mark.slow
@pytest.mark.parametrize(("row", "order"), MOST)
def test_latex_and_mathml_of_the_others_are_whole(row: Identity, order: int) -> None:
    check_printed(row, order)


def test_a_letter_before_parentheses_is_no_call() -> None:
    formula = sd.formula("l*(x + y)")
    assert formula.latex == r"l \,\left(x + y\right)"
    assert '<mi>l</mi><mo rspace="0.1667em">&#x2062;</mo><mrow><mo fence="true">(' in formula.mathml
