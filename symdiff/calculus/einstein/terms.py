"""Open expressions: products whose indices can still be joined, summed and renamed.

A delta is an index that stands twice in `out`; joining it with an index of another product
contracts it away. Whoever takes an open expression owns it and may change it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...graph.extents import Shape
from .coefficients import Number, inverse, power, times
from .facts import one_factor, short_product
from .forms import UNIT, Factor, Index, connected, through

MOST_REPEATED = 6  # factors of a product that a textbook writes out again


class Term:
    """number * factors, with an index (or UNIT) for every axis of the result."""

    __slots__ = ("factors", "number", "out")

    def __init__(self, number: Number, factors: list[Factor], out: Sequence[Index]) -> None:
        self.number, self.factors, self.out = number, factors, tuple(out)

    @property
    def read(self) -> set[Index]:
        """The indices that factors are read at."""
        return {i for f in self.factors for i in f.at if i != UNIT}

    def is_repeated_along(self, axis: int) -> bool:
        """Whether the values along this axis are all the same."""
        i = self.out[axis]
        return i == UNIT or (self.out.count(i) == 1 and i not in self.read)

    @property
    def has_delta(self) -> bool:
        named = [i for i in self.out if i != UNIT]
        return len(named) > 1 and len(set(named)) < len(named)


class Open:
    """Terms added up; none at all is an exact zero."""

    __slots__ = ("dtype", "shape", "terms")

    def __init__(self, terms: list[Term], shape: Shape, dtype: Any) -> None:
        self.terms, self.shape, self.dtype = terms, shape, dtype

    @property
    def has_delta(self) -> bool:
        return any(t.has_delta for t in self.terms)


def renamed(term: Term, mapping: Mapping[Index, Index]) -> Term:
    """The term with some indices replaced; untouched terms are given back as they are."""
    if not any(i in mapping for i in term.out) and not any(
        i in mapping for f in term.factors for i in f.at
    ):
        return term
    factors = [
        Factor(f.form, tuple([mapping.get(i, i) for i in f.at]), f.power) if f.at else f
        for f in term.factors
    ]
    return Term(term.number, factors, [mapping.get(i, i) for i in term.out])


def along(term: Term, out: Sequence[Index]) -> Term:
    """The term with these indices along the result's axes."""
    return renamed(term, dict(zip(term.out, out)))


def lined_up(terms: Sequence[Term]) -> list[Term]:
    """The terms with the result's indices of the first."""
    return [along(t, terms[0].out) for t in terms]


def without(factors: Sequence[Factor], gone: Sequence[Factor]) -> list[Factor]:
    """The factors but these, each once for every time that it is named."""
    rest = list(factors)
    for f in gone:
        rest.remove(f)
    return rest


def opened(term: Term) -> Term:
    """The term with the numbers that stand within its factors drawn out."""
    for k, f in enumerate(term.factors):
        p = one_factor(f.form)
        if p is not None and f.power == 1 and p.out == tuple(range(len(p.out))):
            inner = p.factors[0]
            term.number = times(term.number, p.number)
            at = through(f.at, inner.at)
            term.factors[k] = Factor(inner.form, at)
    return term


def flattened(term: Term) -> Term:
    """The term with short elementwise products among its factors written out."""
    for k, f in enumerate(term.factors):
        p = short_product(f.form)
        number = None if p is None else _raised(p.number, f.power)
        if p is not None and number is not None:
            at = dict(zip(p.out, f.at))
            inner = [
                g._replace(power=g.power * f.power)
                for g in p.read_at([at[i] for i in range(len(p.sizes))])
            ]
            number = times(term.number, number)
            return flattened(
                Term(number, [*term.factors[:k], *inner, *term.factors[k + 1 :]], term.out)
            )
    return term


def _raised(number: Number, k: int) -> Number | None:
    return power(number, k) if k > 0 else inverse(power(number, -k))


def is_view(term: Term) -> bool:
    """Whether the term is a number times one form, its axes moved or repeated."""
    if not term.factors:
        return True
    if len(term.factors) > 1 or term.factors[0].power != 1:
        return False
    return reads_once(term.factors[0].at, term.out)


def reads_once(at: Sequence[Index], out: Sequence[Index]) -> bool:
    """Whether a form is read along the result's axes alone, no index twice."""
    named = [i for i in at if i != UNIT]
    return len(set(named)) == len(named) and all(i in out for i in named)


def is_outer(term: Term) -> bool:
    return sum(bool(part[0].at) for part in connected(term.factors)) > 1


def is_short(term: Term) -> bool:
    """Whether the product is short enough to be written out at every use."""
    most = MOST_REPEATED if term.read <= set(term.out) else 2
    return len(term.factors) <= most


def is_cheap(term: Term) -> bool:
    """Whether every use may compute the term anew: a view, or a power of one."""
    if is_view(term):
        return True
    if len(term.factors) > 1 or abs(term.factors[0].power) > 2:
        return False
    return reads_once(term.factors[0].at, term.out)
