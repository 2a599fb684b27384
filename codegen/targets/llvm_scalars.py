"""The scalars of loop nests as instructions, in one lane or in many."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from ..check import dtype_of
from ..index import SPECIAL, TRANSCENDENTAL, Apply, Buffer, Cast, Const, Read, Scalar, Select, Var
from ..nests import Local
from ..scalars import walk
from . import ir
from .llvm_functions import apply, power
from .llvm_lanes import (
    BIT,
    BYTE,
    DOUBLE,
    INT32,
    INT64,
    TYPES,
    Lanes,
    constant,
    intrinsic,
    many,
    suffix,
)
from .llvm_plan import stride, varies

Builder = Any
Value = Any
Index = tuple[Scalar, ...]
INDEX_ERROR, VALUE_ERROR = 1, 2
BYTES = {"float64": 8, "float32": 4, "int64": 8, "int32": 4, "bool": 1}
_WORTH_A_BRANCH = TRANSCENDENTAL | SPECIAL | {"pow", "wrap_index"}


@dataclass(frozen=True, slots=True)
class Array:
    """Where the elements of a buffer stand: element i, j at i*strides[0] + j*strides[1]."""

    pointer: Value
    dtype: str
    strides: tuple[Lanes, ...]
    shape: Index = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """So many turns of a loop at once, from `base` on; `mask` tells which of them take place.

    `sure` means that at least one does.
    """

    index: str
    base: Lanes
    count: int
    mask: Lanes | None = None
    sure: bool = True


@dataclass(frozen=True, slots=True)
class Machine:
    """What nests need to know of the world.

    `call` is how to call a function of the runtime: (builder, name, values) -> (failed, result).
    `compact` asks for less code, if that costs little speed.
    """

    vector_bytes: int
    call: Callable[[Builder, str, list[Value]], tuple[Value, Value]]
    compact: bool = False

    @property
    def cheap_masks(self) -> bool:
        """Whether vectors under a mask take hardly longer than whole ones."""
        return self.vector_bytes == 64


class Scalars:
    """Emits scalars where the builder stands; in a Turn, those that vary in it are vectors."""

    def __init__(
        self, machine: Machine, builder: Builder, arrays: dict[str, Array], values: dict[str, Lanes]
    ) -> None:
        self.machine = machine
        self.builder = builder
        self.arrays = arrays
        self.values = values
        self.cells: dict[str, Value] = {}
        self.turn: Turn | None = None
        self.dtypes = {name: array.dtype for name, array in arrays.items()}

    def fail(self, failed: Value, code: int) -> None:
        """Leaves the function where `failed` holds."""
        with self.builder.if_then(failed, likely=False):
            self.builder.ret(INT32(code))

    def cell(self, type_: Any) -> Value:
        """Memory for one value, for as long as the function runs."""
        with self.builder.goto_entry_block():
            return self.builder.alloca(type_)

    def name_array(self, buffer: Buffer, pointer: Value) -> None:
        """Makes an array known under its name."""
        self.arrays[buffer.name] = Array(
            pointer, buffer.dtype, strides(self, buffer.shape), buffer.shape
        )
        self.dtypes[buffer.name] = buffer.dtype

    def lanes(self, value: Value) -> Lanes:
        return Lanes(self.builder, value)

    def reference(self, value: Value) -> Value:
        """A place that holds the value."""
        place = self.cell(value.type)
        self.builder.store(value, place)
        return place

    def scalar(self, scalar: Scalar) -> Lanes:
        """The value of a scalar."""
        if isinstance(scalar, Const):
            return self.lanes(constant(TYPES[scalar.dtype], scalar.value))
        if isinstance(scalar, Var):
            return self.values[scalar.name]
        if isinstance(scalar, Local):
            return self.local(scalar.name)
        if isinstance(scalar, Read):
            return self.read(scalar)
        if isinstance(scalar, Cast):
            return self.scalar(scalar.arg).as_type(TYPES[scalar.dtype])
        if isinstance(scalar, Select):
            return self.select(scalar)
        assert isinstance(scalar, Apply), scalar
        return self.applied(scalar)

    def local(self, name: str) -> Lanes:
        cell = self.cells.get(name)
        return self.values[name] if cell is None else self.lanes(self.builder.load(cell))

    def applied(self, scalar: Apply) -> Lanes:
        name, dtype = scalar.name, dtype_of(scalar.args[-1], self.dtypes)
        if name == "pow" and isinstance(scalar.args[1], Const) and dtype.startswith("float"):
            short = power(self.scalar(scalar.args[0]), float(scalar.args[1].value))
            if short is not None:
                return short
        args = [self.scalar(arg) for arg in scalar.args]
        if name == "wrap_index":
            return self.wrapped(*args)
        if name == "pow" and not args[0].floating:
            return self.called("integer_power", args)
        if name in ("zeta", "polygamma"):
            return args[0].each(lambda *xs: self.called(name, list(xs)), *args[1:])
        return apply(name, args)

    def wrapped(self, index: Lanes, extent: Lanes) -> Lanes:
        """The index counted from the front; the function ends where it is out of bounds."""
        negative = index < 0
        found = negative.choose(index + extent, index)
        unsigned = self.builder.icmp_unsigned(">=", found.value, extent.value)
        self.fail(unsigned, INDEX_ERROR)
        return found

    def called(self, name: str, args: list[Lanes]) -> Lanes:
        """A function of the runtime, on float64 or int64."""
        own = args[0].type.lane
        wide = DOUBLE if args[0].floating else INT64
        values = [x.as_type(wide).value for x in args]
        failed, result = self.machine.call(self.builder, name, values)
        if not args[0].floating:
            self.fail(failed, VALUE_ERROR)
        return self.lanes(result).as_type(own)

    # -- choices

    def select(self, scalar: Select) -> Lanes:
        condition = self.scalar(scalar.condition)
        branches = scalar.then, scalar.other
        if not any(map(_worth_a_branch, branches)):
            return condition.choose(self.scalar(scalar.then), self.scalar(scalar.other))
        if condition.count > 1:
            then = self.where(condition, scalar.then)
            return condition.choose(then, self.where(~condition, scalar.other))
        count = self.turn.count if self.turn and any(map(self.varies, branches)) else 1
        return self.branched(
            condition, *(lambda b=b: self.scalar(b).spread(count) for b in branches)
        )

    def where(self, condition: Lanes, scalar: Scalar) -> Lanes:
        """The scalar in the turns where the condition holds; elsewhere nothing is read."""
        assert self.turn is not None
        old = self.turn
        mask = condition if old.mask is None else old.mask & condition
        self.turn = replace(old, mask=mask, sure=False)
        value = self.scalar(scalar)
        self.turn = old
        return value

    def branched(
        self, condition: Lanes, then: Callable[[], Lanes], other: Callable[[], Lanes]
    ) -> Lanes:
        """One of two values, of which only that one is computed."""
        ends = []
        with self.builder.if_else(condition.value) as (on_true, on_false):
            for way, value in ((on_true, then), (on_false, other)):
                with way:
                    ends.append((value().value, self.builder.block))
        phi = self.builder.phi(ends[0][0].type)
        for value, block in ends:
            phi.add_incoming(value, block)
        return self.lanes(phi)

    def varies(self, scalar: Scalar) -> bool:
        """Whether a scalar may differ among the turns at hand."""
        return self.turn is not None and varies(scalar, self.turn.index, self.varying())

    def varying(self) -> set[str]:
        return {name for name, value in self.values.items() if value.count > 1}

    @contextlib.contextmanager
    def at_base(self) -> Iterator[None]:
        """The first of the turns at hand, alone."""
        turn = self.turn
        if turn is None:
            yield
            return
        many_, self.turn = self.values[turn.index], None
        self.values[turn.index] = turn.base
        yield
        self.values[turn.index], self.turn = many_, turn

    # -- elements

    def offset(self, array: Array, index: Index) -> Lanes:
        """How many elements from the first on it stands."""
        total = self.lanes(INT64(0))
        for axis, step in zip(index, array.strides, strict=True):
            total = total + self.scalar(axis) * step
        return total

    def access(self, element: Read) -> tuple[Lanes, Lanes | int | None]:
        """The offset of an element at the base, and its step from turn to turn.

        None as the step means that the offset is one for each turn.
        """
        array, turn = self.arrays[element.buffer], self.turn
        if turn is None:
            return self.offset(array, element.index), 0
        found = stride(element.index, turn.index, self.varying()).steps
        if found is None:
            return self.offset(array, element.index).spread(turn.count), None
        with self.at_base():
            base = self.offset(array, element.index)
        step: Lanes | int = 0
        for axis, (coefficient, length) in enumerate(zip(found, array.strides, strict=True)):
            if coefficient and axis == len(found) - 1:
                step = step + coefficient
            elif coefficient:
                step = length * coefficient + step
        return base, step

    def pointer(self, array: Array, offset: Lanes) -> Value:
        pointee = stored(array.dtype)
        return self.builder.gep(array.pointer, [offset.value], pointee)

    def read(self, element: Read) -> Lanes:
        array = self.arrays[element.buffer]
        offset, step = self.access(element)
        if isinstance(step, int) and step == 0:
            value = self.read_one(array, offset)
        elif isinstance(step, int) and step in (1, -1):
            value = self.read_row(array, offset, step)
        else:
            value = self.read_each(array, self.spaced(offset, step))
        return value.as_type(BIT) if array.dtype == "bool" else value

    def read_one(self, array: Array, offset: Lanes) -> Lanes:
        """The same element for all turns."""

        def load() -> Lanes:
            return self.lanes(self.builder.load(self.pointer(array, offset)))

        if self.turn is None or self.turn.sure:
            return load()
        assert self.turn.mask is not None
        zero = self.lanes(constant(stored(array.dtype), 0))
        return self.branched(self.lanes(self.turn.mask.any()), load, lambda: zero)

    def read_row(self, array: Array, offset: Lanes, step: int) -> Lanes:
        """Neighbours; with step -1 from the last to the first."""
        assert self.turn is not None
        count, mask = self.turn.count, self.turn.mask
        type_ = many(stored(array.dtype), count)
        if step < 0:
            offset, mask = offset - (count - 1), mask and self.turned(mask)
        place = self.pointer(array, offset)
        align = BYTES[array.dtype]
        if mask is None:
            vector = self.builder.bitcast(place, type_.as_pointer())
            row = self.lanes(self.builder.load(vector, align=align))
        else:
            args = [place, INT32(align), mask.value, constant(type_, 0)]
            over = f"{suffix(type_)}.p0"
            row = self.lanes(intrinsic(self.builder, "masked.load", type_, args, over))
        return row if step > 0 else self.turned(row)

    def turned(self, row: Lanes) -> Lanes:
        """The lanes in the opposite order."""
        order = ir.Constant(ir.VectorType(INT32, row.count), list(reversed(range(row.count))))
        undefined = ir.Constant(row.type, ir.Undefined)
        return self.lanes(self.builder.shuffle_vector(row.value, undefined, order))

    def spaced(self, offset: Lanes, step: Lanes | int | None) -> Lanes:
        """The offset for each turn."""
        if step is None:
            return offset
        assert self.turn is not None
        return self.counted(self.turn.count) * step + offset

    def counted(self, count: int) -> Lanes:
        """0, 1, 2, ... in the lanes."""
        return self.lanes(ir.Constant(ir.VectorType(INT64, count), list(range(count))))

    def mask(self) -> Lanes:
        assert self.turn is not None
        everywhere = self.lanes(constant(many(BIT, self.turn.count), True))
        return everywhere if self.turn.mask is None else self.turn.mask

    def read_each(self, array: Array, offsets: Lanes) -> Lanes:
        type_ = many(stored(array.dtype), offsets.count)
        places = self.pointer(array, offsets)
        args = [places, INT32(BYTES[array.dtype]), self.mask().value, constant(type_, 0)]
        over = f"{suffix(type_)}.v{offsets.count}p0"
        return self.lanes(intrinsic(self.builder, "masked.gather", type_, args, over))

    def write(self, element: Read, value: Lanes) -> None:
        array = self.arrays[element.buffer]
        offset, step = self.access(element)
        stored = value.as_type(BYTE) if array.dtype == "bool" else value
        if self.turn is None:
            self.builder.store(stored.value, self.pointer(array, offset))
            return
        stored = stored.spread(self.turn.count)
        if isinstance(step, int) and step == 1:
            self.write_row(array, offset, stored)
        else:
            self.write_each(array, self.spaced(offset, step), stored)

    def write_row(self, array: Array, offset: Lanes, row: Lanes) -> None:
        assert self.turn is not None
        place, align = self.pointer(array, offset), BYTES[array.dtype]
        if self.turn.mask is None:
            vector = self.builder.bitcast(place, row.type.as_pointer())
            self.builder.store(row.value, vector, align=align)
            return
        args = [row.value, place, INT32(align), self.turn.mask.value]
        over = f"{suffix(row.type)}.p0"
        intrinsic(self.builder, "masked.store", ir.VoidType(), args, over)

    def write_each(self, array: Array, offsets: Lanes, values: Lanes) -> None:
        places, align = self.pointer(array, offsets), INT32(BYTES[array.dtype])
        args = [values.value, places, align, self.mask().value]
        over = f"{suffix(values.type)}.v{values.count}p0"
        intrinsic(self.builder, "masked.scatter", ir.VoidType(), args, over)


def strides(scalars: Scalars, shape: Index) -> tuple[Lanes, ...]:
    """How far apart neighbours along each axis stand in a C-contiguous array."""
    step = scalars.lanes(INT64(1))
    steps = [step]
    for extent in reversed(shape[1:]):
        step = scalars.scalar(extent) * step
        steps.append(step)
    return tuple(reversed(steps))


def stored(dtype: str) -> Any:
    """The type of an element in memory."""
    return BYTE if dtype == "bool" else TYPES[dtype]


def _worth_a_branch(scalar: Scalar) -> bool:
    return any(
        isinstance(part, Read) or (isinstance(part, Apply) and part.name in _WORTH_A_BRANCH)
        for part in walk(scalar)
    )
