"""Graph -> graph of its derivatives, by the one sweep carrying symbols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .handle import Handle
from .node import Node
from .numpy_face import Array
from .op import is_differentiable, strong_dtype
from .ops.creation import full, full_shape
from .sweep import sweep, symbols
from .tracing import Graph, Result, traced_leaf


def filled(like: Node, value: float) -> Handle:
    """A traced array of `like`'s shape and dtype, the same number everywhere."""
    return Array._trace(full, (), full_shape(like.shape, value, strong_dtype(like.dtype)))


def cotangents(y: Result, seed: Any, wrt: Sequence[Node]) -> list[Result]:
    """The cotangents of `wrt` for a cotangent `seed` of y; zeros where y does not depend on it."""
    found: dict[Node, Any] = {}
    if isinstance(y, Node):
        found = sweep([(y, seed)], set(wrt).__contains__, symbols(Array))
    return [_node_of(found.get(x), x) for x in wrt]


def _node_of(g: Any, x: Node) -> Result:
    if g is None:
        return filled(x, 0.0).node
    return g.node if isinstance(g, Handle) else g


def value_and_gradient(graph: Graph, wrt: Sequence[int]) -> Graph:
    """Outputs (y, dy/dx for each chosen input), for a scalar output y."""
    (y,) = graph.outputs
    leaves = [graph.inputs[k] for k in wrt]
    seed = filled(y, 1.0) if isinstance(y, Node) else 1.0
    return Graph(
        f"{graph.name}_grad",
        graph.inputs,
        (y, *cotangents(y, seed, leaves)),
        graph.scope,
        graph.origins,
    )


def seeded(graph: Graph) -> list[Node]:
    """The outputs that a cotangent can be given for."""
    return [y for y in graph.outputs if isinstance(y, Node) and is_differentiable(y.dtype)]


def pullback(graph: Graph, wrt: Sequence[int]) -> Graph:
    """Inputs plus a cotangent for each seeded output; outputs the cotangents of the chosen inputs."""
    leaves = [graph.inputs[k] for k in wrt]
    ys, count = seeded(graph), len(graph.inputs)
    seeds = [traced_leaf(f"g{count + k}", y.shape, strong_dtype(y.dtype)) for k, y in enumerate(ys)]
    pairs = [(y, Array.of(g)) for y, g in zip(ys, seeds)]
    found = sweep(pairs, set(leaves).__contains__, symbols(Array))
    outs = tuple(_node_of(found.get(x), x) for x in leaves)
    inputs = (*graph.inputs, *seeds)
    return Graph(f"{graph.name}_pullback", inputs, outs, graph.scope, graph.origins)

