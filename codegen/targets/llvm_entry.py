"""The body of a kernel's dispatcher: takes arguments apart, allocates, calls the nests, returns."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.np.arrayobj import populate_array

from .. import cache, runtime
from ..index import Buffer, Var, show
from ..nests import Alloc, For, Gemm, Procedure, Routine, Step
from ..runtime import memory
from . import compiled
from .llvm_chunks import nest_function
from .llvm_groups import name_of, touched
from .llvm_lanes import BIT, INT32, INT64, TYPES, Lanes, external, host_features
from .llvm_nest import can_fail
from .llvm_scalars import BYTES, INDEX_ERROR, VALUE_ERROR, Machine, strides
from .llvm_share import NestCall, Shared, share
from .llvm_strips import StripSteps

Value = Any
_ALIGNED = 64
_MANY_NESTS = 16
_ERRORS = {
    INDEX_ERROR: (IndexError, "index out of bounds"),
    VALUE_ERROR: (ValueError, "Integers to negative integer powers are not allowed."),
}
_MEMORY = types.MemInfoPointer(types.voidptr)


def numba_type(buffer: Buffer) -> Any:
    """The type of an argument or a result; a buffer of rank 0 is a number."""
    scalar = types.boolean if buffer.dtype == "bool" else getattr(types, buffer.dtype)
    return types.Array(scalar, len(buffer.shape), "C") if buffer.shape else scalar


@functools.cache
def vector_bytes() -> int:
    """The width of the processor's vector registers."""
    features = host_features()
    return 64 if features.get("avx512f") else 32 if features.get("avx") else 16


def _call(
    context: Any, builder: Any, function: Any, types_: Sequence[Any], values: Sequence[Value]
) -> tuple[Any, Any, Value]:
    """The status of a call of a compiled function, and the type and value of its result."""
    function.compile(tuple(types_))
    done = function.overloads[tuple(types_)]
    context.active_code_library.add_linking_library(done.library)
    status, result = context.call_internal_no_propagate(
        builder, done.fndesc, done.signature, values
    )
    return status, done.signature.return_type, result


def _checked(context: Any, builder: Any, name: str, values: list[Value]) -> tuple[Value, Value]:
    """Whether a function of the runtime raised, and its result; all types are as the first."""
    type_ = types.float64 if isinstance(values[0].type, ir.DoubleType) else types.int64
    function = runtime.function(name)
    status, _, result = _call(context, builder, function, [type_] * len(values), values)
    return status.is_error, result


@functools.cache
def _routine(name: str, count: int, params: tuple[tuple[str, Any], ...]) -> Any:
    """A routine of the runtime with its parameters given, as a function of so many arrays.

    It is kept on the disk by itself: Numba reads such routines for longer than kernels compile.
    """
    args = ", ".join(f"a{k}" for k in range(count))
    given = "".join(f", {key}={value!r}" for key, value in params)
    text = f"({args}):\n    return routine({args}{given})\n"
    own = f"{name}_{cache.digest(name, text)[:16]}"
    scope: dict[str, Any] = {"routine": runtime.function(name), "__name__": __name__}
    exec(f"def {own}{text}", scope)
    return compiled.kept(runtime.function("compiled")(scope[own]), text)


def _used_once(procedure: Procedure) -> set[str]:
    """Temporaries that a single step at the top reads and writes."""
    users: Counter[str] = Counter()
    for step in procedure.body:
        if isinstance(step, Routine):
            users.update((*step.targets, *step.sources))
        elif not isinstance(step, Alloc):
            users.update({name_of(access) for access in touched((step,))})
    return {b.name for b in procedure.temporaries if users[b.name] == 1}


