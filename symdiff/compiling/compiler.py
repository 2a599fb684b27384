"""The whole way on one page: graph -> simplify -> lower -> kernel, which is an op again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np

import codegen
from codegen.garbage import collected_later
from codegen.progress import told

from ..calculus.derivative import pullback, seeded
from ..calculus.interpret import run, sizes_of
from ..calculus.simplify import quickly_simplified
from ..graph.extents import Extent, evaluate
from ..graph.node import Node
from ..graph.op import Aval, Op
from ..tracing.graphs import Graph, dtype_of
from .fingerprint import fingerprint
from .lower import NotLowered, constants, expanded, lower

Compiled = Callable[..., tuple[Any, ...]]


def compiled(graph: Graph) -> Compiled:
    """The outputs as a function of the inputs: a kernel, or op by op where none can be had.

    A kernel that holds for all sizes that the graph does is known by the graph from then on.
    """
    codegen.expect()
    key = fingerprint(graph)
    found = codegen.known(key, lambda: _kernel(graph)) if key else None
    if found is not None:
        return found
    asked = len(graph.scope.guards)
    made = _made(graph)
    if key and isinstance(made, codegen.Kernel) and len(graph.scope.guards) == asked:
        codegen.keep(key, made)
    return made


def _kernel(graph: Graph) -> codegen.Kernel:
    made = _made(graph)
    assert isinstance(made, codegen.Kernel)
    return made


def _made(graph: Graph) -> Compiled:
    graph = quickly_simplified(graph)
    try:
        whole = expanded(graph)
        kernel = codegen.build(lower(whole), target="llvm")
    except NotLowered:
        return lambda *args: run(graph, args)
    made = [node.value for node in constants(whole)]
    return (lambda *args: kernel(*args, *made)) if made else kernel


class CompiledOp:
    """A graph as an op: evaluated by one kernel, pulled back by another that is made when asked."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph

    @cached_property
    def kernel(self) -> Callable[..., tuple[Any, ...]]:
        with told(f"preparing {self.graph.name}"), collected_later():
            return compiled(self.graph)

    @cached_property
    def op(self) -> Op:
        several = len(self.graph.outputs) > 1
        return Op(
            name=self.graph.name,
            infer=self._infer if several else lambda *avals: self._infer(*avals)[0],
            evaluate=self._evaluate if several else lambda *xs: self._evaluate(*xs)[0],
            pullback=self._pullback,
            compose=lambda *xs: run(self.graph, xs) if several else run(self.graph, xs)[0],
            results=len(self.graph.outputs) if several else 1,
        )

    def _evaluate(self, *xs: Any) -> tuple[Any, ...]:
        ys = self.kernel(*xs)
        return ys if not self._narrow else tuple([
            self._narrow[k](y) if k in self._narrow else y for k, y in enumerate(ys)
        ])  # fmt: skip

    @cached_property
    def _narrow(self) -> dict[int, Any]:
        """The types of the numbers among the results that a Python number does not stand for."""
        return {
            k: dtype_of(y).type
            for k, y in enumerate(self.graph.outputs)
            if isinstance(y, Node) and not y.shape and dtype_of(y).char not in "dl?"
        }

    def _infer(self, *avals: Aval) -> tuple[Aval, ...]:
        sizes = sizes_of(self.graph, avals)
        return tuple(Aval(self._shape(y, sizes), dtype_of(y)) for y in self.graph.outputs)

    def _shape(self, y: Any, sizes: dict[str, Any]) -> tuple[Any, ...]:
        if not isinstance(y, Node):
            return ()
        scope = self.graph.scope
        return tuple(
            evaluate(n.polynomial, sizes, scope.quotients) if isinstance(n, Extent) else n
            for n in y.shape
        )

    def _pullback(self, g: Any, y: Any, *xs: Any, needed: Sequence[bool]) -> list[Any]:
        wrt = tuple(k for k, need in enumerate(needed) if need)
        given = g if isinstance(g, tuple) else (g,)
        able = set(seeded(self.graph))
        seeds = [
            np.zeros(aval.shape, aval.dtype) if v is None else v
            for v, aval, out in zip(given, self._infer(*xs), self.graph.outputs)
            if out in able
        ]
        parts = self._backward(wrt).op(*xs, *seeds)
        found = iter(parts if isinstance(parts, tuple) else (parts,))
        return [next(found) if need else None for need in needed]

    def _backward(self, wrt: tuple[int, ...]) -> CompiledOp:
        if wrt not in self._backwards:
            self._backwards[wrt] = CompiledOp(pullback(self.graph, wrt))
        return self._backwards[wrt]

    @cached_property
    def _backwards(self) -> dict[tuple[int, ...], CompiledOp]:
        return {}
