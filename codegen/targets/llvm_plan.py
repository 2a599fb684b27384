"""Which loops may run in many lanes at once, and in how many: reasoning about nests alone.

A loop may if no turn needs what another turn wrote: what it stores is stored at places that differ
from turn to turn, and read back at no other place; what it gathers, it only gathers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from ..check import dtype_of
from ..index import SPECIAL, TRANSCENDENTAL, Apply, Read, Scalar, Var
from ..nests import Accumulate, For, Let, Local, Step, Store
from ..scalars import affine, reads, walk

Simple = Let | Store | Accumulate
_GATHERS = frozenset({"add", "mul", "maximum", "minimum"})
_COSTS = dict.fromkeys(TRANSCENDENTAL | SPECIAL, 20) | {"sqrt": 4, "div": 4, "reciprocal": 4}
_SIZES = {"float64": 8, "float32": 4}


class Stride(NamedTuple):
    """How far an element moves from turn to turn: coefficients of the loop index, axis by axis.

    None if the way is not a straight line.
    """

    steps: tuple[int, ...] | None

    @property
    def fixed(self) -> bool:
        return self.steps is not None and not any(self.steps)

    @property
    def moving(self) -> bool:
        """Whether it is another element in every turn."""
        return self.steps is not None and any(self.steps)


def stride(index: tuple[Scalar, ...], loop: str, varying: set[str]) -> Stride:
    """The stride of an element in the loop, in which the locals `varying` change."""
    steps = []
    for axis in index:
        terms = affine(axis)
        if any(varies(atom, loop, varying) for atom in terms if atom not in (None, Var(loop))):
            return Stride(None)
        steps.append(terms.get(Var(loop), 0))
    return Stride(tuple(steps))


def varies(scalar: Scalar | None, loop: str, varying: set[str]) -> bool:
    """Whether a scalar may change from turn to turn."""
    return scalar is not None and any(
        (isinstance(part, Var) and part.name == loop)
        or (isinstance(part, Local) and part.name in varying)
        for part in walk(scalar)
    )


class Plan(NamedTuple):
    """In how many lanes a loop may run, and whether its turns are much work."""

    lanes: int
    heavy: bool = False


def plan(loop: For, dtypes: Mapping[str, str], vector_bytes: int, most: int) -> Plan:
    """The plan for a loop: one lane if its turns must come one after the other.

    Light work is done for several vectors at once, up to `most`.
    """
    body = [step for step in loop.body if isinstance(step, (Let, Store, Accumulate))]
    made = {step.name for step in body if isinstance(step, Let)}
    if len(body) != len(loop.body) or not independent(loop.index, body, dtypes, made):
        return Plan(1)
    work = cost(body)
    unrolled = min(most, 4 if work <= 4 else 2 if work <= 12 else 1)
    return Plan(lanes(body, dtypes, vector_bytes) * unrolled, work > 12)


def lanes(body: Iterable[Simple], dtypes: Mapping[str, str], vector_bytes: int) -> int:
    """How many numbers of the widest kind that is computed a register holds."""
    scalars = (s for s in _scalars(body) if not isinstance(s, Var))
    widest = max((_SIZES.get(dtype_of(s, dtypes), 0) for s in scalars), default=0)
    return vector_bytes // (widest or 8)


def cost(body: Iterable[Simple]) -> int:
    """The work of the steps, in units of an addition."""
    return sum(_COSTS.get(s.name, 1) for s in _scalars(body) if isinstance(s, Apply))


def _scalars(body: Iterable[Simple]) -> Iterator[Scalar]:
    """All scalars in the steps, those of indices left out."""
    for step in body:
        yield from _without_indices(step.value)


def _without_indices(scalar: Scalar) -> Iterator[Scalar]:
    inside = {id(part) for read in reads(scalar) for axis in read.index for part in walk(axis)}
    return (part for part in walk(scalar) if id(part) not in inside)


def independent(
    loop: str, body: Sequence[Simple], dtypes: Mapping[str, str], varying: set[str]
) -> bool:
    """Whether the steps may run for many turns at once, each step for all turns before the next.

    `varying` are the locals that change from turn to turn.
    """
    gathered = [s for s in body if isinstance(s, Accumulate) and not _moves(s, loop, varying)]
    return (
        all(simple(step, dtypes) for step in body)
        and all(_only_gathered(step, body, dtypes) for step in gathered)
        and all(
            _own_place(step, body, loop, varying)
            for step in body
            if isinstance(step, Store) or (isinstance(step, Accumulate) and step not in gathered)
        )
    )


def _moves(step: Accumulate, loop: str, varying: set[str]) -> bool:
    """Whether it changes an element that moves with the loop, or none can say where."""
    if isinstance(step.target, Local):
        return False
    return not stride(step.target.index, loop, varying).fixed


def checked(call: Apply, dtypes: Mapping[str, str]) -> bool:
    """Whether a function may find its arguments wrong, and leave."""
    if call.name == "pow":
        return not dtype_of(call.args[0], dtypes).startswith("float")
    return call.name == "wrap_index"


def simple(step: Step, dtypes: Mapping[str, str]) -> bool:
    """Whether each of its functions can be carried out in all lanes at once."""
    parts = [part for scalar in _all_scalars(step) for part in walk(scalar)]
    return not any(isinstance(part, Apply) and checked(part, dtypes) for part in parts)


def _all_scalars(step: Step) -> tuple[Scalar, ...]:
    if isinstance(step, Store):
        return (*step.index, step.value)
    if isinstance(step, Accumulate):
        return (step.target, step.value)
    return (step.value,) if isinstance(step, Let) else ()


def _only_gathered(step: Accumulate, body: Sequence[Simple], dtypes: Mapping[str, str]) -> bool:
    """Whether nothing else in the body touches what the step gathers in."""
    if step.combine not in _GATHERS or dtype_of(step.target, dtypes) == "bool":
        return False
    inside = [s for other in body for scalar in _touched(other, step) for s in walk(scalar)]
    if isinstance(step.target, Local):
        return step.target not in inside
    assert isinstance(step.target, Read)
    name = step.target.buffer
    stores = [other for other in body if isinstance(other, Store) and other.buffer == name]
    return not stores and all(not isinstance(s, Read) or s.buffer != name for s in inside)


def _touched(other: Step, step: Accumulate) -> tuple[Scalar, ...]:
    return (*_index(step.target), step.value) if other is step else _all_scalars(other)


def _index(target: Scalar) -> tuple[Scalar, ...]:
    return target.index if isinstance(target, Read) else ()


def _own_place(
    step: Store | Accumulate, body: Sequence[Simple], loop: str, varying: set[str]
) -> bool:
    """Whether every turn has an element of its own here, and all of the body agrees on which."""
    target = Read(step.buffer, step.index) if isinstance(step, Store) else step.target
    assert isinstance(target, Read)
    if not stride(target.index, loop, varying).moving:
        return False
    every = [s for other in body for scalar in _all_scalars(other) for s in walk(scalar)]
    places = [Read(s.buffer, s.index) for s in body if isinstance(s, Store)]
    same = [r for r in (*every, *places) if isinstance(r, Read) and r.buffer == target.buffer]
    return all(read == target for read in same)
