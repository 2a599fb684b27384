"""Sums of what holds on either side of a condition: where(c, a, 0) + where(c, 0, b) is one choice."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from ...graph.node import Node
from ...ops import elementwise as ew
from .facts import condition_of, is_indicator
from .forms import UNIT
from .terms import Open, Term, along


def chosen(reader: Any, terms: list[Term], value: Open) -> list[Term]:
    """The terms, those with opposite conditions drawn together."""
    sides: dict[Hashable, dict[bool, list[Term]]] = {}
    for t in terms:
        name, side = _side(t)
        if name is not None:
            sides.setdefault(name, {}).setdefault(side, []).append(t)
    for both in sides.values():
        if len(both) == 2:
            made = _choice(reader, both[True], both[False], value)
            used = both[True] + both[False]
            place = next(k for k, t in enumerate(terms) if t in used)
            terms = [*(t for t in terms[:place] if t not in used), made,
                     *(t for t in terms[place:] if t not in used)]  # fmt: skip
    return terms


def _side(t: Term) -> tuple[Hashable, bool]:
    """The condition, where the result's axes stand in it, and whether it must hold."""
    masks = [f for f in t.factors if is_indicator(f.form)]
    if len(masks) != 1 or masks[0].power != 1:
        return None, True
    (mask,) = masks
    if not t.read <= set(mask.at) or not t.read <= set(t.out):
        return None, True
    condition, holds = condition_of(mask)
    if not set(condition.at) <= set(t.out):  # it stands along an axis of size 1
        return None, True
    where = tuple(t.out.index(i) for i in condition.at)
    out = tuple(t.out.index(i) if i != UNIT else UNIT for i in t.out)
    return (condition.form.id, where, out), holds


def _choice(reader: Any, first: Sequence[Term], second: Sequence[Term], value: Open) -> Term:
    """where(c, sum of the first, sum of the second), with the axes of the first."""
    model = first[0]
    mask = next(f for f in model.factors if is_indicator(f.form))
    condition, _ = condition_of(mask)
    at = tuple(dict.fromkeys(condition.at))
    sizes = reader.shape_of(at)
    branches = []
    for side in (first, second):
        same = [along(t, model.out) for t in side]
        rests = [
            Term(t.number, [f for f in t.factors if not is_indicator(f.form)], at) for t in same
        ]
        branches.append(reader.branch(Open(rests, sizes, value.dtype)))
    node = Node(ew.where, shape=sizes, dtype=value.dtype)
    made = reader.mapped(node, [Term(1, [condition], at), *branches])
    back = dict(zip(at, made.out))
    return Term(1, made.factors, tuple(back.get(i, i) for i in model.out))
