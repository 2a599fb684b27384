"""The scalars of loop nests as instructions, in one lane or in many."""

from __future__ import annotations

import contextlib
import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from ..index import SPECIAL, TRANSCENDENTAL, Apply, Buffer, Cast, Const, Read, Scalar, Select, Var
from ..nests import Local
from ..scalars import affine, walk
from . import ir
from .llvm_functions import apply, power
from .llvm_lanes import (
    BIT,
    BYTE,
    BYTES,
    DOUBLE,
    INT32,
    INT64,
    TYPES,
    Lanes,
    constant,
    intrinsic,
    many,
    stored,
    suffix,
)
from .llvm_machine import Machine
from .llvm_plan import stride, varies

Builder = Any
Value = Any
Index = tuple[Scalar, ...]
INDEX_ERROR, VALUE_ERROR = 1, 2
_WORTH_A_BRANCH = TRANSCENDENTAL | SPECIAL | {"pow", "wrap_index"}


class Array(NamedTuple):
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
        return _EMITTED[type(scalar)](self, scalar)

    def local(self, name: str) -> Lanes:
        cell = self.cells.get(name)
        return self.values[name] if cell is None else self.lanes(self.builder.load(cell))

    def applied(self, scalar: Apply) -> Lanes:
        name = scalar.name
        args = [self.scalar(arg) for arg in scalar.args]
        if name == "pow" and isinstance(scalar.args[1], Const) and args[0].floating:
            short = power(args[0], float(scalar.args[1].value))
            if short is not None:
                return short
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
        branches = scalar.then, scalar.other
        if not any(map(_worth_a_branch, branches)):
            condition = self.scalar(scalar.condition)
            return condition.choose(self.scalar(scalar.then), self.scalar(scalar.other))
        return self.either(self.parted(scalar))

    def parted(self, scalar: Select) -> Select:
        """A test that is the same in all turns at hand stands around the others: it is a branch."""
        tests = _tests(scalar.condition)
        own = [test for test in tests if self.varies(test)]
        if not 0 < len(own) < len(tests) or _worth_a_branch(scalar.other):
            return scalar
        inner = replace(scalar, condition=_all(own))
        return replace(scalar, condition=_all([t for t in tests if t not in own]), then=inner)

    def either(self, scalar: Select) -> Lanes:
        """A choice of which what is not chosen is not read."""
        condition, branches = self.scalar(scalar.condition), (scalar.then, scalar.other)
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

    def pace(self, element: Read) -> Lanes | int | None:
        """How far an element moves from turn to turn; None means that every turn has its own way."""
        if self.turn is None:
            return 0
        found = stride(element.index, self.turn.index, self.varying()).steps
        if found is None:
            return None
        *front, last = found
        step: Lanes | int = last
        for k, length in zip(front, self.arrays[element.buffer].strides):
            step = length * k + step if k else step
        return step

    def place(self, element: Read, further: int = 0) -> Value:
        """Where an element stands in the first of the turns at hand, or so many further on.

        What is the same in all turns of a loop is added up before the loop, and LLVM shall not ask
        how: it would weigh all the ways to part the sums that all elements' places are.
        """
        array = self.arrays[element.buffer]
        *front, last = element.index
        terms = affine(last)
        further += terms.pop(None, 0)
        with self.at_base():
            rows = zip(front, array.strides[:-1], strict=True)
            ways = [self.scalar(k) * n for k, n in rows]
            ways += [self.scalar(atom) * k for atom, k in terms.items() if atom is not None]
        here = self.builder.block.level
        place = self.gone(array, array.pointer, [w for w in ways if w.value.level < here])
        if place.level < here and place is not array.pointer:
            place = self.builder.opaque(place)
        place = self.gone(array, place, [w for w in ways if w.value.level == here])
        return self.gone(array, place, [self.lanes(INT64(further))] if further else [])

    def gone(self, array: Array, place: Value, ways: Sequence[Lanes]) -> Value:
        """The place so many elements further on."""
        if not ways:
            return place
        distance = functools.reduce(operator.add, ways)
        return self.builder.gep(place, [distance.value], stored(array.dtype))

    def places(self, element: Read, step: Lanes | int | None) -> Value:
        """Where an element stands in each turn."""
        assert self.turn is not None
        array, count = self.arrays[element.buffer], self.turn.count
        if step is None:
            ways = [self.scalar(k) * n for k, n in zip(element.index, array.strides, strict=True)]
            return self.gone(array, array.pointer, [way.spread(count) for way in ways])
        return self.gone(array, self.place(element), [self.counted(count) * step])

    def read(self, element: Read) -> Lanes:
        array, step = self.arrays[element.buffer], self.pace(element)
        if isinstance(step, int) and step == 0:
            value = self.read_one(array, element)
        elif isinstance(step, int) and step in (1, -1):
            value = self.read_row(array, element, step)
        else:
            value = self.read_each(array, self.places(element, step))
        return value.as_type(BIT) if array.dtype == "bool" else value

    def read_one(self, array: Array, element: Read) -> Lanes:
        """The same element for all turns."""

        def load() -> Lanes:
            return self.lanes(self.builder.load(self.place(element)))

        if self.turn is None or self.turn.sure:
            return load()
        assert self.turn.mask is not None
        zero = self.lanes(constant(stored(array.dtype), 0))
        return self.branched(self.lanes(self.turn.mask.any()), load, lambda: zero)

    def read_row(self, array: Array, element: Read, step: int) -> Lanes:
        """Neighbours; with step -1 from the last to the first."""
        assert self.turn is not None
        count, mask = self.turn.count, self.turn.mask
        type_ = many(stored(array.dtype), count)
        if step < 0:
            mask = mask and self.turned(mask)
        place = self.place(element, 1 - count if step < 0 else 0)
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

    def counted(self, count: int) -> Lanes:
        """0, 1, 2, ... in the lanes."""
        return self.lanes(ir.Constant(ir.VectorType(INT64, count), list(range(count))))

    def mask(self) -> Lanes:
        assert self.turn is not None
        everywhere = self.lanes(constant(many(BIT, self.turn.count), True))
        return everywhere if self.turn.mask is None else self.turn.mask

    def read_each(self, array: Array, places: Value) -> Lanes:
        type_ = many(stored(array.dtype), places.type.lanes)
        args = [places, INT32(BYTES[array.dtype]), self.mask().value, constant(type_, 0)]
        over = f"{suffix(type_)}.v{type_.lanes}p0"
        return self.lanes(intrinsic(self.builder, "masked.gather", type_, args, over))

    def write(self, element: Read, value: Lanes) -> None:
        array, step = self.arrays[element.buffer], self.pace(element)
        stored = value.as_type(BYTE) if array.dtype == "bool" else value
        if self.turn is None:
            self.builder.store(stored.value, self.place(element))
            return
        stored = stored.spread(self.turn.count)
        if isinstance(step, int) and step == 1:
            self.write_row(self.place(element), stored, BYTES[array.dtype])
        else:
            self.write_each(self.places(element, step), stored, BYTES[array.dtype])

    def write_row(self, place: Value, row: Lanes, align: int) -> None:
        assert self.turn is not None
        if self.turn.mask is None:
            vector = self.builder.bitcast(place, row.type.as_pointer())
            self.builder.store(row.value, vector, align=align)
            return
        args = [row.value, place, INT32(align), self.turn.mask.value]
        over = f"{suffix(row.type)}.p0"
        intrinsic(self.builder, "masked.store", ir.VoidType(), args, over)

    def write_each(self, places: Value, values: Lanes, align: int) -> None:
        args = [values.value, places, INT32(align), self.mask().value]
        over = f"{suffix(values.type)}.v{values.count}p0"
        intrinsic(self.builder, "masked.scatter", ir.VoidType(), args, over)


