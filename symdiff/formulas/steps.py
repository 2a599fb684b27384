"""How a derivative came about: one step for each op that the backward sweep passes.

Between two steps stands the whole derivative as a differential, dy = sum of g_v @ dv over the values
v that the sweep has reached and not yet passed. Nothing is written beforehand: the rules are those
that the ops' pullbacks give for letters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from html import escape
from typing import Any

from ..calculus.derivative import Symbol, unit_seed
from ..calculus.simplify import normal
from ..graph.node import Node, with_args
from ..graph.op import is_differentiable
from ..handles.handle import Handle
from ..handles.sweep import pull, sweep, symbols
from ..ops.shape import sum_
from ..tensors.grad_fn import source_of
from ..tracing.graphs import Graph, traced_leaf

MOST_STEPS = 60
_LAST = "collect and simplify: what stands with the change of the letter is the derivative"
_LONGEST = 60  # characters of what stands in d(...)
_RULES = {
    "mul": "product rule", "strongmul": "product rule", "einsum": "product rule",
    "div": "quotient rule", "reciprocal": "quotient rule", "pow": "power rule",
    "square": "power rule", "sqrt": "power rule", "add": "sum rule", "sub": "sum rule",
    "neg": "sum rule", "sum": "sum rule", "mean": "sum rule", "inv": "rule for the inverse",
    "solve": "rule for systems of equations", "det": "rule for the determinant",
    "slogdet": "rule for log det",
}  # fmt: skip

Readable = Any  # a formula: it has .text, .latex and .mathml
Reader = Callable[[Graph], Readable]
Frontier = Mapping[Node, Any]  # the cotangents of what the sweep has reached


@dataclass(frozen=True, eq=False, repr=False)
class Step:
    """One rule of the derivation, with the derivative before and after it."""

    _rule: Callable[[], str]
    _before: Callable[[], Readable]
    _after: Callable[[], Readable]

    @cached_property
    def rule(self) -> str:
        return self._rule()

    @cached_property
    def _formulas(self) -> tuple[Readable, Readable]:
        return self._before(), self._after()

    @property
    def before(self) -> str:
        return self._formulas[0].text

    @property
    def after(self) -> str:
        return self._formulas[1].text

    @property
    def before_latex(self) -> str:
        return self._formulas[0].latex

    @property
    def after_latex(self) -> str:
        return self._formulas[1].latex

    @property
    def before_mathml(self) -> str:
        return self._formulas[0].mathml

    @property
    def after_mathml(self) -> str:
        return self._formulas[1].mathml

    def __repr__(self) -> str:
        return f"{self.rule}\n    {_under(self.before)}\n  = {_under(self.after)}"

    def _repr_html_(self) -> str:
        return (
            f"<p>{escape(self.rule)}</p>"
            rf"<p>$\displaystyle {escape(self.before_latex)} = {escape(self.after_latex)}$</p>"
        )


class Steps(tuple[Step, ...]):
    """All steps, one below the other."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(f"{k}. {step!r}" for k, step in enumerate(self, 1))

    def _repr_html_(self) -> str:
        return f"<ol>{''.join(f'<li>{step._repr_html_()}</li>' for step in self)}</ol>"


def _under(text: str) -> str:
    return text.replace("\n", "\n    ")


@dataclass(frozen=True, eq=False)
class Derivation:
    """A graph that was differentiated by one of its inputs, and what came of it."""

    graph: Graph
    place: int
    result: Graph

    def steps(self, read: Reader) -> Iterator[Step]:
        """The steps; of a long way the middle is left out, and counted."""
        way = _Way(normal(self.graph), self.place, read)
        states = way.states
        told = [way.step(k) for k in range(len(states) - 1)]
        skipped = len(told) - MOST_STEPS
        if skipped > 0:
            half = MOST_STEPS // 2
            first, last = way.state(half), way.state(half + skipped)
            told[half : half + skipped] = [Step(lambda: f"{skipped} more steps", first, last)]
        yield from told
        yield Step(lambda: _LAST, way.state(-1), lambda: read(self.result))


