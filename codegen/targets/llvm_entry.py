"""A kernel as a function of Python: takes arguments apart, allocates, calls the nests, returns.

While it computes, other threads may run Python. Wherever it fails, it gives back what it made.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from typing import Any

from .. import native
from ..index import Buffer, Var, show
from ..nests import Alloc, For, Gemm, Local, Procedure, Routine, Step
from ..runtime import memory, python
from ..steps import name_of, touched
from . import ir
from .llvm_chunks import nest_function
from .llvm_lanes import BIT, BYTE, BYTES, DOUBLE, INT32, INT64, TYPES, Lanes, host_features, stored
from .llvm_machine import Machine
from .llvm_nest import can_fail
from .llvm_python import Emitted, emitted
from .llvm_routines import Argument, Routines
from .llvm_scalars import INDEX_ERROR, VALUE_ERROR
from .llvm_share import NestCall, Shared, share
from .llvm_stretch import Frame, Stretch, StretchSteps, slots, stretch_function, stretches
from .llvm_views import NotUnderstood

Value = Any
_POINTER = BYTE.as_pointer()
_NULL = ir.Constant(_POINTER, None)
_MANY_NESTS = 16
_ERRORS = {
    INDEX_ERROR: ("IndexError", "index out of bounds"),
    VALUE_ERROR: ("ValueError", "Integers to negative integer powers are not allowed."),
}
_KEPT_AS = {"float64": DOUBLE, "float32": DOUBLE, "int64": INT64, "int32": INT64, "bool": BIT}


@functools.cache
def vector_bytes() -> int:
    """The width of the processor's vector registers."""
    features = host_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx") else 16


def _used_once(procedure: Procedure) -> set[str]:
    """Temporaries that a single step at the top reads and writes."""
    if not procedure.temporaries:
        return set()
    users: Counter[str] = Counter()
    for step in procedure.body:
        if isinstance(step, Routine):
            users.update((*step.targets, *step.sources))
        elif not isinstance(step, Alloc):
            users.update({name_of(access) for access in touched((step,))})
    return {b.name for b in procedure.temporaries if users[b.name] == 1}


def wanted(buffer: Buffer) -> str:
    """What an argument must be, in words."""
    if not buffer.shape:
        return f"{buffer.name} must be a number"
    rank = len(buffer.shape)
    axes = "1 axis" if rank == 1 else f"{rank} axes"
    return f"{buffer.name} must be a C-contiguous array of {buffer.dtype} with {axes}"