class Entry(StripSteps):
    """The body of the dispatcher: takes arguments apart, allocates, and calls the nests."""

    def __init__(self, procedure: Procedure, context: Any, builder: Any) -> None:
        nests = sum(isinstance(step, For) for step in procedure.body)
        compact = nests > _MANY_NESTS and vector_bytes() == 64  # where masks are cheap
        machine = Machine(vector_bytes(), functools.partial(_checked, context), compact)
        super().__init__(machine, builder, {}, {})
        self.procedure, self.context = procedure, context
        self.buffers = procedure.buffers
        self.structs: dict[str, Any] = {}
        self.types: dict[str, Any] = {}
        self.owned: list[Value] = []
        self.functions: dict[Shared, Any] = {}
        self.scratch = _used_once(procedure)

    # -- coming in

    def enter(self, values: list[Value], args: Any, outputs_given: bool) -> None:
        """Names for all arguments and extents, memory for all arrays."""
        inputs, outputs = self.procedure.inputs, [b for b in self.procedure.outputs if b.shape]
        given = (*inputs, *outputs) if outputs_given else inputs
        pairs = list(zip(given, values, args, strict=True))
        for buffer, value, type_ in pairs:
            if buffer.shape:
                struct = self.context.make_array(type_)(self.context, self.builder, value)
                self.structs[buffer.name], self.types[buffer.name] = struct, type_
            else:
                wanted = numba_type(buffer)
                number = self.context.cast(self.builder, value, type_, wanted)
                self.values[buffer.name] = self.lanes(number)
        for name, buffer, axis in self.procedure.extents:
            self.values[name] = self.extent(buffer, axis)
        self.guard([buffer for buffer, _, _ in pairs if buffer.shape])
        if outputs_given:
            self.apart(outputs)
        made = list(self.procedure.temporaries) + ([] if outputs_given else outputs)
        self.allocate([buffer for buffer in made if buffer.shape])
        for name, struct in self.structs.items():
            self.name_array(self.buffers[name], struct.data)

    def extent(self, buffer: str, axis: int) -> Lanes:
        return self.lanes(self.builder.extract_value(self.structs[buffer].shape, axis))

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
                self.leave_with(differs.value, ValueError, message)

    def apart(self, outputs: list[Buffer]) -> None:
        """Output arrays that share memory with another argument would change it half-way."""
        spans = {name: self.span(struct) for name, struct in self.structs.items()}
        for position, output in enumerate(outputs):
            before = {b.name for b in outputs[: position + 1]}
            for name in spans.keys() - before:
                (start, end), (other_start, other_end) = spans[output.name], spans[name]
                shared = (start < other_end) & (other_start < end)
                message = f"the memory given for {output.name} overlaps {name}"
                self.leave_with(shared.value, ValueError, message)

    def span(self, struct: Any) -> tuple[Lanes, Lanes]:
        """The addresses between which an array lies."""
        start = self.lanes(self.builder.ptrtoint(struct.data, INT64))
        return start, start + self.lanes(struct.nitems) * self.lanes(struct.itemsize)

    def allocate(self, buffers: list[Buffer]) -> None:
        """Memory for all, or a MemoryError and for none."""
        too_large = ir.Constant(BIT, 0)
        sizes = []
        for buffer in buffers:
            size, overflow = self.size(buffer)
            too_large = self.builder.or_(too_large, overflow)
            sizes.append(size)
        self.leave_with(too_large, MemoryError, "an array would be larger than memory can be")
        self.owned = list(map(self.new_memory, sizes))
        missing = ir.Constant(BIT, 0)
        for meminfo in self.owned:
            missing = self.builder.or_(missing, cgutils.is_null(self.builder, meminfo))
        self.leave_with(missing, MemoryError, "no memory is left for the arrays")
        for buffer, meminfo in zip(buffers, self.owned, strict=True):
            self.structs[buffer.name] = self.new_array(buffer, meminfo)
            self.types[buffer.name] = numba_type(buffer)

    def new_memory(self, size: Value) -> Value:
        """Memory that Numba's runtime counts the references to."""
        if memory.available:
            memory.install()
            return external(self.builder, memory.NEW, cgutils.voidptr_t, [size])
        nrt = self.context.nrt
        return nrt.meminfo_alloc_aligned_unchecked(self.builder, size, INT32(_ALIGNED))

    def size(self, buffer: Buffer) -> tuple[Value, Value]:
        """The bytes of a buffer, and whether they are too many to count."""
        total, overflow = INT64(BYTES[buffer.dtype]), ir.Constant(BIT, 0)
        for extent in buffer.shape:
            pair = self.builder.smul_with_overflow(total, self.scalar(extent).value)
            total = self.builder.extract_value(pair, 0)
            overflow = self.builder.or_(overflow, self.builder.extract_value(pair, 1))
        return total, overflow

    def new_array(self, buffer: Buffer, meminfo: Value) -> Any:
        type_ = numba_type(buffer)
        struct = self.context.make_array(type_)(self.context, self.builder)
        data = self.context.nrt.meminfo_data(self.builder, meminfo)
        item = BYTES[buffer.dtype]
        extents = [self.scalar(extent).value for extent in buffer.shape]
        steps = [(step * item).value for step in strides(self, buffer.shape)]
        populate_array(
            struct,
            data=self.builder.bitcast(data, struct.data.type),
            shape=cgutils.pack_array(self.builder, extents, INT64),
            strides=cgutils.pack_array(self.builder, steps, INT64),
            itemsize=INT64(item),
            meminfo=meminfo,
        )
        return struct

    # -- going out

    def release(self, memory: list[Value]) -> None:
        for meminfo in memory:
            self.context.nrt.decref(self.builder, _MEMORY, meminfo)

    def leave_with(self, failed: Value, error: type[Exception], message: str) -> None:
        with self.builder.if_then(failed, likely=False):
            self.release(self.owned)
            self.context.call_conv.return_user_exc(self.builder, error, (message,))

    def fail(self, failed: Value, code: int) -> None:
        self.leave_with(failed, *_ERRORS[code])

    def leave(self, results: list[Buffer]) -> list[Value]:
        """The outputs; what is not among them is released."""
        names = {b.name for b in results}
        for buffer in self.procedure.temporaries:
            if buffer.shape and buffer.name not in names:
                self.release([self.structs[buffer.name].meminfo])
        return [
            self.structs[b.name]._getvalue() if b.shape else self.local(b.name).value
            for b in results
        ]

    # -- steps that stand at the top

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
            function = nest_function(self.builder.module, self.machine, call.shared)
            self.functions[call.shared] = function
        args = [self.arrays[name].pointer for name in call.arrays]
        args += [self.scalar(number).value for number in call.numbers]
        args += [self.cells[cell.name] for cell in call.cells]
        code = self.builder.call(function, args)
        if can_fail(call.shared):
            for known in _ERRORS:
                self.fail(self.builder.icmp_signed("==", code, INT32(known)), known)

    def routine(self, step: Routine) -> None:
        """A compiled function of the runtime, on whole arrays."""
        arrays = [name for name in step.targets if name in self.structs]
        name = step.routine if arrays else f"{step.routine}_of"
        names = (*arrays, *step.sources)
        function = _routine(name, len(names), step.params)
        types_, values = zip(*map(self.argument, names), strict=True)
        status, type_, result = _call(self.context, self.builder, function, types_, values)
        with self.builder.if_then(status.is_error, likely=False):
            self.release(self.owned)
            self.context.call_conv.return_status_propagate(self.builder, status)
        if not arrays:
            several = isinstance(type_, types.BaseTuple)
            parts = cgutils.unpack_tuple(self.builder, result) if several else [result]
            self.values.update(zip(step.targets, map(self.lanes, parts), strict=True))

    def argument(self, name: str) -> tuple[Any, Value]:
        """The type and the value of an array or a scalar."""
        if name in self.structs:
            return self.types[name], self.structs[name]._getvalue()
        value = self.local(name).value
        dtype = next(dtype for dtype, type_ in TYPES.items() if type_ == value.type)
        return numba_type(Buffer(name, (), dtype)), value
