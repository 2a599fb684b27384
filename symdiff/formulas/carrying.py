"""Graphs as flat data and back: how formulas are pickled and copied, however deep they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..graph.node import Node, topological
from ..tracing.graphs import Graph, Result


class Ref(NamedTuple):
    """The place of a node in the list."""

    place: int


class Flat(NamedTuple):
    """Nodes, arguments before users, and graphs that refer to them."""

    nodes: tuple[tuple[Any, ...], ...]
    graphs: tuple[tuple[Any, ...], ...]


def flat(graphs: Sequence[Graph]) -> Flat:
    """The graphs as data: what they share stays shared."""
    roots = [n for graph in graphs for n in (*graph.inputs, *graph.outputs) if isinstance(n, Node)]
    nodes = topological(*roots)
    places = {node: Ref(k) for k, node in enumerate(nodes)}

    def refer(x: Result) -> Any:
        return places[x] if isinstance(x, Node) else x

    return Flat(
        tuple(
            (n.op, tuple(map(refer, n.args)), n.params, n.shape, n.dtype, n.value, n.label, n.outs,
             n.requires_grad) for n in nodes
        ),
        tuple(
            (g.name, tuple(map(refer, g.inputs)), tuple(map(refer, g.outputs)), g.scope, g.origins)
            for g in graphs
        ),
    )  # fmt: skip


def restored(data: Flat) -> list[Graph]:
    """The graphs, on nodes of their own."""
    nodes: list[Node] = []

    def found(x: Any) -> Any:
        return nodes[x.place] if isinstance(x, Ref) else x

    for op, args, params, shape, dtype, value, label, outs, requires_grad in data.nodes:
        nodes.append(
            Node(op, tuple(map(found, args)), params, shape=shape, dtype=dtype, value=value,
                 label=label, outs=outs, requires_grad=requires_grad)
        )  # fmt: skip
    return [
        Graph(name, tuple(map(found, inputs)), tuple(map(found, outputs)), scope, origins)
        for name, inputs, outputs, scope, origins in data.graphs
    ]
