"""A nest that threads may share, as three functions.

`part` runs some turns of the outer loop. `chunk` is what a thread calls: it finds its turns, gives
`part` places of its own for what all chunks would write, and is done. `nest` measures the work; it
runs all turns itself, or has the chunks run and combines what they left.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from .. import threads
from ..index import Buffer, Read, Scalar, Var
from ..nests import Accumulate, For, Store
from ..scalars import ZERO, neutral, product
from . import ir
from .llvm_cut import Cut, cut, work
from .llvm_declared import declared
from .llvm_lanes import BYTE, BYTES, INT32, INT64, TYPES, Lanes, constant
from .llvm_machine import Machine
from .llvm_nest import argument_types, can_fail, opened, whole_nest
from .llvm_share import Shared
from .llvm_steps import combined
from .llvm_strips import StripSteps

Value = Any
_LEAST_WORK = 2_000_000  # additions that take as long as waking a thread twice
_CHUNKS_PER_THREAD = 4  # so that a thread that comes late leaves its chunks to others
_LINE = 64
_MEMORY = BYTE.as_pointer()
_START, _STOP = Var("part start"), Var("part stop")


def nest_function(module: Any, machine: Machine, shared: Shared) -> Any:
    """The function of a nest; it gives 0, or the code of an error."""
    loop = shared.nest
    if threads.available and isinstance(loop, For) and not _brief(loop) and not can_fail(shared):
        found = cut(loop, shared.cells, shared.scratch)
        if found is not None:
            return Chunks(module, machine, shared, loop, found).nest()
    return whole_nest(module, machine, shared)


def _brief(loop: For) -> bool:
    """Whether a loop is never worth a second thread."""
    return loop.few == 1 or (loop.few > 1 and all(s.few for s in loop.body if isinstance(s, For)))


class Chunks:
    """Emits the three functions."""

    def __init__(self, module: Any, machine: Machine, shared: Shared, nest: For, found: Cut):
        self.module, self.machine, self.shared, self.cut = module, machine, shared, found
        self.loop = nest
        self.types = argument_types(shared)
        self.buffers = {buffer.name: buffer for buffer in shared.arrays}
        self.own = [*(name for name, _ in found.gathered), *found.scratch]
        self.struct = ir.LiteralStructType([*self.types, INT64, _MEMORY, INT64])
        self.part = self._part()

    def _part(self) -> Any:
        function = declared(self.module, "part", [*self.types, INT64, INT64])
        builder = ir.IRBuilder(function.append_basic_block())
        *args, start, stop = function.args
        steps = opened(self.machine, self.shared, builder, args)
        steps.values[_START.name], steps.values[_STOP.name] = map(steps.lanes, (start, stop))
        steps.step(replace(self.loop, start=_START, stop=_STOP))
        builder.ret(INT32(0))
        return function

    # -- memory of a chunk: its cells, then its arrays, each from a new line on

    def places(self, steps: StripSteps) -> tuple[list[Lanes], Lanes]:
        """The offsets of a chunk's arrays, and the size of all, in bytes."""
        total = steps.lanes(INT64(_lines(8 * len(self.shared.cells))))
        offsets = []
        for name in self.own:
            offsets.append(total)
            size = self.elements(steps, name) * BYTES[self.buffers[name].dtype]
            total = total + ((size + (_LINE - 1)) & -_LINE)
        return offsets, total

    def elements(self, steps: StripSteps, name: str) -> Lanes:
        return steps.scalar(product(self.buffers[name].shape))

    # -- the function that a thread calls

    def chunk(self) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [_MEMORY, INT64, INT64, INT64])
        function = ir.Function(self.module, kind, self.module.get_unique_name("chunk"))
        function.linkage = "internal"
        builder = ir.IRBuilder(function.append_basic_block())
        packed, number, *turns = function.args
        *args, start, memory, size = self._unpacked(builder, packed)
        steps = opened(self.machine, self.shared, builder, args)
        own = builder.gep(memory, [builder.mul(number, size)])
        ends = [builder.add(start, turn) for turn in turns]
        builder.call(self.part, [*self._with_own(steps, args, own), *ends])
        builder.ret_void()
        return function

    def _unpacked(self, builder: Any, packed: Value) -> list[Value]:
        place = builder.bitcast(packed, self.struct.as_pointer())
        fields = range(len(self.struct.elements))
        return [builder.load(builder.gep(place, [INT32(0), INT32(k)])) for k in fields]

    def _with_own(self, steps: StripSteps, args: Sequence[Value], own: Value) -> list[Value]:
        """The arguments, with places in a chunk's own memory instead of those that all write."""
        result, builder = list(args), steps.builder
        for k, cell in enumerate(self.shared.cells):
            place = builder.bitcast(
                builder.gep(own, [INT64(8 * k)]), TYPES[cell.dtype].as_pointer()
            )
            start = neutral(self.cut.cells[k], cell.dtype).value
            builder.store(constant(TYPES[cell.dtype], start), place)
            result[len(args) - len(self.shared.cells) + k] = place
        offsets, _ = self.places(steps)
        names = [buffer.name for buffer in self.shared.arrays]
        for name, offset in zip(self.own, offsets, strict=True):
            position = names.index(name)
            place = builder.gep(own, [offset.value])
            result[position] = builder.bitcast(place, self.types[position])
        for name, combine in self.cut.gathered:
            self._clear(steps, name, combine, result[names.index(name)])
        return result

    def _clear(self, steps: StripSteps, name: str, combine: str, pointer: Value) -> None:
        """Starts an array of a chunk from the neutral element."""
        dtype = self.buffers[name].dtype
        flat = self._flat(steps, name, "cleared", pointer)
        store = Store("cleared", (Var("e"),), neutral(combine, dtype))
        steps.step(For("e", ZERO, flat, (store,)))

    def _flat(self, steps: StripSteps, name: str, known_as: str, pointer: Value) -> Scalar:
        """Names an array's elements as one row; gives their number."""
        count = Var(f"{known_as} count")
        steps.values[count.name] = self.elements(steps, name)
        steps.name_array(Buffer(known_as, (count,), self.buffers[name].dtype), pointer)
        return count

    # -- the function of the nest

    def nest(self) -> Any:
        function = declared(self.module, "nest", self.types)
        builder = ir.IRBuilder(function.append_basic_block())
        steps = opened(self.machine, self.shared, builder, function.args)
        start, stop = steps.scalar(self.loop.start), steps.scalar(self.loop.stop)
        turns = stop - start
        count = self.chunk_count(steps, turns)
        with builder.if_then((count > 1).value), self.memory(steps, count) as (memory, size):
            fields = [*function.args, start.value, memory, size.value]
            self.run(steps, fields, count, turns)
            self.combine(steps, memory, size, count)
        builder.call(self.part, [*function.args, start.value, stop.value])
        builder.ret(INT32(0))
        return function

    @contextlib.contextmanager
    def memory(self, steps: StripSteps, count: Lanes) -> Iterator[tuple[Value, Lanes]]:
        """What chunks have for themselves, and how much each has; where there is some, it returns."""
        builder, size, none = steps.builder, self.places(steps)[1], ir.Constant(_MEMORY, None)
        if not (self.shared.cells or self.own):
            yield none, size
            builder.ret(INT32(0))
            return
        memory = builder.called("malloc", _MEMORY, [(size * count).value])
        with builder.if_then(builder.icmp_unsigned("!=", memory, none)):
            yield memory, size
            builder.called("free", ir.VoidType(), [memory])
            builder.ret(INT32(0))

    def chunk_count(self, steps: StripSteps, turns: Lanes) -> Lanes:
        """In how many chunks it pays to cut; 1 for not at all."""
        known = {number.name for number in self.shared.numbers}
        amount = steps.scalar(work((self.loop,), known))
        joined = steps.lanes(INT64(0))
        for name, _ in self.cut.gathered:
            joined = joined + self.elements(steps, name) * 8
        each = INT64(1 if self.cut.gathered else _CHUNKS_PER_THREAD)
        asked = [turns.value, each, amount.value, INT64(_LEAST_WORK), joined.value]
        return steps.lanes(steps.builder.called(threads.CHUNKS, INT64, asked))

    def run(self, steps: StripSteps, fields: Sequence[Value], count: Lanes, turns: Lanes) -> None:
        builder = steps.builder
        packed = steps.cell(self.struct)
        for k, field in enumerate(fields):
            builder.store(field, builder.gep(packed, [INT32(0), INT32(k)]))
        places = [builder.bitcast(place, _MEMORY) for place in (self.chunk(), packed)]
        builder.called(threads.PARALLEL, ir.VoidType(), [*places, count.value, turns.value])

    def combine(self, steps: StripSteps, memory: Value, size: Lanes, count: Lanes) -> None:
        """What the chunks left, one after the other, with what stood there before."""
        builder = steps.builder
        if not (self.shared.cells or self.cut.gathered):
            return
        with steps.counting(steps.lanes(INT64(0)), count, 1) as number:
            own = builder.gep(memory, [(number * size).value])
            for k, cell in enumerate(self.shared.cells):
                place = builder.gep(own, [INT64(8 * k)])
                part = builder.load(builder.bitcast(place, TYPES[cell.dtype].as_pointer()))
                whole = steps.local(cell.name)
                result = combined(self.cut.cells[k], whole, steps.lanes(part))
                builder.store(result.value, steps.cells[cell.name])
            for (name, combine), offset in zip(
                self.cut.gathered, self.places(steps)[0], strict=False
            ):
                self._combine_array(steps, name, combine, builder.gep(own, [offset.value]))

    def _combine_array(self, steps: StripSteps, name: str, combine: str, part: Value) -> None:
        pointer = steps.arrays[name].pointer
        count = self._flat(steps, name, "whole", pointer)
        self._flat(steps, name, "part", steps.builder.bitcast(part, pointer.type))
        here = (Var("e"),)
        accumulate = Accumulate(Read("whole", here), combine, Read("part", here))
        steps.step(For("e", ZERO, count, (accumulate,)))


def _lines(size: int) -> int:
    return -(-size // _LINE) * _LINE
