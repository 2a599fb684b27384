"""The algebra of open expressions: joined, summed, merged, and closed into forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from ...graph.exact import Exact
from ...graph.extents import Dim, Extent, Shape, dim, key, same
from ...ops import linalg
from .coefficients import Number, common, is_coefficient, over, plus, read_number, times
from .constants import known, parts_of_quotient, recognised, tidied
from .facts import is_indicator, is_size
from .forms import (
    UNIT,
    Factor,
    Form,
    Forms,
    Index,
    Map,
    Product,
    Sum,
    is_applied,
    product_key,
    through,
    united,
)
from .terms import Open, Term, is_view, opened, renamed

MOST_ORDERED = 16  # factors of a product in which a form stands several times
MOST_COMPARED = 8  # products of a sum that is looked at for symmetry


class Algebra:
    """Works on terms; knows the size of every index and all forms."""

    def __init__(self) -> None:
        self.sizes: list[Dim] = []
        self.forms = Forms()
        self.textbook = False
        self.nested = 0  # how deep quotients are looked at within quotients
        self.guarded: set[Form] = set()  # divisors that were made safe
        self._turns: dict[Form, int] = {}
        self._found: dict[Hashable, list[Product]] = {}  # by what was searched for

    # --- indices

    def index(self, size: Dim) -> Index:
        if not isinstance(size, Extent) and size == 1:
            return UNIT
        self.sizes.append(size)
        return len(self.sizes) - 1

    def indices(self, shape: Shape) -> tuple[Index, ...]:
        return tuple(self.index(n) for n in shape) if shape else ()

    def shape_of(self, at: Sequence[Index]) -> Shape:
        return tuple(1 if i == UNIT else self.sizes[i] for i in at)

    def copy(self, term: Term) -> Term:
        """The same term with indices of its own."""
        mapping = {i: self.index(self.sizes[i]) for i in {*term.out, *term.read} if i != UNIT}
        copied = renamed(term, mapping)
        return Term(term.number, list(term.factors), term.out) if copied is term else copied

    # --- products

    def of_form(self, form: Form) -> Term:
        at = self.indices(form.shape)
        return Term(1, [Factor(form, at)], at)

    def of_product(self, p: Product, out: Sequence[Index]) -> Term:
        """The product with indices of its own, those in `out` along the result's axes."""
        at = [self.index(n) for n in p.sizes]
        return Term(p.number, p.read_at(at), through(at, out))

    def within(self, p: Product, at: Sequence[Index]) -> list[Factor]:
        """The factors of a product whose result is read at these indices."""
        place = dict(zip(p.out, at)) | {i: self.index(p.sizes[i]) for i in p.summed}
        return p.read_at([place[i] for i in range(len(p.sizes))])

    def constant(self, value: Any, shape: Shape = ()) -> Term:
        """The same number at every index."""
        if isinstance(value, Extent):
            return Term(*self.size_parts(value), self.indices(shape))
        share, value, power = self._parts_of(value)
        if is_coefficient(value):
            return Term(times(share, read_number(value)), [], self.indices(shape))
        return Term(share, [Factor(self.forms.scalar(value), (), power)], self.indices(shape))

    def _parts_of(self, value: Any) -> tuple[Number, Any, int]:
        """A number as a coefficient and a power of what has a name of its own.

        For people, 6.283... is 2*pi, and 2/sqrt(pi) is 2 over sqrt(pi).
        """
        if self.textbook and isinstance(value, Exact):
            return parts_of_quotient(value) or (1, value, 1)
        if not self.textbook or type(value) is not float:
            return 1, value, 1
        found = known(tidied(value))
        if found is None:
            return 1, recognised(value), 1
        share, constant = found
        number = share.numerator if share.denominator == 1 else share
        above, constant, power = parts_of_quotient(constant) or (1, constant, 1)
        return times(number, above), 1 if constant == 1 else constant, power

    def joined(
        self,
        terms: Sequence[Term],
        labels: Sequence[Sequence[Hashable]],
        out: Sequence[Hashable],
        ones: Mapping[Hashable, Dim] = MappingProxyType({}),
    ) -> Term:
        """The product of terms whose axes bear labels, summed over the labels not in `out`.

        Axes with one label get one index; a label that is nowhere has its size in `ones`.
        """
        place, terms = self.met(terms, labels)
        new = tuple(place[name] if name in place else self.index(ones[name]) for name in out)
        product = terms[0]
        for t in terms[1:]:
            product.number = times(product.number, t.number)
            product.factors.extend(t.factors)
        gone = {i for t in terms for i in t.out if i != UNIT}.difference(new)
        product.out = new
        return self._summed(product, gone) if gone else product

    def met(
        self, terms: Sequence[Term], labels: Sequence[Sequence[Hashable]]
    ) -> tuple[dict[Hashable, Index], list[Term]]:
        """The index of each label, and the terms renamed to those indices."""
        place: dict[Hashable, Index] = {}
        pairs: list[tuple[Index, Index]] = []
        for t, names in zip(terms, labels):
            for i, name in zip(t.out, names):
                have = place.get(name, UNIT)
                if have == UNIT:
                    place[name] = i
                elif i != UNIT and i != have:
                    pairs.append((have, i))
        if not pairs:
            return place, list(terms)
        mapping = united(pairs)
        return (
            {name: mapping.get(i, i) for name, i in place.items()},
            [renamed(t, mapping) for t in terms],
        )

    def _summed(self, term: Term, gone: set[Index]) -> Term:
        """The sum over indices gone from `out`; where nothing is read, times the size."""
        for i in gone - term.read:
            size = self.sizes[i]
            number, factors = self.size_parts(size)
            term.number = times(term.number, number)
            term.factors.extend(factors)
        return term

    def size_parts(self, size: Dim) -> tuple[int, list[Factor]]:
        """A size as number and factors, 2*n*m as three, so that what is above and below cancels."""
        if not isinstance(size, Extent):
            return size, []
        p = size.polynomial
        if len(p) != 1:
            return 1, [Factor(self.forms.scalar(size), ())]
        scalars = (self.forms.scalar(dim((((name,), 1),), size.scope)) for name in p[0][0])
        return p[0][1], [Factor(s, ()) for s in scalars]

    def merged_powers(self, factors: Sequence[Factor]) -> list[Factor]:
        """x*x is x**2; x/x stays, since it is no 1 where x is 0 or infinite, unless for people."""
        if len(factors) < 2:
            return list(factors)
        found: dict[Hashable, Factor] = {}
        for f in factors:
            cancels = self.textbook or is_size(f.form)
            name = (f.form.id, f.at, f.power > 0 or cancels)
            old = found.get(name)
            power = f.power if old is None else old.power + f.power
            found[name] = Factor(f.form, f.at, 1 if is_indicator(f.form) else power)
        return [f for f in found.values() if f.power]

    def merged(self, term: Term, out: Sequence[Index] | None = None) -> Term:
        """The term, its powers merged."""
        factors = self.merged_powers(term.factors)
        merged = Term(term.number, factors, term.out)
        if not self.textbook or len(factors) == len(term.factors):
            return merged
        return self.with_sizes(merged, term, term.out if out is None else out)

    def with_sizes(self, term: Term, before: Term, out: Sequence[Index]) -> Term:
        """What is left of a term; an index of a sum that is no longer read leaves its size.

        The sum of x/x is n.
        """
        lost = before.read - term.read - set(out)
        return self.merged(self._summed(term, lost), out) if lost else term

    # --- closing

    def closed(self, term: Term, out: Sequence[Index]) -> Product:
        """The term with indices counted from 0: those of `out` first."""
        names: dict[Index, Index] = {UNIT: UNIT}
        for i in out:
            names.setdefault(i, len(names) - 1)
        term = self.merged(term, out)
        for f in _in_order(term.factors, names):
            for i in f.at:
                names.setdefault(i, len(names) - 1)
        sizes = tuple(self.sizes[i] for i in names if i != UNIT)
        turns, moved = self._turned_right(
            [Factor(f.form, tuple([names[i] for i in f.at]), f.power) for f in term.factors]
        )
        number = term.number if turns > 0 else times(-1, term.number)
        return Product(number, moved, tuple(names[i] for i in out), sizes)

    def name_of(self, term: Term) -> Hashable:
        """What two terms share that are the same but for what their indices are called."""
        p = self.closed(term, term.out)
        return (p.number, type(p.number), p.factors, p.out, key(p.sizes))

    def once(self, name: Hashable, find: Callable[[], list[Term]]) -> list[Term]:
        """What a search finds, searched once for each name; every time with indices of its own."""
        if name not in self._found:
            self._found[name] = [self.closed(t, t.out) for t in find()]
        return [self.of_product(p, p.out) for p in self._found[name]]

    def _turned_right(self, factors: Sequence[Factor]) -> tuple[int, tuple[Factor, ...]]:
        """The factors, first axes exchanged where that only changes the sign, and the sign."""
        sign, turned = 1, []
        for f in factors:
            turn = self.turn(f.form)
            if turn and f.at[0] > f.at[1]:
                sign *= turn if f.power % 2 else 1
                f = Factor(f.form, (f.at[1], f.at[0], *f.at[2:]), f.power)
            turned.append(f)
        return sign, tuple(turned)

    def turn(self, form: Form) -> int:
        """What the form is multiplied by when its first two axes are exchanged; 0 if by nothing.

        1 for X.T @ X, -1 for x[:, None] - x; known by its form.
        """
        if form not in self._turns:
            self._turns[form] = self._turn(form)
            form.symmetric = self._turns[form] == 1 and len(form.shape) == 2
        return self._turns[form]

    def _turn(self, form: Form) -> int:
        rank = len(form.shape)
        if rank < 2 or (rank > 2 and not self.textbook) or not same(*form.shape[:2]):
            return 0
        if is_applied(form, linalg.inv) and rank == 2:
            return max(self.turn(form.args[0]), 0)
        if isinstance(form, Map) and self.textbook:
            return int(all(self._is_even(a, rank) for a in form.args))
        if isinstance(form, Sum) and len(form.products) <= MOST_COMPARED:
            return self._turn_of_sum(form)
        return 0

    def _is_even(self, arg: Any, rank: int) -> bool:
        """Whether an argument of a map is the same when the map's first two axes are exchanged."""
        if not isinstance(arg, Factor):
            return True
        turned = through((1, 0, *range(2, rank)), arg.at)
        return self._turned_right([arg._replace(at=turned)]) == (1, (arg,))

    def _turn_of_sum(self, form: Sum) -> int:
        own = {(p.number, product_key(p)) for p in form.products}
        turned = [self._exchanged(p) for p in form.products]
        for sign in (1, -1) if self.textbook else (1,):
            if own == {(times(sign, p.number), product_key(p)) for p in turned}:
                return sign
        return 0

    def _exchanged(self, p: Product) -> Product:
        """A product, its first two axes exchanged."""
        turned = self.of_product(p, (p.out[1], p.out[0], *p.out[2:]))
        return self.closed(turned, turned.out)

    def whole(self, value: Open) -> Form:
        """The form that stands for exactly this array."""
        terms = self.collected(value)
        if len(terms) == 1:
            form = _bare(terms[0])
            if form is not None and form.dtype == value.dtype:
                return form
        return self.forms.sum([self.closed(t, t.out) for t in terms], value.shape, value.dtype)

    def settled(self, value: Open) -> Term:
        """One term with at most one factor: number * form, whatever axes it is repeated along."""
        terms = self.collected(value)
        if not terms:
            return Term(0, [], self.indices(value.shape))
        if len(terms) == 1:
            return opened(self._settled_term(terms[0], value.dtype))
        return opened(self.added(terms, value))

    def _settled_term(self, term: Term, dtype: Any) -> Term:
        if is_view(term):
            return term
        by_rank = sorted(term.factors, key=lambda f: -len(f.at))  # laid out as the largest of them
        at = tuple(dict.fromkeys(i for f in by_rank for i in f.at if i in term.out and i != UNIT))
        bare = Term(1, term.factors, term.out)
        form = self.forms.sum([self.closed(bare, at)], self.shape_of(at), dtype)
        return Term(term.number, [Factor(form, at)], term.out)

    def added(self, terms: list[Term], value: Open) -> Term:
        """Several terms as one form, and before it the number that they share."""
        repeated = [all(t.is_repeated_along(k) for t in terms) for k in range(len(value.shape))]
        kept = [k for k, r in enumerate(repeated) if not r]
        out = self.indices(value.shape)
        at = tuple(out[k] for k in kept)
        number = common([t.number for t in terms])
        if number != 1:
            terms = [Term(over(t.number, number), t.factors, t.out) for t in terms]
        products = [self.closed(t, tuple(t.out[k] for k in kept)) for t in terms]
        form = self.forms.sum(products, self.shape_of(at), value.dtype)
        return Term(number, [Factor(form, at)], out)

    def collected(self, value: Open) -> list[Term]:
        """The terms with like ones merged and common factors drawn out."""
        return self.like_merged(value.terms)

    def like_merged(self, terms: list[Term]) -> list[Term]:
        """Terms that differ in their number alone, added up. What cancels stays: inf - inf."""
        if len(terms) < 2:
            return terms
        found: dict[Hashable, Term] = {}
        signs: dict[Hashable, int] = {}
        for k, t in enumerate(terms):
            p = self.closed(t, t.out)
            name, sign = product_key(p), -1 if t.number and p.number == -t.number else 1
            if name in found:
                old = found[name]
                total = plus(old.number, times(sign * signs[name], t.number))
                if is_coefficient(total) and (self.textbook or not t.factors or _agree(old, t)):
                    found[name] = Term(total, old.factors, old.out)
                    continue
                name = (k, name)
            found[name], signs[name] = t, sign
        return [t for t in found.values() if t.number != 0 or (t.factors and not self.textbook)]


