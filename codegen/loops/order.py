"""In which order the loops of one statement stand: neighbours in memory innermost."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations

from ..index import Scalar, Var
from ..scalars import affine

_SEARCHED = 5  # more loops than this keep the order they came in


def loop_order(given: tuple[str, ...], places: Iterable[tuple[Scalar, ...]]) -> tuple[str, ...]:
    """The order of the loops in which the places (indices of reads and writes) lie most evenly."""
    if not 1 < len(given) <= _SEARCHED:
        return given
    steps = [_inner_to_outer(place, given) for place in places]
    weights = _precedences(step for step in steps if len(step) > 1)
    if not weights:
        return given
    return max(permutations(given), key=lambda order: (_score(order, weights), _kept(order, given)))


def _inner_to_outer(place: tuple[Scalar, ...], given: tuple[str, ...]) -> list[str]:
    """The index names in a place, innermost axis first."""
    found: list[str] = []
    for index in reversed(place):
        for atom in affine(index):
            if isinstance(atom, Var) and atom.name in given and atom.name not in found:
                found.append(atom.name)
    return found


def _precedences(steps: Iterable[list[str]]) -> dict[tuple[str, str], int]:
    """How strongly one index wants to be outside of another; the innermost axis counts most."""
    weights: dict[tuple[str, str], int] = {}
    for step in steps:
        for depth, inner in enumerate(step):
            for outer in step[depth + 1 :]:
                weights[outer, inner] = weights.get((outer, inner), 0) + (4 if depth == 0 else 1)
    return weights


def _score(order: tuple[str, ...], weights: dict[tuple[str, str], int]) -> int:
    place = {name: k for k, name in enumerate(order)}
    return sum(w for (outer, inner), w in weights.items() if place[outer] < place[inner])


def _kept(order: tuple[str, ...], given: tuple[str, ...]) -> int:
    """Prefers the order that was given, among equals."""
    place = {name: k for k, name in enumerate(order)}
    pairs = ((a, b) for k, a in enumerate(given) for b in given[k + 1 :])
    return sum(place[a] < place[b] for a, b in pairs)
