"""Program -> Program: sums of products become products of two matrices, where those save work.

A product of many factors is taken pair by pair; a factor that is no matrix in memory is stored as
one. A sum whose loops all run along one factor anyway stays a loop: sum(x[i, j] * w[j] * y[i]).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import reduce
from itertools import combinations
from typing import NamedTuple

from ..check import targets
from ..index import (
    Apply,
    Buffer,
    Const,
    Define,
    Program,
    Read,
    Reduce,
    Scalar,
    Statement,
    Var,
)
from ..scalars import names, tidy
from .contract import Names, added_up, contraction, parted, plain
from .flatten import Fresh, scope_of

Shapes = dict[str, tuple[Scalar, ...]]
_TYPICAL = 100  # taken for the size of a named extent


def paired(program: Program) -> Program:
    """The same meaning; matrix products stand alone, as codegen.contract knows them."""
    fresh, body, shapes = Fresh(program), [], {b.name: b.shape for b in program.inputs}
    for statement in program.body:
        shapes |= {b.name: b.shape for b in targets(statement)}
        body += _pairs(statement, fresh, shapes) or [statement]
    return replace(program, body=tuple(body))


class Factor(NamedTuple):
    """A scalar and the index names that it varies with, in order."""

    value: Scalar
    axes: Names


def _pairs(statement: Statement, fresh: Fresh, shapes: Shapes) -> list[Statement] | None:
    """The statements that make the same, if it is a product that pays."""
    if not isinstance(statement, Define):
        return None
    value = added_up(statement)
    if value is None:
        return None
    sizes = dict(scope_of(statement) + value.ranges)
    summed = {name for name, _ in value.ranges}
    factors = [Factor(f, _axes(f, sizes)) for f in _factors(value.body)]
    outside = [f for f in factors if not summed.intersection(f.axes)]
    inside = [f for f in factors if summed.intersection(f.axes)]
    reached = {name for f in inside for name in f.axes}
    if len(inside) < 2 or any(set(f.axes) >= reached for f in inside):
        return None
    pairing = _Pairing(statement, sizes, fresh, shapes)
    known = contraction(statement) is not None and all(map(pairing.is_whole, inside))
    if not reached >= summed or (not outside and known):
        return None
    return pairing.statements(inside, outside)


def _factors(value: Scalar) -> list[Scalar]:
    if isinstance(value, Apply) and value.name == "mul":
        return [factor for arg in value.args for factor in _factors(arg)]
    return [value]


def _axes(value: Scalar, sizes: Iterable[str]) -> Names:
    axes = plain(value)
    if axes is not None and all(name in sizes for name in axes):
        return axes
    found = names(value)
    return tuple(name for name in sizes if name in found)


class _Pairing:
    """Takes the factors of one statement two at a time."""

    def __init__(
        self, define: Define, sizes: dict[str, Scalar], fresh: Fresh, shapes: Shapes
    ) -> None:
        self.define, self.sizes, self.fresh, self.shapes = define, sizes, fresh, shapes
        self.made: list[Statement] = []

    def statements(self, inside: list[Factor], outside: list[Factor]) -> list[Statement]:
        while len(inside) > 1:
            a, b = self.cheapest(inside)
            rest = [f for f in inside if f is not a and f is not b]
            inside = [*rest, self.product(a, b, self.wanted(rest))]
        value = reduce(_times, [f.value for f in (*outside, *inside)])
        return [*self.made, Define(self.define.target, self.define.index, value)]

    def wanted(self, rest: Iterable[Factor]) -> set[str]:
        """The names that are needed after a product."""
        return {*self.define.index, *(name for f in rest for name in f.axes)}

    def cheapest(self, factors: list[Factor]) -> tuple[Factor, Factor]:
        """The pair whose product is smallest, and takes the fewest steps among those."""

        def cost(pair: tuple[Factor, Factor]) -> tuple[int, int]:
            together = set(pair[0].axes) | set(pair[1].axes)
            wanted = self.wanted(f for f in factors if f not in pair)
            return self.volume(together & wanted), self.volume(together)

        return min(combinations(factors, 2), key=cost)

    def volume(self, axes: Iterable[str]) -> int:
        extents = (self.sizes[name] for name in axes)
        return reduce(
            lambda total, n: total * (int(n.value) if isinstance(n, Const) else _TYPICAL),
            extents,
            1,
        )

    def product(self, a: Factor, b: Factor, wanted: set[str]) -> Factor:
        """The product of two factors, summed over what is not wanted later."""
        a, b = self.summed_alone(a, b, wanted), self.summed_alone(b, a, wanted)
        both = set(a.axes) & set(b.axes)
        inner = tuple(name for name in a.axes if name in both - wanted)
        order = self.define.index + tuple(n for n in self.sizes if n not in self.define.index)
        kept = [name for name in order if name in {*a.axes, *b.axes} and name not in inner]
        batch, rows, columns = parted(a.axes, b.axes, kept)
        if not (inner and rows and columns):
            return self.stored(Factor(_times(a.value, b.value), tuple(kept)), inner)
        if kept[len(batch) : len(batch) + len(columns)] == list(columns):
            a, b, rows, columns = b, a, columns, rows
        a = self.laid_out(a, batch, rows, inner)
        b = self.laid_out(b, batch, inner, columns)
        return self.stored(Factor(_times(a.value, b.value), batch + rows + columns), inner)

    def summed_alone(self, a: Factor, b: Factor, wanted: set[str]) -> Factor:
        """The factor summed over the names that only it has."""
        alone = tuple(name for name in a.axes if name not in b.axes and name not in wanted)
        kept = tuple(name for name in a.axes if name not in alone)
        return self.stored(Factor(a.value, kept), alone) if alone else a

    def laid_out(self, f: Factor, batch: Names, first: Names, second: Names) -> Factor:
        """The factor as a matrix in memory, either way round."""
        if plain(f.value) in (batch + first + second, batch + second + first) and self.is_whole(f):
            return f
        return self.stored(Factor(f.value, batch + first + second), ())

    def is_whole(self, f: Factor) -> bool:
        """Whether a read takes all of its buffer: a part of a matrix is no matrix in memory."""
        if plain(f.value) is None or not isinstance(f.value, Read):
            return False
        extents = tuple(tidy(self.sizes[name]) for name in f.axes)
        return extents == tuple(map(tidy, self.shapes[f.value.buffer]))

    def stored(self, f: Factor, summed: Names) -> Factor:
        """The factor, or its sum, in a buffer of its own."""
        shape = tuple(self.sizes[name] for name in f.axes)
        target = Buffer(self.fresh("product"), shape, self.define.target.dtype)
        ranges = tuple((name, self.sizes[name]) for name in summed)
        value = Reduce("add", ranges, f.value) if summed else f.value
        self.shapes[target.name] = shape
        self.made.append(Define(target, f.axes, value))
        return Factor(Read(target.name, tuple(map(Var, f.axes))), f.axes)


def _times(a: Scalar, b: Scalar) -> Scalar:
    return Apply("mul", (a, b))