class Entry(StretchSteps):
    """Emits the function."""

    def __init__(self, procedure: Procedure, outputs_given: bool) -> None:
        module = ir.Module(native.triple(), native.data_layout())
        kind = ir.FunctionType(_POINTER, [_POINTER, _POINTER, INT64])
        function = ir.Function(module, kind, native.SYMBOL)
        self.routines = Routines()
        nests = sum(isinstance(step, For) for step in procedure.body)
        machine = Machine(vector_bytes(), self.routines.scalar, nests > _MANY_NESTS)
        super().__init__(machine, ir.IRBuilder(function.append_basic_block()), {}, {})
        self.module, self.procedure = module, procedure
        self.buffers = procedure.buffers
        self.outputs_given = outputs_given
        self.frame = Frame({}, _NULL)
        self.objects: dict[str, Value] = {}
        self.memory: list[Value] = []
        self.owned: list[Value] = []
        self.thread: Value = None
        self.cleaning: Any = None
        self.functions: dict[Shared, Any] = {}
        self.calls: Counter[Any] = Counter()
        self.made: dict[Any, Emitted] = {}
        self.scratch = _used_once(procedure)

    def emit(self) -> None:
        self.enter()
        self.thread = self.call("PyEval_SaveThread", _POINTER)
        self.body()
        self.call("PyEval_RestoreThread", ir.VoidType(), self.thread)
        self.leave()
        self.merge()

    def merge(self) -> None:
        """What is called once becomes part of its caller: LLVM takes longest over functions."""
        if len(self.calls) <= _MANY_NESTS:
            for function, count in self.calls.items():
                if count == 1:
                    function.attributes ^= {"noinline", "alwaysinline"}

    def call(self, symbol: str, result: Any, *args: Value) -> Value:
        return self.builder.called(symbol, result, args)

    # -- coming in

    def enter(self) -> None:
        """Names for all arguments and extents, memory for all arrays."""
        outputs = [b for b in self.procedure.outputs if b.shape]
        inputs = self.procedure.inputs
        given = (*inputs, *outputs) if self.outputs_given else inputs
        _, args, count = self.builder.function.args
        wrong = self.builder.icmp_signed("!=", count, INT64(len(given)))
        self.leave_with(wrong, "TypeError", f"{self.procedure.name} takes {len(given)} arguments")
        for k, buffer in enumerate(given):
            x = self.loaded(args, 8 * k, _POINTER)
            if buffer.shape:
                self.take_array(buffer, x, k >= len(inputs))
            else:
                self.take_number(buffer, x)
        for name, buffer, axis in self.procedure.extents:
            self.values[name] = self.extent(buffer, axis)
        self.guard([buffer for buffer in given if buffer.shape])
        if self.outputs_given:
            self.apart(outputs)
        self.allocate([] if self.outputs_given else outputs)

    def take_array(self, buffer: Buffer, x: Value, filled: bool) -> None:
        types = sum(1 << number for number in set(python.type_numbers(buffer.dtype)))
        flags = python.WRITEABLE if filled else python.READABLE
        numbers = [INT32(len(buffer.shape)), INT32(types), INT32(flags)]
        message = self.text(wanted(buffer))
        found = self.call(python.ARRAY, _POINTER, x, *numbers, message)
        self.leave_if(self.builder.icmp_unsigned("==", found, _NULL))
        self.objects[buffer.name] = x

    def take_number(self, buffer: Buffer, x: Value) -> None:
        place = self.cell(_KEPT_AS[buffer.dtype])
        pointer = self.builder.bitcast(place, _POINTER)
        found = self.call(python.NUMBERS[buffer.dtype], BIT, x, pointer)
        self.leave_if(self.builder.not_(found))
        number = self.lanes(self.builder.load(place))
        value = number.as_type(TYPES[buffer.dtype])
        if buffer.dtype == "int32":
            cut = value.as_type(INT64).compared("!=", number).value
            self.leave_with(cut, "OverflowError", f"{buffer.name} does not fit into int32")
        self.values[buffer.name] = value

    def loaded(self, start: Value, offset: int, type_: Any) -> Value:
        """What stands so many bytes from a place."""
        place = self.builder.gep(start, [INT64(offset)])
        return self.builder.load(self.builder.bitcast(place, type_.as_pointer()))

    def extent(self, buffer: str, axis: int) -> Lanes:
        extents = self.loaded(self.objects[buffer], python.EXTENTS, _POINTER)
        return self.lanes(self.loaded(extents, 8 * axis, INT64))

    def data(self, name: str) -> Value:
        """Where the elements of an array of NumPy's stand."""
        return self.loaded(self.objects[name], python.DATA, _POINTER)

    def guard(self, buffers: list[Buffer]) -> None:
        """Arrays of other shapes than declared would be read out of bounds."""
        known = {(buffer, axis): name for name, buffer, axis in self.procedure.extents}
        for buffer in buffers:
            for axis, extent in enumerate(buffer.shape):
                if extent == Var(known.get((buffer.name, axis), "")):
                    continue
                differs = self.extent(buffer.name, axis).compared("!=", self.scalar(extent))
                shape = f"({', '.join(map(show, buffer.shape))}{',' * (len(buffer.shape) == 1)})"
                message = f"{buffer.name} must have the shape {shape}"
                self.leave_with(differs.value, "ValueError", message)

    def apart(self, outputs: list[Buffer]) -> None:
        """Output arrays that share memory with another argument would change it half-way."""
        spans = {name: self.span(self.buffers[name]) for name in self.objects}
        for position, output in enumerate(outputs):
            before = {b.name for b in outputs[: position + 1]}
            for name in spans.keys() - before:
                (start, end), (other_start, other_end) = spans[output.name], spans[name]
                shared = (start < other_end) & (other_start < end)
                message = f"the memory given for {output.name} overlaps {name}"
                self.leave_with(shared.value, "ValueError", message)

    def span(self, buffer: Buffer) -> tuple[Lanes, Lanes]:
        """The addresses between which an array lies."""
        start = self.lanes(self.builder.ptrtoint(self.data(buffer.name), INT64))
        return start, start + self.lanes(self.size(buffer)[0])

    def allocate(self, outputs: list[Buffer]) -> None:
        """Memory for all, or a MemoryError and for none."""
        temporaries = [b for b in self.procedure.temporaries if b.shape]
        sizes = list(map(self.size, (*temporaries, *outputs)))
        too_large = functools.reduce(self.builder.or_, [o for _, o in sizes], BIT(0))
        self.leave_with(too_large, "MemoryError", "an array would be larger than memory can be")
        places = {}
        for buffer, (size, _) in zip(temporaries, sizes):
            places[buffer.name] = self.call(memory.TAKE, _POINTER, size)
        self.memory = list(places.values())
        for buffer, (size, _) in zip(outputs, sizes[len(temporaries) :]):
            self.objects[buffer.name] = self.new_array(buffer, size)
        self.owned = [self.objects[buffer.name] for buffer in outputs]
        nulls = (self.builder.icmp_unsigned("==", p, _NULL) for p in (*self.memory, *self.owned))
        missing = functools.reduce(self.builder.or_, nulls, BIT(0))
        self.leave_with(missing, "MemoryError", "no memory is left for the arrays")
        places |= {name: self.data(name) for name in self.objects}
        for name, place in places.items():
            elements = stored(self.buffers[name].dtype).as_pointer()
            self.name_array(self.buffers[name], self.builder.bitcast(place, elements))

    def size(self, buffer: Buffer) -> tuple[Value, Value]:
        """The bytes of a buffer, and whether they are too many to count."""
        total, overflow = INT64(BYTES[buffer.dtype]), BIT(0)
        for extent in buffer.shape:
            pair = self.builder.smul_with_overflow(total, self.scalar(extent).value)
            total = self.builder.extract_value(pair, 0)
            overflow = self.builder.or_(overflow, self.builder.extract_value(pair, 1))
        return total, overflow

    def new_array(self, buffer: Buffer, size: Value) -> Value:
        rank, number = len(buffer.shape), python.type_numbers(buffer.dtype)[0]
        extents = self.cell(ir.ArrayType(INT64, rank))
        for k, extent in enumerate(buffer.shape):
            place = self.builder.gep(extents, [INT32(0), INT32(k)])
            self.builder.store(self.scalar(extent).value, place)
        pointer = self.builder.bitcast(extents, _POINTER)
        return self.call(python.NEW, _POINTER, INT32(rank), pointer, INT32(number), size)

    # -- going out

    def release(self) -> None:
        for place in self.memory:
            self.call(memory.GIVE, ir.VoidType(), place)

    def leave(self) -> None:
        """The outputs as a tuple; those that were given are left out."""
        self.release()
        results = [b for b in self.procedure.outputs if not (self.outputs_given and b.shape)]
        parts = [
            self.objects[b.name] if b.shape else self.number(self.local(b.name)) for b in results
        ]
        result = self.call("PyTuple_New", _POINTER, INT64(len(results)))
        for k, part in enumerate(parts):
            self.call("PyTuple_SetItem", INT32, result, INT64(k), part)
        self.builder.ret(result)

    def number(self, x: Lanes) -> Value:
        """Python's object for a number."""
        if x.floating:
            return self.call("PyFloat_FromDouble", _POINTER, x.as_type(DOUBLE).value)
        if x.type == BIT:
            return self.call("PyBool_FromLong", _POINTER, x.as_type(INT64).value)
        return self.call("PyLong_FromLongLong", _POINTER, x.as_type(INT64).value)

    def leave_with(self, failed: Value, error: str, message: str) -> None:
        with self.builder.if_then(failed, likely=False):
            if self.thread is not None:
                self.call("PyEval_RestoreThread", ir.VoidType(), self.thread)
            type_ = self.object(python.ERRORS[error])
            self.call("PyErr_SetString", ir.VoidType(), type_, self.text(message))
            self.clean()

    def leave_if(self, failed: Value) -> None:
        """Leaves with an error that Python knows of."""
        with self.builder.if_then(failed, likely=False):
            self.clean()

    def clean(self) -> None:
        """Ends without a result."""
        if not self.owned and not self.memory:
            self.builder.ret(_NULL)
            return
        if self.cleaning is None:
            self.cleaning = self.builder.append_basic_block("cleaning")
            with self.builder.goto_block(self.cleaning):
                self.release()
                for array in self.owned:
                    self.call("Py_DecRef", ir.VoidType(), array)
                self.builder.ret(_NULL)
        self.builder.branch(self.cleaning)

    def fail(self, failed: Value, code: int) -> None:
        self.leave_with(failed, *_ERRORS[code])

    def object(self, symbol: str) -> Value:
        """An object of Python that stands under a symbol."""
        known = self.module.globals.get(symbol)
        return known or ir.GlobalVariable(self.module, BYTE, symbol)

    def text(self, text: str) -> Value:
        """A constant text, as C has them."""
        data = bytearray(text.encode() + b"\0")
        type_ = ir.ArrayType(BYTE, len(data))
        place: Any = ir.GlobalVariable(self.module, type_, self.module.get_unique_name("text"))
        place.linkage = "internal"
        place.initializer = ir.Constant(type_, data)
        return self.builder.bitcast(place, _POINTER)

    # -- steps that stand at the top

    def body(self) -> None:
        parts = list(stretches(self.procedure.body, self.dtypes))
        if any(isinstance(part, Stretch) for part in parts):
            results = [Local(b.name, b.dtype) for b in self.procedure.outputs if not b.shape]
            kept = slots(parts, results)
            place = self.cell(ir.ArrayType(INT64, len(kept)))
            self.frame = Frame(kept, self.builder.bitcast(place, _POINTER))
        for part in parts:
            if isinstance(part, Stretch):
                self.stretch(part)
            else:
                self.block(part)

    def stretch(self, stretch: Stretch) -> None:
        """A call of the lines' function, with what they take from elsewhere put into the frame."""
        taken = {s.name for s in stretch.leaves if isinstance(s, Local)}
        for name in sorted(taken - stretch.made):
            if not self.is_kept(name):
                place = self.frame.slot(self.builder, name)
                self.builder.store(self.local(name).value, place)
        function, arrays, numbers = stretch_function(
            self.module, self.machine, stretch, self.frame, self.buffers
        )
        args = [self.arrays[buffer.name].pointer for buffer in arrays]
        values = [self.values[name].value for name in numbers]
        self.builder.call(function, [self.frame.place, *args, *values])

    def step(self, step: Step) -> None:
        if isinstance(step, (For, Gemm)):
            self.call_nest(share(step, self.buffers, self.scratch))
        elif isinstance(step, Routine):
            self.routine(step)
        elif not isinstance(step, Alloc):
            super().step(step)

    def call_nest(self, call: NestCall) -> None:
        function = self.functions.get(call.shared)
        if function is None:
            function = nest_function(self.module, self.machine, call.shared)
            self.functions[call.shared] = function
        self.calls[function] += 1
        args = [self.arrays[name].pointer for name in call.arrays]
        args += [self.scalar(number).value for number in call.numbers]
        args += [self.cells[cell.name] for cell in call.cells]
        code = self.builder.call(function, args)
        if can_fail(call.shared):
            for known in _ERRORS:
                self.fail(self.builder.icmp_signed("==", code, INT32(known)), known)

    def routine(self, step: Routine) -> None:
        """A compiled function of the runtime, on whole arrays."""
        arrays = [name for name in step.targets if name in self.arrays]
        name = step.routine if arrays else f"{step.routine}_of"
        args = [self.argument(name) for name in (*arrays, *step.sources)]
        try:
            results = self.own_routine(name, step.params, args)
        except NotUnderstood:
            results = self.numbas_routine(name, step.params, args)
        if not arrays:
            self.values.update(zip(step.targets, map(self.lanes, results), strict=True))

    def own_routine(self, name: str, params: Any, args: Sequence[Argument]) -> list[Value]:
        """A call of a routine that is part of the module."""
        kinds = tuple((dtype, len(extents)) for dtype, extents, _ in args)
        made = self.made.get((name, params, kinds)) or emitted(
            self.module, self.machine, name, params, kinds
        )
        self.made[name, params, kinds] = made
        place = self.builder.bitcast(self.cell(ir.ArrayType(INT64, 4)), _POINTER)
        values = [v for _, extents, first in args for v in (first, *extents)]
        code = self.builder.call(made.function, [place, *values])
        for k, error in enumerate(made.errors):
            self.leave_with(self.builder.icmp_signed("==", code, INT32(k + 1)), *error)
        return [self.loaded(place, 8 * k, type_) for k, type_ in enumerate(made.results)]

    def numbas_routine(self, name: str, params: Any, args: Sequence[Argument]) -> list[Value]:
        failed, explain, results = self.routines.whole(self.builder, name, params, args)
        with self.builder.if_then(failed, likely=False):
            self.call("PyEval_RestoreThread", ir.VoidType(), self.thread)
            explain()
            self.clean()
        return results

    def argument(self, name: str) -> Argument:
        """The dtype, the extents and the place of an array, or a number."""
        array = self.arrays.get(name)
        if array is not None:
            return array.dtype, [self.scalar(n).value for n in array.shape], array.pointer
        value = self.local(name).value
        return next(dtype for dtype, type_ in TYPES.items() if type_ == value.type), (), value
