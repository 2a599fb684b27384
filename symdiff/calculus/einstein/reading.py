"""Graph -> forms: every node read as a sum of products over named indices.

What is used once stays open, so that products, sums and deltas of several nodes flow together;
what is used more than once is settled into a form of its own: nothing is computed twice.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Any

import numpy as np

from ...graph.exact import is_number
from ...graph.extents import Extent, same_shape
from ...graph.node import Node, topological
from ...graph.op import Op, strong_dtype
from ...ops import creation
from ...ops import elementwise as ew
from ...ops import shape as shape_ops
from .algebra import Algebra
from .cancelling import cancelled
from .choices import chosen
from .coefficients import as_argument, times
from .constants import recognised
from .expanding import expanded
from .factoring import apart, drawn_out, factored
from .facts import is_mask
from .forms import UNIT, Factor, Form, Index, connected, is_map
from .pairing import paired
from .quotients import over_one_divisor
from .rewriting import rewritten_map, rewritten_product
from .terms import Open, Term, along, flattened, is_cheap, is_outer, is_short, opened
from .textbook import in_order, numbers_first, regrouped, scalars_first, spliced, unfolded

MOST_TERMS = 8  # products of sums are multiplied out (for a delta's sake) up to this many
MOST_OPEN = 48  # factors or terms of one open expression

_MOVES = (
    shape_ops.transpose, shape_ops.reshape, shape_ops.expand, creation.delta,
    ew.bitwise_and, ew.bitwise_or,
)  # whatever the dtype  # fmt: skip

Rule = Callable[["Reader", Node], Open | None]
RULES: dict[Op, Rule] = {}


def rule(*ops: Op) -> Callable[[Rule], Rule]:
    """Say how nodes of these ops are read; a rule that gives None leaves the op as it is."""

    def register(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(ops, function))
        return function

    return register


class Reader(Algebra):
    """Reads the nodes that some roots depend on.

    `textbook` is for people: guards against 0/0 and inf*0 are left out, and products are opened.
    """

    def __init__(self, roots: Sequence[Any], textbook: bool = False) -> None:
        super().__init__()
        self.textbook = textbook
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
        terms = [rewritten_product(self, opened(t), value.dtype) for t in value.terms]
        terms = [self.scalars_settled(t, value.dtype) for t in terms]
        if self.textbook:
            return self._written(terms, value)
        terms = self.like_merged(terms)
        terms = factored(self, chosen(self, terms, value), value.dtype)
        return drawn_out(self, terms, value.dtype)

    def _written(self, terms: list[Term], value: Open) -> list[Term]:
        """The terms as people write them."""
        terms = spliced(self, [self.merged(t) for t in terms])
        terms = [regrouped(self, flattened(t), value.dtype) for t in terms]
        terms = expanded(self, [cancelled(self, t) for t in terms])
        terms = [self.scalars_settled(t, value.dtype) for t in terms]
        terms = [rewritten_product(self, paired(self, t, value.dtype), value.dtype) for t in terms]
        terms = self.like_merged(unfolded(self, terms))
        terms = over_one_divisor(self, terms, value.dtype)
        terms = factored(self, chosen(self, terms, value), value.dtype)
        terms = apart(self, terms, value.dtype)
        terms = in_order(self, drawn_out(self, terms, value.dtype))
        return numbers_first(self, scalars_first(self, terms, value.dtype), value.dtype)

    def scalars_settled(self, term: Term, dtype: Any) -> Term:
        """The term with every contraction that gives a scalar as one factor."""
        if len(term.factors) < 2 or term.read <= set(term.out):
            return term
        groups = connected(term.factors)
        if len(groups) < 2:
            return term
        number, factors = term.number, []
        for group in groups:
            at = {i for f in group for i in f.at if i != UNIT}
            if at and not at & set(term.out):
                whole = self._scalar(Term(1, group, ()), dtype)
                number, group = times(number, whole.number), whole.factors
            factors += group
        return Term(number, factors, term.out)

    def _scalar(self, term: Term, dtype: Any) -> Term:
        """A contraction that gives a scalar, settled; for people, simplified too."""
        return (
            self.settled(Open([term], (), dtype))
            if self.textbook
            else self._settled_term(term, dtype)
        )

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
        """Settled, so that every use shares the work; deltas and masks stay open."""
        if len(value.terms) > 1 and not value.has_delta:
            return Open([self.settled(value)], value.shape, value.dtype)
        terms = [self._kept_term(t, value.dtype) for t in value.terms]
        return Open(terms, value.shape, value.dtype)

    def _kept_term(self, term: Term, dtype: Any) -> Term:
        if is_cheap(term) or (self.textbook and is_short(term)):
            return term
        masks = [f for f in term.factors if is_mask(f.form) and set(f.at) <= set(term.out)]
        rest = [f for f in term.factors if f not in masks]
        kept = [g for part in connected(rest) for g in self._kept_part(part, term, dtype)]
        return Term(term.number, [*kept, *masks], term.out)

    def _kept_part(self, part: list[Factor], term: Term, dtype: Any) -> list[Factor]:
        """Factors that share indices, as one form; an outer product of such forms stays open."""
        named = dict.fromkeys(i for f in part for i in f.at if i != UNIT and i in term.out)
        alone = Term(1, part, tuple(named))
        if is_cheap(alone):
            return part
        settled = self._settled_term(alone, dtype)
        return settled.factors

    def peek(self, arg: Node) -> Open:
        """An argument's expression, to be looked at only."""
        return self._opens[arg]

    def factors_of(self, value: Open, contracted: bool = False) -> list[Term]:
        """The terms as factors of a product.

        A sum is multiplied out only for its deltas and, to be contracted, its outer products.
        """
        terms = value.terms if len(value.terms) < 2 else self.collected(value)
        if len(terms) > 1:
            large = self.textbook and len(value.shape) > 3  # a matrix by a matrix
            apart = [t for t in terms if t.has_delta or large or (contracted and is_outer(t))]
            plain = [t for t in terms if t not in apart]
            if len(plain) > 1:
                plain = [self.settled(Open(plain, value.shape, value.dtype))]
            terms = [*apart, *plain]
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
        choices = [self.factors_of(v, not set(n) <= set(out)) for v, n in zip(values, labels)]
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

    # --- masks

    def with_indicators(self, term: Term, dtype: Any) -> Term:
        """The term with conditions among its factors as indicators: they hide what they make 0."""
        factors = []
        for f in term.factors:
            if f.form.dtype == bool and f.power == 1:
                axes = self.indices(f.form.shape)
                mask = self.indicator(Term(1, [Factor(f.form, axes)], axes), dtype)
                (made,) = mask.factors
                names = dict(zip(axes, f.at))
                f = Factor(made.form, tuple(names[i] for i in made.at))
            factors.append(f)
        return Term(term.number, factors, term.out)

    def masked(self, node: Node, arg: Any, condition: Any, holds: bool) -> Open:
        """The argument where the condition holds (or does not), else 0."""
        if not isinstance(condition, Term):
            return self.take(arg) if bool(condition) is holds else Open([], node.shape, node.dtype)
        mask = self.indicator(condition if holds else self.opposite(condition), node.dtype)
        shape = self.shape_of(mask.out)
        return self.times([self.take(arg), Open([mask], shape, node.dtype)], node)

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
        args = [self.argument(a, node) for a in node.args]
        if len(args) == 1 and isinstance(args[0], Term):
            (factor,) = args[0].factors
            new = rewritten_map(self, node.op, factor.form, node.dtype)  # pyright: ignore
            if new is not None:
                return self.open(self._read_at(new, factor.at, args[0].out), node)
        return self.open(self.mapped(node, args), node)

    def _read_at(self, term: Term, at: Sequence[Index], out: Sequence[Index]) -> Term:
        """A term over some axes, read at the indices `at`."""
        moved = along(term, at)
        return Term(moved.number, moved.factors, out)

    def argument(self, arg: Any, node: Node) -> Any:
        """A number, or a term with one factor and no number before it."""
        if not isinstance(arg, Node):
            if isinstance(arg, Extent):  # n*n and 2*n too are one factor
                return Term(1, [Factor(self.forms.scalar(arg), ())], ())
            return recognised(arg) if self.textbook else arg
        value = self.take(arg)
        if self.number(value) is not None and not self._is_weak(arg, node):
            return self.factor_of(self.settled(value), value.dtype)
        return self.branch(value)

    def branch(self, value: Open) -> Any:
        """An expression as an argument of an elementwise op, whose dtype others decide."""
        number = self.number(value)
        if number is not None:
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
        term = flattened(term) if self.textbook else term
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
        factors = iter([t.factors[0] if t.factors else t.number for t in terms])
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
        return Term(1, [Factor(self._inverted(factor.form), factor.at)], condition.out)

    def _inverted(self, form: Form) -> Form:
        """~form; twice is not at all. Numbers, too, may be conditions: those that are not 0 hold."""
        axes = tuple(range(len(form.shape)))
        if is_map(form, ew.invert) and form.args[0].at == axes:
            return form.args[0].form
        op = ew.invert if form.dtype == np.bool_ else ew.logical_not
        node = Node(op, dtype=np.dtype(bool))
        return self.forms.map(node, (Factor(form, axes),), form.shape)

    def indicator(self, condition: Term, dtype: Any) -> Term:
        """1 where the condition holds, else 0; whatever it multiplies is not looked at elsewhere."""
        shape = self.shape_of(condition.out)
        return self.mapped(Node(ew.where, shape=shape, dtype=dtype), [condition, 1, 0.0])


def _combinations(choices: Sequence[Sequence[Term]]) -> list[tuple[Term, ...]]:
    out: list[tuple[Term, ...]] = [()]
    for terms in choices:
        out = [(*before, t) for before in out for t in terms]
    return out


def _python_number(x: Any) -> Any:
    return x if is_number(x) or isinstance(x, Extent) else x.item()
