"""Outer loops in strips of a few rows: groups of scalars run in lanes, a row in each lane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from ..nests import For, Local
from .llvm_groups import Group, groups
from .llvm_jam import JamSteps, jams, simple_steps
from .llvm_lanes import BYTE, INT64, TYPES, Lanes, constant, many, stored
from .llvm_plan import Simple, cost, lanes
from .llvm_steps import Steps

Value = Any
_WORTH_IT = 20  # the work from which on it pays to bring scalars together in lanes


class Strip(NamedTuple):
    """A local's values in the rows of a strip, in memory."""

    steps: Steps
    local: Local
    place: Value

    def row(self, offset: Lanes) -> Value:
        pointer = stored(self.local.dtype).as_pointer()
        first = self.steps.builder.bitcast(self.place, pointer)
        return self.steps.builder.gep(first, [offset.value])

    def rows(self, count: int) -> list[Lanes]:
        """The value in each row."""
        steps = self.steps
        return [self.load(self.row(steps.lanes(INT64(row)))) for row in range(count)]

    def load(self, place: Value) -> Lanes:
        value = self.steps.lanes(self.steps.builder.load(place))
        return value.as_type(TYPES[self.local.dtype])

    def store(self, value: Lanes, place: Value) -> None:
        kept = value.as_type(BYTE) if self.local.dtype == "bool" else value
        self.steps.builder.store(kept.value, place)


class StripSteps(JamSteps):
    """Emits steps; takes to strips where that pays."""

    def loop(self, step: For) -> None:
        found = () if self.turn else groups(step, self.dtypes)
        scalars = [s for g in found if g.in_lanes for s in g.steps if isinstance(s, Simple)]
        inner = [s for g in found for s in self.jamming(g, step.index)]
        if cost(scalars) >= _WORTH_IT or inner:
            count = lanes([*scalars, *inner], self.dtypes, self.machine.vector_bytes)
            self.strips(step, found, scalars, count)
        else:
            super().loop(step)

    def jamming(self, group: Group, index: str) -> list[Simple]:
        """The steps that run for many rows at once."""
        return simple_steps(group) if jams(group, index, self.dtypes) else []

    def strips(
        self, step: For, found: Sequence[Group], scalars: Sequence[Simple], count: int
    ) -> None:
        start, stop = self.scalar(step.start), self.scalar(step.stop)
        kept = {local.name: self.strip(local, count) for g in found for local in g.gives}
        with self.gathering(step.index, scalars, count), self.folding(start, stop, count) as ends:
            self.every_strip(step.index, found, kept, ends, count)

    def strip(self, local: Local, count: int) -> Strip:
        """Room for a local's values, without garbage in rows that do not take place."""
        type_ = many(stored(local.dtype), count)
        return Strip(self, local, self.reference(constant(type_, 0)))

    def every_strip(
        self,
        index: str,
        found: Sequence[Group],
        kept: dict[str, Strip],
        ends: tuple[Lanes, Lanes],
        count: int,
    ) -> None:
        with self.counting(*ends, count) as base:
            end = base + count
            end = (end < ends[1]).choose(end, ends[1])
            for group in found:
                if group.in_lanes:
                    self.in_lanes(index, group, kept, (base, end), count)
                elif self.jamming(group, index):
                    self.together(index, group, kept, (base, end), count)
                else:
                    self.row_by_row(index, group, kept, (base, end))

    def together(
        self,
        index: str,
        group: Group,
        kept: dict[str, Strip],
        ends: tuple[Lanes, Lanes],
        count: int,
    ) -> None:
        """The rows of a whole strip at once, if they are short; else one by one."""
        whole = (ends[1] - ends[0]).equals(count) & self.short(group, count)
        with self.builder.if_else(whole.value) as (many_, few):
            with many_:
                taken = {local.name: kept[local.name].rows(count) for local in group.takes}
                totals = self.jammed(group, index, ends[0], count, taken)
                for local in group.gives:
                    kept[local.name].store(totals[local.name], kept[local.name].place)
            with few:
                self.row_by_row(index, group, kept, ends)

    def row_by_row(
        self, index: str, group: Group, kept: dict[str, Strip], ends: tuple[Lanes, Lanes]
    ) -> None:
        with self.counting(*ends, 1) as row:
            self.values[index] = row
            offset = row - ends[0]
            for local in group.takes:
                value = kept[local.name].load(kept[local.name].row(offset))
                if local.name in self.cells:
                    self.builder.store(value.value, self.cells[local.name])
                else:
                    self.values[local.name] = value
            self.block(group.steps)
            for local in group.gives:
                kept[local.name].store(self.local(local.name), kept[local.name].row(offset))

    def in_lanes(
        self,
        index: str,
        group: Group,
        kept: dict[str, Strip],
        ends: tuple[Lanes, Lanes],
        count: int,
    ) -> None:
        cells, self.cells = self.cells, dict(self.cells)
        with self.turning(index, ends[0], count, ends[1]):
            for local in group.takes:
                self.cells.pop(local.name, None)
                self.values[local.name] = kept[local.name].load(kept[local.name].place)
            self.block(group.steps)
            for local in group.gives:
                value = self.local(local.name).spread(count)
                kept[local.name].store(value, kept[local.name].place)
        self.cells = cells
