"""What is written differently for people: sums without brackets, scalars before a sum.

None of this is right where something is infinite or NaN, so what is computed never comes here.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .algebra import Algebra
from .coefficients import times
from .forms import (
    UNIT,
    Factor,
    Product,
    Scalar,
    Sum,
    Symbol,
    connected,
    product_key,
)
from .terms import Open, Term, is_view, without

MOST_SPLICED = 4  # products of a sum within a sum
MOST_UNFOLDED = 8  # factors of a product within a product


# --- sums


def spliced(algebra: Algebra, terms: list[Term]) -> list[Term]:
    """A sum among the terms gives its own terms: a + (b - a) is b."""
    if len(terms) < 2:
        return terms
    plain = [part for t in terms for part in (terms_of(algebra, t, (1, -1)) or [t])]
    opened = [part for t in terms for part in (terms_of(algebra, t) or [t])]
    if len(opened) == len(plain):
        return plain
    return min(plain, opened, key=lambda way: (len(algebra.like_merged(way)), way is plain))


def terms_of(algebra: Algebra, t: Term, numbers: Sequence[Any] = ()) -> list[Term] | None:
    """The terms of a term that is a short sum, if its number is one of these (or any)."""
    if (numbers and t.number not in numbers) or len(t.factors) != 1 or t.has_delta:
        return None
    (f,) = t.factors
    if not isinstance(f.form, Sum) or f.power != 1 or not _is_read_whole(f, t):
        return None
    if not 1 < len(f.form.products) <= MOST_SPLICED:
        return None
    return [_part(algebra, t, f, p) for p in f.form.products]


def _part(algebra: Algebra, t: Term, f: Factor, p: Product) -> Term:
    """One product of the sum f, as a term of its own."""
    inner = algebra.of_product(p, p.out)
    own = dict(zip(f.at, inner.out))
    out = [
        own[i] if i in own else algebra.index(algebra.sizes[i]) if i != UNIT else i for i in t.out
    ]
    return Term(times(t.number, p.number), inner.factors, out)


def _is_read_whole(f: Factor, t: Term) -> bool:
    return UNIT not in f.at and len(set(f.at)) == len(f.at) and set(f.at) <= set(t.out)


def unfolded(algebra: Algebra, terms: list[Term]) -> list[Term]:
    """Products within products opened where two terms turn out alike: (X @ X) @ X and X @ (X @ X)."""
    opened = [_unfolded(algebra, t) for t in terms] if len(terms) > 1 else terms
    names = [product_key(algebra.closed(t, t.out)) for t in opened]
    alike = [k for k, name in enumerate(names) if names.count(name) > 1]
    return [opened[k] if k in alike else t for k, t in enumerate(terms)]


def _unfolded(algebra: Algebra, t: Term) -> Term:
    """The term with matrix products among its factors as their own factors."""
    for f in t.factors:
        p = f.form.products[0] if isinstance(f.form, Sum) and len(f.form.products) == 1 else None
        if p is not None and p.summed and f.power == 1 and len(p.factors) <= MOST_UNFOLDED:
            parts = [*(g for g in t.factors if g is not f), *algebra.within(p, f.at)]
            return _unfolded(algebra, Term(times(t.number, p.number), parts, t.out))
    return t


def in_order(algebra: Algebra, terms: list[Term]) -> list[Term]:
    """Terms of the same forms one after the other as they are read: A + A.T, not A.T + A."""
    slots: dict[Any, list[int]] = {}
    for k, t in enumerate(terms):
        name = (t.number, tuple(sorted((f.form.id, f.power) for f in t.factors)))
        slots.setdefault(name, []).append(k)
    ordered = list(terms)
    for places in slots.values():
        if len(places) > 1:
            mine = sorted((terms[k] for k in places), key=lambda t: _reading_order(algebra, t))
            for k, t in zip(places, mine):
                ordered[k] = t
    return ordered


def _reading_order(algebra: Algebra, t: Term) -> Any:
    """The form that bears the first axis, then the indices."""
    product = algebra.closed(t, t.out)
    first = min((f.form.id for f in product.factors if 0 in f.at), default=0)
    return first, product_key(product)[:2]  # type: ignore[index]


def scalars_first(algebra: Algebra, terms: list[Term], dtype: Any) -> list[Term]:
    """det(A)*B + det(A)*C is det(A)*(B + C)."""
    if len(terms) < 2 or not terms[0].out:
        return terms
    common = [f for f in terms[0].factors if _is_scalar(f) and all(f in t.factors for t in terms)]
    if not common:
        return terms
    out = terms[0].out
    rests = [Term(t.number, without(t.factors, common), t.out) for t in terms]
    if any(not t.factors and not t.has_delta for t in rests):
        return terms
    total = algebra.settled(Open(rests, algebra.shape_of(out), dtype))
    return [Term(total.number, [*common, *total.factors], total.out)]


def numbers_first(algebra: Algebra, terms: list[Term], dtype: Any) -> list[Term]:
    """4*A - 4*B is 4*(A - B), for letters and sums."""
    if len(terms) < 2 or len({abs(t.number) for t in terms}) > 1 or abs(terms[0].number) == 1:
        return terms
    plain = all(t.factors and is_view(t) and not t.has_delta for t in terms)
    if not plain or not all(isinstance(t.factors[0].form, (Symbol, Sum)) for t in terms):
        return terms
    return [algebra.added(terms, Open(terms, algebra.shape_of(terms[0].out), dtype))]


def _is_scalar(f: Factor) -> bool:
    return not f.at and f.power > 0 and not isinstance(f.form, Scalar)


# --- sums over indices that stand several times


def regrouped(algebra: Algebra, term: Term, dtype: Any) -> Term:
    """A matrix product that stands twice as one factor: (X @ w)*(X @ w) is (X @ w)**2."""
    summed = term.read.difference(term.out)
    if not summed or len(term.factors) < 2:
        return term
    groups = connected([Factor(f.form, _only(f.at, summed), k) for k, f in enumerate(term.factors)])
    parts = [[term.factors[k] for _, _, k in group] for group in groups if group[0].at]
    alone = [f for f in term.factors if not summed.intersection(f.at)]
    made = [_as_factor(algebra, part, term, dtype) for part in parts]
    places = [(f.form, f.at) for f in [*made, *alone]]
    twice = [f for f in made if f.at and places.count((f.form, f.at)) > 1]
    if not twice:
        return term
    rest = [g for f, part in zip(made, parts) if f not in twice for g in part]
    return Term(term.number, [*alone, *rest, *twice], term.out)


def _only(at: Sequence[int], summed: set[int]) -> tuple[int, ...]:
    return tuple(i for i in at if i in summed)


def _as_factor(algebra: Algebra, part: list[Factor], term: Term, dtype: Any) -> Factor:
    """Factors that share summed indices, as one."""
    out = tuple(dict.fromkeys(i for f in part for i in f.at if i in term.out and i != UNIT))
    form = algebra.forms.sum(
        [algebra.closed(Term(1, part, out), out)], algebra.shape_of(out), dtype
    )
    return Factor(form, out)
