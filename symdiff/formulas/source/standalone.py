"""The text of a function that computes a formula and needs nothing of symdiff."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...calculus.simplify import forms_of
from ...graph.node import Node
from ...graph.op import OpError
from ...tracing.graphs import Graph
from ..elements import strict
from ..notation import Notation
from ..text import text_of
from ..writing import Definition, Written, written
from .loops import Loops
from .rewriting import Truths, economical, renamed
from .targets import TARGETS, Target

_MODULES = {
    "ctypes": "import ctypes",
    "math": "import math",
    "numba": "import numba",
    "np": "import numpy as np",
    "extending": "from numba import extending",
    "linalg": "from scipy import linalg",
    "special": "from scipy import special",
    "cython_special": "from scipy.special import cython_special",
}
_LINE = 96  # characters, before a comment gets a line of its own


@dataclass(frozen=True)
class Told:
    """What the function's docstring says."""

    name: str
    formula: str
    shape: Sequence[int | str]


def source_of(graph: Graph, told: Told, target: str) -> str:
    """The source of the graph's one output as a function of its inputs."""
    if target not in TARGETS:
        raise OpError(f"source: {target!r} is no target; there are {', '.join(TARGETS)}")
    return _Source(graph, TARGETS[target]).text(told)


class _Source:
    def __init__(self, graph: Graph, target: Target) -> None:
        self.graph, self.target = graph, target
        labels = [*(node.label for node in graph.inputs), *graph.origins]
        self.names = _identifiers(labels)
        self.loops, self.truths = Loops(), Truths()

    def text(self, told: Told) -> str:
        taken = [*self.names, *self.names.values(), *_MODULES]
        (form,) = forms_of(self.graph)
        body = self._body(written([form], taken, elementwise=strict))
        head = f"def {_identifier(told.name)}({', '.join(self._parameters)}):"
        whole = [head, *_indented([*self._docstring(told), *self._prepared(body), *body])]
        if self.target.name == "numba":
            whole.insert(0, '@numba.njit(error_model="numpy")')
        text = "\n".join(whole) + "\n"
        defined = "".join(
            f"{t}\n" for t in _brought({**self.target.defined, **self.loops.texts}, text)
        )
        return _imports(defined + text) + "\n" + defined + "\n" + text

    # --- what is computed

    def _body(self, formula: Written) -> list[str]:
        lines: list[str] = []
        for definition in formula.where:
            lines += self._assignment(definition)
        return [*lines, f"return {self._spelled(formula.results[0])}"]

    def _assignment(self, definition: Definition) -> list[str]:
        name = definition.name.text
        if self.truths.of(definition.means):
            self.truths.names.add(name)
        line = f"{name} = {self._spelled(definition.means)}"
        comment = f"# {name} = {text_of(definition.means)}"
        if comment[2:] == re.sub(r"\b(np\.linalg|np|special|linalg)\.|\b_(?=[a-z])", "", line):
            return [line]
        return [f"{line}  {comment}"] if len(line) + len(comment) < _LINE else [comment, line]

    def _spelled(self, x: Notation) -> str:
        x = economical(self.truths.counted(renamed(x, self.names)))
        if self.target.name == "numba":
            x = self.loops.called(x)
        return text_of(self.target.spelled(x))

    # --- what it is computed from

    @property
    def _parameters(self) -> list[str]:
        return [self.names[node.label] for node in self.graph.inputs]

    def _prepared(self, body: Sequence[str]) -> list[str]:
        """Arrays of the right kind, and the sizes that the body reads."""
        text = "\n".join(body)
        sizes = [(s, at) for s, at in self.graph.origins.items() if _occurs(self.names[s], text)]
        lines = [
            f"{self.names[size]} = {self.names[label]}.shape[{axis}]"
            for size, (label, axis) in sizes
        ]
        read = {label for _, (label, _) in sizes}
        used = [
            n for n in self.graph.inputs if n.label in read or _occurs(self.names[n.label], text)
        ]
        return [*self._converted(used), *lines] if self.target.name == "numpy" else lines

    def _converted(self, used: Iterable[Node]) -> list[str]:
        return [
            f"{self.names[n.label]} = np.asarray({self.names[n.label]}, np.{np.dtype(n.dtype)})"
            for n in used
        ]

    def _docstring(self, told: Told) -> list[str]:
        shapes = [f"{self.names[n.label]}: {_shape(n.shape)}" for n in self.graph.inputs]
        lines = [*told.formula.replace("\\", "\\\\").splitlines(), ""]
        return [f'"""{lines[0]}', *lines[1:], *shapes, f"returns: {_shape(told.shape)}", '"""']


def _brought(defined: Mapping[str, str], text: str) -> list[str]:
    """The definitions that the text needs, and those that these need, in the order they are given."""
    needed: set[str] = set()
    missing = {name for name in defined if _occurs(name, text)}
    while missing:
        needed |= missing
        own = [defined[name] for name in missing]
        missing = {name for name in defined if any(_occurs(name, t) for t in own)} - needed
    return [defined[name] for name in defined if name in needed]


def _shape(shape: Sequence[Any]) -> str:
    if not shape:
        return "a number"
    sizes = ", ".join(map(str, shape))
    return f"array of shape ({sizes}{',' if len(shape) == 1 else ''})"


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"    {line}" if line else "" for line in lines]


def _imports(text: str) -> str:
    found = [line for module, line in _MODULES.items() if re.search(rf"(?<![\w.]){module}\.", text)]
    return "".join(f"{line}\n" for line in found)


def _occurs(name: str, text: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(name)}\b", text) is not None


# --- names


def _identifiers(labels: Iterable[str]) -> Mapping[str, str]:
    """Each label as a name that Python allows, no two the same."""
    found: dict[str, str] = {}
    for label in dict.fromkeys(labels):
        name = _identifier(label)
        while name in found.values():
            name += "_"
        found[label] = name
    return found


def _identifier(label: str) -> str:
    name = re.sub(r"\W", "_", label)
    if not name or name[0].isdigit():
        name = f"_{name}"
    return f"{name}_" if keyword.iskeyword(name) or name in _MODULES else name
