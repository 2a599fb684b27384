"""How long a sum of products is, written down: what people read is the shortest of what is equal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .forms import Applied, Factor, Form, Map, Sum, reachable
from .terms import Term

MOST = 6  # of a function's value: if it is longer, and stands several times, it gets a name


def length(terms: Sequence[Term]) -> int:
    """How long the sum of the terms is."""
    weights: dict[Form, int] = {}
    for form in reachable(f.form for t in terms for f in t.factors):
        weights[form] = _weight(form, weights)
    return sum(_of_product(t.number, t.factors, weights) for t in terms)


def _of_product(number: object, factors: Sequence[Factor], weights: Mapping[Form, int]) -> int:
    raised = sum(abs(f.power) != 1 for f in factors)
    written = number not in (1, -1)
    return 1 + written + raised + sum(weights[f.form] for f in factors)


def _weight(form: Form, weights: Mapping[Form, int]) -> int:
    if isinstance(form, Sum):
        divided = sum(any(f.power < 0 for f in p.factors) for p in form.products)
        terms = sum(_of_product(p.number, p.factors, weights) for p in form.products)
        return 1 + terms + divided  # a quotient within a sum is harder to read
    if isinstance(form, (Map, Applied)):
        return min(1 + sum(weights[part] for part in form.parts), MOST)
    return 1
