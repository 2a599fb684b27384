"""Statement -> Task: its loops in a good order, and what it reads and writes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from ..fuse.contract import contraction
from ..fuse.flatten import scope_of
from ..index import Call, Define, Reduce, Scalar, Scan, Scatter, Statement, Var
from ..scalars import ONE, ZERO, placed, reads, tidy
from .order import loop_order
from .tree import Task
from .unravel import unravelled

Ranges = tuple[tuple[str, Scalar], ...]


def task(statement: Statement) -> Task:
    """The statement with its loops; a product of matrices is made by a library and has none."""
    if isinstance(statement, Call):
        return Task(statement, statement.targets, whole=statement.sources)
    if isinstance(statement, Scatter):
        return _scatter(statement)
    if isinstance(statement, Scan):
        return _scan(statement)
    product = contraction(statement)
    if product is not None:
        return Task(
            statement, (statement.target,), whole=(product.left.buffer, product.right.buffer)
        )
    return _define(statement)


def _define(define: Define) -> Task:
    reduced = define.value.ranges if isinstance(define.value, Reduce) else ()
    ranges, write, value = unravelled(
        scope_of(define) + reduced, tuple(map(Var, define.index)), define.value
    )
    units: dict[str, Scalar] = {name: ZERO for name, extent in ranges if tidy(extent) == ONE}
    if units:
        ranges = tuple(pair for pair in ranges if pair[0] not in units)
        write, value = tuple(placed(part, units) for part in write), placed(value, units)
    if value is not define.value:
        define = replace(define, value=value)
    read = tuple(reads(value))
    names = frozenset(n for n, _ in value.ranges) if isinstance(value, Reduce) else frozenset()
    ordered = _ordered(ranges, [write, *(r.index for r in read)])
    return Task(define, (define.target,), ordered, names, write, read)


def _ordered(ranges: Ranges, places: Iterable[tuple[Scalar, ...]]) -> Ranges:
    extents = {name: tidy(extent) for name, extent in ranges}
    return tuple((name, extents[name]) for name in loop_order(tuple(extents), places))


def _scatter(scatter: Scatter) -> Task:
    """In the order of its ranges, for the last of equal places wins; the source comes first."""
    read = tuple(r for scalar in (*scatter.index, scatter.value) for r in reads(scalar))
    ranges = tuple((name, tidy(extent)) for name, extent in scatter.ranges)
    names = frozenset(name for name, _ in ranges)
    whole = () if scatter.source is None else (scatter.source,)
    return Task(scatter, (scatter.target,), ranges, names, scatter.index, read, whole)


def _scan(scan: Scan) -> Task:
    """The axis innermost; from the end, its loop counts from the last element down."""
    ranges = [(name, tidy(extent)) for name, extent in scope_of(scan)]
    name, extent = ranges.pop(scan.axis)
    write: list[Scalar] = list(map(Var, scan.index))
    if scan.reverse:
        write[scan.axis] = tidy(extent - ONE - Var(name))
        scan = replace(scan, value=placed(scan.value, {name: write[scan.axis]}))
    loops = (*ranges, (name, extent))
    return Task(scan, (scan.target,), loops, frozenset(), tuple(write), tuple(reads(scan.value)))