_EMITTED: dict[type[Scalar], Callable[[Scalars, Any], Lanes]] = {
    Const: lambda at, scalar: at.lanes(constant(TYPES[scalar.dtype], scalar.value)),
    Var: lambda at, scalar: at.values[scalar.name],
    Local: lambda at, scalar: at.local(scalar.name),
    Read: Scalars.read,
    Cast: lambda at, scalar: at.scalar(scalar.arg).as_type(TYPES[scalar.dtype]),
    Select: Scalars.select,
    Apply: Scalars.applied,
}


def strides(scalars: Scalars, shape: Index) -> tuple[Lanes, ...]:
    """How far apart neighbours along each axis stand in a C-contiguous array."""
    step = scalars.lanes(INT64(1))
    steps = [step]
    for extent in reversed(shape[1:]):
        step = scalars.scalar(extent) * step
        steps.append(step)
    return tuple(reversed(steps))


def _tests(condition: Scalar) -> list[Scalar]:
    """What must all hold for a condition to hold."""
    if isinstance(condition, Apply) and condition.name == "and":
        return [test for arg in condition.args for test in _tests(arg)]
    return [condition]


def _all(tests: Sequence[Scalar]) -> Scalar:
    return functools.reduce(lambda left, right: Apply("and", (left, right)), tests)


def _worth_a_branch(scalar: Scalar) -> bool:
    return any(
        isinstance(part, Read) or (isinstance(part, Apply) and part.name in _WORTH_A_BRANCH)
        for part in walk(scalar)
    )
