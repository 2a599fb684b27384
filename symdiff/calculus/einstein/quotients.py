"""Quotients over one divisor, where that is shorter: 1/s - x**2/s**3 with s = sqrt(1 + x**2) is 1/s**3.

For people only, as all that takes u/u for 1.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Sequence
from functools import partial
from typing import Any

from ...graph.extents import key
from ...ops import elementwise as ew
from .algebra import Algebra
from .cancelling import cancelled
from .coefficients import common, inverse, over, power, times
from .expanding import is_sum, multiplied_out
from .facts import mean_of
from .forms import UNIT, Factor, Form, Index, Sum, is_map, through
from .lengths import length
from .terms import Open, Term, along, flattened, lined_up

MOST = 6  # terms that are looked at together
DEEPEST = 3  # drawing terms together gives sums, whose own terms are drawn together, and so on
Place = tuple[Form, tuple[Index, ...]]


def over_one_divisor(reader: Algebra, terms: list[Term], dtype: Any) -> list[Term]:
    """The terms, those that add up element by element drawn together where that is shorter."""
    if reader.nested >= DEEPEST:
        return terms
    reader.nested += 1
    try:
        return _drawn_together(reader, terms, dtype)
    finally:
        reader.nested -= 1


def _drawn_together(reader: Algebra, terms: list[Term], dtype: Any) -> list[Term]:
    terms = [_multiplied_in(reader, cancelled(reader, t), dtype) for t in terms]
    names = [reader.name_of(t) for t in terms]
    for way, group in itertools.product(_WAYS, list(_alike(terms))):
        name = (way, reader.nested, key(dtype), *(names[k] for k in group))
        made = reader.once(name, partial(way, reader, [terms[k] for k in group], dtype))
        if made:
            place = group[0]
            rest = [t for k, t in enumerate(terms) if k not in group]
            at = sum(k not in group for k in range(place))
            terms = reader.like_merged([*rest[:at], *made, *rest[at:]])
            return _drawn_together(reader, terms, dtype)
    return terms


def _alike(terms: Sequence[Term]) -> Iterator[tuple[int, ...]]:
    """Places of terms that read the axes of one result, element by element: the most terms first."""
    groups: dict[Hashable, list[int]] = {}
    for k, t in enumerate(terms):
        if t.read <= set(t.out) and t.factors:
            groups.setdefault(tuple(t.out.index(i) for i in t.out), []).append(k)
    for group in groups.values():
        if 1 < len(group) <= MOST:
            yield tuple(group)
            if len(group) > 2:
                yield from itertools.combinations(group, 2)


def _shortest(reader: Algebra, terms: Sequence[Term], dtype: Any) -> list[Term]:
    """One term for several, if that is shorter; as quotients of one divisor, if it is no longer."""
    first = terms[0]
    if first.has_delta:
        return _on_diagonal(reader, terms, dtype)
    same = lined_up(terms)
    plain = length(same)
    below = [frozenset(f for f in t.factors if f.power < 0) for t in same]
    if all(below) and len(set(below)) == 1:
        drawn = _drawn(reader, same, sorted(below[0], key=_order), dtype)
        return [] if drawn is None else [drawn]
    ways = [_product(reader, same, dtype), *_quotients(reader, same, dtype)]
    best = min((way for way in reversed(ways) if way), key=lambda way: length([way]), default=None)
    return [best] if best is not None and length([best]) < plain else []


def _on_diagonal(reader: Algebra, terms: Sequence[Term], dtype: Any) -> list[Term]:
    """diag(u) + diag(v) is diag(u + v)."""
    first = terms[0]
    same = lined_up(terms)
    if any(len(t.read) != 1 or t.read != first.read for t in same):
        return []
    made = _times_sum(reader, [], same, first.out, dtype)
    return [] if made is None else [made]


def _order(f: Factor) -> Any:
    return f.form.id, f.at


# --- a common factor


def _product(reader: Algebra, terms: Sequence[Term], dtype: Any) -> Term | None:
    shared = [f for f in map(partial(_least, terms), terms[0].factors) if f.power > 0]
    if reader.nested > 1:  # brackets in brackets, as in Horner's way, are longer when derived again
        shared = [f for f in shared if all(f in t.factors for t in terms)]
    return _drawn(reader, terms, shared, dtype) if shared else None


def _least(terms: Sequence[Term], f: Factor) -> Factor:
    """The factor, to the least power that the terms have of it."""
    powers = [[g.power for g in t.factors if (g.form, g.at) == (f.form, f.at)] for t in terms]
    return f._replace(power=min(max(own, default=0) for own in powers))


def _without_brackets(reader: Algebra, terms: Sequence[Term], dtype: Any) -> list[Term]:
    """w*(g*c + w*s) + g*(c*w - s*g) as 2*w*g*c + ..., where terms are alike and that is shorter."""
    if terms[0].has_delta:
        return []
    same = lined_up(terms)
    opened = _all_opened(reader, same)
    merged = reader.like_merged(opened)
    if len(merged) == len(opened) or not merged:
        return []
    shared = [f for f in merged[0].factors if f.power > 0 and all(f in t.factors for t in merged)]
    made = _drawn(reader, merged, shared, dtype)
    return [made] if made is not None and length([made]) < length(same) else []


def _centred(reader: Algebra, terms: Sequence[Term], dtype: Any) -> list[Term]:
    """u*c - mean(u)*c is (u - mean(u))*c."""
    if len(terms) > 2 or terms[0].has_delta or terms[0].number != -terms[1].number:
        return []
    one, other = lined_up(terms)
    common = [f for f in one.factors if f in other.factors]
    for t, mean in ((one, other), (other, one)):
        rest = [f for f in t.factors if f not in common]
        if len(rest) == 1 and mean_of([f for f in mean.factors if f not in common]) is rest[0].form:
            made = _drawn(reader, [one, other], common, dtype)
            return [] if made is None else [made]
    return []


def _drawn(
    reader: Algebra, terms: Sequence[Term], common: Sequence[Factor], dtype: Any
) -> Term | None:
    """The common factors times the sum of what is left."""
    over = [f._replace(power=-f.power) for f in common]
    rests = [reader.merged(Term(t.number, [*t.factors, *over], t.out)) for t in terms]
    return _times_sum(reader, common, rests, terms[0].out, dtype)


def _times_sum(
    reader: Algebra, outside: Sequence[Factor], inside: list[Term], out: Sequence[Index], dtype: Any
) -> Term | None:
    """Factors times a sum of vectors and numbers, or of matrices."""
    read = {i for t in inside for i in t.read}
    mixed = any(t.read != read and (t.read or len(read) > 1) for t in inside)
    mixed = mixed or any(t.out != tuple(out) for t in inside)  # a bracket held a delta
    outside_of = {i for f in outside for i in f.at if i != UNIT} - read
    if mixed or len(read) > 2 or (read and outside_of):
        return None
    at = tuple(dict.fromkeys(i for i in out if i in read))
    number = abs(common([t.number for t in inside])) if inside else 1
    rests = [Term(over(t.number, number), t.factors, at) for t in inside]
    total = reader.settled(Open(rests, reader.shape_of(at), dtype))
    total = along(total, at)
    whole = flattened(Term(times(number, total.number), [*outside, *total.factors], tuple(out)))
    return cancelled(reader, whole)


# --- a common divisor


def _quotients(reader: Algebra, terms: Sequence[Term], dtype: Any) -> Iterator[Term | None]:
    """The terms over the sums that they divide by, and over all that they divide by."""
    divisors: dict[Place, int] = {}
    for t in terms:
        for f in t.factors:
            if f.power < 0:
                place = (f.form, f.at)
                divisors[place] = max(divisors.get(place, 0), -f.power)
    sums = {place: power for place, power in divisors.items() if _opened(*place, 2)}
    if not sums:
        return
    yield _quotient(reader, terms, sums, dtype)
    yield _quotient(reader, _all_opened(reader, terms), divisors, dtype)


def _all_opened(reader: Algebra, terms: Sequence[Term]) -> list[Term]:
    """The terms, brackets above their divisors multiplied out."""
    return [part for t in terms for part in _opened_out(reader, t, list(filter(is_sum, t.factors)))]


def _quotient(
    reader: Algebra, terms: Sequence[Term], divisors: dict[Place, int], dtype: Any
) -> Term | None:
    """The terms over the product of the divisors, multiplied out above: if they are longer so, none."""
    above = [part for t in terms for part in _numerator(reader, t, divisors)]
    merged = reader.like_merged(above)
    if length(merged) > length(lined_up(terms)):
        return None
    below = [Factor(form, at, -power) for (form, at), power in divisors.items()]
    return _times_sum(reader, below, merged, terms[0].out, dtype)


def _numerator(reader: Algebra, term: Term, divisors: dict[Place, int]) -> list[Term]:
    """The term times the divisors, sums among them multiplied out."""
    given = {(f.form, f.at): f.power for f in term.factors}
    factors = [f for f in term.factors if f.power > 0 or (f.form, f.at) not in divisors]
    sums = []
    for place, most in divisors.items():
        more = most + min(given.get(place, 0), 0)
        opened = _opened(*place, more)
        sums += opened
        if not opened and more:
            factors.append(Factor(*place, more))
    whole = Term(term.number, [*factors, *sums], term.out)
    return _opened_out(reader, whole, sums)


def _opened_out(reader: Algebra, term: Term, sums: Sequence[Factor]) -> list[Term]:
    """The term with sums among its factors multiplied out, along the same axes."""
    parts = [along(t, term.out) for t in multiplied_out(reader, term, sums)]
    return [reader.merged(t) for t in parts]


def _opened(form: Form, at: tuple[Index, ...], power: int) -> list[Factor]:
    """The sums whose product is a power of a sum, or an even power of its root."""
    if is_map(form, ew.sqrt) and power % 2 == 0:
        inner = form.args[0]
        if isinstance(inner, Factor):
            return _opened(inner.form, through(at, inner.at), power // 2)
    f = Factor(form, at)
    return [f] * power if power <= 2 and is_sum(f) else []


# --- divisors within divisors


def _multiplied_in(reader: Algebra, term: Term, dtype: Any) -> Term:
    """v*(1 + q/v) is v + q."""
    for f in term.factors:
        for g in term.factors if f.power < 0 and is_sum(Factor(f.form, f.at)) else ():
            depth = _depth(f, g) if g is not f else 0
            if 0 < depth * -f.power <= -g.power:
                made = _without_inner(reader, term, f, g, depth, dtype)
                return term if made is None else _multiplied_in(reader, made, dtype)
    return term


def _depth(f: Factor, g: Factor) -> int:
    """The highest power of g that the sum f divides by in one of its terms."""
    assert isinstance(f.form, Sum)
    found = [
        -h.power
        for p in f.form.products
        for h in p.factors
        if h.form is g.form and h.power < 0 and not set(h.at) & set(p.summed)
        if tuple(UNIT if i == UNIT else f.at[p.out.index(i)] for i in h.at) == g.at
    ]
    return max(found, default=0)


def _without_inner(
    reader: Algebra, term: Term, f: Factor, g: Factor, depth: int, dtype: Any
) -> Term | None:
    """The term, the sum f multiplied by a power of g as often as the term divides by it."""
    count = -f.power
    one = Factor(f.form, f.at)
    parts = _opened_out(reader, Term(1, [Factor(g.form, g.at, depth), one], f.at), [one])
    whole = _times_sum(reader, [], parts, f.at, dtype)
    turned = None if whole is None else inverse(whole.number)
    if whole is None or turned is None:
        return None
    number = times(term.number, power(turned, count))
    left = g._replace(power=g.power + depth * count)
    inner = [h._replace(power=-count * h.power) for h in whole.factors]
    rest = [h for h in term.factors if h is not f and h is not g]
    factors = [*rest, *([left] if left.power else []), *inner]
    return reader.merged(Term(number, factors, term.out))


_WAYS = (_centred, _shortest, _without_brackets)
