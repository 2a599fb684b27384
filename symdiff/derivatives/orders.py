"""The nth derivative by one argument, element by element, three ways."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from ..calculus.derivative import nth_derivative
from ..tracing.graphs import Graph
from .ways import GRADIENT, Way, Wrt


@functools.cache
def nth_way(n: int) -> Way:
    def graph(traced: Graph, wrt: Wrt) -> Graph:
        return _with_value(traced, nth_derivative(traced, n))

    return Way(graph, _inline_nth(n), _tape_nth(n), scalar=False)


def _with_value(graph: Graph, derived: Graph) -> Graph:
    outputs = (*graph.outputs, *derived.outputs)
    return Graph(derived.name, graph.inputs, outputs, graph.scope, graph.origins)


def _inline_nth(n: int) -> Callable[[Any, Sequence[Any]], list[Any]]:
    def inline(y: Any, xs: Sequence[Any]) -> list[Any]:
        for _ in range(n):
            (y,) = GRADIENT.inline(y, xs)
        return [y]

    return inline


def _tape_nth(n: int) -> Callable[[Any, Sequence[Any], bool], list[Any]]:
    def tape(y: Any, xs: Sequence[Any], nested: bool) -> list[Any]:
        for k in range(n):
            (y,) = GRADIENT.tape(y, xs, nested or k < n - 1)
        return [y]

    return tape
