"""Factors that are functions of the same thing, as one: sinh(u)/cosh(u) is tanh(u), u**a*u**b is u**(a + b).

For people only: none of this is right where something is infinite, NaN or divided by 0.
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
from .forms import Factor, Form, Map, is_map, through
from .terms import Open, Term, opened
from .textbook import terms_of

_QUOTIENTS: dict[tuple[Op, Op], Op] = {(ew.sinh, ew.cosh): ew.tanh, (ew.sin, ew.cos): ew.tan}


def paired(algebra: Algebra, term: Term, dtype: Any) -> Term:
    """The term, factors that go together drawn together: sign(u)/abs(u) is 1/u."""
    for f in term.factors:
        if not isinstance(f.form, Map) or f.form.op not in _PAIRS:
            continue
        new = _alone(algebra, f)
        if new is not None:
            return _with(algebra, term, (f,), [new], dtype)
        for g in term.factors:
            for rule in _PAIRS[f.form.op] if f is not g else ():
                made = rule(algebra, f, g, dtype)
                if made is not None:
                    return _with(algebra, term, (f, g), made, dtype)
    return term


def _with(
    algebra: Algebra, term: Term, old: Sequence[Factor], new: Sequence[Factor], dtype: Any
) -> Term:
    rest = [h for h in term.factors if not any(h is f for f in old)]
    left = Term(term.number, [*rest, *(f for f in new if f.power)], term.out)
    return paired(algebra, algebra.with_sizes(left, term, term.out), dtype)


def _applies(form: Form, op: Op) -> TypeGuard[Map]:
    return is_map(form, op) and not is_number(form.args[0])


def _quotient(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> list[Factor] | None:
    if not (isinstance(f.form, Map) and isinstance(g.form, Map) and f.at == g.at):
        return None
    op = _QUOTIENTS.get((f.form.op, g.form.op))
    if op is None or f.power != -g.power or f.form.args != g.form.args:
        return None
    form = algebra.forms.map(Node(op, dtype=dtype), f.form.args, f.form.shape)
    return [Factor(form, f.at, f.power)]


def _exponentials(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> list[Factor] | None:
    """exp(u)*exp(-u) is 1: nothing is left."""
    if not (_applies(f.form, ew.exp) and _applies(g.form, ew.exp) and f.power == g.power):
        return None
    (u,), (v,) = f.form.args, g.form.args
    at = through(f.at, u.at)
    alone = [Term(1, [Factor(a.form, through(h.at, a.at))], at) for h, a in ((f, u), (g, v))]
    terms = [part for t in alone for part in (terms_of(algebra, opened(t)) or [opened(t)])]
    return None if algebra.like_merged(terms) else []


# --- signs and sizes


def _sign_over_size(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> list[Factor] | None:
    if not (_applies(f.form, ew.sign) and _is_size_of_same(f, g)):
        return None
    return [_argument(f)._replace(power=-1)] if (f.power, g.power) == (1, -1) else None


def _sign_times(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> list[Factor] | None:
    """sign(u)*abs(u) is u, sign(u)*u is abs(u), and sign(u)**2*u is u."""
    if not _applies(f.form, ew.sign) or f.power not in (1, 2) or g.power < 1:
        return None
    u = _argument(f)
    is_size, is_own = _is_size_of_same(f, g), g.form is u.form and g.at == u.at
    if not (is_size or is_own):
        return None
    if f.power == 2:
        return [g]
    size = algebra.forms.map(Node(ew.abs, dtype=dtype), f.form.args, f.form.shape)
    other = u if is_size else Factor(size, f.at)
    return [other, g._replace(power=g.power - 1)]


def _is_size_of_same(f: Factor, g: Factor) -> bool:
    """Whether g is the absolute value of what f is a function of."""
    same = isinstance(f.form, Map) and isinstance(g.form, Map) and f.form.args == g.form.args
    return same and _applies(g.form, ew.abs) and f.at == g.at


def _argument(f: Factor) -> Factor:
    """The u of a function of u."""
    assert isinstance(f.form, Map)
    inner = f.form.args[0]
    return Factor(inner.form, through(f.at, inner.at))


# --- powers


def _alone(algebra: Algebra, f: Factor) -> Factor | None:
    """abs(u)**2 is u**2, and (u**k)**2 is u**(2*k)."""
    if _applies(f.form, ew.abs) and f.power % 2 == 0:
        return _argument(f)._replace(power=f.power)
    parts = _power(f) if abs(f.power) > 1 else None
    return None if parts is None else _raised(algebra, f, parts, [])


def _powers(algebra: Algebra, f: Factor, g: Factor, dtype: Any) -> list[Factor] | None:
    """u**a*u**b is u**(a + b), and u**a/u is u**(a - 1)."""
    parts = _power(f)
    if parts is None:
        return None
    base, exponent = parts
    if g.form is base.form and g.at == through(f.at, base.at):
        more = [algebra.constant(g.power, exponent.form.shape)]
    else:
        other = _power(g)
        if other is None or g.at != f.at or other[0] != base or other[1].at != exponent.at:
            return None
        more = [_times_number(algebra, other[1].form, g.power)]
    new = _raised(algebra, f, parts, more)
    return None if new is None else [new]


def _power(f: Factor) -> tuple[Factor, Factor] | None:
    """u and k, if the factor is u**k for a k that is no number."""
    if not _applies(f.form, ew.pow):
        return None
    base, exponent = f.form.args
    return (base, exponent) if isinstance(base, Factor) and isinstance(exponent, Factor) else None


def _raised(
    algebra: Algebra, f: Factor, parts: tuple[Factor, Factor], more: Sequence[Term]
) -> Factor | None:
    """u to f's exponent, as often as f stands there, and more; a power of 1/u stays below."""
    base, exponent = parts
    terms = [_times_number(algebra, exponent.form, f.power), *more]
    below = f.power < 0 and all(t.number < 0 for t in more)
    for t in terms if below else ():
        t.number = times(-1, t.number)
    total = algebra.settled(Open(terms, exponent.form.shape, exponent.form.dtype))
    if not total.factors:
        power = -total.number if below else total.number
        own = Factor(base.form, through(f.at, base.at))
        return own._replace(power=power) if isinstance(power, int) else None
    form = algebra.whole(Open([total], exponent.form.shape, exponent.form.dtype))
    node = Node(ew.pow, dtype=f.form.dtype)
    made = algebra.forms.map(node, (base, Factor(form, exponent.at)), f.form.shape)
    return Factor(made, f.at, -1 if below else 1)


def _times_number(algebra: Algebra, form: Form, number: int) -> Term:
    term = algebra.of_form(form)
    term.number = times(term.number, number)
    return opened(term)


# what a factor may go together with, by the op that it is
_PAIRS: dict[Op, list[Callable[..., list[Factor] | None]]] = {
    **{op: [_quotient] for op, _ in _QUOTIENTS},
    ew.exp: [_exponentials],
    ew.sign: [_sign_over_size, _sign_times],
    ew.pow: [_powers],
    ew.abs: [],  # goes with itself alone
}
