"""How masks are read: where, the strong product below it, and deltas that are conditions."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ...graph.node import Node
from ...ops import elementwise as ew
from .facts import (
    compared_with_zero,
    compares_with_itself,
    is_equal_by_chance,
    is_made_of_sizes,
    is_mask,
    is_power_or_log,
    tests_equality,
)
from .forms import UNIT, Factor, Form, is_map, reachable
from .reading import Reader, rule
from .terms import Open, Term
from .ties import halved_at_ties


@rule(ew.strongmul)
def _strongmul(self: Reader, node: Node) -> Open | None:
    """A product; where a mask made g 0 it is 0, so masks must be seen, or the op stays as it is."""
    g, s = node.args
    if not isinstance(g, Node):
        return None
    value = self.peek(g)
    hidden = _hides(self, value) and not _is_finite(self, s)
    if hidden and not self.textbook and not value.has_delta:
        return None
    value = self.take(g)
    if hidden and not self.textbook:
        return _strong_by_terms(self, node, value, s)
    terms = [self.with_indicators(t, node.dtype) for t in value.terms]
    return self.times([Open(terms, value.shape, value.dtype), self.take(s)], node)


def _hides(self: Reader, value: Open) -> bool:
    """Whether the expression may be 0 where no product with it would show it: by anything but one
    mask or condition at each place, as a factor, one that is summed over, or the terms of a sum.
    """
    apart = sum(not t.has_delta for t in value.terms) < 2
    return any(
        not (apart and _shows(f) and set(f.at) <= {*t.out, UNIT})
        for t in value.terms
        for f in t.factors
        if not is_made_of_sizes(f.form)
    )


def _is_finite(self: Reader, slope: Any) -> bool:
    """Whether a slope is a number, or made of sizes."""
    if not isinstance(slope, Node):
        return True
    return all(is_made_of_sizes(f.form) for t in self.peek(slope).terms for f in t.factors)


def _shows(f: Factor) -> bool:
    """Whether a factor is a mask or a condition."""
    return f.power > 0 and (is_mask(f.form) or f.form.dtype == bool)


def _strong_by_terms(self: Reader, node: Node, value: Open, s: Any) -> Open:
    """Each term on its own, its delta drawn out."""
    terms = []
    slope = self.settled(self.take(s))
    for t in self.factors_of(value):
        by = Open([self.copy(slope)], node.shape[len(node.shape) - len(slope.out) :], node.dtype)
        if not t.factors:
            terms += self.times([Open([t], value.shape, value.dtype), by], node).terms
        else:
            factor = self.factor_of(by.terms[0], node.dtype)
            terms.append(self.carried(t, value, lambda x, f=factor: self.mapped(node, [x, f])))
    return Open(terms, node.shape, node.dtype)


@rule(ew.where)
def _where(self: Reader, node: Node) -> Open | None:
    """where(c, a, 0) is a, masked by c; what is chosen between two values stays a choice."""
    c, *branches = node.args
    if not isinstance(c, Node):
        return None
    if _is_delta(self.peek(c)) and not isinstance(branches[1], Node) and branches[1] == 0:
        value = 1 if not isinstance(branches[0], Node) and branches[0] == 1 else branches[0]
        return self.times([self.take(c), self.take(value)], node)
    values = [self.peek(b) if isinstance(b, Node) else self.take(b) for b in branches]
    first, second = map(self.number, values)
    if first == 0 and second == 0:
        return Open([], node.shape, node.dtype)
    stepped = _stepped(self, c, *values) if self.textbook else None
    if stepped is not None:
        return Open(stepped, node.shape, node.dtype)
    plain = self.textbook and _without_guard(self, c, *values)
    if plain is not False and plain is not None:
        return Open(self.take(branches[plain]).terms, node.shape, node.dtype)
    if 0 in (first, second):
        return self.masked(node, branches[first == 0], self.argument(c, node), first != 0)
    if any(v.has_delta for v in values):
        condition = self.argument(c, node)
        parts = [self.masked(node, b, self.copy(condition), k == 0) for k, b in enumerate(branches)]
        return Open([*parts[0].terms, *parts[1].terms], node.shape, node.dtype)
    return _common_mask(self, node, c, branches)


@rule(ew.bitwise_and)
def _both(self: Reader, node: Node) -> Open | None:
    """Two deltas at once."""
    values = [self.peek(a) for a in node.args if isinstance(a, Node)]
    if len(values) == 2 and all(map(_is_delta, values)):
        return self.times([self.take(a) for a in node.args], node)
    return None


@rule(ew.bitwise_or)
def _equal_numbers(self: Reader, node: Node) -> Open | None:
    """To people, who mean numbers, u == v says what (u == v) | isnan(u) does."""
    first, second = node.args
    both = isinstance(first, Node) and isinstance(second, Node)
    if not (self.textbook and both and (first.op, second.op) == (ew.equal, ew.isnan)):
        return None
    return self.take(first) if first.args[0] is second.args[0] else None


def _is_delta(value: Open) -> bool:
    return value.has_delta and len(value.terms) == 1 and not value.terms[0].factors


def _stepped(self: Reader, c: Node, first: Open, second: Open) -> list[Term] | None:
    """What a maximum passes on, where the choice is such a one."""
    test = _test(self, c)
    if test is None or compares_with_itself(test.factors[0].form):
        return None
    return halved_at_ties(self, test, first, second)


def _test(self: Reader, c: Node) -> Term | None:
    """The condition, if it is a term of one factor."""
    terms = self.peek(c).terms
    return terms[0] if len(terms) == 1 and len(terms[0].factors) == 1 else None


def _without_guard(self: Reader, c: Node, first: Open, second: Open) -> int | None:
    """Which branch a textbook writes: what guards against 0/0, or tells of a tie, is left out."""
    term = _test(self, c)
    if term is None or not tests_equality(term.factors[0].form) or not second.terms:
        return None
    test = term.factors[0].form
    if compares_with_itself(test):
        return 0
    number, rest = self.number(first), second.terms[0]
    zeros = compared_with_zero(test)
    if number == 1 and not zeros.isdisjoint(_with_size(guarded := _guarded(self, second))):
        self.guarded.add(guarded)
        return 1
    parts = reachable(f.form for t in second.terms for f in t.factors)
    divides = all(map(_divides, second.terms)) and not zeros.isdisjoint(parts)
    tie = number is None and any(is_mask(f.form) for f in rest.factors)
    tie = tie or (number is not None and abs(number) == 0.5)
    return 1 if (number == 0 and divides) or (tie and is_equal_by_chance(test)) else None


def _guarded(self: Reader, value: Open) -> Form:
    """What stands there, read as it is; of one factor, that itself, whatever it is repeated along."""
    (t, *more) = value.terms
    if not more and t.number == 1 and len(t.factors) == 1:
        return t.factors[0].form
    return self.whole(Open([self.copy(t) for t in value.terms], value.shape, value.dtype))


def _with_size(form: Form) -> list[Form]:
    """The form, and the u of abs(u): both are 0 at once."""
    return [form, *form.parts] if is_map(form, ew.abs) else [form]


def _divides(t: Term) -> bool:
    """Whether the term divides, or takes a power or a logarithm."""
    return any(f.power < 0 or is_power_or_log(f.form) for f in t.factors)


def _common_mask(self: Reader, node: Node, c: Node, branches: list[Any]) -> Open | None:
    """where(c, g*a, g*b) is g times a mask, if a and b are numbers or masks."""
    values = [self.peek(b) if isinstance(b, Node) else None for b in branches]
    if any(v is None or len(v.terms) != 1 for v in values):
        return None
    first, second = (v.terms[0] for v in values if v is not None)
    if not any(is_mask(f.form) for f in (*first.factors, *second.factors)):
        return None
    if _seen(first) != _seen(second):
        return None
    condition = self.argument(c, node)
    shared, other = (self.take(b).terms[0] for b in branches)
    weights = [self.branch(_alone(self, t, _masks(t), t.number, node)) for t in (shared, other)]
    mask = self.mapped(node, [condition, *weights])
    rest = _alone(self, shared, _others(shared), 1, node)
    return self.times([rest, Open([mask], node.shape, node.dtype)], node)


def _alone(self: Reader, t: Term, factors: list[Factor], number: Any, node: Node) -> Open:
    """Some factors of a term, along its axes."""
    return Open([Term(number, factors, t.out)], self.shape_of(t.out), node.dtype)


def _masks(t: Term) -> list[Factor]:
    return [f for f in t.factors if is_mask(f.form)]


def _others(t: Term) -> list[Factor]:
    return [f for f in t.factors if not is_mask(f.form)]


def _seen(t: Term) -> Counter[Any]:
    """The factors but for masks, and where the result's axes stand in them, from the end."""
    return Counter(
        (f.form, f.power, tuple(t.out.index(i) - len(t.out) if i in t.out else UNIT for i in f.at))
        for f in _others(t)
    )
