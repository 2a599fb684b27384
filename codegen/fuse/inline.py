"""Program -> Program: what is cheap or read once moves into its reader.

A program arrives with one Define per node of a graph, copies and constants included. Afterwards
every Define is worth a loop of its own, or a scalar that others share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from ..index import (
    Apply,
    Call,
    Define,
    Program,
    Read,
    Reduce,
    Scalar,
    Scan,
    Scatter,
    Select,
    Statement,
    Var,
)
from ..scalars import ZERO, checks, names, neutral, parts, placed, tidy, with_parts
from .flatten import scope_of
from .prune import uses, whole_uses
from .sizes import LEAF, Size, around, once_per_point, trifling

CHEAP = 6  # what may be computed twice rather than stored, in units of an addition
_LARGEST, _DEEPEST = 60, 12  # an expression beyond this stays a statement of its own


def inlined(program: Program) -> Program:
    """Each Define moved into its readers where that costs nothing or saves a buffer."""
    whole = set(program.outputs).union(*filter(None, map(whole_uses, program.body)))
    counts = Counter([name for statement in program.body for name in uses(statement)])
    inliner = _Inliner(whole, counts, {})
    return replace(program, body=tuple([inliner.moved(s) for s in program.body]))


@dataclass(slots=True)
class _Inliner:
    """Goes down a program; `known` holds the definitions that later statements may take in."""

    whole: set[str]
    counts: Mapping[str, int]
    known: dict[str, tuple[Define, Size]]

    def moved(self, statement: Statement) -> Statement:
        if isinstance(statement, Call):
            return statement
        scope = tuple([name for name, _ in scope_of(statement)])
        if isinstance(statement, Scatter):
            value, _ = self.inside(statement.value, scope)
            index = tuple(tidy(self.inside(part, scope)[0]) for part in statement.index)
            return replace(statement, index=index, value=value)
        if isinstance(statement, Scan):
            return replace(statement, value=self.inside(statement.value, scope)[0])
        if isinstance(statement.value, Reduce):
            return self.moved_reduce(statement, statement.value, scope)
        value, size = self.inside(statement.value, scope)
        if value is not statement.value:
            statement = Define(statement.target, statement.index, value)
        self.known[statement.target.name] = statement, size
        return statement

    def moved_reduce(self, statement: Define, reduce: Reduce, scope: tuple[str, ...]) -> Define:
        inner = scope + tuple(name for name, _ in reduce.ranges)
        body, _ = self.inside(reduce.body, inner)
        return replace(statement, value=Reduce(reduce.combine, reduce.ranges, body))

    def inside(self, scalar: Scalar, scope: tuple[str, ...]) -> tuple[Scalar, Size]:
        """The scalar with its reads replaced where that pays, and its size."""
        old = parts(scalar)
        if not old:
            return (scalar, LEAF) if type(scalar) is not Read else self.at(scalar, scope)
        new, sizes = zip(*[self.inside(part, scope) for part in old], strict=True)
        if type(scalar) is Read:
            return self.at(Read(scalar.buffer, tuple(map(tidy, new))), scope)
        scalar = with_parts(scalar, new)
        return scalar, around(scalar, sizes)

    def at(self, read: Read, scope: tuple[str, ...]) -> tuple[Scalar, Size]:
        found = self.known.get(read.buffer)
        if found is None:
            return read, around(read, ())
        define, size = found
        if not self.pays(read, scope, define, size):
            return _asked(read, read, define), around(read, ())
        return _asked(instance(define, read.index), read, define), size

    def pays(self, read: Read, scope: tuple[str, ...], define: Define, size: Size) -> bool:
        if size.parts > _LARGEST or size.depth > _DEEPEST:
            return False
        if size.cost == 0 or (not size.reads and size.cost <= CHEAP):
            return True
        if not once_per_point(read, scope):
            return trifling(size) and not _is_plain(read)
        if self.counts[read.buffer] == 1 and read.buffer not in self.whole:
            return True
        return size.cost <= CHEAP and not _is_plain(read)


def _asked(value: Scalar, read: Read, define: Define) -> Scalar:
    """The value; positions to be checked that it does not depend on are asked for all the same."""
    if _is_plain(read):
        return value
    places = [(name, part) for name, part in zip(define.index, read.index) if checks(part)]
    needed = names(define.value) if places else set[str]()
    for name, part in places:
        if name not in needed:
            value = Select(Apply("ge", (part, ZERO)), value, neutral("add", define.target.dtype))
    return value


def _is_plain(read: Read) -> bool:
    return not read.index or all(type(index) is Var for index in read.index)


def instance(define: Define, index: tuple[Scalar, ...]) -> Scalar:
    """The value of a Define at an index."""
    if not index:
        return define.value
    values = dict(zip(define.index, index, strict=True))
    same = all(type(new) is Var and new.name == old for old, new in values.items())
    return define.value if same else placed(define.value, values)
