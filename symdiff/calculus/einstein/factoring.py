"""Sums with a common factor: A.T @ r + A.T @ s is A.T @ (r + s), one contraction instead of two."""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .algebra import Algebra
from .forms import UNIT, Factor, Index, connected
from .terms import Open, Term, along, lined_up, renamed, without

MOST_PAIRED = 12  # terms that share a factor


def factored(algebra: Algebra, terms: list[Term], dtype: Any) -> list[Term]:
    """The terms, those that contract the same array in the same way drawn together."""
    while len(terms) > 1:
        for name, group in _candidates(algebra, terms):
            made = _drawn_together(algebra, name, group, dtype)
            if made is not None:
                place = terms.index(group[0])
                rest = [t for t in terms if t not in group]
                terms = [*rest[:place], made, *rest[place:]]
                break
        else:
            break
    return terms


def _candidates(algebra: Algebra, terms: Sequence[Term]) -> Iterator[tuple[Likeness, list[Term]]]:
    """All terms that share a factor; for people, also every two of them."""
    groups = _groups(algebra, terms)
    yield from groups
    for name, group in groups if algebra.textbook else ():
        if 2 < len(group) <= MOST_PAIRED:
            yield from ((name, list(pair)) for pair in itertools.combinations(group, 2))


def _groups(algebra: Algebra, terms: Sequence[Term]) -> list[tuple[Likeness, list[Term]]]:
    """Terms that share a factor with a summed index, those with the largest factor first.

    For people, they share the same scalars, too.
    """
    found: dict[tuple[Likeness, Hashable], list[Term]] = {}
    for t in terms:
        scalars = _scalars(t) if algebra.textbook else None
        for name in dict.fromkeys(_likeness(t, f) for f in t.factors):
            if name is not None:
                found.setdefault((name, scalars), []).append(t)
    groups = [(name, group) for (name, _), group in found.items() if len(group) > 1]
    return sorted(groups, key=lambda item: -len(item[0].at))


def _scalars(t: Term) -> Hashable:
    return frozenset((f.form.id, f.power) for f in t.factors if not f.at)


def drawn_out(algebra: Algebra, terms: list[Term], dtype: Any) -> list[Term]:
    """All terms share a factor, and what is left has fewer axes: b[j]*(A[i, k] + A[k, i])."""
    if len(terms) < 2 or any(t.has_delta for t in terms):
        return terms
    first = terms[0]
    same = lined_up(terms)
    common = [f for f in _common(same) if f.at and all(i in first.out for i in f.at)]
    rests = [without(t.factors, common) for t in same]
    visible = [i for i in first.out if any(i in f.at for fs in rests for f in fs)]
    if not common or not visible or len(visible) >= len({*visible, *_indices([common])}):
        return terms
    if not all(_covers(rest, visible) for rest in rests):
        return terms
    return [_times_sum(algebra, same, common, rests, visible, dtype)]


def _covers(rest: Sequence[Factor], visible: Sequence[Index]) -> bool:
    """Whether a term varies along all the indices, or along none."""
    seen = {i for f in rest for i in f.at if i in visible}
    return not seen or len(seen) == len(visible)


def _times_sum(
    algebra: Algebra,
    terms: Sequence[Term],
    common: Sequence[Factor],
    rests: Sequence[list[Factor]],
    visible: Sequence[Index],
    dtype: Any,
) -> Term:
    """The common factors times the sum of what is left of each term."""
    parts = [Term(t.number, rest, visible) for t, rest in zip(terms, rests)]
    total = algebra.settled(Open(parts, algebra.shape_of(visible), dtype))
    return Term(total.number, [*common, *along(total, visible).factors], terms[0].out)


class Likeness(NamedTuple):
    """A form, and where the result's axes and summed indices stand in it."""

    form: int
    out: tuple[Index, ...]
    at: tuple[tuple[int, str], ...]


def _likeness(t: Term, f: Factor) -> Likeness | None:
    if f.power != 1 or not any(i != UNIT and i not in t.out for i in f.at):
        return None
    at = tuple((t.out.index(i), "out") if i in t.out else (f.at.index(i), "summed") for i in f.at)
    out = tuple(t.out.index(i) if i != UNIT else UNIT for i in t.out)
    return Likeness(f.form.id, out, at)


def _drawn_together(
    algebra: Algebra, name: Likeness, group: Sequence[Term], dtype: Any
) -> Term | None:
    """One term for several, where adding what differs is less work than a contraction."""
    first = group[0]
    model = _factor(first, name)
    same = [first, *(_lined_up(t, name, first, model) for t in group[1:])]
    common = _common(same)
    rests = [without(t.factors, common) for t in same]
    shared = {i for f in common for i in f.at if i != UNIT}
    visible = [i for i in _indices(rests) if i in shared or i in first.out]
    if model not in common or not any(i in visible for i in shared if i not in first.out):
        return None
    if any(_is_outer(rest, visible) or not _covers(rest, visible) for rest in rests):
        return None
    step = width([*(f.at for f in common), tuple(visible)], first.out)
    if not algebra.textbook and len(visible) >= step:
        return None
    if step > max(width([f.at for f in t.factors], t.out) for t in same):
        return None
    return _times_sum(algebra, same, common, rests, visible, dtype)


