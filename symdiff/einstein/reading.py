"""Graph -> forms: every node read as a sum of products over named indices.

What is used once stays open, so that products, sums and deltas of several nodes flow together;
what is used more than once is settled into a form of its own: nothing is computed twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from ..exact import is_number
from ..extents import Extent, same_shape
from ..node import Node, topological
from ..op import Op, strong_dtype
from ..ops import creation
from ..ops import elementwise as ew
from ..ops import shape as shape_ops
from .coefficients import as_argument, times
from .factoring import factored
from .forms import UNIT, Factor
from .terms import Algebra, Open, Term, is_view, reads_once

MOST_TERMS = 8  # products of sums are multiplied out (for a delta's sake) up to this many
MOST_OPEN = 48  # factors or terms of one open expression

_MOVES = (shape_ops.transpose, shape_ops.reshape, shape_ops.expand)  # whatever the dtype

Rule = Callable[["Reader", Node], Open | None]
RULES: dict[Op, Rule] = {}


def rule(*ops: Op) -> Callable[[Rule], Rule]:
    """Say how nodes of these ops are read; a rule that gives None leaves the op as it is."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops, function))
        return function

    return register


class Reader(Algebra):
    """Reads the nodes that some roots depend on."""

    def __init__(self, roots: Sequence[Any]) -> None:
        super().__init__()
        self.nodes = topological(*(y for y in roots if isinstance(y, Node)))
        self.uses: dict[Node, int] = dict.fromkeys(self.nodes, 0)
        for node in self.nodes:
            for a in node.args:
                if isinstance(a, Node):
                    self.uses[a] += 1
        for y in roots:
            if isinstance(y, Node):
                self.uses[y] += 1
        self._opens: dict[Node, Open] = {}

    def read(self, roots: Sequence[Any]) -> list[Any]:
        """The form of each root; numbers stay numbers."""
        for node in self.nodes:
            value = self._read(node)
            self._opens[node] = self._kept(value) if self.uses[node] > 1 else value
        return [self.whole(self.take(y)) if isinstance(y, Node) else y for y in roots]

    def _read(self, node: Node) -> Open:
        if node.op is None:
            if node.value is not None and not (node.label or node.shape or node.requires_grad):
                return self.open(self.constant(_python_number(node.value)), node)
            return self.open(self.of_form(self.forms.symbol(node)), node)
        if node.op is ew.add and isinstance(node.args[0], Extent) and node.args[1] == 0:
            return self.open(self.constant(node.args[0]), node)  # a size, lifted into arithmetic
        if strong_dtype(node.dtype).kind == "f" or node.op in _MOVES:
            known = RULES.get(node.op)
            found = known(self, node) if known is not None else None
            if found is not None:
                return found
        return self.elementwise(node) if node.op.elementwise else self.applied(node)

    def open(self, term: Term, node: Node) -> Open:
        return Open([term], node.shape, node.dtype)

    def collected(self, value: Open) -> list[Term]:
        return factored(self, self.like_merged(value.terms), value.dtype)

    # --- arguments

    def take(self, arg: Any) -> Open:
        """An argument's expression, to be changed at will."""
        if isinstance(arg, Node):
            value = self._opens[arg]
            if self.uses[arg] == 1:
                return value
            return Open([self.copy(t) for t in value.terms], value.shape, value.dtype)
        dtype = float if isinstance(arg, float) else int
        return Open([self.constant(arg)], (), dtype)

    def _kept(self, value: Open) -> Open:
        """Settled, so that every use shares the work; deltas stay open."""
        if not value.has_delta:
            if len(value.terms) == 1 and _is_cheap(value.terms[0]):
                return value
            terms = [self.settled(value)] if value.terms else []
            return Open(terms, value.shape, value.dtype)
        terms = [t if _is_cheap(t) else self._settled_term(t, value.dtype) for t in value.terms]
        return Open(terms, value.shape, value.dtype)

    def peek(self, arg: Node) -> Open:
        """An argument's expression, to be looked at only."""
        return self._opens[arg]

    def factors_of(self, value: Open) -> list[Term]:
        """The terms as factors of a product: a sum is multiplied out only for its deltas."""
        if len(value.terms) < 2:
            terms = value.terms
        elif not value.has_delta:
            terms = [self.settled(value)]
        else:
            plain = [t for t in value.terms if not t.has_delta]
            terms = [t for t in value.terms if t.has_delta]
            if plain:
                terms.append(self.settled(Open(plain, value.shape, value.dtype)))
        return [self._bounded(t, value.dtype) for t in terms]

    def _bounded(self, term: Term, dtype: Any) -> Term:
        return self._settled_term(term, dtype) if len(term.factors) > MOST_OPEN else term

    # --- products of open expressions

    def product(
        self,
        values: Sequence[Open],
        labels: Sequence[Sequence[Hashable]],
        out: Sequence[Hashable],
        node: Node,
    ) -> Open:
        """The product of the values, their axes labelled, summed over what is not in `out`."""
        choices = [self.factors_of(v) for v in values]
        if math.prod(map(len, choices)) > MOST_TERMS:
            choices = [c if len(c) == 1 else [self.settled(v)] for c, v in zip(choices, values)]
        ones = {name: n for v, names in zip(values, labels) for name, n in zip(names, v.shape)}
        first, *others = _combinations(choices) or [()]
        copies = [[self.copy(t) for t in combination] for combination in others]
        terms = [self.joined(own, labels, out, ones) for own in [first, *copies] if own]
        return Open(terms, node.shape, node.dtype)

    def times(self, values: Sequence[Open], node: Node) -> Open:
        """Elementwise, broadcasting."""
        rank = len(node.shape)
        labels = [range(rank - len(v.shape), rank) for v in values]
        return self.product(values, labels, range(rank), node)

    def spread(self, value: Open, node: Node) -> Open:
        """Broadcast to the node's shape."""
        rank = len(node.shape)
        if len(value.shape) == rank and same_shape(value.shape, node.shape):
            return value
        for t in value.terms:
            have = (UNIT,) * (rank - len(t.out)) + t.out
            t.out = tuple(self.index(n) if i == UNIT else i for i, n in zip(have, node.shape))
        return Open(value.terms, node.shape, value.dtype)

    def number(self, value: Open) -> Any:
        """The number that stands at every index, if there is one."""
        if not value.terms:
            return 0
        if len(value.terms) == 1 and not value.terms[0].factors and not value.has_delta:
            return value.terms[0].number
        return None

    # --- ops without a rule

    def applied(self, node: Node) -> Open:
        """The op on whole arrays."""
        args = tuple(
            self.whole(self.take(a)) if isinstance(a, Node)
            else self.forms.scalar(a) if isinstance(a, Extent) else a
            for a in node.args
        )  # fmt: skip
        return self.open(self.of_form(self.forms.applied(node, args)), node)

    def elementwise(self, node: Node) -> Open:
        """The op at each index: only over axes along which an argument varies."""
        return self.open(self.mapped(node, [self.argument(a, node) for a in node.args]), node)

    def argument(self, arg: Any, node: Node) -> Any:
        """A number, or a term with one factor and no number before it."""
        if not isinstance(arg, Node):
            return self.constant(arg) if isinstance(arg, Extent) else arg
        value = self.take(arg)
        number = self.number(value)
        if number is not None and not isinstance(number, bool) and self._is_weak(arg, node):
            return as_argument(number)
        if value.has_delta:
            return self.of_form(self.whole(value))
        return self.factor_of(self.settled(value), value.dtype)

    def factor_of(self, term: Term, dtype: Any) -> Term:
        """The term with its number moved into the factor."""
        if term.number == 1 and term.factors:
            return term
        if not term.factors:
            form = self.forms.sum([self.closed(Term(term.number, [], ()), ())], (), dtype)
            return Term(1, [Factor(form, ())], term.out)
        at = term.factors[0].at
        form = self.forms.sum([self.closed(term, at)], self.shape_of(at), dtype)
        return Term(1, [Factor(form, at)], term.out)

    def _is_weak(self, arg: Node, node: Node) -> bool:
        """Whether a Python number can stand for the argument: another array gives the dtype."""
        others = (a for a in node.args if isinstance(a, Node) and a is not arg)
        return any(a.op is not creation.full and a.dtype == node.dtype for a in others)

    def mapped(self, node: Node, args: Sequence[Any]) -> Term:
        """The elementwise op of the node on terms of one factor, and numbers.

        An argument in which the op is linear may have a delta: the result has it too.
        """
        rank = len(node.shape)
        terms = [a for a in args if isinstance(a, Term)]
        place, terms = self.met(terms, [range(rank - len(t.out), rank) for t in terms])
        factors = iter([t.factors[0] for t in terms])
        given = [next(factors) if isinstance(a, Term) else a for a in args]
        read = (i for f in given if isinstance(f, Factor) for i in f.at)
        at = tuple(dict.fromkeys(i for i in read if i != UNIT))
        names = {UNIT: UNIT} | {i: k for k, i in enumerate(at)}
        local = tuple(
            Factor(f.form, tuple(names[i] for i in f.at)) if isinstance(f, Factor) else f
            for f in given
        )
        form = self.forms.map(node, local, self.shape_of(at))
        out = [
            place[k] if place.get(k, UNIT) != UNIT else self.index(node.shape[k])
            for k in range(rank)
        ]
        return Term(1, [Factor(form, at)], out)

    def carried(self, term: Term, of: Open, op: Callable[[Term], Term]) -> Term:
        """A linear elementwise op on one term: its number stays before it, its delta around it."""
        term = self._settled_term(term, of.dtype)
        number, term.number = term.number, 1
        out = op(term)
        out.number = times(number, out.number)
        return out

    def opposite(self, condition: Term) -> Term:
        """Where the condition does not hold."""
        (factor,) = condition.factors
        axes = tuple(range(len(factor.at)))
        node = Node(ew.invert, dtype=np.dtype(bool))
        form = self.forms.map(node, (Factor(factor.form, axes),), factor.form.shape)
        return Term(1, [Factor(form, factor.at)], condition.out)


def _is_cheap(term: Term) -> bool:
    """Whether every use may compute the term anew: a view, or a power of one."""
    if is_view(term):
        return True
    if len(term.factors) > 1 or abs(term.factors[0].power) > 2:
        return False
    return reads_once(term.factors[0].at, term.out)


def _combinations(choices: Sequence[Sequence[Term]]) -> list[tuple[Term, ...]]:
    out: list[tuple[Term, ...]] = [()]
    for terms in choices:
        out = [(*before, t) for before in out for t in terms]
    return out


def _python_number(x: Any) -> Any:
    return x if is_number(x) or isinstance(x, Extent) else float(x)
