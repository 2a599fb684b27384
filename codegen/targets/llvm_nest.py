"""A shared nest as a function of its module: pointers to arrays, numbers, pointers to scalars."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..index import Apply
from ..scalars import walk
from ..steps import scalars
from . import ir
from .llvm_declared import declared
from .llvm_lanes import INT32, TYPES, Lanes, stored
from .llvm_machine import Machine
from .llvm_plan import checked
from .llvm_share import Shared
from .llvm_strips import StripSteps

Value = Any
Type = Any


def argument_types(shared: Shared) -> list[Type]:
    pointers = [stored(buffer.dtype).as_pointer() for buffer in shared.arrays]
    numbers = [TYPES[getattr(number, "dtype", "int64")] for number in shared.numbers]
    cells = [TYPES[cell.dtype].as_pointer() for cell in shared.cells]
    return [*pointers, *numbers, *cells]


def opened(machine: Machine, shared: Shared, builder: Any, args: Sequence[Value]) -> StripSteps:
    """Steps in which the arguments of a nest have their names."""
    values = iter(args)
    pointers = {buffer.name: next(values) for buffer in shared.arrays}
    numbers = {number.name: Lanes(builder, next(values)) for number in shared.numbers}
    steps = StripSteps(machine, builder, {}, numbers)
    for buffer in shared.arrays:
        steps.name_array(buffer, pointers[buffer.name])
    steps.cells.update({cell.name: next(values) for cell in shared.cells})
    return steps


def whole_nest(module: Any, machine: Machine, shared: Shared) -> Any:
    """The function of all turns; it gives 0, or the code of an error."""
    function = declared(module, "nest", argument_types(shared))
    builder = ir.IRBuilder(function.append_basic_block())
    opened(machine, shared, builder, function.args).step(shared.nest)
    builder.ret(INT32(0))
    return function


def can_fail(shared: Shared) -> bool:
    """Whether an index or an exponent in the nest is checked."""
    dtypes = {buffer.name: buffer.dtype for buffer in shared.arrays}
    calls = (part for scalar in scalars((shared.nest,)) for part in walk(scalar))
    return any(isinstance(part, Apply) and checked(part, dtypes) for part in calls)