def _is_outer(rest: Sequence[Factor], visible: Sequence[Index]) -> bool:
    """Whether the factors are an outer product of what has fewer axes."""
    parts = [{i for f in part for i in f.at if i in visible} for part in connected(rest)]
    return sum(map(bool, parts)) > 1


def width(reads: Sequence[Sequence[Index]], out: Sequence[Index]) -> int:
    """The most indices that a step of the cheapest contraction spans."""
    parts = [{i for i in at if i != UNIT} for at in reads]
    widest = max(map(len, parts), default=0)
    while len(parts) > 1:
        pairs = [(a, b) for k, a in enumerate(parts) for b in parts[k + 1 :]]
        a, b = min(pairs, key=lambda pair: len(pair[0] | pair[1]))
        rest = [p for p in parts if p is not a and p is not b]
        widest = max(widest, len(a | b))
        parts = [*rest, {i for i in a | b if i in out or any(i in p for p in rest)}]
    return widest


def _factor(t: Term, name: Likeness) -> Factor:
    return next(f for f in t.factors if _likeness(t, f) == name)


def _lined_up(t: Term, name: Likeness, first: Term, model: Factor) -> Term:
    """The term with the indices of the first: along the result's axes, and in the shared factors."""
    able = [f for f in t.factors if _likeness(t, f) == name]
    ways = [
        _met(renamed(t, dict(zip((*t.out, *own.at), (*first.out, *model.at)))), first)
        for own in able
    ]
    return max(ways, key=lambda way: len(_common([first, way])))


def _met(t: Term, first: Term) -> Term:
    """The term, its own summed indices renamed so that it has more factors of the first."""
    for g in first.factors:
        for f in t.factors:
            names = {a: b for a, b in zip(f.at, g.at) if a != b}
            if names and f.form is g.form and f.power == g.power and _are_free(names, t, first):
                return _met(renamed(t, names), first)
    return t


def _are_free(names: Mapping[Index, Index], t: Term, first: Term) -> bool:
    """Whether summed indices of t alone get, one by one, the names of summed indices it lacks."""
    old, new = set(names), set(names.values())
    return (
        len(old) == len(new)
        and old.isdisjoint({UNIT, *t.out, *first.read})
        and new.isdisjoint({UNIT, *first.out, *t.read})
    )


def _common(terms: Sequence[Term]) -> list[Factor]:
    """The factors of all terms; one that stands twice counts twice only if it does so in each."""
    kept = list(terms[0].factors)
    for t in terms[1:]:
        rest = list(t.factors)
        both = []
        for f in kept:
            if f in rest:
                rest.remove(f)
                both.append(f)
        kept = both
    return kept


def _indices(factor_lists: Sequence[Sequence[Factor]]) -> list[Index]:
    return list(dict.fromkeys(i for fs in factor_lists for f in fs for i in f.at if i != UNIT))


# --- arrays of many axes, deltas among them


def apart(algebra: Algebra, terms: list[Term], dtype: Any) -> list[Term]:
    """x[j]*x[l] times a matrix of i and k, where all terms have the former: diag(s) - outer(s, s).

    For people, and arrays of more than two axes, in which a delta stands.
    """
    if len(terms) < 2 or len(terms[0].out) < 3 or not any(t.has_delta for t in terms):
        return terms
    shared = _along_same_axes(terms)
    taken = {i for f in shared[0] for i in f.at}
    left = [k for k, i in enumerate(terms[0].out) if i not in taken]
    if not taken or len(left) < 2:
        return terms
    rests = [_rest(t, factors, left) for t, factors in zip(terms, shared)]
    if any(map(_read_at_any, rests, shared)):
        return terms
    total = algebra.added(rests, Open([], algebra.shape_of(rests[0].out), dtype))
    place = dict(zip(left, total.out))
    out = [place.get(k, i) for k, i in enumerate(terms[0].out)]
    return [Term(total.number, [*shared[0], *total.factors], out)]


def _along_same_axes(terms: Sequence[Term]) -> list[list[Factor]]:
    """The factors of each term that all terms have along the same axes."""
    found = [{_at_axes(t, f): f for f in t.factors} for t in terms]
    common = [name for name in found[0] if name and all(name in names for names in found)]
    return [[names[name] for name in common] for names in found]


def _at_axes(t: Term, f: Factor) -> tuple[Any, ...] | None:
    """A factor by the axes it is read along, if no delta stands there, and nothing is summed."""
    if any(t.out.count(i) != 1 for i in f.at):
        return None
    return (f.form.id, f.power, tuple(t.out.index(i) for i in f.at))


def _rest(t: Term, gone: Sequence[Factor], axes: Sequence[int]) -> Term:
    """What is left of a term along the other axes."""
    return Term(t.number, without(t.factors, gone), [t.out[k] for k in axes])


def _read_at_any(t: Term, factors: Sequence[Factor]) -> bool:
    """Whether a term reads or bears an index of these factors."""
    return not {i for f in factors for i in f.at}.isdisjoint((*t.read, *t.out))
