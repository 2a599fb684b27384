"""The slope of a maximum as people write it: heaviside(u - v, 1/2), which is 1/2 where both are equal."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from ...graph.exact import HALF
from ...graph.node import Node
from ...ops import elementwise as ew
from .algebra import Algebra
from .coefficients import times
from .facts import is_indicator, is_made_of_sizes, is_power_or_log
from .forms import Factor, Form, Map, Sum, is_map, product_key, reachable, through
from .terms import Open, Term


def halved_at_ties(reader: Algebra, test: Term, halves: Open, second: Open) -> list[Term] | None:
    """The terms of where(u == v, g/2, where(u < v, 0, g)), a step in place of its two conditions.

    None for another choice, and where g divides by what a choice may have made 0: there the
    condition says that g is not looked at.
    """
    terms = [_with_step(reader, test, t) for t in second.terms]
    made = [t for t in terms if t is not None]
    bare = [t for _, t in made]
    if len(made) < len(terms) or not made or any(_may_divide_by_0(t.factors) for t in bare):
        return None
    twice = [Term(times(2, t.number), t.factors, t.out) for t in halves.terms]
    if set(map(_name(reader), bare)) != set(map(_name(reader), twice)):
        return None
    return [reader.copy(t) for t, _ in made]


def _name(reader: Algebra) -> Callable[[Term], Hashable]:
    def name(t: Term) -> Hashable:
        product = reader.closed(t, t.out)
        return product.number, product_key(product)

    return name


def _with_step(reader: Algebra, test: Term, t: Term) -> tuple[Term, Term] | None:
    """The term with its condition as a step, and without it."""
    for f in t.factors:
        step = _step(reader, test, t, f) if is_indicator(f.form) and f.power == 1 else None
        if step is not None:
            rest = [g for g in t.factors if g is not f]
            return Term(t.number, [*rest, step], t.out), Term(t.number, rest, t.out)
    return None


def _step(reader: Algebra, test: Term, t: Term, mask: Factor) -> Factor | None:
    """heaviside(u - v, 1/2) for the mask of ~(u < v), if the test is u == v or v == u."""
    assert is_indicator(mask.form)
    inner = mask.form.args[0]
    if not is_map(inner.form, ew.invert):
        return None
    (below,) = inner.form.args
    at = through(through(mask.at, inner.at), below.at)
    (equal,) = test.factors
    if not (is_map(below.form, ew.less, ew.greater) and is_map(equal.form, ew.equal)):
        return None
    if _sides(t, below.form, at) != _sides(test, equal.form, equal.at):
        return None
    u, v = below.form.args if below.form.op is ew.less else below.form.args[::-1]
    return Factor(_heaviside(reader, below.form, u, v), at)


def _sides(t: Term, form: Any, at: Sequence[int]) -> set[Any]:
    """What is compared, and where the axes of the result, counted from its end, stand in it."""
    return {
        (a.form, *(t.out[::-1].index(i) if i in t.out else None for i in through(at, a.at)))
        if isinstance(a, Factor)
        else a
        for a in form.args
    }


def _heaviside(reader: Algebra, like: Form, u: Any, v: Any) -> Form:
    """heaviside(u - v, 1/2), along the axes of the comparison."""
    dtype = next(a.form.dtype for a in (u, v) if isinstance(a, Factor))
    axes = reader.indices(like.shape)
    terms = []
    for number, a in ((1, u), (-1, v)):
        if isinstance(a, Factor):
            terms.append(Term(number, [Factor(a.form, through(axes, a.at))], axes))
        elif a != 0:
            constant = reader.constant(a, like.shape)
            terms.append(Term(times(number, constant.number), constant.factors, axes))
    whole = reader.whole(Open(terms, like.shape, dtype))
    own = Factor(whole, tuple(range(len(like.shape))))
    return reader.forms.map(Node(ew.heaviside, dtype=dtype), (own, HALF), like.shape)


def _may_divide_by_0(factors: Sequence[Factor]) -> bool:
    """Whether something is divided, or a power or logarithm taken, and something chosen.

    What is one number for all places is no reason: a condition at each place would not hide it.
    """
    factors = [f for f in factors if f.at] or factors
    forms = reachable(f.form for f in factors)
    inner = [g for form in forms if isinstance(form, Sum) for p in form.products for g in p.factors]
    divides = any(g.power < 0 and not is_made_of_sizes(g.form) for g in (*factors, *inner))
    divides |= any(is_power_or_log(form) for form in forms)
    return divides and any(isinstance(form, Map) and form.op.masking for form in forms)
