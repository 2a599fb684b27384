"""Graph -> text that two graphs share only if their kernels are the same, in every process.

It says all that lowering reads: ops of our own by their names (together with our sources), numbers
to the last bit, sizes by theirs. A graph with anything else, such as an op or an array of the
user's, has no such text.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from codegen import cache

from ..graph.exact import is_number
from ..graph.extents import Extent
from ..graph.node import Node
from ..graph.op import OPS
from ..graph.polynomials import Polynomial
from ..tracing.graphs import Graph

_OURS = frozenset(OPS.values())  # users may declare further ones, which say what they like
_PLAIN = (str, np.dtype, np.generic, type, type(None))
_ROOT = Path(__file__).parents[1]


class _Unknown(Exception):
    """Something whose meaning no text tells."""


def fingerprint(graph: Graph) -> str | None:
    """The text, or None where there is none."""
    try:
        return "\n".join([cache.sources(_ROOT), *_Writer(graph).lines()])
    except _Unknown:
        return None


class _Writer:
    """Writes a graph line by line; nodes are numbered in their order."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.words: dict[Any, str] = {n: f"input {k}" for k, n in enumerate(graph.inputs)}
        self.given = {id(n.value): self.words[n] for n in graph.inputs if n.value is not None}
        self.kinds: dict[Any, str] = {}

    def lines(self) -> Iterator[str]:
        graph = self.graph
        yield graph.name
        yield from (f"{n.label} {self.aval(n)} {n.requires_grad}" for n in graph.inputs)
        yield from (f"{name} {origin}" for name, origin in graph.origins.items())
        for name, quotient in graph.scope.quotients.items():
            yield f"{name} {[self.polynomial(p) for p in quotient]}"
        yield from (self.line(node) for node in graph.nodes if node not in self.words)
        yield self.items(graph.outputs)

    def line(self, node: Node) -> str:
        if node.op is None:
            self.words[node] = word = self.given.get(id(node.value), "")
            if node.value is None or not word:
                raise _Unknown
            return word
        if node.op not in _OURS:
            raise _Unknown
        self.words[node] = f"%{len(self.words)}"
        params = self.params(node.params) if node.params else ""
        outs = (
            "" if node.outs is None else self.items([part for aval in node.outs for part in aval])
        )
        args = self.items(node.args)
        return f"{node.op.name} {args} {params} {self.aval(node)} {outs} {node.requires_grad}"

    def aval(self, node: Node) -> str:
        kind = self.kinds.get(node.dtype) or self.kinds.setdefault(node.dtype, repr(node.dtype))
        return f"{kind}{self.items(node.shape)}" if node.shape else kind

    def params(self, params: dict[str, Any]) -> str:
        return " ".join([f"{name}={self.word(params[name])}" for name in sorted(params)])

    def items(self, values: Iterable[Any]) -> str:
        return f"({', '.join([self.word(value) for value in values])})"

    def word(self, value: Any) -> str:
        if isinstance(value, Node):
            return self.words[value]
        if isinstance(value, Extent):
            return self.polynomial(value.polynomial)
        if isinstance(value, tuple):
            return f"{type(value).__qualname__}{self.items(value)}"
        if is_number(value):
            exact = _exactly(value) if isinstance(value, float) else ""
            return f"{type(value).__name__} {exact} {value!r}"
        if isinstance(value, _PLAIN):
            return f"{type(value).__name__} {value!r}"
        raise _Unknown

    def polynomial(self, p: Polynomial) -> str:
        return repr(self.graph.scope.resolve(p))


def _exactly(value: float) -> str:
    """All bits of a number that count; a NaN has a sign, too."""
    return f"{math.copysign(1, value)} {float(value).hex()}"
