"""The steps of loop nests as instructions; a loop whose turns are independent runs many at once."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from ..check import dtype_of
from ..index import Read, Scalar
from ..nests import Accumulate, For, If, Let, Local, Start, Step, Store
from ..scalars import neutral
from . import ir
from .llvm_functions import apply, gather_add, gather_mul
from .llvm_lanes import INT32, INT64, TYPES, Lanes, constant, many
from .llvm_plan import Plan, plan, stride
from .llvm_scalars import Scalars, Turn

Value = Any
_BLOCK = 256  # vectors that are added up before what rounding took from the sum is kept, too
_COMBINE: dict[str, Callable[[Lanes, Lanes], Lanes]] = {"add": gather_add, "mul": gather_mul}


class Gather:
    """What the turns of a loop add up (or combine otherwise), lane by lane, until the loop ends."""

    def __init__(self, steps: Steps, step: Accumulate, count: int) -> None:
        self.steps, self.step = steps, step
        self.dtype = dtype_of(step.target, steps.dtypes)
        self.type = many(TYPES[self.dtype], count)
        self.start = constant(self.type, neutral(step.combine, self.dtype).value)
        self.sum = self._cell(self.start)
        self.summed = step.combine == "add" and self.dtype.startswith("float")
        if self.summed:
            self.total, self.lost = self._cell(self.start), self._cell(self.start)

    def _cell(self, start: Value) -> Value:
        cell = self.steps.cell(self.type)
        self.steps.builder.store(start, cell)
        return cell

    def load(self, cell: Value) -> Lanes:
        return self.steps.lanes(self.steps.builder.load(cell))

    def add(self, value: Lanes) -> None:
        """Takes the values of the turns at hand."""
        turn = self.steps.turn
        assert turn is not None
        value = value.spread(turn.count)
        if turn.mask is not None:
            value = turn.mask.choose(value, self.steps.lanes(self.start))
        result = combined(self.step.combine, self.load(self.sum), value)
        self.steps.builder.store(result.value, self.sum)

    def fold(self) -> None:
        """Moves the sum to the total, and what rounding takes to `lost` (Neumaier 1974)."""
        builder = self.steps.builder
        total, term = self.load(self.total), self.load(self.sum)
        result = total + term
        back = result - total
        lost = (total - (result - back)) + (term - back)
        lost = lost.equals(lost).choose(lost, lost.constant(0.0))  # infinite sums stay so
        builder.store((self.load(self.lost) + lost).value, self.lost)
        builder.store(result.value, self.total)
        builder.store(self.start, self.sum)

    def finish(self) -> None:
        """The lanes combined, and the target with them."""
        value = self.load(self.sum)
        if self.summed:
            value = self.load(self.total) + (self.load(self.lost) + value)
        while value.count > 1:
            low, high = self._half(value, 0), self._half(value, value.count // 2)
            value = combined(self.step.combine, low, high)
        self.steps.combine(self.step, value)

    def _half(self, value: Lanes, first: int) -> Lanes:
        half = value.count // 2
        if half == 1:
            return value.lane(first)
        picks = ir.Constant(ir.VectorType(INT32, half), list(range(first, first + half)))
        undefined = ir.Constant(value.type, ir.Undefined)
        return value.of(value.builder.shuffle_vector(value.value, undefined, picks))


def combined(name: str, a: Lanes, b: Lanes) -> Lanes:
    """a and b combined; sums and products of floats in any order."""
    gather = _COMBINE.get(name)
    return gather(a, b) if gather and a.floating else apply(name, [a, b])


class Steps(Scalars):
    """Emits steps where the builder stands."""

    gathers: Mapping[Accumulate, Gather] = MappingProxyType({})
    depth = 0  # how many loops are around
    edge = False  # whether one of them has but a few turns

    def block(self, steps: tuple[Step, ...]) -> None:
        for step in steps:
            self.step(step)

    def step(self, step: Step) -> None:
        if isinstance(step, Let):
            self.values[step.name] = self.scalar(step.value)
        elif isinstance(step, Start):
            self.start(step)
        elif isinstance(step, Store):
            self.write(Read(step.buffer, step.index), self.scalar(step.value))
        elif isinstance(step, Accumulate):
            self.accumulate(step)
        elif isinstance(step, For):
            self.loop(step)
        elif isinstance(step, If):
            self.branch(step)
        else:
            raise TypeError(f"{type(step).__name__} does not stand inside of loops")

    def start(self, step: Start) -> None:
        cell = self.cells.get(step.name) or self.cell(TYPES[step.dtype])
        self.cells[step.name] = cell
        self.builder.store(self.scalar(step.value).value, cell)

    def accumulate(self, step: Accumulate) -> None:
        value = self.scalar(step.value)
        gather = self.gathers.get(step) if self.turn else None
        if gather:
            gather.add(value)
        else:
            self.combine(step, value)

    def combine(self, step: Accumulate, value: Lanes) -> None:
        """The target combined with a value."""
        result = combined(step.combine, self.scalar(step.target), value)
        if isinstance(step.target, Local):
            self.builder.store(result.value, self.cells[step.target.name])
        else:
            assert isinstance(step.target, Read)
            self.write(step.target, result)

    def branch(self, step: If) -> None:
        condition = self.scalar(step.condition)
        with self.builder.if_else(condition.value) as (on_true, on_false):
            with on_true:
                self.block(step.then)
            with on_false:
                self.block(step.orelse)

    # -- loops

    def loop(self, step: For) -> None:
        start, stop = self.scalar(step.start), self.scalar(step.stop)
        how = Plan(1) if self.turn else self.planned(step)
        if how.lanes > 1:
            self.many_at_once(step, start, stop, how)
            return
        edge, self.edge = self.edge, self.edge or step.few > 0
        with self.counting(start, stop, 1) as index:
            self.values[step.index] = index
            self.block(step.body)
        self.edge = edge

    def planned(self, step: For) -> Plan:
        """Fewer vectors within a loop: there rows may be short, and run beside their neighbours."""
        most = 1 if self.seldom(step) else 2 if self.depth else 4
        return plan(step, self.dtypes, self.machine.vector_bytes, most)

    def seldom(self, step: For) -> bool:
        """Whether a loop is so small a part of the work that it shall be little code."""
        return (step.few > 0 or self.edge) and self.machine.cheap_masks

    @contextlib.contextmanager
    def counting(self, start: Lanes, stop: Lanes, step: int | Lanes) -> Iterator[Lanes]:
        """A loop over start, start + step, ... below stop."""
        distance = INT64(step) if isinstance(step, int) else step.value
        builder, before = self.builder, self.builder.block
        head, after = builder.enter_loop((start < stop).value)
        index = builder.phi(INT64)
        index.add_incoming(start.value, before)
        self.depth += 1
        yield self.lanes(index)
        self.depth -= 1
        following = builder.add(index, distance, flags=("nsw",))
        index.add_incoming(following, builder.block)
        again = builder.icmp_signed("<", following, stop.value)
        builder.cbranch(again, head, after)
        builder.position_at_end(after)

    def many_at_once(self, step: For, start: Lanes, stop: Lanes, how: Plan) -> None:
        """Whole vectors, then the turns that are left under a mask; or all under a mask."""
        count, length = how.lanes, stop - start
        whole = start + (length > 0).choose(length & -count, length.constant(0))
        dense = how.heavy and self.machine.compact and self.machine.cheap_masks
        masked = dense or self.seldom(step)
        with self.gathering(step.index, step.body, count):
            with self.folding(start, stop if masked else whole, count) as (first, last):
                self.vectors(step, first, last, count, masked)
            if not masked:
                with self.builder.if_then((whole < stop).value):
                    self.turns(step, whole, count, stop)

    @contextlib.contextmanager
    def gathering(self, index: str, steps: Iterable[Step], count: int) -> Iterator[None]:
        """Accumulations whose target is the same in every turn wait for the end of the loop."""
        outer = self.gathers
        varying = {s.name for s in steps if isinstance(s, Let)}
        accumulations = (s for s in steps if isinstance(s, Accumulate))
        found = [s for s in accumulations if _fixed(s.target, index, varying)]
        self.gathers = {s: Gather(self, s, count) for s in found}
        yield
        for gather in self.gathers.values():
            gather.finish()
        self.gathers = outer

    @contextlib.contextmanager
    def folding(self, start: Lanes, stop: Lanes, count: int) -> Iterator[tuple[Lanes, Lanes]]:
        """The whole range; or, for sums, block after block, each but the last moved to the total."""
        sums = [gather for gather in self.gathers.values() if gather.summed]
        if not sums:
            yield start, stop
            return
        with self.counting(start, stop, count * _BLOCK) as first:
            last = first + count * _BLOCK
            yield first, (last < stop).choose(last, stop)
            with self.builder.if_then((last < stop).value, likely=False):
                for gather in sums:
                    gather.fold()

    def vectors(self, step: For, start: Lanes, stop: Lanes, count: int, masked: bool) -> None:
        with self.counting(start, stop, count) as base:
            self.turns(step, base, count, stop if masked else None)

    def turns(self, step: For, base: Lanes, count: int, stop: Lanes | None) -> None:
        """The body for the turns from `base` on; those before `stop`, if it is given."""
        with self.turning(step.index, base, count, stop):
            self.block(step.body)

    @contextlib.contextmanager
    def turning(self, index: str, base: Lanes, count: int, stop: Lanes | None) -> Iterator[None]:
        """So many turns at once."""
        numbers = self.counted(count)
        mask = None if stop is None else numbers < (stop - base)
        self.turn = Turn(index, base, count, mask)
        self.values[index] = numbers + base
        yield
        self.turn = None
        for name in self.varying():
            del self.values[name]


def _fixed(target: Scalar, index: str, varying: set[str]) -> bool:
    """Whether an accumulation's target is the same in every turn."""
    return not isinstance(target, Read) or stride(target.index, index, varying).fixed
