"""Products of sums multiplied out, where that lets something cancel and the result is shorter.

((1 - y)/(1 - s) - y/s)*s*(1 - s) is s - y: for people only, since it takes s/s for 1.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from .algebra import Algebra
from .coefficients import times
from .facts import is_centred
from .forms import UNIT, Factor, Form, Index, Product, Sum, connected, reachable, united
from .lengths import length
from .pairing import paired
from .terms import Term, renamed, without
from .textbook import unfolded

MOST = 16  # terms of a product that is multiplied out


def expanded(reader: Algebra, terms: Sequence[Term]) -> list[Term]:
    """The terms, products of quotients multiplied out where that helps."""
    return [
        new
        for t in terms
        for part in _contracted(reader, t)
        for flat in _without_brackets(reader, part)
        for new in _without_quotients(reader, flat)
    ]


def _without_brackets(reader: Algebra, term: Term) -> list[Term]:
    """Outer products of sums of vectors with scalars before them, multiplied out.

    outer(a/s - b/s**2, x) is outer(a, x)/s - outer(b, x)/s**2, but outer(a - b, x) stays; and
    A.T @ (B - outer(u, v)) is A.T @ B - outer(A.T @ u, v).
    """
    for f in term.factors:
        if is_sum(f) and (_is_weighted_outer(term, f) or _has_outer_below(term, f)):
            parts = multiplied_out(reader, term, [f])
            if parts != [term]:
                parts = _cancelled(reader, parts)
                return [new for t in parts for new in _without_brackets(reader, t)]
    return [term]


def _is_weighted_outer(term: Term, f: Factor) -> bool:
    """Whether a sum of differently scaled vectors stands in an outer product."""
    assert isinstance(f.form, Sum)
    others = {i for g in term.factors if g is not f for i in g.at if i in term.out}
    scales = {frozenset((g.form, g.power) for g in p.factors if not g.at) for p in f.form.products}
    if not others or not f.at or not set(f.at) <= set(term.out):
        return False
    lacking = [
        any(_lacks(p, k) and i in others for k, i in enumerate(f.at)) for p in f.form.products
    ]
    if any(lacking):
        return not all(lacking)  # X[:, None] - X stays
    varied = all(any(g.at for g in p.factors) for p in f.form.products)
    return varied and len(scales) > 1 and not others & set(f.at)


def _lacks(p: Product, axis: int) -> bool:
    """Whether a product is the same along an axis, and not along another."""
    read = {i for g in p.factors for i in g.at}
    return p.out[axis] not in read and not read.isdisjoint(p.out)


def _has_outer_below(term: Term, f: Factor) -> bool:
    """Whether one of the products is an outer product of what is summed over and what is not."""
    assert isinstance(f.form, Sum)
    return any(
        _splits(p, {k for k, i in enumerate(f.at) if i not in term.out}) for p in f.form.products
    )


def _splits(p: Product, summed: set[Index]) -> bool:
    """Whether the axes stand in different factors, and some are summed over."""
    axes = [
        {p.out.index(i) for g in group for i in g.at if i in p.out}
        for group in connected(p.factors)
    ]
    axes = [a for a in axes if a]
    return len(axes) > 1 and any(a <= summed for a in axes)


def _contracted(reader: Algebra, term: Term) -> list[Term]:
    """Sums over an index that some of their terms do not vary along, multiplied out if shorter.

    (A - outer(ones, v)).T @ s is A.T @ s - sum(s)*v: the sum over what varies is taken on its own.
    """
    summed = term.read - set(term.out)
    for f in term.factors if summed else ():
        if is_sum(f) and (any(_is_constant_along(f, i) for i in summed) or _is_weighted(f, summed)):
            parts = multiplied_out(reader, term, [f])
            parts = [new for t in parts for new in _contracted(reader, t)]
            parts = reader.like_merged(unfolded(reader, _cancelled(reader, parts)))
            if _is_better(parts, term, f, summed):
                return parts
    return [term]


def _is_weighted(f: Factor, summed: set[Index]) -> bool:
    """Whether matrices with scalars before them are added up, and then summed over."""
    assert isinstance(f.form, Sum)
    scaled = [any(not g.at and g.power > 0 for g in p.factors) for p in f.form.products]
    return len(f.at) == 2 and set(f.at) <= summed and any(scaled) and not all(scaled)


def _is_better(parts: Sequence[Term], term: Term, f: Factor, summed: set[Index]) -> bool:
    """Whether the sum f multiplied out makes the term shorter.

    If it stands alone, or is u - mean(u), only where something cancels.
    """
    assert isinstance(f.form, Sum)
    alone = not any(i in g.at for g in term.factors if g is not f for i in summed)
    if len(parts) >= len(f.form.products) and (alone or is_centred(f.form)):
        return False
    return _length(parts) < _length([term]) + _computed_along(f, summed)


def _is_constant_along(f: Factor, i: Index) -> bool:
    assert isinstance(f.form, Sum)
    axes = [k for k, at in enumerate(f.at) if at == i]
    return any(
        not any(p.out[k] in g.at for g in p.factors)
        for p in f.form.products
        if p.factors
        for k in axes
    )


def _computed_along(f: Factor, summed: set[Index]) -> bool:
    """Whether what does not vary along a summed index is a sum itself."""
    assert isinstance(f.form, Sum)
    inner = [p for p in f.form.products if p.summed or any(map(_has_sum, p.factors))]
    return any(f.at[k] in summed and not any(p.out[k] in g.at for g in p.factors)
               for p in inner for k in range(len(f.at)))  # fmt: skip


def _has_sum(f: Factor) -> bool:
    return isinstance(f.form, Sum) and len(f.form.products) == 1 and bool(f.form.products[0].summed)


def _without_quotients(reader: Algebra, term: Term) -> list[Term]:
    quotients = [f for f in term.factors if is_sum(f) and _cancels(term, f)]
    if not quotients:
        return [term]
    name = (_shortest, reader.name_of(term))
    return reader.once(name, partial(_shortest, reader, term, quotients[0]))


def _shortest(reader: Algebra, term: Term, quotient: Factor) -> list[Term]:
    """The term as it is, one sum multiplied out, or all, if they are few."""
    opened = _cancelled(reader, multiplied_out(reader, term, [quotient]))
    plain = opened
    for _ in range(3):
        plain = [
            new
            for t in plain
            for new in multiplied_out(reader, t, [f for f in t.factors if is_sum(f)][:1])
        ]
        if len(plain) > MOST:
            return min([[term], opened], key=length)
    return min([[term], opened, reader.like_merged(_cancelled(reader, plain))], key=length)


def is_sum(f: Factor) -> bool:
    """Whether the factor is a short sum."""
    return f.power == 1 and isinstance(f.form, Sum) and 1 < len(f.form.products) <= 4


def _cancels(term: Term, quotient: Factor) -> bool:
    """Whether the sum divides by something that the term is multiplied with, or the other way round."""
    assert isinstance(quotient.form, Sum)
    own = {(f.form.id, f.at, f.power > 0) for f in term.factors}
    return any(
        (
            g.form.id,
            tuple(UNIT if i == UNIT else quotient.at[p.out.index(i)] for i in g.at),
            g.power < 0,
        )
        in own
        for p in quotient.form.products
        for g in p.factors
        if not set(g.at) & set(p.summed)
    )


def multiplied_out(reader: Algebra, term: Term, sums: Sequence[Factor]) -> list[Term]:
    """The term for every choice of one product from each sum; each has indices of its own."""
    if math.prod(len(f.form.products) for f in sums) > MOST:  # type: ignore[attr-defined]
        return [term]
    return [reader.copy(t) for t in _choices(reader, term, list(sums))]


def _choices(reader: Algebra, term: Term, sums: list[Factor]) -> Iterator[Term]:
    if not sums:
        yield term
        return
    f, *others = sums
    for p in f.form.products:  # type: ignore[attr-defined]
        names = _joined(term, f, p)
        rest = [Factor(g.form, tuple(names.get(i, i) for i in g.at), g.power) for g in others]
        yield from _choices(reader, _times_product(reader, term, f, p, names), rest)


def _joined(term: Term, f: Factor, p: Product) -> dict[Index, Index]:
    """Indices of the term that a delta in the product makes one, those of the result staying."""
    place: dict[Index, Index] = {}
    pairs = [(place.setdefault(i, at), at) for i, at in zip(p.out, f.at) if i != UNIT]
    kept = set(term.out)
    return united([(a, b) if a in kept else (b, a) for a, b in pairs if a != b])


def _times_product(
    reader: Algebra, term: Term, f: Factor, p: Product, names: Mapping[Index, Index]
) -> Term:
    """The term, one product of the sum f standing in its place."""
    parts = [*without(term.factors, [f]), *reader.within(p, f.at)]
    new = renamed(Term(times(term.number, p.number), parts, term.out), names)
    unread = set(f.at) - {UNIT, *names, *new.out, *new.read}
    return _times_sizes(reader, new, unread)


def _times_sizes(reader: Algebra, term: Term, unread: set[Index]) -> Term:
    """The sum over an index that is no longer read: times its size."""
    for i in unread:
        number, factors = reader.size_parts(reader.sizes[i])
        term = Term(times(term.number, number), [*term.factors, *factors], term.out)
    return term


def _cancelled(reader: Algebra, terms: Sequence[Term]) -> list[Term]:
    merged = map(reader.merged, terms)
    return [paired(reader, t, t.factors[0].form.dtype) if t.factors else t for t in merged]


def _length(terms: Sequence[Term]) -> int:
    """How many letters and calls the sum of the terms has."""
    weights: dict[Form, int] = {}
    for form in reachable(f.form for t in terms for f in t.factors):
        weights[form] = _weight(form, weights)
    return sum(1 + sum(weights[f.form] for f in t.factors) for t in terms)


def _weight(form: Form, weights: Mapping[Form, int]) -> int:
    if isinstance(form, Sum):
        return 1 + sum(1 + sum(weights[f.form] for f in p.factors) for p in form.products)
    return 1
