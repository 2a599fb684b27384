"""LAPACK and BLAS from compiled code, by SciPy's addresses: `getrf((m, n, a, lda, pivots))`.

Arrays are passed by their data, numbers by reference, in the order that the manual gives.
Integers become 32-bit; a `uint8` is a character. LAPACK's last argument, info, is the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from .blas_threads import ENTER, LEAVE, PER_NUMBER
from .symbols import blas_symbol, lapack_symbol

_INT, _LONG = ir.IntType(32), ir.IntType(64)


def lapack(name: str) -> Any:
    """LAPACK's function of this name, for float32 or float64, as its first array of floats is."""
    return _fortran(name, lapack_symbol, with_info=True)


def blas(name: str) -> Any:
    """A subroutine of BLAS, likewise; its result is 0."""
    return _fortran(name, blas_symbol, with_info=False)


def _fortran(name: str, symbol: Callable[[str], str], with_info: bool) -> Any:
    def typed(typing: Any, args: Any) -> Any:
        full = symbol(_letter(args) + name)

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            info = cgutils.alloca_once_value(builder, ir.Constant(_INT, 0))
            pointers = [
                _pointer(context, builder, value, type_)
                for value, type_ in zip(cgutils.unpack_tuple(builder, values[0]), args, strict=True)
            ] + [info] * with_info
            kind = ir.FunctionType(ir.VoidType(), [p.type for p in pointers])
            function = cgutils.get_or_insert_function(builder.module, kind, full)
            entered = _named(builder, ENTER, _LONG, _work(context, builder, values[0], args))
            builder.call(function, pointers)
            _named(builder, LEAVE, ir.VoidType(), entered)
            return builder.sext(builder.load(info), _LONG)

        return types.int64(args), generate

    typed.__name__ = typed.__qualname__ = name
    return intrinsic(typed)


def _named(builder: Any, name: str, result: ir.Type, value: Any) -> Any:
    kind = ir.FunctionType(result, [_LONG])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), [value])


def _work(context: Any, builder: Any, values: Any, args: Any) -> Any:
    """About as many multiplications as the first array, which is the matrix, will take."""
    first = next(k for k, type_ in enumerate(args) if isinstance(type_, types.Array))
    matrix = context.make_array(args[first])(context, builder, builder.extract_value(values, first))
    return builder.mul(matrix.nitems, ir.Constant(_LONG, PER_NUMBER))


def _letter(args: Any) -> str:
    floats = (a.dtype for a in args if isinstance(a, types.Array) and a.dtype != types.int32)
    return "s" if next(floats) == types.float32 else "d"


def _pointer(context: Any, builder: Any, value: Any, type_: Any) -> Any:
    if isinstance(type_, types.Array):
        return context.make_array(type_)(context, builder, value).data
    if type_ == types.uint8:
        return cgutils.alloca_once_value(builder, value)
    if isinstance(type_, types.Float):
        return cgutils.alloca_once_value(builder, value)
    narrow = builder.trunc(value, _INT) if value.type.width > 32 else value
    return cgutils.alloca_once_value(builder, narrow)
