"""The reverse sweep. There is one, and what it carries decides what comes out:
arrays give numbers, valued handles numbers with a history, traced handles formulas.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..functions.shaping import stack
from ..graph.node import Node
from ..graph.op import OPS, NoDerivative, Op
from ..ops import elementwise as ew
from .handle import Handle, pick
from .large import is_large, pulled

Saved = tuple[Any, tuple[Any, ...]]
Carry = Callable[[Node], Saved]  # node -> (y, xs) as its pullback takes them
Arrived = Callable[[Node, Any], Any]  # (node, its whole cotangent) -> what takes its place
Step = Callable[..., Sequence[Any]]
Needed = tuple[bool, ...]  # which arguments of a node a cotangent is wanted of


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
    saved = node.saved
    if saved is None:
        raise FreedError
    return (node, saved[1]) if saved[0] is None else saved


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
    op, params, (y, xs) = node.op, node.params, saved
    assert op is not None
    pullback = op.pullback
    if pullback is None:
        raise NoDerivative(f"{op.name}: no derivative is provided")
    if op.elementwise:
        if not params and is_large(g):
            parts = pulled(op, g, y, xs, needed, masked)
            if parts is not None:
                return parts
        if masked and not op.masking:
            return pullback(g, y, *xs, needed=needed, times=ew.strongmul, **params)
    elif not bears_batches(op) and _leading(node, g):
        return _one_by_one(node, g, saved, needed, masked)
    if params:
        return pullback(g, y, *xs, needed=needed, **params)
    return pullback(g, y, *xs, needed=needed)


def bears_batches(op: Op) -> bool:
    """Whether the op is ours to trust with leading axes, in its rule too."""
    return op.batches and OPS.get(op.name) is op


def _leading(node: Node, g: Any) -> int:
    """How many axes a cotangent has before those of its node."""
    pairs = [(g, node)] if node.outs is None else zip(g, node.outs)
    return max(len(np.shape(part)) - len(aval.shape) for part, aval in pairs if part is not None)


def _one_by_one(
    node: Node, g: Any, saved: Saved, needed: tuple[bool, ...], masked: bool
) -> list[Any]:
    """Pulled back for each place of the first axis of a cotangent, and stacked."""
    parts = g if isinstance(g, tuple) else (g,)
    size = next(int(part.shape[0]) for part in parts if part is not None)
    seeds = [[None if part is None else part[k] for part in parts] for k in range(size)]
    alone = [tuple(s) if isinstance(g, tuple) else s[0] for s in seeds]
    rows = [pull(node, seed, saved, needed, masked) for seed in alone]
    return [None if column[0] is None else stack(column) for column in zip(*rows)]


def sweep(
    seeds: Sequence[tuple[Node, Any]],
    wanted: Callable[[Node], bool],
    carry: Carry,
    arrived: Arrived = lambda node, g: g,
    step: Step = pull,
    passing: Callable[[Node, Any], Any] | None = None,
    spent: bool = False,
) -> dict[Node, Any]:
    """The cotangents of the wanted nodes that the seeded ones depend on.

    Nodes are visited youngest first, each once, when all its users have spoken; leaves as soon as
    they have. `arrived` is told what came to the wanted nodes and to those with hooks or owners,
    `passing` of all. `step` is `pull`, or watches over it. If they are `spent`, nodes lose what
    their steps read: nobody will read it again. The structure stays, for formulas.
    """
    run = _Sweep(_way([node for node, _ in seeds], wanted), arrived, passing)
    run.start(seeds)
    run.go(carry, step, spent)
    for leaf in list(run.cotangents):  # some of its users had nothing to say
        run.finish(leaf, run.cotangents.pop(leaf))
    return run.found


class _Sweep:
    """One sweep on its way: what has arrived at which node."""

    def __init__(
        self, way: _Way, arrived: Arrived, passing: Callable[[Node, Any], Any] | None
    ) -> None:
        self.way, self.targets = way, way.targets
        self.silent = way.uses  # how many users of a leaf have not spoken yet
        self.arrived, self.passing = arrived, passing
        self.cotangents: dict[Node, Any] = {}
        self.several: dict[Node, list[Any]] = {}
        self.masked: set[Node] = set()
        self.sums: set[Node] = set()  # where an array of the sweep's own stands
        self.found: dict[Node, Any] = {}

    def start(self, seeds: Sequence[tuple[Node, Any]]) -> None:
        known = self.cotangents
        for node, g in seeds:
            if id(node) in self.way.useful:
                known[node] = g + known[node] if node in known else g
        for node in [n for n in known if n.op is None and n not in self.silent]:
            self.finish(node, known.pop(node))

    def go(self, carry: Carry, step: Step, spent: bool) -> None:
        """Visit all that something arrives at, but for leaves."""
        targets, masked, watched = self.targets, self.masked, self.passing is not None
        for node, needed in reversed(self.way.visits):
            g = self.cotangents.pop(node, None)
            if g is None:
                continue
            if node.outs is not None:
                g = tuple(self.several.pop(node))
            elif watched or node.hooks or node.owner is not None or node in targets:
                g = self.finish(node, g)
            elif type(g) is not np.ndarray or g.dtype is not node.dtype:
                g = _in_dtype(g, node.dtype)
            if node.op is pick:
                self.gather(node, g)
            elif True in needed:
                masks = node in masked if masked else False
                parts = step(node, g, carry(node), needed, masks)
                if spent and node.reads:
                    node.saved = None
                self.spread(node, parts, needed, masks)

    def finish(self, node: Node, g: Any) -> Any:
        """Hand over what is whole."""
        g = _in_dtype(g, node.dtype)
        aimed_at = node in self.targets
        if aimed_at or node.hooks or node.owner is not None:
            g = self.arrived(node, g)
            if aimed_at:
                self.found[node] = g
        if self.passing is not None:
            self.passing(node, g)
        return g

    def gather(self, node: Node, g: Any) -> None:
        """One result's cotangent, among those of the op that has several."""
        source, which = node.args[0], node.params["which"]
        if id(source) not in self.way.useful:
            return
        if source not in self.several:
            self.several[source] = [None] * len(source.outs)
            self.cotangents[source] = 0  # something has arrived; what, `several` tells
        before = self.several[source][which]
        self.several[source][which] = g if before is None else before + g
        if node in self.masked:
            self.masked.add(source)

    def spread(self, node: Node, parts: Sequence[Any], needed: Needed, masks: bool) -> None:
        known = self.cotangents
        masks = masks or node.op.masking  # type: ignore[union-attr]
        for arg, part, need in zip(node.args, parts, needed):
            if not need:
                continue
            if part is not None:
                known[arg] = self.added(arg, part) if arg in known else part
                if masks:
                    self.masked.add(arg)
            if arg.op is None:
                self.heard(arg)

    def added(self, arg: Node, part: Any) -> Any:
        """One more part of a cotangent, in the order of use, as one writes the sum."""
        before = self.cotangents[arg]
        if not is_large(part):
            return part + before
        if arg in self.sums and before.shape == part.shape and before.dtype == part.dtype:
            return np.add(part, before, out=before)  # the sweep's own
        self.sums.add(arg)
        return part + before

    def heard(self, leaf: Node) -> None:
        """One more user of a leaf has spoken; after the last one its gradient is whole."""
        self.silent[leaf] = left = self.silent[leaf] - 1
        if not left and leaf in self.cotangents:
            self.finish(leaf, self.cotangents.pop(leaf))


