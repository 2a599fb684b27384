"""Long straight-line code, cut into functions: LLVM needs ever longer for each line of a long one.

What one stretch makes and another needs stands in a frame, memory that all of them are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from ..index import Apply, Buffer, Read, Scalar, Var
from ..nests import Let, Local, Step
from ..scalars import parts, walk, with_parts
from ..steps import touched
from ..vecmath import TOGETHER
from . import ir
from .llvm_declared import declared
from .llvm_lanes import BYTE, INT32, INT64, TYPES, Lanes, stored
from .llvm_machine import Machine
from .llvm_plan import simple
from .llvm_strips import StripSteps

Value = Any
_LONG = 600  # lines from which on a stretch is cut
_SHORT = 300  # lines of each piece
_POINTERS = {dtype: type_.as_pointer() for dtype, type_ in TYPES.items()}


class Stretch(NamedTuple):
    """Neighbouring lines that become a function, the locals they make, and what they read."""

    steps: tuple[Let, ...]
    made: frozenset[str]
    leaves: tuple[Scalar, ...]


def _stretch(lines: Sequence[Let]) -> Stretch:
    every = (part for step in lines for part in walk(step.value))
    leaves = dict.fromkeys(part for part in every if isinstance(part, (Local, Read, Var)))
    return Stretch(tuple(lines), frozenset(step.name for step in lines), tuple(leaves))


def stretches(
    steps: Sequence[Step], dtypes: Mapping[str, str]
) -> Iterator[Stretch | tuple[Step, ...]]:
    """The steps in order, long rows of lines that cannot fail cut into pieces."""
    for is_line, group in groupby(steps, lambda s: isinstance(s, Let) and simple(s, dtypes)):
        row = tuple(group)
        if not is_line or len(row) < _LONG:
            yield row
            continue
        lines = together([step for step in row if isinstance(step, Let)])
        for first in range(0, len(lines), _SHORT):
            yield _stretch(lines[first : first + _SHORT])


def together(lines: Sequence[Let]) -> list[Let]:
    """Functions of one local that are made together, all where the first of them is wanted.

    A gradient asks for the cosine long after the sine, in another piece: it is kept until then.
    """
    calls = [_calls(line) for line in lines]
    wanted: dict[Any, dict[Apply, int]] = {}
    for k, found in enumerate(calls):
        for call in found:
            wanted.setdefault((TOGETHER[call.name], call.args), {}).setdefault(call, k)
    early: dict[int, list[Let]] = {}
    kept: dict[Scalar, Local] = {}
    for alike in wanted.values():
        first, *others = alike
        for call in others:
            kept[call] = local = _kept(call)
            early.setdefault(alike[first], []).append(Let(local.name, local.dtype, call))
    return [
        new
        for k, line in enumerate(lines)
        for new in (*early.get(k, ()), _with(line, kept) if calls[k] else line)
    ]


def _calls(line: Let) -> list[Apply]:
    """The functions of a local that are made together with others."""
    calls = (part for part in walk(line.value) if isinstance(part, Apply) and part.name in TOGETHER)
    return [call for call in calls if isinstance(call.args[0], Local)]


def _kept(call: Apply) -> Local:
    (x,) = call.args
    assert isinstance(x, Local)
    return Local(f"{call.name} of {x.name}", x.dtype)


def _with(line: Let, kept: Mapping[Scalar, Local]) -> Let:
    """The line with what is kept in the place of its calls."""
    return Let(line.name, line.dtype, _replaced(line.value, kept))


def _replaced(scalar: Scalar, kept: Mapping[Scalar, Local]) -> Scalar:
    if isinstance(scalar, Apply) and scalar.name in TOGETHER and scalar in kept:
        return kept[scalar]
    return with_parts(scalar, tuple([_replaced(part, kept) for part in parts(scalar)]))


class Frame(NamedTuple):
    """Where locals stand that one part of a function leaves to another."""

    slots: Mapping[str, tuple[int, str]]
    place: Value

    def slot(self, builder: Any, name: str) -> Value:
        number, dtype = self.slots[name]
        place = builder.gep(self.place, [INT64(8 * number)])
        return builder.bitcast(place, _POINTERS[dtype])


def slots(
    parts: Sequence[Stretch | tuple[Step, ...]], results: Sequence[Local]
) -> dict[str, tuple[int, str]]:
    """The number and the dtype of every local that a stretch takes from elsewhere or leaves."""
    crossing = dict.fromkeys(results)
    for part in parts:
        scalars, made = (
            (part.leaves, part.made) if isinstance(part, Stretch) else (touched(part), ())
        )
        used = (s for s in scalars if isinstance(s, Local) and s.name not in made)
        crossing |= dict.fromkeys(used)
    return {local.name: (k, local.dtype) for k, local in enumerate(crossing)}


class StretchSteps(StripSteps):
    """Emits lines; locals of others are read from the frame."""

    frame: Frame

    def local(self, name: str) -> Lanes:
        if self.is_kept(name):
            return self.lanes(self.builder.load(self.frame.slot(self.builder, name)))
        return super().local(name)

    def is_kept(self, name: str) -> bool:
        return name not in self.values and name not in self.cells and name in self.frame.slots


def stretch_function(
    module: Any, machine: Machine, stretch: Stretch, frame: Frame, buffers: Any
) -> tuple[Any, list[Buffer], list[str]]:
    """The function of a stretch, the arrays that it takes, and the numbers."""
    names = dict.fromkeys(s.buffer for s in stretch.leaves if isinstance(s, Read))
    arrays = [buffers[name] for name in names]
    extents = (part for b in arrays for n in b.shape[1:] for part in walk(n))
    numbers = list(dict.fromkeys(s.name for s in (*stretch.leaves, *extents) if isinstance(s, Var)))
    pointers = [stored(b.dtype).as_pointer() for b in arrays]
    types_ = [BYTE.as_pointer(), *pointers, *(INT64 for _ in numbers)]
    function = declared(module, "stretch", types_)
    builder = ir.IRBuilder(function.append_basic_block())
    place, *values = function.args
    steps = StretchSteps(machine, builder, {}, {})
    steps.frame = Frame(frame.slots, place)
    steps.values.update(zip(numbers, map(steps.lanes, values[len(arrays) :])))
    for buffer, pointer in zip(arrays, values):
        steps.name_array(buffer, pointer)
    for step in stretch.steps:
        steps.step(step)
        if step.name in frame.slots:
            builder.store(steps.values[step.name].value, steps.frame.slot(builder, step.name))
    builder.ret(INT32(0))
    return function, arrays, numbers