class _Way:
    """The sweep over one graph, with what it carried after every step."""

    def __init__(self, graph: Graph, place: int, read: Reader) -> None:
        self.graph, self.x, self.read = graph, graph.inputs[place], read
        self.passed: list[tuple[Node, tuple[bool, ...]]] = []
        (y,) = graph.outputs
        self.states: list[dict[Node, Any]] = [{}]
        self.labels: dict[Node, str] = {}
        self.told: dict[int, Readable] = {}
        if isinstance(y, Node) and is_differentiable(y.dtype):
            seed = unit_seed(y)
            self.states = [{y: seed}]
            sweep([(y, seed)], lambda node: node is self.x, symbols(Symbol), step=self._watch)

    def _watch(self, node: Node, g: Any, saved: Any, needed: Any, masked: bool) -> Sequence[Any]:
        parts = pull(node, g, saved, needed, masked)
        state = {v: h for v, h in self.states[-1].items() if source_of(v) is not node}
        for arg, part, need in zip(node.args, parts, needed):
            if need and part is not None:
                state[arg] = part + state[arg] if arg in state else part
        self.passed.append((node, needed))
        self.states.append(state)
        return parts

    def step(self, k: int) -> Step:
        node, needed = self.passed[k]
        return Step(lambda: self._rule(node, needed, k), self.state(k), self.state(k + 1))

    def state(self, k: int) -> Callable[[], Readable]:
        """Read when asked for, once: what one step leaves, the next one finds."""
        return lambda: self._told(k % len(self.states))

    def _told(self, k: int) -> Readable:
        if k not in self.told:
            self.told[k] = self._differential(self.states[k])
        return self.told[k]

    def _differential(self, state: Frontier) -> Readable:
        """The sum of g_v @ dv."""
        y = self.graph.outputs[0]
        changes = {v: traced_leaf(self._label(v), v.shape, v.dtype) for v in state}
        return self.read(_contracted(self.graph, y, state, changes))

    def _label(self, v: Node) -> str:
        """dx for a letter, d(sin(x)) for what was computed, its beginning if that would be long."""
        if v not in self.labels:
            text = v.label or self.read(_of(self.graph, v)).text
            if len(text) > _LONGEST or "\n" in text:
                text = self._beginning(text)
            self.labels[v] = f"d{text}" if v.label.isidentifier() else f"d({text})"
        return self.labels[v]

    def _beginning(self, text: str) -> str:
        """Where a long text begins; a name, if another begins like that."""
        short = f"{text.splitlines()[0][: _LONGEST - 3]}..."
        return f"t{len(self.labels) + 1}" if f"d({short})" in self.labels.values() else short

    def _rule(self, node: Node, needed: tuple[bool, ...], k: int) -> str:
        """The rule's name, and what the op's pullback says for letters."""
        assert node.op is not None
        name = _RULES.get(node.op.name) or (
            "chain rule" if node.op.elementwise else f"rule for {node.op.name}"
        )
        picks = [v for v in self.states[k] if source_of(v) is node and v is not node]
        if node.outs is not None and len(picks) != 1:
            return name
        graph, changes = _with_letters(self.graph, node, needed, picks)
        y = graph.outputs[0]
        assert isinstance(y, Node)
        wanted = set(changes).__contains__
        found = sweep([(y, unit_seed(y))], wanted, symbols(Symbol))
        change = self.read(_contracted(graph, y, found, changes)).text
        if change.count("\n") > 1:
            return name
        return f"{name}: d({self.read(graph).text}) = {', '.join(change.splitlines())}"


def _contracted(graph: Graph, y: Any, state: Frontier, changes: Mapping[Node, Node]) -> Graph:
    """The graph of the sum of state[v] times changes[v], over v and its axes."""
    total: Any = 0.0
    for v, g in state.items():
        whole = g if isinstance(g, Handle) else Symbol.of(g)
        axes = tuple(range(-len(v.shape), 0))
        product = whole * Symbol.of(changes[v])
        total = total + (sum_(product, axes=axes) if axes else product)
    out = total.node if isinstance(total, Handle) else total
    return Graph(graph.name, (*graph.inputs, *changes.values()), (out,), graph.scope, graph.origins)


def _of(graph: Graph, v: Node) -> Graph:
    return Graph(graph.name, graph.inputs, (v,), graph.scope, graph.origins)


def _with_letters(
    graph: Graph, node: Node, needed: Sequence[bool], picks: Sequence[Node]
) -> tuple[Graph, dict[Node, Node]]:
    """The op of letters, and the change of each letter that changes."""
    vectors, matrices = iter("uvwpqrst"), iter("XYZUVWPQ")
    letters: dict[Node, Node] = {}
    changes: dict[Node, Node] = {}
    for arg, need in zip(node.args, needed):
        if isinstance(arg, Node) and arg not in letters:
            name = next(matrices if len(arg.shape) > 1 else vectors, "c")
            letters[arg] = traced_leaf(name, arg.shape, arg.dtype)
            if need:
                changes[letters[arg]] = traced_leaf(f"d{name}", arg.shape, arg.dtype)
    args = tuple(letters[a] if isinstance(a, Node) else a for a in node.args)
    made = _differentiable(with_args(node, args))
    for v in picks:
        made = _differentiable(with_args(v, (made,)))
    return Graph("f", tuple(letters.values()), (made,), graph.scope, graph.origins), changes


def _differentiable(node: Node) -> Node:
    node.requires_grad = True
    return node
