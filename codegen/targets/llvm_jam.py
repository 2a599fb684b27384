"""Loops inside of a strip of rows, run for all its rows at once: unroll and jam.

What does not change from row to row, like the vector that a matrix is multiplied by, is read once
for the strip, and an element that all rows add to is read and written once. Each row's own sum
waits in a register; at the end the sums of all rows come together in one vector.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any

from ..check import dtype_of
from ..index import Read, Scalar
from ..nests import Accumulate, For, Let, Local, Start, Step, Store
from ..scalars import neutral, walk
from ..steps import contended, touched
from . import ir
from .llvm_groups import Group
from .llvm_lanes import INT32, TYPES, Lanes, constant, many
from .llvm_plan import Simple, cost, independent, stride, varies
from .llvm_steps import combined
from .llvm_tiles import TileSteps

_CHEAP = 12  # the work of a turn up to which it is worth while to have it once for every row
_LONGEST = 256  # vectors of a row that are added up plainly

Rows = list[Lanes]


def jams(group: Group, row: str, dtypes: Mapping[str, str]) -> bool:
    """Whether the loops of a group may run for many rows at once, and gain by it."""
    loops = [step for step in group.steps if isinstance(step, For)]
    starts = [step for step in group.steps if isinstance(step, Start)]
    if group.in_lanes or not loops or len(loops) + len(starts) < len(group.steps):
        return False
    made = {start.name for start in starts}
    return (
        not _elsewhere(group)
        and all(_light(loop, row, made, group, dtypes) for loop in loops)
        and any(_shared(loop, row) for loop in loops)
        and all(contended(group.steps, row).values())
    )


def simple_steps(group: Group) -> list[Simple]:
    """The steps in the loops of a group that jams."""
    loops = (loop for loop in group.steps if isinstance(loop, For))
    return [step for loop in loops for step in loop.body if isinstance(step, Simple)]


def _light(loop: For, row: str, made: set[str], group: Group, dtypes: Mapping[str, str]) -> bool:
    """Whether a loop is as long in every row, short work in a turn, and runs in lanes."""
    changing = made | {local.name for local in group.takes}
    body = [step for step in loop.body if isinstance(step, (Let, Store, Accumulate))]
    lets = {step.name for step in body if isinstance(step, Let)}
    return (
        len(body) == len(loop.body)
        and cost(body) <= _CHEAP
        and not any(varies(end, row, changing) for end in (loop.start, loop.stop))
        and independent(loop.index, body, dtypes, lets)
        and all(_own_sum(step, loop.index, made, lets) for step in body)
    )


def _own_sum(step: Step, index: str, made: set[str], lets: set[str]) -> bool:
    """Whether a step gathers, if it does, in a scalar of its row or in another place each turn."""
    if not isinstance(step, Accumulate):
        return True
    if isinstance(step.target, Local):
        return step.target.name in made
    return stride(step.target.index, index, lets).moving


def _elsewhere(group: Group) -> bool:
    """Whether a place depends on a scalar that each row has anew: one that an index array gave."""
    accesses = (access for access in touched(group.steps) if isinstance(access, Read))
    inside = (part for access in accesses for index in access.index for part in walk(index))
    return not set(group.takes).isdisjoint(inside)


def _shared(loop: For, row: str) -> bool:
    """Whether the loop goes along a place that is the same in all rows."""
    reads = (scalar for scalar in touched((loop,)) if isinstance(scalar, Read))
    return any(
        stride(read.index, loop.index, set()).moving and stride(read.index, row, set()).fixed
        for read in reads
    )


class JamSteps(TileSteps):
    """Emits steps; loops for many rows at once."""

    def jammed(
        self, group: Group, index: str, base: Lanes, count: int, taken: Mapping[str, Rows]
    ) -> dict[str, Lanes]:
        """The rows from `base` on; gives what they gathered, a row in each lane."""
        values, cells = self.values, self.cells
        self.values, self.cells = dict(values), dict(cells)
        rows = _Rows(self, index, base, count, dict(taken))
        for step in group.steps:
            if isinstance(step, Start):
                rows.start(step)
            elif isinstance(step, For):
                rows.loop(step)
        self.values, self.cells = values, cells
        return rows.totals

    def short(self, group: Group, count: int) -> Lanes:
        """Whether every row is so short that its sum need not be taken in blocks."""
        loops = [step for step in group.steps if isinstance(step, For)]
        tests = [self.scalar(s.stop) - self.scalar(s.start) <= count * _LONGEST for s in loops]
        return functools.reduce(lambda a, b: a & b, tests)


class _Rows:
    """Neighbouring rows: the scalars that each has, and what they have gathered, in lanes."""

    def __init__(
        self, steps: JamSteps, index: str, base: Lanes, count: int, scalars: dict[str, Rows]
    ) -> None:
        self.steps, self.index, self.base, self.count = steps, index, base, count
        self.scalars = scalars
        self.totals: dict[str, Lanes] = {}
        for name in scalars:
            steps.cells.pop(name, None)

    def start(self, step: Start) -> None:
        self.steps.cells.pop(step.name, None)
        self.gathered(step.name, self.steps.scalar(step.value).spread(self.count))

    def gathered(self, name: str, total: Lanes) -> None:
        self.totals[name] = total
        self.scalars[name] = [total.lane(row) for row in range(self.count)]

    def loop(self, loop: For) -> None:
        """A loop, in all rows."""
        steps, count = self.steps, self.count
        start, stop = steps.scalar(loop.start), steps.scalar(loop.stop)
        length = stop - start
        whole = start + (length > 0).choose(length & -count, length.constant(0))
        gathers = [step for step in loop.body if isinstance(step, Accumulate)]
        sums = {s: self.cells(s) for s in gathers if isinstance(s.target, Local)}
        with steps.counting(start, whole, count) as base:
            self.turns(loop, base, None, sums)
        with steps.builder.if_then((whole < stop).value):
            self.turns(loop, whole, stop, sums)
        for step, cells in sums.items():
            self.add_across(step, [steps.lanes(steps.builder.load(cell)) for cell in cells])

    def add_across(self, step: Accumulate, values: Rows) -> None:
        """The lanes of each row combined, and its total with them."""
        assert isinstance(step.target, Local)
        name, sums = step.target.name, across(step.combine, values)
        self.gathered(name, combined(step.combine, self.totals[name], sums))

    def cells(self, step: Accumulate) -> list[Any]:
        """A register for each row."""
        return [self.steps.reference(self.neutral(step).value) for _ in range(self.count)]

    def neutral(self, step: Accumulate) -> Lanes:
        dtype = dtype_of(step.target, self.steps.dtypes)
        type_ = many(TYPES[dtype], self.count)
        return self.steps.lanes(constant(type_, neutral(step.combine, dtype).value))

    def turns(
        self, loop: For, base: Lanes, stop: Lanes | None, sums: Mapping[Accumulate, list[Any]]
    ) -> None:
        """Some turns of the loop, in all rows."""
        with self.steps.turning(loop.index, base, self.count, stop):
            for step in loop.body:
                self.step(step, sums)
        for step in loop.body:
            if isinstance(step, Let):
                del self.scalars[step.name]

    def step(self, step: Step, sums: Mapping[Accumulate, list[Any]]) -> None:
        if isinstance(step, Let):
            self.scalars[step.name] = self.each(step.value)
        elif isinstance(step, Accumulate) and step in sums:
            for cell, value in zip(sums[step], self.each(step.value), strict=True):
                self.gather(step, cell, value)
        elif isinstance(step, Accumulate) and self.common(step.target):
            self.add_up(step)
        else:
            for row in range(self.count):
                self.enter(row)
                self.steps.step(step)

    def common(self, target: Scalar) -> bool:
        """Whether an element is the same in all rows."""
        assert isinstance(target, Read)
        return stride(target.index, self.index, set()).fixed

    def enter(self, row: int) -> None:
        """From now on in one of the rows."""
        self.steps.values[self.index] = self.base + row
        for name, values in self.scalars.items():
            self.steps.values[name] = values[row]

    def each(self, scalar: Scalar) -> Rows:
        """A scalar in each of the rows."""
        found = []
        for row in range(self.count):
            self.enter(row)
            found.append(self.steps.scalar(scalar))
        return found

    def gather(self, step: Accumulate, cell: Any, value: Lanes) -> None:
        steps, turn = self.steps, self.steps.turn
        assert turn is not None
        value = value.spread(turn.count)
        if turn.mask is not None:
            value = turn.mask.choose(value, self.neutral(step))
        total = combined(step.combine, steps.lanes(steps.builder.load(cell)), value)
        steps.builder.store(total.value, cell)

    def add_up(self, step: Accumulate) -> None:
        """What all rows gather in an element."""
        assert isinstance(step.target, Read)
        values = self.each(step.value)
        total = self.steps.scalar(step.target)
        for value in values:
            total = combined(step.combine, total, value)
        self.steps.write(step.target, total)


def across(combine: str, rows: Rows) -> Lanes:
    """Of as many vectors as they have lanes, the lanes of each combined: one result in each lane."""
    width, count = 1, len(rows)
    while len(rows) > 1:
        pairs = zip(rows[::2], rows[1::2], strict=True)
        rows = [combined(combine, *_parted(a, b, width, count)) for a, b in pairs]
        width *= 2
    return rows[0]


def _parted(a: Lanes, b: Lanes, width: int, count: int) -> tuple[Lanes, Lanes]:
    """The even runs of lanes of both, turn by turn, and the odd runs."""
    starts = range(0, count, 2 * width)
    even = [k for s in starts for first in (s, s + count) for k in range(first, first + width)]
    picks = [even, [k + width for k in even]]
    masks = (ir.Constant(ir.VectorType(INT32, count), pick) for pick in picks)
    low, high = (a.of(a.builder.shuffle_vector(a.value, b.value, mask)) for mask in masks)
    return low, high
