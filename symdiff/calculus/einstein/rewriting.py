"""What is better said otherwise: forms that do not overflow, and the names users know for them.

Every rewrite holds for all real numbers: log(1 + exp(u)) is softplus(u), exp(x)/sum(exp(x)) softmax(x).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...graph.node import Node
from ...graph.op import Op
from ...ops import elementwise as ew
from ...ops import reduce as reduce_ops
from .algebra import Algebra
from .forms import UNIT, Factor, Form, Index, Product, Sum, is_applied, is_map, through
from .shifts import apart, is_below_its_largest
from .terms import Open, Term

Rewrite = Callable[[Any, Form, Any], Term | None]


def rewritten_map(reader: Algebra, op: Op, form: Form, dtype: Any) -> Term | None:
    """What op(form) is better written as, over the form's own axes."""
    rule = _OF_MAPS.get(op)
    return rule(reader, form, dtype) if rule is not None else None


def _of_log(reader: Algebra, x: Form, dtype: Any) -> Term | None:
    inner = _argument_of(x, ew.exp)
    if inner is not None:  # infinite where exp(x) overflows
        return _read(reader, inner, x) if reader.textbook else None
    if is_applied(x, reduce_ops.softmax):
        return reader.of_form(_applied(reader, reduce_ops.log_softmax, x.args, x.params, x))
    grown = one_plus_exp(x)
    if grown is not None:
        return _elementwise(reader, ew.softplus, grown, x, dtype)
    return _log_of_sum(reader, x)


def _of_log1p(reader: Algebra, x: Form, dtype: Any) -> Term | None:
    inner = _argument_of(x, ew.exp)
    return None if inner is None else _elementwise(reader, ew.softplus, inner, x, dtype)


def _log_of_sum(reader: Algebra, x: Form) -> Term | None:
    """log(sum(exp(z), axes)) is logsumexp(z, axes), and what is added alike stands outside."""
    summed = _sum_of_exp(x)
    if summed is None:
        return None
    z, axes = summed
    if is_below_its_largest(z, axes) and not reader.textbook:
        return None
    z, shift = apart(reader, z, axes)
    form = _applied(reader, reduce_ops.logsumexp, (z,), {"axes": axes}, x)
    terms = [reader.of_form(form), *shift]
    return reader.settled(Open(terms, x.shape, x.dtype)) if shift else terms[0]


def _of_exp(reader: Algebra, x: Form, dtype: Any) -> Term | None:
    """exp(log_softmax(z)) is softmax(z), and so is exp(z - logsumexp(z))."""
    if is_applied(x, reduce_ops.log_softmax):
        return reader.of_form(_applied(reader, reduce_ops.softmax, x.args, x.params, x))
    return None


_OF_MAPS: dict[Op, Rewrite] = {ew.log: _of_log, ew.log1p: _of_log1p, ew.exp: _of_exp}


# --- products


def rewritten_product(reader: Algebra, term: Term, dtype: Any) -> Term:
    """Quotients of exponentials as sigmoid and softmax."""
    if not any(f.power == -1 and isinstance(f.form, Sum) for f in term.factors):
        return term
    for f in term.factors:
        if f.power == -1:
            new = _as_softmax(reader, term, f) or _as_sigmoid(reader, term, f, dtype)
            if new is not None:
                return rewritten_product(reader, new, dtype)
    return term


def _as_softmax(reader: Algebra, term: Term, below: Factor) -> Term | None:
    """exp(z)/sum(exp(z), axes)."""
    found = _sum_of_exp(below.form)
    if found is None:
        return None
    z, axes = found
    rank = len(z.shape)
    kept = [k for k in range(rank) if k - rank not in axes]
    for f in term.factors:
        if (
            f.power == 1
            and _argument_is(f.form, ew.exp, z)
            and tuple(f.at[k] for k in kept) == below.at
        ):
            z, _ = apart(reader, z, axes)
            form = _applied(reader, reduce_ops.softmax, (z,), {"axes": axes}, z, z.shape)
            return _exchanged(term, [f, below], Factor(form, f.at))
    return None


