"""Truth values, which NumPy neither negates nor adds up as numbers: True + True is True.

What only moves truth values to other places, as pad and diag do, gives truth values too.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from ..calculus.einstein.facts import is_indicator
from ..calculus.einstein.forms import Applied, Form, Product, Sum
from .notation import Notation, Times

_MOVES = frozenset(
    "reshape transpose expand index embed gather put assign diagonal diag_embed tril triu "
    "concatenate stack clone amax amin".split()
)


def is_to_be_a_number(p: Product, term: Notation, others: Sequence[Product]) -> bool:
    """Whether a truth value begins a sum with others, or is negated."""
    if _is_truth(p) and any(map(_is_truth, others)):
        return True
    return p.number < 0 and _starts_with_truth(p, term)


def _starts_with_truth(p: Product, term: Notation) -> bool:
    """Whether a truth value, or several, are all that stands above the line."""
    if not isinstance(term, Times) or not term.divisors:
        return _is_truth(p)
    above = [_holds_truths(f.form) for f in p.factors if f.power > 0]
    unwritten = p.number == -1 or (isinstance(p.number, Fraction) and p.number.numerator == -1)
    return bool(above) and all(above) and unwritten and not p.summed


def _is_truth(p: Product) -> bool:
    truths = [_holds_truths(f.form) for f in p.factors]
    return bool(truths) and all(truths) and abs(p.number) == 1 and not p.summed


def _holds_truths(form: Any) -> bool:
    """Whether NumPy has an array of truth values where this is written."""
    if not isinstance(form, Form):
        return False
    if form.dtype == bool or is_indicator(form):
        return True
    if isinstance(form, Sum):
        return (
            len(form.products) == 1 and form.products[0].number == 1 and _is_truth(*form.products)
        )
    moves = isinstance(form, Applied) and form.op.name in _MOVES
    return moves and all(map(_holds_truths, form.parts))