class _Way(NamedTuple):
    """What a sweep goes through."""

    visits: list[tuple[Node, Needed]]  # operations, oldest first; which arguments are useful
    useful: set[int]  # the places of what is on a way from a root to a wanted node
    targets: set[Node]  # the wanted ones
    uses: dict[Node, int]  # how many useful nodes use a leaf


def _way(roots: Sequence[Node], wanted: Callable[[Node], bool]) -> _Way:
    way = _Way([], set(), set(), {})
    visits, useful, targets, uses = way
    is_useful = useful.__contains__
    for node in sorted(_below(roots), key=_AGE):
        needed = tuple(map(is_useful, map(id, node.args)))
        if wanted(node):
            targets.add(node)
        elif True not in needed:
            continue
        useful.add(id(node))
        if node.op is not None:
            visits.append((node, needed))
            for a, need in zip(node.args, needed):
                if need and a.op is None:
                    uses[a] = uses.get(a, 0) + 1
    return way


_AGE = operator.attrgetter("seq")


def _below(roots: Sequence[Node]) -> set[Node]:
    """The roots and what they were computed from, as far as gradients go."""
    seen, stack = set(roots), list(roots)
    while stack:
        for arg in stack.pop().args:
            if type(arg) is Node and arg.requires_grad and arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return seen