def _as_sigmoid(reader: Any, term: Term, below: Factor, dtype: Any) -> Term | None:
    """1/(1 + exp(u)) is sigmoid(-u), and exp(u)/(1 + exp(u)) is sigmoid(u)."""
    u = one_plus_exp(below.form)
    if u is None:
        return None
    at = through(below.at, u.at)
    for f in term.factors:
        if f.power == 1 and f.at == at and _argument_is(f.form, ew.exp, u.form):
            form = reader.forms.map(Node(ew.sigmoid, dtype=dtype), (_own(u.form),), u.form.shape)
            return _exchanged(term, [f, below], Factor(form, at))
    opposite = reader.settled(Open([Term(-1, [Factor(u.form, at)], at)], u.form.shape, dtype))
    inner = reader.factor_of(opposite, dtype).factors[0]
    form = reader.forms.map(Node(ew.sigmoid, dtype=dtype), (_own(inner.form),), inner.form.shape)
    return _exchanged(term, [below], Factor(form, inner.at))


def _exchanged(term: Term, old: list[Factor], new: Factor) -> Term:
    factors = list(term.factors)
    place = factors.index(old[0])
    factors[place] = new
    for f in old[1:]:
        factors.remove(f)
    return Term(term.number, factors, term.out)


# --- patterns


def one_plus_exp(x: Form) -> Factor | None:
    """The u of 1 + exp(u), read at x's axes."""
    if not isinstance(x, Sum) or len(x.products) != 2:
        return None
    one = [p for p in x.products if p.number == 1 and not p.factors]
    other = [p for p in x.products if p.factors]
    if len(one) != 1 or len(other) != 1:
        return None
    inner = _plain_factor(other[0])
    if inner is None or inner.at != tuple(range(len(x.shape))):
        return None
    return _argument_of(inner.form, ew.exp)


def _sum_of_exp(x: Form) -> tuple[Form, tuple[int, ...]] | None:
    """z and the axes of sum(exp(z), axes)."""
    if not isinstance(x, Sum) or len(x.products) != 1:
        return None
    (p,) = x.products
    if p.number != 1 or len(p.factors) != 1 or not p.summed or p.factors[0].power != 1:
        return None
    (f,) = p.factors
    z = _argument_of(f.form, ew.exp)
    kept = [i for i in f.at if i not in p.summed]
    if z is None or UNIT in f.at or tuple(kept) != p.out or len(set(f.at)) != len(f.at):
        return None
    if z.at != tuple(range(len(f.form.shape))):
        return None
    return z.form, tuple(k - len(f.at) for k, i in enumerate(f.at) if i in p.summed)


def _argument_of(x: Form, op: Op) -> Factor | None:
    """The u of op(u), if it varies along all axes."""
    if is_map(x, op) and len(x.args) == 1:
        (u,) = x.args
        if isinstance(u, Factor) and sorted(u.at) == list(range(len(x.shape))):
            return u
    return None


def _argument_is(x: Form, op: Op, of: Form) -> bool:
    u = _argument_of(x, op)
    return u is not None and u.form is of and u.at == tuple(range(len(u.at)))


def _plain_factor(p: Product) -> Factor | None:
    """The factor of a product that is nothing but one."""
    if p.number != 1 or len(p.factors) != 1 or p.summed or p.factors[0].power != 1:
        return None
    return p.factors[0]


def _own(form: Form) -> Factor:
    return Factor(form, tuple(range(len(form.shape))))


def _read(reader: Algebra, u: Factor, like: Form) -> Term:
    at = reader.indices(like.shape)
    return Term(1, [Factor(u.form, through(at, u.at))], at)


def _elementwise(reader: Algebra, op: Op, u: Factor, like: Form, dtype: Any) -> Term:
    form = reader.forms.map(Node(op, dtype=dtype), (u,), like.shape)
    return reader.of_form(form)


def _applied(
    reader: Algebra,
    op: Op,
    args: tuple[Any, ...],
    params: dict[str, Any],
    like: Form,
    shape: Any = None,
) -> Form:
    shape = like.shape if shape is None else shape
    return reader.forms.applied(Node(op, (), params, shape=shape, dtype=like.dtype), args)


__all__ = ["Index", "one_plus_exp", "rewritten_map", "rewritten_product"]
