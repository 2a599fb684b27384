"""The reverse sweep. There is one, and what it carries decides what comes out:
arrays give numbers, valued handles numbers with a history, traced handles formulas.
"""

from __future__ import annotations

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
    return g if have is dtype or have == dtype else ew.astype(g, dtype=np.dtype(dtype))


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

    Nodes are visited youngest first, each once, when all its users have spoken; leaves as soon as
    they have. `step` is `pull`, or watches over it.
    """
    useful, targets = _useful([node for node, _ in seeds], wanted)
    run = _Sweep(useful, targets, carry, arrived, step)
    run.start(seeds)
    cotangents = run.cotangents
    for node in reversed(useful):
        if node in cotangents and node.op is not None:
            run.visit(node)
    for leaf in list(cotangents):  # some of its users had nothing to say
        run.finish(leaf)
    return run.found


class _Sweep:
    """One sweep on its way: what has arrived at which node."""

    def __init__(
        self,
        useful: Sequence[Node],
        targets: set[Node],
        carry: Carry,
        arrived: Arrived,
        step: Callable[..., Sequence[Any]],
    ) -> None:
        self.useful, self.targets = set(useful), targets
        self.carry, self.arrived, self.step = carry, arrived, step
        self.silent = _uses_of_leaves(self.useful)  # how many users of a leaf have not spoken yet
        self.cotangents: dict[Node, Any] = {}
        self.several: dict[Node, list[Any]] = {}
        self.masked: set[Node] = set()
        self.found: dict[Node, Any] = {}

    def start(self, seeds: Sequence[tuple[Node, Any]]) -> None:
        for node, g in seeds:
            if node in self.useful:
                before = self.cotangents.get(node)
                self.cotangents[node] = g if before is None else g + before
        for node in [n for n in self.cotangents if n.op is None and n not in self.silent]:
            self.finish(node)

    def finish(self, node: Node) -> Any:
        """Hand over what is whole."""
        g = self.arrived(node, _in_dtype(self.cotangents.pop(node), node.dtype))
        if node in self.targets:
            self.found[node] = g
        return g

    def visit(self, node: Node) -> None:
        if node in self.several:
            del self.cotangents[node]
            g: Any = tuple(self.several.pop(node))
        else:
            g = self.finish(node)
        if node.op is pick:
            self.gather(node, g)
            return
        useful = self.useful
        needed = tuple([isinstance(a, Node) and a in useful for a in node.args])
        if True in needed:
            parts = self.step(node, g, self.carry(node), needed, node in self.masked)
            self.spread(node, parts, needed)

    def gather(self, node: Node, g: Any) -> None:
        """One result's cotangent, among those of the op that has several."""
        source, which = node.args[0], node.params["which"]
        if source not in self.useful:
            return
        if source not in self.several:
            self.several[source] = [None] * len(source.outs)
            self.cotangents[source] = 0  # something has arrived; what, `several` tells
        before = self.several[source][which]
        self.several[source][which] = g if before is None else before + g
        if node in self.masked:
            self.masked.add(source)

    def spread(self, node: Node, parts: Sequence[Any], needed: tuple[bool, ...]) -> None:
        assert node.op is not None
        masks = node.op.masking or node in self.masked
        known = self.cotangents
        for arg, part, need in zip(node.args, parts, needed):
            if not need:
                continue
            if part is not None:
                if masks:
                    self.masked.add(arg)
                # in the order of use, as one writes the sum
                known[arg] = part + known[arg] if arg in known else part
            if arg.op is None:
                self.heard(arg)

    def heard(self, leaf: Node) -> None:
        """One more user of a leaf has spoken; after the last one its gradient is whole."""
        self.silent[leaf] -= 1
        if not self.silent[leaf] and leaf in self.cotangents:
            self.finish(leaf)


def _uses_of_leaves(useful: set[Node]) -> dict[Node, int]:
    uses: dict[Node, int] = {}
    for node in useful:
        for arg in node.args:
            if isinstance(arg, Node) and arg.op is None and arg in useful:
                uses[arg] = uses.get(arg, 0) + 1
    return uses


def _useful(roots: Sequence[Node], wanted: Callable[[Node], bool]) -> tuple[list[Node], set[Node]]:
    """The nodes on a way from a root to a wanted node, oldest first; and the wanted ones."""
    useful: dict[Node, None] = {}
    targets: set[Node] = set()
    for node in sorted(_below(roots), key=operator.attrgetter("seq")):
        if wanted(node):
            targets.add(node)
            useful[node] = None
            continue
        for a in node.args:
            if isinstance(a, Node) and a in useful:
                useful[node] = None
                break
    return list(useful), targets


def _below(roots: Sequence[Node]) -> set[Node]:
    """The roots and what they were computed from, as far as gradients go."""
    seen, stack = set(roots), list(roots)
    while stack:
        for arg in stack.pop().args:
            if isinstance(arg, Node) and arg.requires_grad and arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return seen


def free(nodes: Mapping[Node, Any] | Sequence[Node]) -> None:
    """Let go of what the pullbacks of these nodes would read; the structure stays, for formulas."""
    for node in nodes:
        if node.reads:
            node.saved = None