def _agree(a: Term, b: Term) -> bool:
    """Whether a + b is infinite where one of both is: their numbers have one sign."""
    return (a.number > 0) == (b.number > 0) and a.number != 0 != b.number


def _bare(term: Term) -> Form | None:
    """The form that the term is, axis by axis."""
    if term.number == 1 and is_view(term) and term.factors and term.factors[0].at == term.out:
        return term.factors[0].form
    return None


def _in_order(factors: Sequence[Factor], names: Mapping[Index, Index]) -> Iterator[Factor]:
    """The factors in an order that does not depend on how the indices are called so far.

    Where a form stands several times, the next one is found by the names that were given meanwhile,
    starting from a form that stands once.
    """
    late = len(names)
    counts = Counter((f.form.id, f.power) for f in factors)

    def place(f: Factor) -> tuple[Any, ...]:
        return (f.form.id, f.power, tuple([names.get(i, late) for i in f.at]))

    def nearness(f: Factor) -> tuple[Any, ...]:
        is_reached = any(i in names for i in f.at if i != UNIT)
        return (not is_reached, counts[f.form.id, f.power] > 1, *place(f))

    if len(counts) == len(factors) or len(factors) > MOST_ORDERED:
        yield from sorted(factors, key=place)
        return
    rest = list(factors)
    while rest:
        late = len(names) + 1
        nearest = min(rest, key=nearness)
        rest.remove(nearest)
        yield nearest
