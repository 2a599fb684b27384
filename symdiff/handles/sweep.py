"""The reverse sweep. There is one, and what it carries decides what comes out:
arrays give numbers, valued handles numbers with a history, traced handles formulas.
"""

from __future__ import annotations

import heapq
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from ..graph.node import Node
from ..graph.op import NoDerivative
from ..ops import elementwise as ew
from .handle import Handle, pick

Saved = tuple[Any, tuple[Any, ...]]
Carry = Callable[[Node], Saved]  # node -> (y, xs) as its pullback takes them
Arrived = Callable[[Node, Any], Any]  # (node, its whole cotangent) -> what takes its place


class FreedError(RuntimeError):
    """A value that the backward pass needs was freed by an earlier one."""

    def __init__(self) -> None:
        super().__init__(
            "Trying to backward through the graph a second time (or directly access saved tensors "
            "after they have already been freed). Saved intermediate values of the graph are freed "
            "when you call .backward() or autograd.grad(). Specify retain_graph=True if you need "
            "to backward through the graph a second time or if you need to access saved tensors "
            "after calling backward."
        )


def numbers(node: Node) -> Saved:
    """Carry arrays."""
    if node.saved is None:
        raise FreedError
    return node.saved[0], node.saved[1:]


def history(face: type[Handle]) -> Carry:
    """Carry values with the nodes they came from: what is computed can be differentiated again."""

    def carry(node: Node) -> Saved:
        y, xs = numbers(node)
        handles = [
            face.of(a, x)
            if isinstance(a, Node) and a.requires_grad and isinstance(x, np.ndarray)
            else x
            for a, x in zip(node.args, xs)
        ]
        return _with_history(face, node, y), tuple(handles)

    return carry


def _with_history(face: type[Handle], node: Node, y: Any) -> Any:
    if node.outs is not None:
        return tuple(
            face.of(_result(node, k), v) if isinstance(v, np.ndarray) else v
            for k, v in enumerate(y)
        )
    return face.of(node, y) if isinstance(y, np.ndarray) else y


def _result(node: Node, which: int) -> Node:
    assert node.outs is not None
    aval = node.outs[which]
    return Node(pick, (node,), {"which": which}, shape=aval.shape, dtype=aval.dtype,
                requires_grad=True, saved=())  # fmt: skip


def symbols(face: type[Handle]) -> Carry:
    """Carry traced handles: formulas come out."""

    def carry(node: Node) -> Saved:
        xs = tuple(face.of(a) if isinstance(a, Node) else a for a in node.args)
        if node.outs is not None:
            return tuple(face.of(_result(node, k)) for k in range(len(node.outs))), xs
        return face.of(node), xs

    return carry


def _in_dtype(g: Any, dtype: Any) -> Any:
    """A cotangent has its node's dtype, whatever the dtypes of what it was computed from."""
    have = getattr(g, "dtype", dtype)
    return g if have == dtype else ew.astype(g, dtype=np.dtype(dtype))


def pull(node: Node, g: Any, saved: Saved, needed: tuple[bool, ...], masked: bool) -> Sequence[Any]:
    """One step back: the cotangents of a node's arguments.

    Below a mask (where, clip, max) a gradient of 0 stays 0 even where the slope is infinite.
    """
    op, (y, xs) = node.op, saved
    assert op is not None
    if op.pullback is None:
        raise NoDerivative(f"{op.name}: no derivative is provided")
    if masked and op.elementwise and not op.masking:
        return op.pullback(g, y, *xs, needed=needed, times=ew.strongmul, **node.params)
    return op.pullback(g, y, *xs, needed=needed, **node.params)


def sweep(
    seeds: Sequence[tuple[Node, Any]],
    wanted: Callable[[Node], bool],
    carry: Carry,
    arrived: Arrived = lambda node, g: g,
    step: Callable[..., Sequence[Any]] = pull,
) -> dict[Node, Any]:
    """The cotangents of the wanted nodes that the seeded ones depend on.

    Nodes are visited youngest first, each once, when all its users have spoken. `step` is `pull`,
    or watches over it.
    """
    useful = _useful([node for node, _ in seeds], wanted)
    cotangents: dict[Node, Any] = {}
    several: dict[Node, list[Any]] = {}
    masked: set[Node] = set()
    queue: list[tuple[int, Node]] = []
    found: dict[Node, Any] = {}

    def arrive(node: Node, g: Any) -> None:
        if node in cotangents:
            cotangents[node] = g + cotangents[node]  # in the order of use, as one writes the sum
        else:
            cotangents[node] = g
            heapq.heappush(queue, (-node.seq, node))

    for node, g in seeds:
        if node in useful:
            arrive(node, g)
    while queue:
        _, node = heapq.heappop(queue)
        g = cotangents.pop(node)
        if node in several:
            g = tuple(several.pop(node))
        else:
            g = arrived(node, _in_dtype(g, node.dtype))
        if wanted(node):
            found[node] = g
        if node.op is None:
            continue
        if node.op is pick:
            source = node.args[0]
            assert source.outs is not None
            if source not in several:
                several[source] = [None] * len(source.outs)
                arrive(source, 0)
            before = several[source][node.params["which"]]
            several[source][node.params["which"]] = g if before is None else before + g
            if node in masked:
                masked.add(source)
            continue
        needed = tuple(isinstance(a, Node) and a in useful for a in node.args)
        if not any(needed):
            continue
        parts = step(node, g, carry(node), needed, node in masked)
        for arg, part, need in zip(node.args, parts, needed):
            if need and part is not None:
                if node.op.masking or node in masked:
                    masked.add(arg)
                arrive(arg, part)
    return found


def _useful(roots: Sequence[Node], wanted: Callable[[Node], bool]) -> set[Node]:
    """The nodes on a way from a root to a wanted node."""
    order, seen, stack = [], set(roots), list(roots)
    while stack:
        node = stack.pop()
        order.append(node)
        for arg in node.args:
            if isinstance(arg, Node) and arg.requires_grad and arg not in seen:
                seen.add(arg)
                stack.append(arg)
    useful: set[Node] = set()
    for node in sorted(order, key=operator.attrgetter("seq")):
        if wanted(node) or any(isinstance(a, Node) and a in useful for a in node.args):
            useful.add(node)
    return useful


def free(nodes: Mapping[Node, Any] | Sequence[Node]) -> None:
    """Let go of what the pullbacks of these nodes would read; the structure stays, for formulas."""
    for node in nodes:
        if node.reads:
            node.saved = None


def ones_like(node: Node) -> Any:
    return np.ones(node.shape, node.dtype)
