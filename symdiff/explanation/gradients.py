"""A notebook shows a gradient as its numbers and its formula, where it has one."""

from __future__ import annotations

from html import escape

from ..formulas.closed_form import Formula
from ..graph.op import NoDerivative, OpError
from ..handles.sweep import FreedError
from ..tensors.torch_face import Tensor


def _formula_of(x: Tensor) -> Formula | None:
    if not x._past or x.requires_grad:
        return None
    try:
        return x.formula
    except (OpError, NoDerivative, FreedError, NotImplementedError):
        return None  # its numbers are shown all the same


def gradient_latex(x: Tensor) -> str | None:
    formula = _formula_of(x)
    return None if formula is None else formula._repr_latex_()


def gradient_html(x: Tensor) -> str | None:
    formula = _formula_of(x)
    return None if formula is None else f"{formula.mathml}<pre>{escape(repr(x))}</pre>"
