"""A function's results as closed forms, by tracing it for arguments of these shapes.

What the tape keeps no history of is written out here: the condition of a `where`, a constant matrix,
the seed of a gradient within.
"""

from __future__ import annotations

import contextlib
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..calculus.interpret import run
from ..derivatives.retrying import with_twin
from ..graph.extents import Scope
from ..graph.node import Node, topological
from ..handles.handle import Handle
from ..handles.numpy_face import Array
from ..tracing.graphs import Graph, Inputs, trace, traced_leaf
from ..tracing.trees import flatten, unflatten
from .recording import Function, Recording, parameters, uncompiled, wants_gradient

Labels = Mapping[Node, str]


def traced(f: Function, args: Sequence[Any], recording: Recording, labels: Labels) -> list[Handle]:
    """A handle without a value for each result; none where f cannot be traced, or is another then."""
    try:
        with contextlib.redirect_stdout(io.StringIO()):
            graph = _graph(f, args, labels)
        with np.errstate(all="ignore"):
            found = run(graph, [n.value for n in graph.inputs])
    except Exception:  # of the user's function, which is told as it ran on the tape
        return []
    unknown = any(not n.label and np.shape(n.value) for n in graph.inputs)
    if unknown or not _agree(found, [recording.values[root] for root in recording.roots]):
        return []
    return [Array.of(y) for y in graph.outputs if isinstance(y, Node)]


def _graph(f: Function, args: Sequence[Any], labels: Labels) -> Graph:
    """The trace by all floating point leaves, which know their values."""
    f = uncompiled(f)
    leaves, structure = flatten(tuple(args))
    places = [k for k, x in enumerate(leaves) if wants_gradient(x)]
    given = [leaves[k] if isinstance(leaves[k], Handle) else np.asarray(leaves[k], _dtype(leaves[k]))
             for k in places]  # fmt: skip
    names = list(parameters(f, args))
    symbols = [traced_leaf(names[k], tuple(x.shape), x.dtype) for k, x in zip(places, given)]
    faces = [type(x) if isinstance(x, Handle) else Array for x in given]

    def called(*handles: Any) -> Any:
        arguments = list(leaves)
        for k, handle in zip(places, handles):
            arguments[k] = handle
        out = with_twin(f, args, lambda g: g(*unflatten(structure, arguments)))
        return [y for y in flatten(out)[0] if isinstance(y, Handle)]

    graph = trace("f", called, Inputs(symbols, Scope(), {}, faces))
    _label_captured(graph.inputs[len(symbols) :], labels)
    for node, x in zip(symbols, given):
        node.value = x.value if isinstance(x, Handle) else x
    return graph


def _dtype(x: Any) -> Any:
    return float if type(x) is int else None


def _label_captured(nodes: Sequence[Node], labels: Labels) -> None:
    """Constants are called as in the tables, each by a name of its own; a plain number is itself."""
    free = {name: n.value for n, name in labels.items() if not n.requires_grad}
    for node in nodes:
        same = (name for name, value in free.items() if _equal(value, node.value))
        node.label = next(same, "")
        free.pop(node.label, None)


def _equal(a: Any, b: Any) -> bool:
    a, b = (x.value if isinstance(x, Handle) else x for x in (a, b))
    return np.shape(a) == np.shape(b) and np.array_equal(a, b)


def _agree(found: Sequence[Any], values: Sequence[Any]) -> bool:
    return len(found) == len(values) and all(map(_close, found, values))


def _close(a: Any, b: Any) -> bool:
    """Whether these are the same array but for rounding."""
    precision = np.finfo(np.result_type(b, np.float32)).eps ** 0.5
    return np.shape(a) == np.shape(b) and np.allclose(a, b, precision, precision, equal_nan=True)


def graph_of(y: Handle) -> Graph:
    """The graph of one of them."""
    leaves = (node for node in topological(y.node) if node.op is None and node.label)
    return Graph("f", tuple(leaves), (y.node,), Scope())
