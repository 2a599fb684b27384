"""A graph run op by op: on arrays for values, on handles to write it into another graph."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..graph.extents import Extent, Scope, evaluate
from ..graph.node import Node
from ..handles.handle import pick
from ..tracing.graphs import Graph


def run(graph: Graph, args: Sequence[Any]) -> tuple[Any, ...]:
    """The outputs for these inputs; handles give handles, so a graph can be inlined."""
    sizes = sizes_of(graph, args)
    values: dict[Node, Any] = dict(zip(graph.inputs, args, strict=True))
    by_identity = {id(n.value): n for n in graph.inputs if n.value is not None}
    for node in graph.nodes:
        if node not in values:
            values[node] = _value(node, values, sizes, graph.scope, by_identity)
    return tuple(
        _plain(values[y] if isinstance(y, Node) else y, sizes, graph.scope) for y in graph.outputs
    )


def _value(
    node: Node,
    values: dict[Node, Any],
    sizes: Mapping[str, Any],
    scope: Scope,
    given: dict[int, Node],
) -> Any:
    if node.op is None:
        return values[given[id(node.value)]] if id(node.value) in given else node.value
    args = [values[a] if isinstance(a, Node) else _plain(a, sizes, scope) for a in node.args]
    if node.op is pick:
        return args[0][node.params["which"]]
    return node.op(*args, **{k: _plain(v, sizes, scope) for k, v in node.params.items()})


def sizes_of(graph: Graph, args: Sequence[Any]) -> dict[str, Any]:
    """The value of each named size, read off the inputs."""
    shapes = {n.label: getattr(a, "shape", ()) for n, a in zip(graph.inputs, args)}
    return {name: shapes[label][axis] for name, (label, axis) in graph.origins.items()}


def _plain(value: Any, sizes: Mapping[str, Any], scope: Scope) -> Any:
    """A parameter with its extents as the sizes of this call."""
    if isinstance(value, Extent):
        return evaluate(value.polynomial, sizes, scope.quotients)
    if isinstance(value, tuple):
        items = [_plain(v, sizes, scope) for v in value]
        return type(value)(*items) if hasattr(value, "_fields") else tuple(items)
    return value
