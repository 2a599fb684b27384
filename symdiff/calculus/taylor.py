"""The nth derivative of an elementwise function, by Leibniz' rule instead of n sweeps.

With y = f(u) and w = f'(u), D y = w D u; so D^k y is the sum over j of C(k-1, j-1) D^j u D^(k-j) w.
Slopes are what the ops' pullbacks say. Equal nodes are one, and the slopes of sin and exp lead back
to nodes that are there already: the work grows with k squared, not with the number of terms.
"""

from __future__ import annotations

import math
from typing import Any

from ..graph.extents import same_shape
from ..graph.node import Node, identity, topological, with_args
from ..graph.op import is_differentiable
from ..handles.handle import Handle
from ..handles.numpy_face import Array
from ..handles.sweep import pull
from ..ops.creation import full, full_shape
from ..ops.shape import zeros_like
from ..tracing.graphs import Graph, Result
from .equations import constant_of, reduced


class NotElementwise(Exception):
    """The function does more than map elements, or chooses between branches."""


def leibniz(graph: Graph, order: int) -> Result:
    """The derivative of the only output by the first input, `order` times, element by element."""
    x, (y,) = graph.inputs[0], graph.outputs
    if not isinstance(y, Node):
        return 0.0
    towers = _Towers(x)
    nodes = [towers.shared(node) for node in topological(y)]
    for k in range(order + 1):
        for node in nodes:
            towers.derivative(node, k)
    out = towers.derivative(towers.shared(y), order)
    return out.node if isinstance(out, Handle) else _filled(x, out)


def _filled(x: Node, value: float) -> Result:
    return Array._trace(full, (), full_shape(x.shape, float(value), x.dtype)).node


class _Towers:
    """The derivatives of every node, as far as they were asked for."""

    def __init__(self, x: Node) -> None:
        self.x = x
        self._same: dict[Node, Any] = {}
        self._known: dict[Any, Node] = {}
        self._made: dict[tuple[Node, int], Any] = {}
        self._slopes: dict[Node, list[tuple[Any, Any]]] = {}
        self._varying: dict[Node, bool] = {}

    def shared(self, root: Any) -> Any:
        """The first of all nodes equal to this one."""
        for node in topological(root) if isinstance(root, Node) else ():
            if node not in self._same:
                self._same[node] = self._first(node)
        return self._same[root] if isinstance(root, Node) else root

    def _first(self, node: Node) -> Any:
        if node.op is None:
            return node
        args = tuple(self._same[a] if isinstance(a, Node) else a for a in node.args)
        made = reduced(with_args(node, args))
        if not isinstance(made, Node) or made.op is None:
            return made
        name = identity(made, made.args)
        return made if name is None else self._known.setdefault(name, made)

    def varies(self, node: Any) -> bool:
        """Whether a node depends on x smoothly."""
        if not isinstance(node, Node):
            return False
        if node not in self._varying:
            for n in topological(node):
                parts = any(self._varying.get(a, False) for a in n.args if isinstance(a, Node))
                flat = n.op is zeros_like or not is_differentiable(n.dtype)
                self._varying[n] = n is self.x or (parts and not flat)
        return self._varying[node]

    def derivative(self, node: Any, k: int) -> Any:
        """D^k of a node: a handle, or a number."""
        if k == 0:
            return Array.of(node) if isinstance(node, Node) else node
        if node is self.x:
            return 1 if k == 1 else 0
        if not self.varies(node):
            return 0
        if (node, k) not in self._made:
            self._made[node, k] = self._leibniz(node, k)
        return self._made[node, k]

    def _leibniz(self, node: Node, k: int) -> Any:
        total: Any = 0
        for u, w in self.slopes(node):
            for j in range(1, k + 1):
                inner = self.derivative(u, j)
                outer = 0 if _is_zero(inner) else self.derivative(w, k - j)
                if not _is_zero(outer):
                    term = _times(_times(math.comb(k - 1, j - 1), outer), inner)
                    total = term if _is_zero(total) else total + term
        return total

    def slopes(self, node: Node) -> list[tuple[Any, Any]]:
        """Each argument that varies, and the slope along it."""
        if node not in self._slopes:
            self._slopes[node] = self._pulled(node)
        return self._slopes[node]

    def _pulled(self, node: Node) -> list[tuple[Any, Any]]:
        needed = tuple(self.varies(a) for a in node.args)
        inner = [a for a, is_needed in zip(node.args, needed) if is_needed]
        if not self._is_plain(node) or not all(same_shape(a.shape, node.shape) for a in inner):
            raise NotElementwise
        xs = tuple(Array.of(a) if isinstance(a, Node) else a for a in node.args)
        one = Array._trace(full, (), full_shape(node.shape, 1.0, node.dtype))
        parts = pull(node, one, (Array.of(node), xs), needed, masked=False)
        slopes = [p for p, is_needed in zip(parts, needed) if is_needed]
        return [(a, self._slope(p)) for a, p in zip(inner, slopes) if p is not None]

    def _is_plain(self, node: Node) -> bool:
        return node.op is not None and node.op.elementwise and not node.op.masking

    def _slope(self, part: Any) -> Any:
        slope = self.shared(part.node if isinstance(part, Handle) else part)
        number = constant_of(slope)
        return slope if number is None else number


def _is_zero(x: Any) -> bool:
    return not isinstance(x, Handle) and x == 0


def _times(a: Any, b: Any) -> Any:
    if not isinstance(a, Handle) and a == 1:
        return b
    return a if not isinstance(b, Handle) and b == 1 else a * b
