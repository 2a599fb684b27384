"""How the body of an outer loop falls into groups: loops inside, turn by turn; scalars, in lanes.

A row's own scalars, a sigmoid of its sum say, would be computed one row at a time, between its
inner loops. In strips of a few rows, each group of steps can run for all before the next group.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from ..nests import Accumulate, For, Let, Local, Start, Step
from ..steps import bound, name_of, own_row, touched, written
from .llvm_plan import Simple, independent, simple


class Group(NamedTuple):
    """Neighbouring steps of a body that run alike; the locals they take from and give to others."""

    steps: tuple[Step, ...]
    in_lanes: bool
    takes: tuple[Local, ...]
    gives: tuple[Local, ...]


def groups(loop: For, dtypes: Mapping[str, str]) -> tuple[Group, ...]:
    """The groups of a loop's body, or none if it is no good or not allowed to part them."""
    made = {s.name: Local(s.name, s.dtype) for s in loop.body if isinstance(s, (Let, Start))}
    started = {step.name for step in loop.body if isinstance(step, Start)}
    running = _running(loop.body)
    parted = groupby(loop.body, lambda step: _in_lanes(step, started, running, dtypes))
    parts = [(in_lanes, tuple(steps)) for in_lanes, steps in parted]
    lanes = [s for many, steps in parts if many for s in steps if isinstance(s, Simple)]
    if all(many for many, _ in parts):
        return ()
    if not independent(loop.index, lanes, dtypes, set(made)):
        return ()
    if not _may_be_parted(loop, [steps for _, steps in parts], set(made)):
        return ()
    used = [{s.name for s in touched(steps) if isinstance(s, Local)} for _, steps in parts]
    return tuple(_group(k, parts, used, made) for k in range(len(parts)))


def _running(body: Sequence[Step]) -> set[str]:
    """The scalars that a body both gathers in and reads: every turn needs the one before."""
    own = Counter(name_of(step.target) for step in body if isinstance(step, Accumulate))
    seen = Counter(s.name for s in touched(body) if isinstance(s, Local)) if own else own
    return {name for name in own.keys() & seen.keys() if seen[name] > own[name]}


def _in_lanes(step: Step, started: set[str], running: set[str], dtypes: Mapping[str, str]) -> bool:
    if running and any(isinstance(s, Local) and s.name in running for s in touched((step,))):
        return False
    if isinstance(step, Accumulate) and isinstance(step.target, Local):
        return step.target.name not in started and simple(step, dtypes)
    return isinstance(step, Simple) and simple(step, dtypes)


def _group(
    k: int,
    parts: Sequence[tuple[bool, tuple[Step, ...]]],
    used: Sequence[set[str]],
    made: Mapping[str, Local],
) -> Group:
    in_lanes, steps = parts[k]
    here = {step.name for step in steps if isinstance(step, (Let, Start))}
    changed = here | set(written(steps))
    later = set().union(*used[k + 1 :])
    takes = tuple(made[name] for name in sorted(used[k] & made.keys() - here))
    gives = tuple(made[name] for name in sorted(changed & made.keys() & later))
    return Group(steps, in_lanes, takes, gives)


def _may_be_parted(loop: For, parts: Sequence[tuple[Step, ...]], made: set[str]) -> bool:
    """Whether a row does not notice that later rows run a group before its own next one."""
    accessed = [list(touched(steps)) for steps in parts]
    changing = made | set(bound(loop.body))
    for name in {name for steps in parts for name in written(steps)} - made:
        accesses = [[s for s in group if name_of(s) == name] for group in accessed]
        if sum(map(bool, accesses)) > 1:
            everywhere = [s for group in accesses for s in group]
            if not own_row(everywhere, loop.index, changing):
                return False
    return True
