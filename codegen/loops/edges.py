"""The short loops that a loop was cut into at its ends: together they may be one, with less code.

The rows below and above the inside of a stencil each want some of its terms. Where all these bodies
are more than the one that still chooses, that one serves every edge: one loop over the sides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from ..fuse.conditions import Facts
from ..index import Apply, Scalar, Select, Var
from ..nests import For, Let, Local, Procedure, Step
from ..scalars import ZERO, int_
from ..steps import in_any_order

_SHORT = 16  # turns at all sides, up to which choices are cheaper than code


class Names:
    """Names for what is made where loops are cut."""

    def __init__(self, procedure: Procedure) -> None:
        self.count = 0
        self.taken = {*procedure.buffers, *(name for name, _, _ in procedure.extents)}

    def __call__(self, kind: str = "cut") -> str:
        while True:
            self.count += 1
            name = f"{kind}{self.count}"
            if name not in self.taken:
                return name


class Edge(NamedTuple):
    """A loop of few turns at the end of one, with its body, and what is known there."""

    loop: For
    facts: Facts


def may_be_joined(loop: For, edges: Sequence[Edge], parts: Sequence[Step | Edge]) -> bool:
    """Whether there are several edges, and few turns in them beside the inside."""
    return (
        len(edges) > 1
        and any(isinstance(part, For) for part in parts)
        and sum(edge.loop.few for edge in edges) <= _SHORT
        and in_any_order(loop)
    )


def joined(loop: For, edges: Sequence[Edge], names: Names) -> For:
    """One loop for all edges, with the body of the loop that they are edges of."""
    few = sum(edge.loop.few for edge in edges)
    return _around(replace(loop, few=few), _sides([edge.loop for edge in edges]), names)


def _sides(edges: Sequence[For]) -> list[tuple[Scalar, Scalar]]:
    """Where edges start and stop; those next to each other are one."""
    sides = [(edges[0].start, edges[0].stop)]
    for edge in edges[1:]:
        start, stop = sides[-1]
        if stop == edge.start:
            sides[-1] = start, edge.stop
        else:
            sides.append((edge.start, edge.stop))
    return sides


def _around(loop: For, sides: Sequence[tuple[Scalar, Scalar]], names: Names) -> For:
    """The loop at each of its sides in turn."""
    if len(sides) == 1:
        ((start, stop),) = sides
        return replace(loop, start=start, stop=stop)
    side = names("side")
    ends = [
        Let(names(kind), "int64", _at(side, at)) for kind, at in zip(("low", "high"), zip(*sides))
    ]
    low, high = (Local(end.name, "int64") for end in ends)
    inner = replace(loop, start=low, stop=high)
    return For(side, ZERO, int_(len(sides)), (*ends, inner), len(sides))


def _at(side: str, ends: Sequence[Scalar]) -> Scalar:
    """The end that belongs to a side."""
    *before, value = ends
    for number, end in reversed(list(enumerate(before))):
        value = Select(Apply("le", (Var(side), int_(number))), end, value)
    return value
