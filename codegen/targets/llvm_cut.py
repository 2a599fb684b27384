"""Whether threads may share a nest, some turns of its outer loop each: from the nest alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import reduce
from operator import mul
from typing import NamedTuple

from ..index import SPECIAL, TRANSCENDENTAL, Apply, Read, Scalar, Var
from ..nests import For, Gemm, If, Local, Step, Store
from ..scalars import int_, walk
from ..steps import contended, every, inside, scalars_of

Loops = tuple[tuple[str, Scalar, Scalar], ...]
_COSTS = dict.fromkeys(TRANSCENDENTAL | SPECIAL | {"pow"}, 20) | {"sqrt": 4, "div": 4}
_ACCESS = 4
_UNKNOWN = 8


class Cut(NamedTuple):
    """What each chunk of a nest needs for itself, beside its part of the loop.

    Into `gathered` arrays, each with its combination, all chunks accumulate; `scratch` arrays are
    filled anew in every turn; `cells` are the combinations of the nest's cells.
    """

    gathered: tuple[tuple[str, str], ...]
    scratch: tuple[str, ...]
    cells: tuple[str, ...]


def cut(nest: For, cells: Sequence[Local], scratch: Sequence[str]) -> Cut | None:
    """How to cut the nest; `scratch` are arrays that nobody reads after it."""
    found = contended((nest,), nest.index)
    combines = [found.pop(cell.name, None) for cell in cells]
    gathered, private = [], []
    for name, combine in found.items():
        if combine:
            gathered.append((name, combine))
        elif name in scratch and _filled_anew(name, nest):
            private.append(name)
        else:
            return None
    if not all(combines) or any(isinstance(step, Gemm) for step in every(nest)):
        return None
    return Cut(tuple(gathered), tuple(private), tuple(filter(None, combines)))


def _filled_anew(name: str, nest: For) -> bool:
    """Whether every turn stores an array before it reads it, by loops that run alike."""
    found = [place for step in nest.body for place in _places(name, step, ())]
    return bool(found) and found[0][0] and all(place[1:] == found[0][1:] for place in found)


def _places(name: str, step: Step, loops: Loops) -> Iterator[tuple[bool, Read, Loops]]:
    """Where an array is read and stored, in order: (stored, element, loops around it)."""
    for scalar in scalars_of(step):
        for part in walk(scalar):
            if isinstance(part, Read) and part.buffer == name:
                yield False, part, loops
    if isinstance(step, Store) and step.buffer == name:
        yield True, Read(name, step.index), loops
    around = loops
    if isinstance(step, For):
        around = (*loops, (step.index, step.start, step.stop))
    elif isinstance(step, If):
        around = (*loops, ("if", step.condition, step.condition))
    for part in inside(step):
        yield from _places(name, part, around)


def work(steps: Sequence[Step], known: set[str]) -> Scalar:
    """The work of steps as a function of `known` numbers, in units of an addition."""
    total: Scalar = int_(0)
    for extents, count in _counts(steps, known).items():
        total = total + reduce(mul, extents, int_(count))
    return total


def _counts(steps: Sequence[Step], known: set[str]) -> Counter[tuple[Scalar, ...]]:
    """The units of work inside of loops of these extents: as many terms as there are kinds."""
    counts: Counter[tuple[Scalar, ...]] = Counter()
    for step in steps:
        if isinstance(step, For):
            extent = _extent(step, known)
            for extents, count in _counts(step.body, known).items():
                counts[extent, *extents] += count
        else:
            scalars = (part for scalar in scalars_of(step) for part in walk(scalar))
            counts[()] += sum(map(_cost, scalars))
            counts.update(_counts(inside(step), known))
    return counts


def _extent(loop: For, known: set[str]) -> Scalar:
    if not _is_known(loop.stop, known):
        return int_(_UNKNOWN)
    return loop.stop - loop.start if _is_known(loop.start, known) else loop.stop


def _is_known(scalar: Scalar, known: set[str]) -> bool:
    return not any(
        isinstance(part, Read) or (isinstance(part, (Var, Local)) and part.name not in known)
        for part in walk(scalar)
    )


def _cost(part: Scalar) -> int:
    if isinstance(part, Apply):
        return _COSTS.get(part.name, 1)
    return _ACCESS if isinstance(part, Read) else 0
