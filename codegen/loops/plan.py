"""Program -> the program and tree that loops are written from: what had better be computed twice.

A first tree shows which loops statements share. An array that only carries something cheap from
one loop to another is not stored: the other loop computes it again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

from ..check import targets
from ..fuse.inline import instance
from ..fuse.prune import pruned
from ..fuse.sizes import measure, once_per_point, streams, trifling
from ..index import Call, Define, Program, Read, Reduce, Scalar, Scatter, Statement
from ..scalars import parts, reads, tidy, with_parts
from .homes import Home, settle
from .storage import in_place
from .tasks import task
from .tree import Leaf, Tree, common

_CHEAP = (
    60  # in units of an addition, for all times together; a store and a load cost less than that
)


def plan(program: Program) -> tuple[Program, Tree]:
    """The program as it is to be done, and its loops."""
    tree = _grown(program)
    again = _again(program, tree)
    if not again:
        return program, tree
    program = pruned(_recomputed(program, again))
    return program, _grown(program)


def _grown(program: Program) -> Tree:
    tree = Tree()
    for statement in program.body:
        tree.add(task(statement))
    return tree


def _again(program: Program, tree: Tree) -> dict[str, dict[str, Define]]:
    """For each statement (by its first target) the buffers it shall compute itself, and how."""
    homes = settle(tree, program.outputs, lambda name, depth: name)
    readers, whole = tree.readers(), tree.whole().union(program.outputs)
    mates = in_place(homes, tree, whole)
    ways = _Ways(homes, {b.name for b in program.inputs})
    found: dict[str, dict[str, Define]] = defaultdict(dict)
    for leaf, statement in zip(tree.leaves, program.body, strict=True):
        define = ways.add(statement)
        if define is None or define.target.name in whole or define.target.name in mates:
            continue
        home = homes[define.target.name]
        far = [r for r in readers[define.target.name] if common(leaf, r) < home.depth]
        if _pays(home, define, far):
            ways.stored.discard(define.target.name)
            for reader in far:
                found[reader.task.targets[0].name][define.target.name] = define
    return found


def _pays(home: Home, define: Define, far: list[Leaf]) -> bool:
    """Whether an array, kept whole for readers in other loops, had better not be there."""
    if not home.full or not far:
        return False
    size = measure(define.value)
    places = [(reader, read) for reader in far for read in _places(reader, home.buffer.name)]
    if size.cost * len(places) > _CHEAP or streams(define.value) > 2:
        return False
    return trifling(size) or all(
        once_per_point(read, tuple(name for name, _ in reader.task.loops))
        for reader, read in places
    )


def _places(reader: Leaf, buffer: str) -> list[Read]:
    """The places of a buffer that are read in each turn."""
    return list(dict.fromkeys(read for read in reader.task.reads if read.buffer == buffer))


class _Ways:
    """How to compute a buffer from what is stored anyway; knows the statements so far."""

    def __init__(self, homes: Mapping[str, Home], stored: set[str]) -> None:
        self.homes, self.stored = homes, stored
        self.known: dict[str, Define] = {}

    def add(self, define: Statement) -> Define | None:
        """A definition in terms of stored buffers, if it is one and small enough."""
        for target in targets(define):
            home = self.homes[target.name]
            if not target.shape or home.full:
                self.stored.add(target.name)
        if not isinstance(define, Define) or isinstance(define.value, Reduce) or not define.index:
            return None
        needed = {read.buffer for read in reads(define.value)} - self.stored
        if not needed <= self.known.keys():
            return None
        ways = {name: self.known[name] for name in needed}
        define = replace(define, value=_with(define.value, ways))
        if measure(define.value).cost <= _CHEAP:
            self.known[define.target.name] = define
            return define
        return None


def _recomputed(program: Program, again: Mapping[str, Mapping[str, Define]]) -> Program:
    """Every read of a buffer that its reader computes itself, replaced."""
    body = []
    for statement in program.body:
        ways = again.get(targets(statement)[0].name)
        if ways and not isinstance(statement, Call):
            statement = replace(statement, value=_with(statement.value, ways))
            if isinstance(statement, Scatter):
                index = tuple(tidy(_with(part, ways)) for part in statement.index)
                statement = replace(statement, index=index)
        body.append(statement)
    return replace(program, body=tuple(body))


def _with(scalar: Scalar, ways: Mapping[str, Define]) -> Scalar:
    """A scalar whose reads of some buffers are replaced by what stands there."""
    new = tuple([_with(part, ways) for part in parts(scalar)])
    if type(scalar) is Read:
        read = Read(scalar.buffer, tuple(map(tidy, new)))
        return instance(ways[read.buffer], read.index) if read.buffer in ways else read
    return with_parts(scalar, new) if new else scalar
