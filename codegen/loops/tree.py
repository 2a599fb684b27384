"""The tree of loops that a program's statements share: which loop each stands in.

A task is a statement with the order of its loops. Tasks come in the order of the program; each
goes as deep as it can into loops that are there already, where it finds what it reads complete.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from ..index import Buffer, Read, Scalar, Statement, Var

_LOOKED_AT = 8  # loops that touched a buffer before, tried for each reader


@dataclass(eq=False, slots=True)
class Task:
    """One statement, its loops from the outside in, and what it reads and writes.

    `reduced` are the loops whose every turn changes the same elements: nothing is complete inside.
    `whole` are buffers that must be complete before the outermost loop begins.
    """

    statement: Statement
    targets: tuple[Buffer, ...]
    loops: tuple[tuple[str, Scalar], ...] = ()
    reduced: frozenset[str] = frozenset()
    write: tuple[Scalar, ...] = ()
    reads: tuple[Read, ...] = ()
    whole: tuple[str, ...] = ()


@dataclass(eq=False, slots=True)
class Loop:
    """A loop that tasks share, in its place among the items of the loop around it."""

    extent: Scalar
    depth: int
    place: int
    items: list[Loop | Leaf] = field(default_factory=list)
    touched: set[str] = field(default_factory=set)
    touching: dict[str, list[Loop]] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Leaf:
    """A task in its place: the loops around it, one for each of its own."""

    task: Task
    path: tuple[Loop, ...]
    place: int

    def at(self, depth: int) -> int:
        """The place of what holds this leaf among the items of its loop at this depth."""
        return self.path[depth].place if depth < len(self.path) else self.place


class Tree:
    """The loops so far; `makers` tells which leaf makes a buffer."""

    def __init__(self) -> None:
        self.root = Loop(Var(""), -1, 0)
        self.makers: dict[str, Leaf] = {}
        self.leaves: list[Leaf] = []
        self._readers: dict[str, list[Leaf]] | None = None

    def add(self, task: Task) -> Leaf:
        """Puts a task where it finds its sources complete, in as many shared loops as can be."""
        node, path = self.root, []
        deps = [self.makers[name] for name in _sources(task) if name in self.makers]
        touched = {r.buffer for r in task.reads if r.index}
        for depth, (_, extent) in enumerate(task.loops):
            child = _shared(node, task, depth, deps, touched)
            if child is None:
                child = _grown(node, extent)
            deps = [dep for dep in deps if depth < len(dep.path) and dep.path[depth] is child]
            _touch(node, child, touched, task)
            path.append(child)
            node = child
        self._readers = None
        leaf = Leaf(task, tuple(path), len(node.items))
        node.items.append(leaf)
        self.leaves.append(leaf)
        self.makers.update((target.name, leaf) for target in task.targets)
        return leaf

    def readers(self) -> dict[str, list[Leaf]]:
        """The leaves that read a buffer, for every buffer that is read."""
        if self._readers is None:
            self._readers = defaultdict(list)
            for leaf in self.leaves:
                for name in _sources(leaf.task):
                    self._readers[name].append(leaf)
        return self._readers

    def whole(self) -> set[str]:
        """The buffers that some task wants as a whole."""
        return {name for leaf in self.leaves for name in leaf.task.whole}


def _sources(task: Task) -> dict[str, None]:
    """The buffers that a task reads, each once."""
    return dict.fromkeys([*task.whole, *[read.buffer for read in task.reads]])


def _grown(node: Loop, extent: Scalar) -> Loop:
    child = Loop(extent, node.depth + 1, len(node.items))
    node.items.append(child)
    return child


def _touch(node: Loop, child: Loop, touched: set[str], task: Task) -> None:
    for name in (*touched, *(target.name for target in task.targets)):
        if name not in child.touched:
            child.touched.add(name)
            node.touching.setdefault(name, []).append(child)


def _shared(node: Loop, task: Task, depth: int, deps: list[Leaf], touched: set[str]) -> Loop | None:
    """A loop under the node that the task's next loop may be one with."""
    earliest = max((dep.at(depth) for dep in deps), default=-1)
    candidates = [item for item in node.items[earliest : earliest + 1] if earliest >= 0]
    for name in sorted(touched):
        candidates += node.touching.get(name, ())[-_LOOKED_AT:]
    for loop in candidates:
        if isinstance(loop, Loop) and loop.place >= earliest:
            inside = [dep for dep in deps if depth < len(dep.path) and dep.path[depth] is loop]
            if _fits(loop, task, depth, inside):
                return loop
    return None


def _fits(loop: Loop, task: Task, depth: int, inside: Iterable[Leaf]) -> bool:
    """Whether each turn of the loop finds complete what the task reads in that turn."""
    name, extent = task.loops[depth]
    if loop.extent != extent:
        return False
    return all(_complete(dep.task, dep.task.loops[depth][0], task, name) for dep in inside)


def _complete(maker: Task, made_at: str, task: Task, read_at: str) -> bool:
    """Whether in a loop, `made_at` to one, `read_at` to the other, reads stay in the same turn."""
    names = {target.name for target in maker.targets}
    if made_at in maker.reduced or names & set(task.whole):
        return False
    axes = [k for k, index in enumerate(maker.write) if index == Var(made_at)]
    return bool(axes) and all(
        read.index[axis] == Var(read_at)
        for read in task.reads
        if read.buffer in names
        for axis in axes
    )


def common(a: Leaf, b: Leaf) -> int:
    """How many loops two leaves share."""
    count = 0
    for x, y in zip(a.path, b.path, strict=False):
        if x is not y:
            break
        count += 1
    return count
