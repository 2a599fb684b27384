"""Calls of the runtime's routines, which Numba compiles, from kernels, which it does not.

A kernel names each by a symbol, and has Numba's convention for what goes in and comes out.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any

from ..runtime import python, routines
from . import ir
from .llvm_lanes import BIT, BYTE, BYTES, DOUBLE, INT32, INT64, stored

Value = Any
Argument = tuple[str, Sequence[Value], Value]  # dtype, extents, and place or number
Builder = Any
_POINTER = BYTE.as_pointer()
_ERROR = ir.LiteralStructType([_POINTER, INT32, _POINTER, _POINTER, INT32])  # pickled, its size, ..
_NONE = -2  # what a routine without results gives; with results it is 0, else an error


class Routines:
    """The routines that a module calls: by symbol, what `link` takes."""

    def __init__(self) -> None:
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
        what = json.dumps([name, [list(p) for p in params], kinds])
        values = [value for argument in args for value in _values(builder, argument)]
        failed, error, results = self._call(builder, what, values)
        return failed, lambda: _explain(builder, error), results

    def scalar(self, builder: Builder, name: str, values: list[Value]) -> tuple[Value, Value]:
        """A function of numbers, all of the type of the first: (failed, result)."""
        dtype = "float64" if values[0].type == DOUBLE else "int64"
        what = json.dumps([name, [], [[dtype, 0]] * len(values)])
        failed, _, results = self._call(builder, what, values)
        return failed, results[0]

    def _call(
        self, builder: Builder, what: str, values: Sequence[Value]
    ) -> tuple[Value, Value, list[Value]]:
        """Whether a routine failed, where then its error stands, and its results."""
        symbol = routines.symbol(what)
        self.called[symbol] = what
        dtypes = routines.results(what)
        type_ = ir.LiteralStructType([stored(dtype) for dtype in dtypes] or [_POINTER])
        with builder.goto_entry_block():
            place, error = builder.alloca(type_), builder.alloca(_ERROR.as_pointer())
        builder.store(type_(None), place)
        code = builder.called(symbol, INT32, [place, error, *values])
        failed = [builder.icmp_signed("!=", code, INT32(good)) for good in (0, _NONE)]
        parts = range(len(dtypes))
        found = [builder.load(builder.gep(place, [INT32(0), INT32(k)])) for k in parts]
        results = [builder.trunc(x, BIT) if x.type == BYTE else x for x in found]
        return builder.and_(*failed), error, results


def _values(builder: Builder, argument: Argument) -> list[Value]:
    """An argument as Numba wants it; an array owns no memory."""
    dtype, extents, value = argument
    if not extents:
        return [builder.zext(value, BYTE) if value.type == BIT else value]
    strides = [INT64(BYTES[dtype])]
    for extent in reversed(extents):
        strides.insert(0, builder.mul(extent, strides[0]))
    size = INT64(1)
    for extent in extents:
        size = builder.mul(size, extent)
    nobody = _POINTER(None)
    return [nobody, nobody, size, strides[-1], value, *extents, *strides[1:]]


def _explain(builder: Builder, error: Value) -> None:
    """Tells Python of the error, which Numba has pickled."""
    place = builder.load(error)
    parts = [builder.load(builder.gep(place, [INT32(0), INT32(k)])) for k in range(2)]
    builder.called(python.RAISE, ir.VoidType(), parts)
