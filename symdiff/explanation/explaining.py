"""explain: a result, or a function and its arguments, told step by step."""

from __future__ import annotations

import functools
import operator
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from ..derivatives.calls import kinds_of
from ..formulas.closed_form import Formula
from ..formulas.deriving import Names, graph_of_tensor, user_frame
from ..functions import reducing
from ..graph.node import Node
from ..graph.op import NeedsValue, OpError
from ..handles.handle import Handle
from ..handles.modes import enable_grad
from ..handles.numpy_face import Array
from ..tracing.trees import flatten
from .page import derivation, fragment, page, section
from .plots import around
from .recording import Function, Recording, asking, called, check_asked, origin, played
from .steps import Input, Step, name_leaves, named_leaves, steps_of
from .tables import LONG, Table, coloured, plain, tables_of
from .values import shown
from .whole import graph_of, traced


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """How values and their gradients came about; printing it shows the tables."""

    title: str
    results: dict[str, Handle]
    recording: Recording
    traced: dict[str, Handle] = field(default_factory=dict)

    @cached_property
    def _rows(self) -> tuple[list[Input], list[Step]]:
        return steps_of(self.recording)

    @property
    def inputs(self) -> list[Input]:
        """What the steps begin with, each with its value and its gradient."""
        return self._rows[0]

    @property
    def steps(self) -> list[Step]:
        """Each operation in the order in which it was done."""
        return self._rows[1]

    @property
    def value(self) -> Any:
        """The result; a tuple of several."""
        values = [self.recording.values[root] for root in self.recording.roots]
        return tuple(values) if len(values) > 1 else values[0]

    @cached_property
    def formulas(self) -> dict[str, Formula]:
        """The closed form of each result; none where they would be too long to read."""
        if len(self.steps) > LONG:
            return {}
        return {n: self._formula(y) for n, y in self._symbols.items()}

    @property
    def formula(self) -> Formula | None:
        """The closed form of the only result."""
        return next(iter(self.formulas.values())) if len(self.formulas) == 1 else None

    @cached_property
    def derivatives(self) -> dict[str, Formula]:
        """The closed form of the gradient by each input: of the sum, if there are many numbers."""
        if not self.formulas:
            return {}
        whole = self.formulas[self.title] if self._is_scalar else self._formula(self._total())
        wanted = {i.name for i in self.inputs if i.gradient is not None}
        found = {n: _derivative(whole, n) for n in whole.names if n in wanted}
        return {n: f for n, f in found.items() if f is not None}

    @property
    def _is_scalar(self) -> bool:
        return isinstance(self.value, np.ndarray | np.generic) and self.value.shape == ()

    def _total(self) -> Handle:
        with enable_grad(), np.errstate(all="ignore"):
            return functools.reduce(operator.add, map(reducing.sum, self._symbols.values()))

    @property
    def _symbols(self) -> dict[str, Handle]:
        return self.traced or self.results

    def _formula(self, y: Handle) -> Formula:
        graph = graph_of(y) if y.is_traced else graph_of_tensor(y, self.recording.names)
        return Formula(graph)

    @property
    def tables(self) -> list[Table]:
        """What printing shows: results, inputs, steps forward and backward."""
        return [self.summary, *tables_of(self.inputs, self.steps)]

    @property
    def summary(self) -> Table:
        """Formula and number of the result and of each gradient."""
        rows = [(name, f.text if f else "", value) for name, f, value in self._told()]
        return Table("Result", ("", "formula", "value"), tuple(rows))

    def _told(self) -> Iterator[tuple[str, Formula | None, str]]:
        for name, root in zip(self.results, self.recording.roots):
            yield name, self.formulas.get(name), shown(self.recording.values[root])
        of = "" if self._is_scalar else " sum"
        gradients = {i.name: i.gradient for i in self.inputs}
        for name, f in self.derivatives.items():
            yield f"d{of}/d{name}", f, shown(gradients[name])

    def _repr_html_(self) -> str:
        return self._fragment("")

    def _fragment(self, more: str) -> str:
        return fragment(self._headline, self._written(), self.tables[1:], self.steps, more)

    def _more(self) -> str:
        """What only a page has: the way to each derivative, and a plot where one can be drawn."""
        told = (derivation(f"d/d{name}", f) for name, f in self.derivatives.items())
        return section("Derivation", "".join(told)) + section("Plot", self._plot())

    def _plot(self) -> str:
        f = self.formula
        values = {i.name: i.value for i in self.inputs}
        if f is None or f.shape or len(f.names) not in (1, 2):
            return ""
        if any(np.shape(values.get(name, [])) for name in f.names):
            return ""
        return around(f, {name: float(values[name]) for name in f.names})

    @property
    def _headline(self) -> str:
        return f"How {self.title} came about"

    def _written(self) -> list[tuple[str, Formula, str]]:
        return [(name, f, value) for name, f, value in self._told() if f is not None]

    def _repr_latex_(self) -> str | None:
        return None if self.formula is None else self.formula._repr_latex_()

    def save(self, path: str | Path) -> None:
        """Write the explanation as one HTML page."""
        Path(path).write_text(page(self.title, self._fragment(self._more())), encoding="utf-8")

    def __repr__(self) -> str:
        return coloured(self.tables) if sys.stdout.isatty() else plain(self.tables)


def _derivative(whole: Formula, name: str) -> Formula | None:
    """None where a step of the user's own computes with numbers alone."""
    try:
        return whole.derive(name)
    except NeedsValue:
        return None


def explain(what: Handle | Function, *args: Any) -> Explanation:
    """How a tensor, or a function's results for these arguments, came about, with their gradients.

    If these are not one scalar, the gradients are those of the sum of all their numbers. A gradient
    (`x.grad`) is explained by the result that it is the gradient of.

    >>> import symdiff as sd
    >>> x = sd.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> told = sd.explain((3 * (x + 2) ** 2).mean())
    >>> told.derivatives["x"], told.inputs[0].gradient.tolist()
    (3/2*(x + 2), [[4.5, 6.0], [7.5, 9.0]])
    """
    check_asked(what, args)
    if isinstance(what, Handle):
        return _explained("result", [origin(what)], Names(user_frame()), frozenset())
    name = getattr(what, "__name__", "f").replace("<lambda>", "f")
    asked = asking()
    ys, _, names = called(what, args)
    if not ys:
        given = kinds_of(flatten(tuple(args))[0]) or "none"
        raise OpError(
            f"explain: {name} gives no array that depends on a float; its arguments: {given}"
        )
    told = _explained(name, [y.node for y in ys], names, asked)
    if len(told.steps) > LONG:
        return told
    found = traced(what, args, told.recording, named_leaves(told.recording))
    return replace(told, traced=dict(zip(told.results, found)))


def _explained(
    title: str, ys: Sequence[Node], names: Names, asked: frozenset[CodeType]
) -> Explanation:
    recording = played(ys, names, asked)
    name_leaves(recording)
    told: dict[str, Handle] = {}
    taken = {names.of(node) for node in recording.nodes if node.op is None}
    for k, (y, root) in enumerate(zip(ys, recording.roots)):
        name, place = names.of(y), f"{title}[{k}]" if len(ys) > 1 else title
        name = name if name and name not in told and (name not in taken or y.op is None) else place
        told[name] = Array.of(root, recording.values[root])
    return Explanation(next(iter(told)) if len(told) == 1 else title, told, recording)
