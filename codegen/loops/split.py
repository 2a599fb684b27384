"""Procedure -> Procedure: a loop over a choice that turns once becomes two loops without it.

Padding, concatenation and slice assignment are choices like `x[i] if i < n else y[i - n]`. Where
the condition compares the loop's index with something that stays the same in the loop, the loop
is cut there. Each cut copies the body, so large bodies are not cut, and short edges only once; they
are joined where that is less code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from ..fuse.conditions import Facts, Sum, decided, difference, fact, opposite, ranges_facts
from ..index import Apply, Const, Read, Scalar, Select, Var
from ..nests import Accumulate, For, Let, Local, Procedure, Start, Step, Store
from ..scalars import ZERO, affine, names, tidy, walk
from ..steps import bound, scalars, size
from .edges import Edge, Names, joined, may_be_joined

_LARGEST = 2000  # scalars in all the loops that a loop of the top level may become


def split(procedure: Procedure) -> Procedure:
    """The same meaning, with fewer choices inside of loops."""
    if not any(isinstance(part, Select) for s in scalars(procedure.body) for part in walk(s)):
        return procedure
    names_ = Names(procedure)
    body = tuple(s for step in procedure.body for s in _Cutting(names_).steps(step, ()))
    return replace(procedure, body=body)


class Turn(NamedTuple):
    """A condition that holds exactly below the index `at`, or exactly from there on."""

    holding: Sum
    at: Scalar
    below: bool


class _Cutting:
    """Cuts one nest, and keeps count of how large it becomes."""

    def __init__(self, names_: Names) -> None:
        self.names = names_
        self.size: int | None = None

    def steps(self, step: Step, facts: Facts, whole: bool = True) -> Iterator[Step]:
        """The step under some facts; cut into the loops it may be, if `whole`."""
        if not isinstance(step, For):
            yield step
            return
        if self.size is None:
            self.size = size((step,))
        inside = facts + ranges_facts([(step.index, step.stop)] if step.start == ZERO else [])
        loop = replace(step, body=_decided(step.body, inside))
        parts = tuple(self.parts(loop, (step.start, step.stop), inside, whole))
        edges = [part for part in parts if isinstance(part, Edge)]
        if may_be_joined(loop, edges, parts) and self.shall_be_joined(loop, edges):
            yield from (part for part in parts if not isinstance(part, Edge))
            yield joined(loop, edges, self.names)
        else:
            yield from (self.alone(p) if isinstance(p, Edge) else p for p in parts)

    def shall_be_joined(self, loop: For, edges: Sequence[Edge]) -> bool:
        """Whether the edges, each for itself, are more code than the body with its choices.

        More than two are those of a sum of shifted terms, as a rule: they are not weighed.
        """
        return len(edges) > 2 or size(map(self.alone, edges)) > size(loop.body)

    def alone(self, edge: Edge) -> For:
        """An edge without the choices that are decided there."""
        decided_ = _decided(edge.loop.body, edge.facts)
        body = tuple(s for step in decided_ for s in self.steps(step, edge.facts, whole=False))
        return replace(edge.loop, body=body)

    def parts(
        self, loop: For, bounds: tuple[Scalar, Scalar], facts: Facts, whole: bool
    ) -> Iterator[Step | Edge]:
        """The loop, or those it is cut into; `bounds` are its ends before they are made to fit."""
        assert self.size is not None
        turn = _turn(loop) if whole else None
        if turn is None or self.size + size(loop.body) > _LARGEST:
            body = tuple(s for step in loop.body for s in self.steps(step, facts, whole))
            yield replace(loop, body=body)
            return
        self.size += size(loop.body)
        cut = Local(self.names(), "int64")
        yield Let(cut.name, "int64", _between(loop.start, turn.at, loop.stop))
        low, high = bounds
        for start, stop, ends, below in (
            (loop.start, cut, (low, turn.at), True),
            (cut, loop.stop, (turn.at, high), False),
        ):
            known = facts + fact(turn.holding if below == turn.below else opposite(turn.holding))
            few = _few(*ends)
            part = replace(loop, start=start, stop=stop, few=few)
            if few:
                yield Edge(part, known)
            else:
                part = replace(part, body=_decided(loop.body, known))
                yield from self.parts(part, ends, known, whole)


def _few(low: Scalar, high: Scalar) -> int:
    """How many turns there are at most if two places are a known number apart; else 0."""
    distance = tidy(Apply("sub", (high, low)))
    return max(1, int(distance.value)) if isinstance(distance, Const) else 0


def _between(start: Scalar, at: Scalar, stop: Scalar) -> Scalar:
    """The place itself where it cannot lie outside of the loop."""
    if not _never_negative(Apply("sub", (at, start))):
        at = Apply("maximum", (start, at))
    if not _never_negative(Apply("sub", (stop, at))):
        at = Apply("minimum", (at, stop))
    return at


def _never_negative(scalar: Scalar) -> bool:
    """Whether it is a sum of extents and indices, of which none is negative."""
    terms = affine(scalar).items()
    return all(f >= 0 and (atom is None or isinstance(atom, Var)) for atom, f in terms)


def _turn(loop: For) -> Turn | None:
    """Where some condition in the loop turns."""
    changing = set(bound(loop.body))
    for scalar in scalars(loop.body):
        for part in walk(scalar):
            if isinstance(part, Select):
                for test in walk(part.condition):
                    turn = _turn_of(test, loop.index, changing)
                    if turn is not None:
                        return turn
    return None


def _turn_of(test: Scalar, index: str, changing: set[str]) -> Turn | None:
    holding = difference(test)
    if holding is None or names(test) & changing or not _settled(test):
        return None
    rest = dict(holding)
    slope = rest.pop(Var(index), 0)
    if slope not in (1, -1) or any(index in names(atom) for atom in rest if atom is not None):
        return None
    if slope == 1:  # i + rest >= 0, that is i >= -rest
        return Turn(holding, tidy(Apply("neg", (_sum(rest),))), below=False)
    return Turn(holding, tidy(Apply("add", (_sum(rest), Const(1, "int64")))), below=True)


def _settled(test: Scalar) -> bool:
    """Whether no scalar that a loop makes anew takes part."""
    return not any(isinstance(part, Local) for part in walk(test))


def _sum(terms: Sum) -> Scalar:
    result: Scalar = ZERO
    for atom, factor in terms.items():
        term = Const(factor, "int64")
        product = term if atom is None else Apply("mul", (term, atom))
        result = Apply("add", (result, product))
    return result


def _decided(steps: tuple[Step, ...], facts: Facts) -> tuple[Step, ...]:
    """The steps without the choices that facts decide."""
    return tuple([_decided_step(step, facts) for step in steps])


def _decided_step(step: Step, facts: Facts) -> Step:
    if isinstance(step, For):
        return replace(step, body=_decided(step.body, facts))
    if isinstance(step, (Let, Start)):
        return replace(step, value=decided(step.value, facts))
    if isinstance(step, Store):
        index = tuple([decided(part, facts) for part in step.index])
        return Store(step.buffer, index, decided(step.value, facts))
    if isinstance(step, Accumulate):
        target = decided(step.target, facts)
        assert isinstance(target, (Local, Read))
        return Accumulate(target, step.combine, decided(step.value, facts))
    return step
