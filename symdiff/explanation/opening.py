"""Compiled functions opened: the steps inside them stand where they stood.

Knows graphs and how a function is compiled; knows no numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from ..compiling.compiler import CompiledOp
from ..derivatives.jitted import Jitted
from ..formulas.deriving import Names
from ..graph.node import Node, topological
from ..graph.op import Op
from ..handles.handle import Handle, pick
from ..handles.numpy_face import Array
from ..tracing.graphs import Graph, traced_leaf


def uncompiled(f: Callable[..., Any]) -> Callable[..., Any]:
    """What `sd.jit` was given; any other function as it is."""
    while isinstance(f, Jitted):
        f = f.__wrapped__
    return f


def opened(roots: Sequence[Node], names: Names) -> list[Node]:
    """The same results, with the steps of compiled functions in the place of these functions."""
    new: dict[Node, Any] = {}
    for node in topological(*roots):
        args = tuple(new[a] if isinstance(a, Node) else a for a in node.args)
        new[node] = _opened(node, args)
        if isinstance(new[node], Node) and new[node] is not node and names.of(node):
            names.nodes.setdefault(id(new[node]), names.of(node))
    return [new[root] for root in roots]


def _opened(node: Node, args: tuple[Any, ...]) -> Any:
    """The node on these arguments; for a compiled function of several results, all of them."""
    graph = _graph_of(node.op) if node.op is not None else None
    if graph is not None:
        return _inside(node, graph, args)
    if node.op is pick and isinstance(args[0], list):
        return args[0][node.params["which"]]
    if all(a is b for a, b in zip(args, node.args)):
        return node
    return _on(node, args)


def _graph_of(op: Op) -> Graph | None:
    made_by = getattr(op.pullback, "__self__", None)
    return made_by.graph if isinstance(made_by, CompiledOp) else None


def _inside(node: Node, graph: Graph, args: tuple[Any, ...]) -> Any:
    """The steps of the graph for the shapes of this call, each with the line that it came from."""
    leaves = [
        traced_leaf(f"x{k}", a.shape, a.dtype) if isinstance(a, Node) else a
        for k, a in enumerate(args)
    ]
    out = node.op.compose(*(Array.of(x) if isinstance(x, Node) else x for x in leaves))  # type: ignore[union-attr, misc]
    ys = [y.node if isinstance(y, Handle) else y for y in (out if _several(out) else [out])]
    lines = iter(graph.nodes)
    new = {x: a for x, a in zip(leaves, args) if isinstance(x, Node)}
    for step in topological(*(y for y in ys if isinstance(y, Node))):
        if step not in new and step.op is not None:
            step.place = _line_of(step.op, lines)
            new[step] = _on(step, tuple(new.get(a, a) if isinstance(a, Node) else a
                                        for a in step.args))  # fmt: skip
    found = [new.get(y, y) if isinstance(y, Node) else y for y in ys]
    return found if _several(out) else found[0]


def _several(out: Any) -> bool:
    return isinstance(out, (tuple, list))


def _line_of(op: Op, lines: Iterator[Node]) -> Any:
    """The place of the next step of this kind: running a graph keeps its order, but may leave out."""
    return next((n.place for n in lines if n.op is op), None)


def _on(node: Node, args: tuple[Any, ...]) -> Node:
    """The same step on other arguments."""
    wanted = any(a.requires_grad for a in args if isinstance(a, Node))
    return Node(node.op, args, node.params, shape=node.shape, dtype=node.dtype, outs=node.outs,
                requires_grad=node.requires_grad and wanted, place=node.place)  # fmt: skip
