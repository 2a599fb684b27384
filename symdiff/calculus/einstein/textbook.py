"""What is written differently for people: sums without brackets, scalars before a sum, short quotients.

None of this is right where something is infinite or NaN, so what is computed never comes here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeGuard

from ...graph.exact import is_number
from ...graph.node import Node
from ...graph.op import Op
from ...ops import elementwise as ew
from .algebra import Algebra
from .coefficients import times
from .forms import (
    UNIT,
    Factor,
    Form,
    Map,
    Product,
    Scalar,
    Sum,
    Symbol,
    connected,
    is_map,
    product_key,
    through,
)
from .terms import Open, Term, is_view, opened, without

MOST_SPLICED = 4  # products of a sum within a sum
MOST_UNFOLDED = 8  # factors of a product within a product


# --- sums


def spliced(algebra: Algebra, terms: list[Term]) -> list[Term]:
    """A sum among the terms gives its own terms: a + (b - a) is b."""
    if len(terms) < 2:
        return terms
    plain = [part for t in terms for part in (_terms_of(algebra, t, (1, -1)) or [t])]
    opened = [part for t in terms for part in (_terms_of(algebra, t) or [t])]
    if len(opened) == len(plain):
        return plain
    return min(plain, opened, key=lambda way: (len(algebra.like_merged(way)), way is plain))


def _terms_of(algebra: Algebra, t: Term, numbers: Sequence[Any] = ()) -> list[Term] | None:
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


# --- quotients and products of functions of the same thing

_QUOTIENTS: dict[tuple[Op, Op], Op] = {(ew.sinh, ew.cosh): ew.tanh, (ew.sin, ew.cos): ew.tan}


def paired(algebra: Algebra, term: Term, dtype: Any) -> Term:
    """sinh(u)/cosh(u) is tanh(u), sign(u)/abs(u) is 1/u, u**(k - 1)*u is u**k."""
    for f in term.factors:
        for g in term.factors:
            new = None if f is g else _pair(algebra, f, g, dtype)
            if new is not None:
                rest = [h for h in term.factors if h is not f and h is not g]
                left = Term(term.number, [*rest, new] if new.power else rest, term.out)
                return paired(algebra, algebra.with_sizes(left, term, term.out), dtype)
    return term


def _pair(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> Factor | None:
    return next((new for rule in _PAIRS if (new := rule(algebra, f, g, dtype))), None)


def _quotient(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> Factor | None:
    if not (isinstance(f.form, Map) and isinstance(g.form, Map) and f.at == g.at):
        return None
    op = _QUOTIENTS.get((f.form.op, g.form.op))
    if op is None or f.power != -g.power or f.form.args != g.form.args:
        return None
    form = algebra.forms.map(Node(op, dtype=dtype), f.form.args, f.form.shape)
    return Factor(form, f.at, f.power)


def _exponentials(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> Factor | None:
    """exp(u)*exp(-u) is 1: nothing is left."""
    if not (_applies(f.form, ew.exp) and _applies(g.form, ew.exp) and f.power == g.power):
        return None
    (u,), (v,) = f.form.args, g.form.args
    at = through(f.at, u.at)
    alone = [Term(1, [Factor(a.form, through(h.at, a.at))], at) for h, a in ((f, u), (g, v))]
    terms = [part for t in alone for part in (_terms_of(algebra, opened(t)) or [opened(t)])]
    return None if algebra.like_merged(terms) else f._replace(power=0)


def _sign_over_size(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> Factor | None:
    if not (_applies(f.form, ew.sign) and _applies(g.form, ew.abs) and f.at == g.at):
        return None
    if f.power != 1 or g.power != -1 or f.form.args != g.form.args:
        return None
    inner = f.form.args[0]
    return Factor(inner.form, through(f.at, inner.at), -1)


def _sign_times(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> Factor | None:
    """sign(u)*abs(u) is u, sign(u)*u is abs(u), and sign(u)**2*u is u."""
    if not _applies(f.form, ew.sign) or f.power not in (1, 2) or g.power < 1:
        return None
    inner = f.form.args[0]
    u = Factor(inner.form, through(f.at, inner.at))
    is_size = _applies(g.form, ew.abs) and f.form.args == g.form.args and f.at == g.at
    is_own = g.form is u.form and g.at == u.at
    if f.power == 2:
        return g if is_size or is_own else None
    if g.power > 1 or not (is_size or is_own):
        return None
    if is_size:
        return u
    return Factor(algebra.forms.map(Node(ew.abs, dtype=dtype), f.form.args, f.form.shape), f.at)


def _times_itself(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> Factor | None:
    """u**(k - 1)*u is u**k, and u**(k - 1)/u is u**(k - 2)."""
    if not _applies(f.form, ew.pow) or f.power != 1:
        return None
    base, exponent = f.form.args
    if not isinstance(base, Factor) or not isinstance(exponent, Factor):
        return None
    if base.form is not g.form or through(f.at, base.at) != g.at:
        return None
    args = (base, Factor(_more_by(algebra, exponent.form, g.power), exponent.at))
    return Factor(algebra.forms.map(Node(ew.pow, dtype=dtype), args, f.form.shape), f.at)


def _over_its_power(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> Factor | None:
    """u**(k - 1)/u**k is 1/u."""
    if not (_applies(f.form, ew.pow) and _applies(g.form, ew.pow)):
        return None
    (base, exponent), (other, above) = f.form.args, g.form.args
    if f.power != 1 or g.power != -1 or f.at != g.at or base != other:
        return None
    if not (isinstance(exponent, Factor) and isinstance(above, Factor)):
        return None
    differ = exponent.at == above.at and _more_by(algebra, above.form, -1) is exponent.form
    return Factor(base.form, through(f.at, base.at), -1) if differ else None


def _more_by(algebra: Algebra, form: Form, more: int) -> Form:
    """k + more, for k or k - 1."""
    terms = [algebra.of_form(form), algebra.constant(more, form.shape)]
    return algebra.whole(Open(terms, form.shape, form.dtype))


def _applies(form: Form, op: Op) -> TypeGuard[Map]:
    return is_map(form, op) and not is_number(form.args[0])


_PAIRS: list[Callable[..., Factor | None]] = [
    _quotient,
    _exponentials,
    _sign_over_size,
    _sign_times,
    _times_itself,
    _over_its_power,
]
