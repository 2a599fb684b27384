"""How the ops that the index engine understands are read; all others are applied as they are."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from ..exact import is_number
from ..extents import Dim, Extent, same
from ..node import Node
from ..ops import contract, creation, reduce
from ..ops import elementwise as ew
from ..ops import shape as shape_ops
from ..ops.broadcasting import is_one
from .coefficients import inverse, is_coefficient, power, times
from .forms import UNIT, Factor
from .reading import MOST_OPEN, MOST_TERMS, Reader, Rule, rule
from .terms import Open, Term

LARGEST_POWER = 16

# --- constants


@rule(creation.full)
def _full(self: Reader, node: Node) -> Open:
    value = node.params["value"]
    value = int(value) if is_coefficient(value) and value % 1 == 0 else value
    terms = [self.constant(value, node.shape)] if value != 0 else []
    return Open(terms, node.shape, node.dtype)


@rule(shape_ops.zeros_like)
def _zeros(self: Reader, node: Node) -> Open:
    return Open([], node.shape, node.dtype)


@rule(creation.delta)
def _delta(self: Reader, node: Node) -> Open:
    half = self.indices(node.params["shape"])
    return self.open(Term(1, [], half * 2), node)


# --- sums and products


def _sum_of(sign: int) -> Rule:
    def read(self: Reader, node: Node) -> Open:
        a, b = (self.spread(x, node) for x in map(self.take, node.args))
        if len(b.terms) > max(len(a.terms), MOST_OPEN):
            b = Open([self.settled(b)], node.shape, node.dtype)
        for t in b.terms if sign < 0 else ():
            t.number = times(-1, t.number)
        a.terms.extend(b.terms)
        return Open(a.terms, node.shape, node.dtype)

    return read


rule(ew.add)(_sum_of(1))
rule(ew.sub)(_sum_of(-1))


@rule(ew.neg)
def _neg(self: Reader, node: Node) -> Open:
    value = self.take(node.args[0])
    terms = value.terms if len(value.terms) <= MOST_TERMS else [self.settled(value)]
    for t in terms:
        t.number = times(-1, t.number)
    return Open(terms, node.shape, node.dtype)


@rule(ew.mul)
def _mul(self: Reader, node: Node) -> Open:
    return self.times([self.take(a) for a in node.args], node)


@rule(ew.div)
def _div(self: Reader, node: Node) -> Open:
    a, b = (self.take(x) for x in node.args)
    return self.times([a, _reciprocal(self, b)], node)


def _reciprocal(self: Reader, value: Open) -> Open:
    """1/value, by negative powers."""
    if value.has_delta:
        term = self.of_form(self.whole(value))
    elif len(value.terms) == 1 and value.terms[0].read <= set(value.terms[0].out):
        term = value.terms[0]
    else:
        term = self.settled(value)
    turned = inverse(term.number)
    if turned is None:
        term.factors.append(Factor(self.forms.scalar(term.number), ()))
    factors = [Factor(f.form, f.at, -f.power) for f in term.factors]
    return Open(
        [Term(1 if turned is None else turned, factors, term.out)], value.shape, value.dtype
    )


@rule(ew.pow)
def _pow(self: Reader, node: Node) -> Open | None:
    base, exponent = node.args
    if not (isinstance(base, Node) and is_number(exponent) and exponent == exponent // 1):
        return None
    k = int(exponent)
    if not 1 <= abs(k) <= LARGEST_POWER or self.peek(base).has_delta:
        return None
    term = self.settled(self.take(base))
    factors = [Factor(f.form, f.at, f.power * abs(k)) for f in term.factors]
    value = Open([Term(power(term.number, abs(k)), factors, term.out)], node.shape, node.dtype)
    return value if k > 0 else _reciprocal(self, value)


@rule(contract.einsum)
def _einsum(self: Reader, node: Node) -> Open:
    inputs, out = contract.terms(node.params["spec"])
    values = [self.take(a) for a in node.args]
    rank = len(node.shape) - len(out)
    labels: list[list[Hashable]] = []
    for v, letters in zip(values, inputs):
        lead = len(v.shape) - len(letters)
        labels.append([*range(rank - lead, rank), *letters])
    return self.product(values, labels, [*range(rank), *out], node)


@rule(shape_ops.sum_)
def _sum(self: Reader, node: Node) -> Open:
    value = self.take(node.args[0])
    rank = len(value.shape)
    gone = {rank + k for k in node.params["axes"]}
    return self.product([value], [range(rank)], [k for k in range(rank) if k not in gone], node)


@rule(reduce.mean)
def _mean(self: Reader, node: Node) -> Open:
    axes = node.params["axes"]
    value = self.take(node.args[0])
    number, factors = _per(self, reduce.count(value.shape, axes))
    rank = len(value.shape)
    gone = {rank + k for k in axes}
    out = self.product([value], [range(rank)], [k for k in range(rank) if k not in gone], node)
    for t in out.terms:
        t.number = times(t.number, number)
        t.factors.extend(factors)
    return out


def _per(self: Reader, count: Dim) -> tuple[Any, list[Factor]]:
    """1/count, as a number and factors."""
    if isinstance(count, Extent):
        return 1, self.size_factors(count, -1)
    number = inverse(count)
    if number is None:
        return 1, [Factor(self.forms.scalar(count), (), -1)]
    return number, []


# --- moved axes


@rule(shape_ops.transpose)
def _transpose(self: Reader, node: Node) -> Open:
    value, perm = self.take(node.args[0]), node.params["perm"]
    lead = len(value.shape) - len(perm)
    for t in value.terms:
        t.out = (*t.out[:lead], *(t.out[lead + p] for p in perm))
    return Open(value.terms, node.shape, node.dtype)


@rule(shape_ops.reshape)
def _reshape(self: Reader, node: Node) -> Open | None:
    """Axes of size 1 come and go; anything else is left to the op."""
    x = self.peek(node.args[0])
    constant = self.number(x)
    if constant is not None:
        terms = [self.constant(constant, node.shape)] if constant != 0 else []
        return Open(terms, node.shape, node.dtype)
    old, new = ([n for n in s if not is_one(n)] for s in (x.shape, node.shape))
    if len(old) != len(new) or not all(a is b or same(a, b) for a, b in zip(old, new)):
        return None
    value = self.take(node.args[0])
    for t in value.terms:
        named = iter([i for i, n in zip(t.out, x.shape) if not is_one(n)])
        t.out = tuple(UNIT if is_one(n) else next(named) for n in node.shape)
    return Open(value.terms, node.shape, node.dtype)


@rule(shape_ops.expand)
def _expand(self: Reader, node: Node) -> Open:
    value = self.take(node.args[0])
    return Open(self.spread(value, node).terms, node.shape, node.dtype)


# --- ops that are linear in one argument let deltas through


@rule(ew.astype)
def _astype(self: Reader, node: Node) -> Open:
    value = self.take(node.args[0])
    if value.dtype == node.dtype or all(not t.factors for t in value.terms):
        return Open(value.terms, node.shape, node.dtype)
    terms = [
        self.carried(t, value, lambda x: self.mapped(node, [x])) for t in self.factors_of(value)
    ]
    return Open(terms, node.shape, node.dtype)


@rule(ew.strongmul)
def _strongmul(self: Reader, node: Node) -> Open | None:
    """A plain product where g is the same number everywhere, and that is not 0."""
    g, s = node.args
    constant = self.number(self.peek(g)) if isinstance(g, Node) else g
    if constant == 0:
        return Open([], node.shape, node.dtype)
    if constant is not None or not isinstance(s, Node) or s.dtype == bool:
        return self.times([self.take(g), self.take(s)], node)
    if not self.peek(g).has_delta:
        return None
    value, slope = self.take(g), self.take(s)
    terms = []
    for t in self.factors_of(value):
        by = Open([self.copy(self.settled(slope))], slope.shape, slope.dtype)
        if not t.factors:
            terms += self.times([Open([t], value.shape, value.dtype), by], node).terms
        else:
            factor = self.factor_of(by.terms[0], slope.dtype)
            terms.append(self.carried(t, value, lambda x, f=factor: self.mapped(node, [x, f])))
    return Open(terms, node.shape, node.dtype)


@rule(ew.where)
def _where(self: Reader, node: Node) -> Open | None:
    """where(c, delta*a, b) = delta*where(c, a, 0) + where(c, 0, b)."""
    condition, *branches = node.args
    if not any(isinstance(b, Node) and self.peek(b).has_delta for b in branches):
        return None
    chosen = self.argument(condition, node)
    if not isinstance(chosen, Term):
        return None
    terms: list[Term] = []
    for k, branch in enumerate(map(self.take, branches)):
        for t in self.factors_of(branch):
            if t.number != 0:
                terms.append(_masked(self, node, self.copy(chosen), t, branch, first=k == 0))
    return Open(terms, node.shape, node.dtype)


def _masked(self: Reader, node: Node, c: Term, t: Term, of: Open, first: bool) -> Term:
    """t where the condition holds (or, for the second branch, does not), else 0."""
    if t.factors:
        return self.carried(
            t, of, lambda x: self.mapped(node, [c, x, 0.0] if first else [c, 0.0, x])
        )
    mask = c if first else self.opposite(c)
    rank = len(node.shape)
    labels = [range(rank - len(x.out), rank) for x in (t, mask)]
    return self.joined([t, mask], labels, range(rank), dict(enumerate(node.shape)))
