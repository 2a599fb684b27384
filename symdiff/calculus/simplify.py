"""Graph -> smaller graph with the same values: read by the index engine, and planned anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..graph.node import Node, identity, on, topological
from ..handles.numpy_face import Array
from ..ops import elementwise as ew
from ..ops import reduce
from ..ops.shape import spread
from ..tracing.graphs import Graph, Result, dtype_of
from .einstein import masks, moves, progressions, rules
from .einstein.forms import Form
from .einstein.planning import planned
from .einstein.reading import Reader
from .equations import reduced
from .widening import widened

__all__ = [
    "forms_of",
    "masks",
    "moves",
    "normal",
    "progressions",
    "quickly_simplified",
    "rebuilt",
    "rules",
    "simplify",
]

_LONG = 500  # nodes from which on the time it takes to simplify is felt
_FEW = 20  # numbers to one array


def forms_of(graph: Graph, textbook: bool = False) -> list[Form | Result]:
    """The outputs as sums of products over named indices; for people, if `textbook`."""
    return _read(_with_means(graph), textbook)


def _read(outputs: Sequence[Result], textbook: bool = False) -> list[Form | Result]:
    outputs = outputs if textbook else widened(outputs)
    return Reader(outputs, textbook).read(outputs)


def _with_means(graph: Graph) -> Sequence[Result]:
    """The outputs with x - mean(x) where that is computed with care."""
    if not any(node.op is reduce.centred for node in graph.nodes):
        return graph.outputs
    new: dict[Node, Any] = {}
    for node in graph.nodes:
        args = tuple([new[a] if isinstance(a, Node) else a for a in node.args])
        new[node] = node if node.op is None else _less_mean(node, args)
    return [new[y] if isinstance(y, Node) else y for y in graph.outputs]


def _less_mean(node: Node, args: tuple[Any, ...]) -> Any:
    """The node on these arguments, where it is centred as a difference."""
    if node.op is not reduce.centred:
        return on(node, args)
    x, axes = Array.of(args[0]), node.params["axes"]
    return (x - spread(reduce.mean(x, axes=axes), x.shape, axes)).node


def simplify(graph: Graph) -> Graph:
    """What is computed: the fewest and cheapest ops."""
    return _made_anew(graph, planned(_read(graph.outputs)))


def quickly_simplified(graph: Graph) -> Graph:
    """The same, but the equations must do for a long program of numbers."""
    return _made_anew(graph, _equal(graph)) if _only_numbers(graph) else simplify(graph)


def _made_anew(graph: Graph, made: Sequence[Result]) -> Graph:
    outputs = tuple(_in_dtype(new, old) for new, old in zip(made, graph.outputs, strict=True))
    return Graph(graph.name, graph.inputs, outputs, graph.scope, graph.origins)


def _only_numbers(graph: Graph) -> bool:
    """Whether it is long and hardly has arrays: without indices there is nothing to contract."""
    nodes = graph.nodes
    return len(nodes) > _LONG and sum(bool(n.shape) for n in nodes) * _FEW < len(nodes)


def _equal(graph: Graph) -> list[Result]:
    """The outputs after the equations alone."""
    made = rebuilt([y for y in graph.outputs if isinstance(y, Node)])
    return [made[y] if isinstance(y, Node) else y for y in graph.outputs]


def _in_dtype(new: Result, old: Result) -> Result:
    """An output keeps its dtype, though the factor that gave it that may have been left out."""
    if not isinstance(new, Node) or dtype_of(new) == dtype_of(old):
        return new
    cast: Node = ew.astype(Array.of(new), dtype=dtype_of(old)).node
    return cast


def normal(graph: Graph, textbook: bool = False) -> Graph:
    """What is differentiated: sums of products, in which systems of equations are inverses."""
    read = forms_of(graph, textbook) if textbook else _read(graph.outputs)
    outputs = tuple(planned(read, systems=False))
    return Graph(graph.name, graph.inputs, outputs, graph.scope, graph.origins)


def rebuilt(roots: list[Node]) -> dict[Node, Result]:
    """What each node the roots depend on became."""
    new: dict[Node, Result] = {}
    known: dict[Any, Node] = {}
    for node in topological(*roots):
        new[node] = _shared(node, known) if node.op is None else _remade(node, new, known)
    return new


def _remade(node: Node, new: dict[Node, Result], known: dict[Any, Node]) -> Result:
    args = tuple([new[a] if isinstance(a, Node) else a for a in node.args])
    made = reduced(on(node, args))
    return _shared(made, known) if isinstance(made, Node) else made


def _shared(node: Node, known: dict[Any, Node]) -> Node:
    """The first of all equal nodes."""
    if node.op is None:
        name = ("constant", id(node.value)) if node.value is not None else ("leaf", id(node))
    else:
        name = identity(node, node.args)
    return node if name is None else known.setdefault(name, node)
