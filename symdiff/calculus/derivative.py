"""Graph -> graph of its derivatives, by the one sweep carrying symbols."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph.extents import Shape
from ..graph.node import Node
from ..graph.op import is_differentiable, strong_dtype
from ..handles.handle import Handle
from ..handles.numpy_face import Array
from ..handles.sweep import sweep, symbols
from ..ops.creation import delta, full, full_shape
from ..ops.shape import sum_
from ..tracing.graphs import Graph, Result, traced_leaf
from .simplify import normal, simplify
from .taylor import NotElementwise, leibniz


class Symbol(Array):
    """A traced array within rules: nobody writes to it, so it need not know what it views.

    What a rule makes stands on no line of the user's.
    """

    __slots__ = ()
    _place = staticmethod(lambda: None)

    def _watch(self, base: object, op: object, params: object) -> None:
        pass


def filled(like: Node, value: float) -> Handle:
    """A traced array of `like`'s shape and dtype, the same number everywhere."""
    return filled_as(like.shape, value, like)


def filled_as(shape: Shape, value: float, like: Node) -> Handle:
    dtype = strong_dtype(like.dtype)
    return Symbol._trace(full, (), full_shape(shape, dtype.type(value).item(), dtype))


def cotangents(y: Result, seed: Any, wrt: Sequence[Node]) -> list[Result]:
    """The cotangents of `wrt` for a cotangent `seed` of y; zeros where y does not depend on it.

    Whole numbers and truth values are steps: they depend on nothing.
    """
    found: dict[Node, Any] = {}
    if isinstance(y, Node) and strong_dtype(y.dtype).kind == "f":
        found = sweep([(y, seed)], set(wrt).__contains__, symbols(Symbol))
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
    """Inputs plus a cotangent of each seeded output; outputs those of the chosen inputs."""
    leaves = [graph.inputs[k] for k in wrt]
    ys, count = seeded(graph), len(graph.inputs)
    seeds = [traced_leaf(f"g{count + k}", y.shape, strong_dtype(y.dtype)) for k, y in enumerate(ys)]
    pairs = [(y, Symbol.of(g)) for y, g in zip(ys, seeds)]
    found = sweep(pairs, set(leaves).__contains__, symbols(Symbol))
    outs = tuple(_node_of(found.get(x), x) for x in leaves)
    inputs = (*graph.inputs, *seeds)
    return Graph(f"{graph.name}_pullback", inputs, outs, graph.scope, graph.origins)


def pushforward(graph: Graph, wrt: Sequence[int]) -> Graph:
    """Inputs plus a tangent for each chosen one; outputs the values, then the tangent of each.

    A pullback is linear in its seed u, so pulling back <pullback(u), tangent> by u pushes forward.
    """
    count = len(graph.inputs)
    chosen = [graph.inputs[k] for k in wrt]
    tangents = [traced_leaf(f"t{count + k}", x.shape, x.dtype) for k, x in enumerate(chosen)]
    outs = [pushed(y, chosen, tangents) for y in graph.outputs]
    inputs = (*graph.inputs, *tangents)
    return Graph(f"{graph.name}_jvp", inputs, (*graph.outputs, *outs), graph.scope, graph.origins)


def pushed(y: Result, xs: Sequence[Node], tangents: Sequence[Node]) -> Result:
    """The derivative of y along tangents of the xs, which may be any nodes that y depends on.

    What is pulled back is linear in its seed u, so the slope by u is the same at any u: at 0, should
    a rule be written so that u is still read in it.
    """
    if not isinstance(y, Node):
        return 0.0
    seed = filled(y, 0.0)
    u = seed.node
    pulled = cotangents(y, seed, xs)
    pairs = [(Symbol.of(p), Symbol.of(t)) for p, t in zip(pulled, tangents) if isinstance(p, Node)]
    total: Any = 0.0
    for p, t in pairs:
        total = total + sum_(p * t, axes=tuple(range(-len(t.shape), 0)))
    if not isinstance(total, Handle):
        return filled(y, 0.0).node
    return cotangents(total.node, filled(total.node, 1.0), [u])[0]


def nth_derivative(graph: Graph, order: int) -> Graph:
    """The elementwise derivative by the first input, `order` times."""
    if order > 1:
        try:
            y = leibniz(graph, order)
            return simplify(Graph(graph.name, graph.inputs, (y,), graph.scope, graph.origins))
        except NotElementwise:
            pass
    return _swept(graph, order)


def _swept(graph: Graph, order: int) -> Graph:
    """One sweep for each order, sharing what is equal."""
    x = graph.inputs[0]
    y = graph.outputs[0]
    for _ in range(order):
        (y,) = cotangents(y, filled(y, 1.0), [x]) if isinstance(y, Node) else [0.0]
        graph = simplify(Graph(graph.name, graph.inputs, (y,), graph.scope, graph.origins))
        y = graph.outputs[0]
    return graph


def jacobian_graph(graph: Graph, wrt: Sequence[int]) -> Graph:
    """Outputs the values, then for each its Jacobians, of shape y.shape + x.shape.

    The seed is a delta: it carries the output's indices as leading axes through the sweep.
    """
    graph = normal(graph)
    leaves = [graph.inputs[k] for k in wrt]
    parts = [part for y in graph.outputs for part in jacobians(y, leaves)]
    outputs = (*graph.outputs, *parts)
    return Graph(f"{graph.name}_jacobian", graph.inputs, outputs, graph.scope, graph.origins)


def unit_seed(y: Node) -> Handle:
    """dy/dy: a delta between the indices of the output, which lead, and those of y."""
    if not y.shape:
        return filled(y, 1.0)
    return Symbol._trace(delta, (), {"shape": tuple(y.shape), "dtype": strong_dtype(y.dtype)})


def jacobians(y: Result, xs: Sequence[Node]) -> list[Result]:
    """The Jacobian of y by each x, which may be any node that y depends on."""
    if not isinstance(y, Node) or not is_differentiable(y.dtype):
        shape = y.shape if isinstance(y, Node) else ()
        return [filled_as((*shape, *x.shape), 0.0, x).node for x in xs]
    found = sweep([(y, unit_seed(y))], set(xs).__contains__, symbols(Symbol))
    zeros = [filled_as((*y.shape, *x.shape), 0.0, x).node for x in xs]
    return [zero if x not in found else _node_of(found[x], x) for x, zero in zip(xs, zeros)]
