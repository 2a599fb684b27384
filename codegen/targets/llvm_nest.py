"""A shared nest as a function of its module: pointers to arrays, numbers, pointers to scalars."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from llvmlite import ir

from ..index import Apply, Scalar
from ..nests import Step
from ..scalars import walk
from .llvm_groups import inside, scalars_of
from .llvm_lanes import INT32, TYPES, Lanes
from .llvm_plan import checked
from .llvm_scalars import Machine, stored
from .llvm_share import Shared
from .llvm_strips import StripSteps


def nest_function(module: Any, machine: Machine, shared: Shared) -> Any:
    """The function; it gives 0, or the code of an error."""
    function = _declared(module, shared)
    builder = ir.IRBuilder(function.append_basic_block())
    args = iter(function.args)
    pointers = {buffer.name: next(args) for buffer in shared.arrays}
    numbers = {number.name: Lanes(builder, next(args)) for number in shared.numbers}
    steps = StripSteps(machine, builder, {}, numbers)
    for buffer in shared.arrays:
        steps.name_array(buffer, pointers[buffer.name])
    steps.cells.update({cell.name: next(args) for cell in shared.cells})
    steps.step(shared.nest)
    builder.ret(INT32(0))
    return function


def _declared(module: Any, shared: Shared) -> Any:
    pointers = [stored(buffer.dtype).as_pointer() for buffer in shared.arrays]
    numbers = [TYPES[getattr(number, "dtype", "int64")] for number in shared.numbers]
    cells = [TYPES[cell.dtype].as_pointer() for cell in shared.cells]
    kind = ir.FunctionType(INT32, [*pointers, *numbers, *cells])
    function = ir.Function(module, kind, module.get_unique_name("nest"))
    function.linkage = "internal"
    for attribute in ("noinline", "nounwind"):
        function.attributes.add(attribute)
    for arg in function.args:
        if isinstance(arg.type, ir.PointerType):
            arg.add_attribute("noalias")
    return function


def can_fail(shared: Shared) -> bool:
    """Whether an index or an exponent in the nest is checked."""
    dtypes = {buffer.name: buffer.dtype for buffer in shared.arrays}
    calls = (part for scalar in _scalars(shared.nest) for part in walk(scalar))
    return any(isinstance(part, Apply) and checked(part, dtypes) for part in calls)


def _scalars(step: Step) -> Iterator[Scalar]:
    """All scalars in a step, and in those inside it."""
    yield from scalars_of(step)
    for inner in inside(step):
        yield from _scalars(inner)
