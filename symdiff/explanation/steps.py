"""Row by row: each step with its formula, value, local derivative and gradients.

Texts are made when asked for, so that a long program costs no more than what is shown of it.
"""

from __future__ import annotations

import linecache
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..calculus.derivative import Symbol
from ..formulas.closed_form import Formula
from ..formulas.deriving import fresh
from ..graph.node import Node, line_of
from ..graph.op import OPS, Op
from ..handles.handle import Handle, pick
from ..handles.sweep import pull, symbols
from ..tensors.grad_fn import source_of
from ..tracing.graphs import Graph, traced_leaf
from .recording import Recording
from .values import shown

Labels = Mapping[Node, str]


@dataclass(frozen=True)
class Slope:
    """How a change of one argument changes the result of a step.

    For an elementwise op, its derivative with the numbers; else the rule that takes the gradient
    `g` of the result to that of the argument.
    """

    argument: str
    text: str
    value: Any = None
    is_rule: bool = False

    def __str__(self) -> str:
        if self.value is None or _is_digits(self.text):
            return self.text
        return f"{self.text} = {shown(self.value)}"


def _is_digits(text: str) -> bool:
    return text.lstrip("-").replace(".", "", 1).isdigit()


def _is_constant(arg: Any) -> bool:
    """Whether an argument is a number that nothing is differentiated by."""
    return not isinstance(arg, Node) or not (arg.shape or arg.requires_grad)


@dataclass(frozen=True, eq=False)
class Step:
    """One line of the forward and of the backward table."""

    number: int
    node: Node
    labels: Labels
    recording: Recording

    @property
    def op(self) -> Op:
        assert self.node.op is not None
        return self.node.op

    @property
    def name(self) -> str:
        return self.labels[self.node]

    @property
    def value(self) -> Any:
        return self.recording.values[self.node]

    @property
    def gradient(self) -> Any:
        return self.recording.gradients.get(self.node)

    @property
    def arriving(self) -> tuple[tuple[str, Any], ...]:
        """Which users send which part of the gradient, in the order in which they are added up."""
        return _named(self.recording.arriving.get(self.node, ())[::-1], self.labels)

    @property
    def parts(self) -> tuple[tuple[str, Any], ...]:
        """Of a step with several results, the gradient of each that has one."""
        gradients = self.recording.gradients
        picked = [n for n in self.recording.nodes if n.op is pick and n.args[0] is self.node]
        return _named([(n, gradients[n]) for n in picked if n in gradients], self.labels)

    @property
    def leaving(self) -> tuple[tuple[str, Any], ...]:
        return _named(self.recording.leaving.get(self.node, ()), self.labels)

    @property
    def arguments(self) -> tuple[Node, ...]:
        """Those that have a name: a plain number is none."""
        return tuple(a for a in self.node.args if a in self.labels)

    @property
    def place(self) -> tuple[str, int] | None:
        place = source_of(self.node).place
        return None if place is None or place[0] in self.recording.asked else line_of(place)

    @property
    def source(self) -> str:
        """The user's line."""
        return linecache.getline(*self.place).strip() if self.place else ""

    @cached_property
    def formula(self) -> Formula | None:
        """This one step, on the names of its arguments; None if formulas cannot show it."""
        return None if _is_opaque(self.node) else one_step(self.node, self.labels)

    @cached_property
    def text(self) -> str:
        """The formula; as a call where it would say too little: x/x is not 1 at 0."""
        if self.formula is None or self.op.name == "solve":
            return call_text(self.node, self.labels)
        found = one_step(self.node, self.labels, scalar=self.op.elementwise).text
        named = any(self.labels[a] in found for a in self.arguments)
        return found if named else call_text(self.node, self.labels)

    @cached_property
    def slopes(self) -> tuple[Slope, ...]:
        """For each argument that a gradient goes on to."""
        targets = [a for a, _ in self.recording.leaving.get(self.node, ())]
        return tuple(self._slope(a) for a in dict.fromkeys(targets))

    def _slope(self, arg: Node) -> Slope:
        name = self.labels[arg]
        if _is_opaque(self.node):
            return Slope(name, f"pullback of {_op_name(self.node)}")
        if self.op.elementwise:
            return Slope(name, slope_text(self.node, arg, self.labels), self._slope_value(arg))
        return Slope(name, rule_text(self.node, arg, self.labels), is_rule=True)

    def _slope_value(self, arg: Node) -> Any:
        y, xs = self.recording.saved(self.node)
        whole = tuple(
            x if _is_constant(a) else np.broadcast_to(x, np.shape(y))
            for a, x in zip(self.node.args, xs)
        )
        needed = tuple(a is arg for a in self.node.args)
        with np.errstate(all="ignore"):
            parts = pull(self.node, np.ones_like(y), (y, whole), needed, False)
        return sum(part for part, need in zip(parts, needed) if need)


@dataclass(frozen=True, eq=False)
class Input:
    """A leaf: a name, its value, and the gradient that gathered there."""

    name: str
    value: Any
    gradient: Any
    arriving: tuple[tuple[str, Any], ...]


