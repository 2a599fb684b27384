"""A Python function -> a graph, by calling it with handles that have no value yet."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from ..graph.exact import is_number
from ..graph.extents import Extent, Scope, Shape, known
from ..graph.node import Node, topological
from ..graph.op import Aval, OpError, strong_dtype
from ..handles.handle import Handle, NeedsValue, operand
from ..handles.numpy_face import Array
from ..ops import elementwise as ew
from ..ops.identity import detach
from ..tensors.batching import outside_vmap

Result = Node | bool | int | float | Extent
__all__ = ["Graph", "NeedsValue", "inputs_for", "trace"]


@dataclass(frozen=True, eq=False)
class Graph:
    """Outputs as functions of labelled inputs, for all sizes that `scope` admits.

    The last inputs are what the function captured: leaves with a value, the array or handle itself.
    `origins` tells where each named size is found: name -> (input, axis).
    """

    name: str
    inputs: tuple[Node, ...]
    outputs: tuple[Result, ...]
    scope: Scope = field(default_factory=Scope)
    origins: dict[str, tuple[str, int]] = field(default_factory=dict)

    @cached_property
    def nodes(self) -> list[Node]:
        """All that the outputs depend on, arguments before users."""
        return topological(*(y for y in self.outputs if isinstance(y, Node)))

    def __repr__(self) -> str:
        lines = [f"{self.name}({', '.join(n.label for n in self.inputs)}):"]
        numbers = {node: k for k, node in enumerate(self.nodes)}
        for node, k in numbers.items():
            if node.op is not None:
                lines.append(
                    f"  %{k} = {_call_text(node, numbers)} : {node.dtype}{list(node.shape)}"
                )
        outs = (
            f"%{numbers[y]}" if isinstance(y, Node) and y.op else _leaf_text(y)
            for y in self.outputs
        )
        return "\n".join([*lines, f"  return {', '.join(outs)}"])


def _call_text(node: Node, numbers: dict[Node, int]) -> str:
    assert node.op is not None
    args = [f"%{numbers[a]}" if isinstance(a, Node) and a.op else _leaf_text(a) for a in node.args]
    return f"{node.op.name}({', '.join([*args, *(f'{k}={v}' for k, v in node.params.items())])})"


def _leaf_text(a: Any) -> str:
    if not isinstance(a, Node):
        return repr(a)
    return a.label or f"constant{list(a.shape)}"


@dataclass
class Inputs:
    """Leaves for a trace, with the scope their named sizes live in, and the faces they show."""

    leaves: list[Node]
    scope: Scope
    origins: dict[str, tuple[str, int]]
    faces: Sequence[type[Handle]] = ()  # NumPy's where nothing is said

    @property
    def handles(self) -> list[Handle]:
        faces = self.faces or [Array] * len(self.leaves)
        return [face.of(leaf) for face, leaf in zip(faces, self.leaves, strict=True)]


def inputs_for(labels: Sequence[str], avals: Sequence[Aval]) -> Inputs:
    """A traced leaf for each label; sizes get names `n0`, `n1`, ..."""
    scope = Scope(lift=lambda extent: Array._trace(ew.add, (extent, 0), {}))
    origins: dict[str, tuple[str, int]] = {}
    leaves = []
    for label, aval in zip(labels, avals, strict=True):
        shape: list[Any] = []
        for axis, n in enumerate(aval.shape):
            name = f"n{len(origins)}"
            origins[name] = (label, axis)
            shape.append(scope.extent(name, known(n)))
        leaves.append(traced_leaf(label, tuple(shape), aval.dtype))
    return Inputs(leaves, scope, origins)


def traced_leaf(label: str, shape: Shape, dtype: Any) -> Node:
    return Node(None, shape=shape, dtype=dtype, label=label,
                requires_grad=dtype is float or np.dtype(dtype).kind == "f")  # fmt: skip


def trace(name: str, function: Callable[..., Any], inputs: Inputs) -> Graph:
    """The graph of `function(*handles)`, which gives a handle, a number, or a flat sequence of
    them.
    """
    with outside_vmap():
        out = function(*inputs.handles)
    outs = tuple(_result(y, name) for y in (out if isinstance(out, (tuple, list)) else [out]))
    captured = captured_by(outs)
    return Graph(name, (*inputs.leaves, *captured), outs, inputs.scope, inputs.origins)


def with_history(graph: Graph) -> tuple[bool, ...]:
    """For each output, whether a gradient can go from it to an input, past no `detach`."""
    reached: dict[Node, bool] = {}
    for node in graph.nodes:
        args = (a for a in node.args if isinstance(a, Node))
        reached[node] = (
            node.requires_grad
            if node.op is None
            else node.op is not detach and any(reached[a] for a in args)
        )
    return tuple(isinstance(y, Node) and reached[y] for y in graph.outputs)


def captured_by(outputs: Sequence[Result]) -> list[Node]:
    """The arrays that a trace read from elsewhere, each once, labelled `c0`, ... if nameless."""
    found: dict[int, Node] = {}
    for node in topological(*(y for y in outputs if isinstance(y, Node))):
        if node.op is None and node.value is not None:
            found.setdefault(id(node.value), node)
    for k, node in enumerate(found.values()):
        node.label = node.label or f"c{k}"
    return list(found.values())


def _result(y: Any, name: str) -> Result:
    if y is None:
        raise OpError(
            f"{name} returns nothing; a function that is differentiated returns its result"
        )
    if isinstance(y, Handle):
        return y.node
    if is_number(y) or isinstance(y, Extent):
        return y
    made = operand(y)
    return made.node if isinstance(made, Handle) else Handle.of(None, made).node


def dtype_of(y: Result) -> np.dtype[Any]:
    if isinstance(y, Node):
        return strong_dtype(y.dtype)
    return np.dtype(np.float64 if isinstance(y, float) else np.int64)


def alike(a: Graph, b: Graph) -> bool:
    """Whether two traces of one function are the same: op by op, with the same constants."""
    numbers = [{n: k for k, n in enumerate(graph.nodes)} for graph in (a, b)]
    if len(numbers[0]) != len(numbers[1]) or len(a.outputs) != len(b.outputs):
        return False
    pairs = [*zip(*numbers), *zip(a.outputs, b.outputs)]
    return all(_alike(x, y, *numbers) for x, y in pairs)


def _alike(x: Any, y: Any, left: dict[Node, int], right: dict[Node, int]) -> bool:
    if not (isinstance(x, Node) and isinstance(y, Node)):
        return _equal(x, y)
    if x.op is None or y.op is None:
        return x.op is y.op and x.label == y.label and _equal(x.value, y.value)
    return (
        (left[x], x.op.name, len(x.args)) == (right[y], y.op.name, len(y.args))
        and all(left.get(a) == right.get(b) if isinstance(a, Node) else _equal(a, b)
                for a, b in zip(x.args, y.args))
        and all(_equal(x.params[k], y.params.get(k)) for k in x.params)
    )  # fmt: skip


def _equal(x: Any, y: Any) -> bool:
    if type(x) is not type(y):
        return False
    if isinstance(x, np.ndarray):
        return x.shape == y.shape and x.tobytes() == y.tobytes()
    if isinstance(x, (tuple, list)):
        return len(x) == len(y) and all(map(_equal, x, y))
    return repr(x) == repr(y) if is_number(x) or isinstance(x, (str, Extent)) else True
