"""Calls of the runtime's routines, which Numba compiles, from kernels, which it does not.

A kernel names each by a symbol, and has Numba's convention for what goes in and comes out.
"""

from __future__ import annotations

import functools
import importlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from llvmlite import ir

from ..runtime import python, routines
from .llvm_lanes import DOUBLE, INT64, external

Value = Any
Argument = tuple[str, Sequence[Value], Value]  # dtype, extents, and place or number
Builder = Any


class Routines:
    """The routines that a module calls: by symbol, what `link` takes."""

    def __init__(self, module: Any) -> None:
        self.module = module
        self.called: dict[str, str] = {}

    def whole(
        self,
        builder: Builder,
        name: str,
        params: Sequence[tuple[str, Any]],
        args: Sequence[Argument],
    ) -> tuple[Value, Callable[[], None], list[Value]]:
        """A routine on whole arrays: (failed, what emits Python's error, results)."""
        kinds = [[dtype, len(extents)] for dtype, extents, _ in args]
        function, done = self._declared(json.dumps([name, [list(p) for p in params], kinds]))
        values = [_value(builder, argument) for argument in args]
        status, result = _called(builder, function, done, values)
        parts = _parts(builder, done.signature.return_type, result)
        return status.is_error, lambda: _explain(builder, status), parts

    def scalar(self, builder: Builder, name: str, values: list[Value]) -> tuple[Value, Value]:
        """A function of numbers, all of the type of the first: (failed, result)."""
        dtype = "float64" if values[0].type == DOUBLE else "int64"
        function, done = self._declared(json.dumps([name, [], [[dtype, 0]] * len(values)]))
        status, result = _called(builder, function, done, values)
        return status.is_error, result

    def _declared(self, what: str) -> tuple[Any, Any]:
        """The function as this module knows it, and what Numba made."""
        symbol = routines.symbol(what)
        self.called[symbol] = what
        done = routines.made(what)
        function = self.module.globals.get(symbol)
        if function is None:
            convention = _context().call_conv
            types_ = convention.get_function_type(done.signature.return_type, done.signature.args)
            function = ir.Function(self.module, types_, symbol)
        return function, done


@functools.cache
def _context() -> Any:
    return importlib.import_module("numba.core.registry").cpu_target.target_context


def _value(builder: Builder, argument: Argument) -> Value:
    """An argument as Numba wants it; it owns no memory."""
    dtype, extents, value = argument
    if not extents:
        return value
    arrays = importlib.import_module("numba.np.arrayobj")
    cgutils = importlib.import_module("numba.core.cgutils")
    type_ = routines.numba_type(dtype, len(extents))
    struct = _context().make_array(type_)(_context(), builder)
    item = INT64(type_.dtype.bitwidth // 8 if dtype != "bool" else 1)
    steps = [item]
    for extent in reversed(extents[1:]):
        steps.insert(0, builder.mul(extent, steps[0]))
    arrays.populate_array(
        struct,
        data=builder.bitcast(value, struct.data.type),
        shape=cgutils.pack_array(builder, list(extents), INT64),
        strides=cgutils.pack_array(builder, steps, INT64),
        itemsize=item,
        meminfo=None,
    )
    return struct._getvalue()


def _called(builder: Builder, function: Any, done: Any, values: Sequence[Value]) -> tuple[Any, Any]:
    signature = done.signature
    return _context().call_conv.call_function(
        builder, function, signature.return_type, signature.args, values
    )


def _parts(builder: Builder, type_: Any, result: Value) -> list[Value]:
    """The numbers that a routine gives."""
    types = importlib.import_module("numba").types
    if type_ == types.none:
        return []
    if not isinstance(type_, types.BaseTuple):
        return [result]
    return [builder.extract_value(result, k) for k in range(len(type_))]


def _explain(builder: Builder, status: Any) -> None:
    """Tells Python of the error, which Numba has pickled."""
    error = builder.load(status.excinfoptr)
    parts = [builder.extract_value(error, k) for k in range(2)]
    external(builder, python.RAISE, ir.VoidType(), parts)