def steps_of(recording: Recording) -> tuple[list[Input], list[Step]]:
    """All leaves that have a name, and all steps in the order in which they were taken."""
    labels = labelled(recording)
    done = [node for node in recording.nodes if node.op is not None]
    inputs = [
        Input(label, recording.values[n], recording.gradients.get(n),
              _named(recording.arriving.get(n, ())[::-1], labels))
        for n, label in named_leaves(recording).items()
    ]  # fmt: skip
    return inputs, [Step(k, node, labels, recording) for k, node in enumerate(done, 1)]


def labelled(recording: Recording) -> dict[Node, str]:
    """The user's names where there are any, each once; else `v` and the number of the line.

    Numbers that nobody gave a name have none here either: they stand as they are.
    """
    labels: dict[Node, str] = {}
    known = _known(recording)
    taken, used, number = set(known.values()), set(), 0
    for node in (n for n in recording.nodes if known[n] or not _is_number(n)):
        number += node.op is not None
        name = known[node]
        if not name or name in used:
            name = fresh(_default(node, number), taken)
        labels[node] = name
        taken.add(name)
        used.add(name)
    return labels


def _known(recording: Recording) -> dict[Node, str]:
    """What users call the nodes; equal arrays have different names, if there are as many."""
    names, known = recording.names, {}
    taken = {names.nodes.get(id(node), "") for node in recording.nodes}
    for node in recording.nodes:
        known[node] = names.of(node, taken) or node.label
        taken.add(known[node])
    return known


def name_leaves(recording: Recording) -> None:
    """Leaves bear the same names in formulas as in tables."""
    for node, label in named_leaves(recording).items():
        recording.names.nodes.setdefault(id(node), label)


def named_leaves(recording: Recording) -> dict[Node, str]:
    """What the steps begin with, by name."""
    return {node: label for node, label in labelled(recording).items() if node.op is None}


def _default(node: Node, number: int) -> str:
    return f"v{number}" if node.op is not None else "x" if node.requires_grad else "c"


def _is_number(node: Node) -> bool:
    return node.op is None and not node.shape and not node.requires_grad


def _named(parts: Any, labels: Labels) -> tuple[tuple[str, Any], ...]:
    return tuple((labels[node], part) for node, part in parts)


# --- formulas of one step


def _is_opaque(node: Node) -> bool:
    """Whether an op is a whole compiled function, or one of the user's own."""
    op = source_of(node).op
    return op is None or OPS.get(op.name) is not op or node.op is pick or op.results > 1


def _op_name(node: Node) -> str:
    op = source_of(node).op
    return op.name if op is not None else "leaf"


def call_text(node: Node, labels: Labels) -> str:
    """`name(arguments)`, and which of its results if it has several."""
    source = source_of(node)
    args = (labels.get(a) or repr(_number(a)) for a in source.args)
    which = f"[{node.params['which']}]" if node.op is pick else ""
    return f"{_op_name(node)}({', '.join(args)}){which}"


def _leaves(node: Node, labels: Labels, scalar: bool = False) -> dict[Node, Any]:
    """The arguments as symbols; a constant without a name is its number."""
    return {
        a: traced_leaf(labels[a], () if scalar else a.shape, a.dtype) if a in labels else _number(a)
        for a in node.args
        if isinstance(a, Node)
    }


def _number(arg: Any) -> Any:
    """What stands in a formula for an argument without a name."""
    return np.asarray(arg.value).item() if isinstance(arg, Node) else arg


def _remade(node: Node, leaves: Mapping[Node, Any], scalar: bool = False) -> Node:
    args = tuple(leaves[a] if isinstance(a, Node) else a for a in node.args)
    return Node(node.op, args, node.params, shape=() if scalar else node.shape, dtype=node.dtype,
                requires_grad=node.requires_grad, outs=node.outs)  # fmt: skip


def _formula(leaves: Mapping[Node, Any], output: Any, *more: Node) -> Formula:
    inputs = tuple(leaf for leaf in leaves.values() if isinstance(leaf, Node))
    return Formula(Graph("f", (*inputs, *more), (output,)))


def one_step(node: Node, labels: Labels, scalar: bool = False) -> Formula:
    """The formula of one op on symbols that bear the names of its arguments."""
    leaves = _leaves(node, labels, scalar)
    return _formula(leaves, _remade(node, leaves, scalar))


def slope_text(node: Node, arg: Node, labels: Labels) -> str:
    """The derivative of an elementwise op by one argument, element by element."""
    return one_step(node, labels, scalar=True).derive(labels[arg]).text


def rule_text(node: Node, arg: Node, labels: Labels) -> str:
    """What the gradient `g` of the result becomes on its way to one argument."""
    leaves = _leaves(node, labels)
    g = traced_leaf(fresh("g", set(labels.values())), node.shape, node.dtype)
    new = _remade(node, leaves)
    needed = tuple(a is arg for a in node.args)
    parts = pull(new, Symbol.of(g), symbols(Symbol)(new), needed, False)
    total: Any = 0
    for part in (p for p, need in zip(parts, needed) if need and p is not None):
        total = part + total if isinstance(total, Handle) else part
    return _formula(leaves, total.node if isinstance(total, Handle) else total, g).text
