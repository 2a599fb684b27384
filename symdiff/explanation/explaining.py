"""explain: a result, or a function and its arguments, told step by step."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ..formulas.closed_form import Formula
from ..formulas.deriving import Names, graph_of_tensor, user_frame
from ..graph.op import OpError
from ..handles.handle import Handle
from .page import fragment, page
from .recording import Function, Recording, called, played
from .steps import Input, Step, steps_of
from .tables import LONG, Table, coloured, plain, tables_of
from .values import shown


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """How a value and its gradients came about; printing it shows the tables."""

    title: str
    root: Handle
    recording: Recording

    @cached_property
    def _rows(self) -> tuple[list[Input], list[Step]]:
        return steps_of(self.recording)

    @property
    def inputs(self) -> list[Input]:
        return self._rows[0]

    @property
    def steps(self) -> list[Step]:
        return self._rows[1]

    @property
    def value(self) -> Any:
        return self.recording.values[self.recording.root]

    @cached_property
    def formula(self) -> Formula | None:
        """The closed form of the whole; None where it would be too long to read."""
        if len(self.steps) > LONG:
            return None
        return Formula(graph_of_tensor(self.root, self.recording.names))

    @cached_property
    def derivatives(self) -> dict[str, Formula]:
        """The closed form of the gradient by each input; none if the result is no scalar."""
        if self.formula is None or np.shape(self.value) != ():
            return {}
        wanted = {i.name for i in self.inputs if i.gradient is not None}
        return {n: self.formula.derive(n) for n in self.formula.names if n in wanted}

    @property
    def tables(self) -> list[Table]:
        return [self.summary, *tables_of(self.inputs, self.steps)]

    @property
    def summary(self) -> Table:
        """Formula and number of the result and of each gradient."""
        rows = [(self.title, self.formula.text if self.formula else "", shown(self.value))]
        gradients = {i.name: i.gradient for i in self.inputs}
        for name, f in self.derivatives.items():
            rows.append((f"d/d{name}", f.text, shown(gradients[name])))
        return Table("Result", ("", "formula", "value"), tuple(rows))

    def _repr_html_(self) -> str:
        formulas = {}
        gradients = {i.name: i.gradient for i in self.inputs}
        if self.formula is not None:
            formulas[self.title] = (self.formula, shown(self.value))
        for name, f in self.derivatives.items():
            formulas[f"Gradient by {name}"] = (f, shown(gradients[name]))
        tables = tables_of(self.inputs, self.steps)
        return fragment(f"How {self.title} came about", formulas, tables, self.steps)

    def _repr_latex_(self) -> str | None:
        return None if self.formula is None else f"$\\displaystyle {self.formula.latex}$"

    def save(self, path: str | Path) -> None:
        """Write the explanation as one HTML page."""
        Path(path).write_text(page(self.title, self._repr_html_()), encoding="utf-8")

    def __repr__(self) -> str:
        return coloured(self.tables) if sys.stdout.isatty() else plain(self.tables)


def explain(what: Handle | Function, *args: Any) -> Explanation:
    """How a tensor, or a function's result for these arguments, came about, with its gradients.

    A result that is no scalar is seeded with ones: the gradients are those of its sum.

    >>> import symdiff as sd
    >>> x = sd.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    >>> told = sd.explain((3 * (x + 2) ** 2).mean())
    >>> told.derivatives["x"], told.inputs[0].gradient.tolist()
    (3/2*(x + 2), [[4.5, 6.0], [7.5, 9.0]])
    """
    if isinstance(what, Handle):
        if args:
            raise OpError("explain: a tensor takes no arguments; give the function instead")
        return _explained("result", what, Names(user_frame()))
    if not callable(what):
        raise OpError(f"explain: {type(what).__name__} is neither a tensor nor a function")
    name = getattr(what, "__name__", "f").replace("<lambda>", "f")
    ys, _, names = called(what, args)
    if len(ys) != 1:
        raise OpError(f"explain: {name} gives {len(ys)} arrays; explain one of them")
    return _explained(name, ys[0], names)


def _explained(title: str, y: Handle, names: Names) -> Explanation:
    if y.is_traced:
        raise OpError("explain: this array is being traced; explain the function instead")
    return Explanation(names.of(y.node) or title, y, played(y.node, names))
