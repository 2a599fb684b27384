"""Procedure -> one Numba intrinsic that emits LLVM code itself: no front end reads the program.

The kernel is an ordinary dispatcher. Its body allocates, calls one function for each distinct nest,
and returns; straight-line scalars stand in the body itself.
"""

from __future__ import annotations

import re
from typing import Any

from numba import types
from numba.core import cgutils
from numba.core.errors import TypingError
from numba.extending import intrinsic

from .. import cache
from ..nests import Procedure
from . import compiled
from .llvm_entry import Entry, numba_type


def load(procedure: Procedure, outputs_given: bool = False) -> Any:
    """The dispatcher of a procedure: a function of the inputs, or of inputs and output arrays."""
    program = f"{procedure}\n{outputs_given}"
    name = f"{re.sub(r'[^A-Za-z0-9_]', '_', procedure.name)}_{cache.digest(program)[:16]}"
    given = [b for b in procedure.outputs if b.shape] if outputs_given else []
    count = len(procedure.inputs) + len(given)
    args = "".join(f"a{k}, " for k in range(count))
    text = f"def {name}({args}):\n    return body(({args}))\n"
    scope: dict[str, Any] = {"body": _body(procedure, outputs_given), "__name__": __name__}
    exec(compile(text, f"<kernel {procedure.name}>", "exec"), scope)
    about = f"{procedure.name} ({len(procedure.body):,} steps)"
    return compiled.dispatcher(scope[name], program, about)


def _body(procedure: Procedure, outputs_given: bool) -> Any:
    """The intrinsic that stands for the procedure; it takes its arguments as one tuple."""

    def body(typing: Any, args: Any) -> Any:
        _check_types(procedure, args)
        results = [b for b in procedure.outputs if not (outputs_given and b.shape)]
        result = types.Tuple([numba_type(b) for b in results])

        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            entry = Entry(procedure, context, builder)
            entry.enter(cgutils.unpack_tuple(builder, values[0]), args, outputs_given)
            entry.block(procedure.body)
            return context.make_tuple(builder, result, entry.leave(results))

        return result(args), generate

    body.__name__ = body.__qualname__ = "body"
    return intrinsic(body)


def _check_types(procedure: Procedure, args: Any) -> None:
    buffers = (*procedure.inputs, *(b for b in procedure.outputs if b.shape))
    for buffer, given in zip(buffers, args, strict=False):
        wanted = numba_type(buffer)
        array = isinstance(wanted, types.Array)
        fits = isinstance(given, types.Array) and given.layout == "C" and given.aligned
        if array and not (fits and given.ndim == wanted.ndim and given.dtype == wanted.dtype):
            raise TypingError(f"{buffer.name} must be {wanted}, not {given}")
        if not array and not isinstance(given, (types.Number, types.Boolean)):
            raise TypingError(f"{buffer.name} must be a number, not {given}")
