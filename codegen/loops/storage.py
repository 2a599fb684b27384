"""Which buffers share an array: one made in place of another, or after the other's last use."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterator, Mapping
from typing import NamedTuple

from ..index import Define, Reduce, Scalar, Var
from .homes import Home, bound_depths
from .tree import Leaf, Tree, common

Homes = Mapping[str, Home]


def share(homes: Homes, tree: Tree, outputs: tuple[str, ...]) -> dict[str, Home]:
    """The homes, each with the name of its array."""
    mates = in_place(homes, tree, tree.whole().union(outputs))
    homes = _with_common_axes(homes, mates)
    ends = {name: _heir(name, mates) for name, home in homes.items() if home.kept is not None}
    slots = _slots(_spans(homes, tree, ends, outputs))
    return {
        name: home._replace(array=slots[ends[name]]) if name in ends else home
        for name, home in homes.items()
    }


def _with_common_axes(homes: Homes, mates: Mapping[str, str]) -> dict[str, Home]:
    """The homes; those in one array keep the axes that any of them keeps: scatters need them all."""
    together: defaultdict[str, set[int]] = defaultdict(set)
    members = mates.keys() | set(mates.values())
    for name in members:
        together[_heir(name, mates)].update(homes[name].kept or ())
    kept = {name: tuple(sorted(together[_heir(name, mates)])) for name in members}
    return {n: home._replace(kept=kept[n]) if n in kept else home for n, home in homes.items()}


def _heir(name: str, mates: Mapping[str, str]) -> str:
    """The last of the buffers that are made in place of each other."""
    while name in mates:
        name = mates[name]
    return name


def in_place(homes: Homes, tree: Tree, whole: Container[str]) -> dict[str, str]:
    """For some buffers, another that is made from them element by element after all other reads."""
    readers = tree.readers()
    mates: dict[str, str] = {}
    for leaf in tree.leaves:
        heir = _made_by_element(leaf, homes)
        if heir is None:
            continue
        for name in dict.fromkeys(read.buffer for read in leaf.task.reads):
            if name not in homes or name in whole or name in mates:
                continue
            if _fits(homes[name], heir, leaf) and all(
                _before(r, name, leaf) for r in readers[name]
            ):
                mates[name] = heir.buffer.name
                break
    return mates


def _made_by_element(leaf: Leaf, homes: Homes) -> Home | None:
    """The home of an array that a leaf makes, one element in each turn of its loops."""
    define = leaf.task.statement
    if not isinstance(define, Define) or isinstance(define.value, Reduce) or not define.index:
        return None
    home = homes[define.target.name]
    return home if home.full and None not in bound_depths(leaf) else None


def _fits(home: Home, heir: Home, leaf: Leaf) -> bool:
    """Whether the leaf, which makes the heir, finds at each element what it replaces there."""
    own = [read.index for read in leaf.task.reads if read.buffer == home.buffer.name]
    apart = isinstance(home.maker.task.statement, Define) or not common(home.maker, leaf)
    return (
        home.kept is not None
        and apart
        and home.buffer.dtype == heir.buffer.dtype
        and home.buffer.shape == heir.buffer.shape
        and all(place == leaf.task.write for place in own)
    )


def _before(reader: Leaf, name: str, leaf: Leaf) -> bool:
    """Whether a reader of a buffer is done with each element when the leaf replaces it.

    In the loops they share, it must look only at the elements of the same turn.
    """
    shared = common(reader, leaf)
    if reader is not leaf and reader.at(shared) >= leaf.at(shared):
        return False
    own, others = leaf.task.loops, reader.task.loops
    axes = {index: axis for axis, index in enumerate(leaf.task.write)}
    return all(
        read.index[axes[Var(own[depth][0])]] == Var(others[depth][0])
        for depth in range(shared)
        for read in reader.task.reads
        if read.buffer == name
    )


class Span(NamedTuple):
    """For how many items of the root an array holds a buffer, or those that it is made from."""

    name: str
    kind: tuple[tuple[Scalar, ...], str]
    first: int
    last: float
    output: bool


def _spans(
    homes: Homes, tree: Tree, ends: Mapping[str, str], outputs: tuple[str, ...]
) -> Iterator[Span]:
    readers = tree.readers()
    groups: dict[str, list[str]] = {}
    for name, end in ends.items():
        groups.setdefault(end, []).append(name)
    for end, names in groups.items():
        home = homes[end]
        first = min(homes[name].maker.at(0) for name in names)
        last = max((r.at(0) for name in names for r in readers.get(name, ())), default=first)
        output = end in outputs
        kind = home.shape, home.buffer.dtype
        yield Span(end, kind, first, float("inf") if output else last, output)


def _slots(spans: Iterator[Span]) -> dict[str, str]:
    """The name of the array for each span: that of its output, if one comes to lie in it."""
    free: dict[object, list[list[Span]]] = {}
    slots: list[list[Span]] = []
    for span in sorted(spans, key=lambda span: span.first):
        kin = free.setdefault(span.kind, [])
        slot = next((slot for slot in kin if slot[-1].last < span.first), None)
        if slot is None:
            slot = []
            kin.append(slot)
            slots.append(slot)
        slot.append(span)
    return {
        span.name: next((s.name for s in slot if s.output), slot[0].name)
        for slot in slots
        for span in slot
    }
