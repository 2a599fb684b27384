"""Reshaped reads without division: a loop over n * m that reads x[k // m, k % m] becomes two loops.

Indices are taken as polynomials in index names and extents; what is known to lie below a divisor
goes through a division unchanged: (i * m + j) // m = i and (i * m + j) % m = j where j < m.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from ..index import Apply, Const, Read, Reduce, Scalar, Var
from ..scalars import ONE, parts, placed, walk, with_parts

Ranges = tuple[tuple[str, Scalar], ...]
Monomial = tuple[Scalar, ...]  # atoms in the order of their texts
Polynomial = dict[Monomial, int]
Place = tuple[Scalar, ...]

_DIVISIONS = ("floordiv", "mod")


def unravelled(ranges: Ranges, write: Place, value: Scalar) -> tuple[Ranges, Place, Scalar]:
    """The loops, the place that is written and the value, with fewer divisions."""
    while next(_divisions(value), None) is not None:
        sizes = {name: polynomial(extent, {}) for name, extent in ranges}
        value = _simplified(value, sizes)
        cut = next(_cuts(value, sizes), None)
        if cut is None:
            break
        name, outer, inner = cut
        first, second = f"{name}.0", f"{name}.1"
        ranges = tuple(
            pair
            for old in ranges
            for pair in (((first, outer), (second, inner)) if old[0] == name else (old,))
        )
        index = Apply("add", (Apply("mul", (Var(first), inner)), Var(second)))
        write = tuple([placed(part, {name: index}) for part in write])
        value = _in_ranges(placed(_body(value), {name: index}), value, ranges)
    return ranges, write, value


def _body(value: Scalar) -> Scalar:
    return value.body if isinstance(value, Reduce) else value


def _in_ranges(body: Scalar, old: Scalar, ranges: Ranges) -> Scalar:
    """The body, reduced as before over the loops that its reduction has now."""
    if not isinstance(old, Reduce):
        return body
    summed = {name for name, _ in old.ranges}
    kept = tuple((n, e) for n, e in ranges if n in summed or n.rpartition(".")[0] in summed)
    return Reduce(old.combine, kept, body)


def _divisions(value: Scalar) -> Iterator[Apply]:
    """The divisions among the indices of reads."""
    for part in walk(value):
        if type(part) is Read:
            for index in part.index:
                for inner in walk(index):
                    if isinstance(inner, Apply) and inner.name in _DIVISIONS:
                        yield inner


def _cuts(value: Scalar, sizes: Mapping[str, Polynomial]) -> Iterator[tuple[str, Scalar, Scalar]]:
    """Index names divided by what divides their extent, with the quotient and the divisor."""
    for division in _divisions(value):
        index, divisor = division.args
        if isinstance(index, Var) and index.name in sizes:
            by = polynomial(divisor, {})
            if len(by) != 1:  # of size 0, or a sum
                continue
            whole, rest = _divided(sizes[index.name], by)
            if not rest and whole not in ({}, {(): 1}):
                yield index.name, scalar(whole), divisor


def _simplified(value: Scalar, sizes: Mapping[str, Polynomial]) -> Scalar:
    """The value with the indices of its reads simplified."""
    old = parts(value)
    if not old:
        return value
    new = tuple([_simplified(part, sizes) for part in old])
    if type(value) is Read:
        return Read(value.buffer, tuple([scalar(polynomial(index, sizes)) for index in new]))
    return with_parts(value, new)


def polynomial(index: Scalar, sizes: Mapping[str, Polynomial]) -> Polynomial:
    """An integer as a polynomial; `sizes` are the extents of the index names."""
    if isinstance(index, Const):
        return {(): int(index.value)} if index.value else {}
    if not isinstance(index, Apply) or len(index.args) != 2:
        return {(index,): 1}
    left, right = (polynomial(arg, sizes) for arg in index.args)
    if index.name in ("add", "sub"):
        return _sum(left, right, 1 if index.name == "add" else -1)
    if index.name == "mul":
        return _product(left, right)
    if index.name in _DIVISIONS:
        return _division(index.name, left, right, sizes)
    return {(index,): 1}


def _sum(left: Polynomial, right: Polynomial, sign: int) -> Polynomial:
    result = dict(left)
    for monomial, factor in right.items():
        result[monomial] = result.get(monomial, 0) + sign * factor
    return {monomial: factor for monomial, factor in result.items() if factor}


def _product(left: Polynomial, right: Polynomial) -> Polynomial:
    result: Polynomial = {}
    for a, x in left.items():
        for b, y in right.items():
            monomial = tuple(sorted(a + b, key=repr))
            result[monomial] = result.get(monomial, 0) + x * y
    return {monomial: factor for monomial, factor in result.items() if factor}


def _division(
    name: str, left: Polynomial, right: Polynomial, sizes: Mapping[str, Polynomial]
) -> Polynomial:
    """left // right or left % right, without the terms that right divides."""
    if len(right) != 1 or next(iter(right.values())) <= 0:
        return {(Apply(name, (scalar(left), scalar(right))),): 1}
    whole, rest = _divided(left, right)
    if not rest or _below(rest, right, sizes):
        return whole if name == "floordiv" else rest
    nested = next(iter(rest)) if len(rest) == 1 else ()
    if name == "floordiv" and rest == {nested: 1} and len(nested) == 1:
        inner = nested[0]
        if isinstance(inner, Apply) and inner.name == "floordiv":  # x // a // b = x // (a * b)
            divisor = _product(polynomial(inner.args[1], sizes), right)
            together = Apply("floordiv", (inner.args[0], scalar(divisor)))
            return _sum(whole, polynomial(together, sizes), 1)
    atom: Polynomial = {(Apply(name, (scalar(rest), scalar(right))),): 1}
    return _sum(whole, atom, 1) if name == "floordiv" else atom


def _divided(left: Polynomial, right: Polynomial) -> tuple[Polynomial, Polynomial]:
    """The quotient by a monomial of the terms that it divides, and the other terms."""
    ((divisor, factor),) = right.items()
    whole: Polynomial = {}
    rest: Polynomial = {}
    for monomial, coefficient in left.items():
        atoms = list(monomial)
        divides = coefficient % factor == 0
        for atom in divisor:
            divides = divides and atom in atoms
            if divides:
                atoms.remove(atom)
        if divides:
            whole[tuple(atoms)] = coefficient // factor
        else:
            rest[monomial] = coefficient
    return whole, rest


def _below(value: Polynomial, bound: Polynomial, sizes: Mapping[str, Polynomial]) -> bool:
    """Whether 0 <= value < bound is seen at once; extents are at least 1 where an index runs."""
    largest = _largest(value, sizes)
    if largest is None:
        return False
    room = _sum(_sum(bound, largest, -1), {(): 1}, -1)
    return all(factor > 0 for factor in room.values())


def _largest(value: Polynomial, sizes: Mapping[str, Polynomial]) -> Polynomial | None:
    """The value where every index is as large as it can be; no term may be negative."""
    result: Polynomial = {}
    for monomial, factor in value.items():
        if factor < 0:
            return None
        term: Polynomial = {(): factor}
        for atom in monomial:
            most = _most(atom, sizes)
            if most is None:
                return None
            term = _product(term, most)
        result = _sum(result, term, 1)
    return result


def _most(atom: Scalar, sizes: Mapping[str, Polynomial]) -> Polynomial | None:
    """The largest value of an index, a remainder or a quotient; an extent is its own."""
    if isinstance(atom, Var):
        return _sum(sizes[atom.name], {(): 1}, -1) if atom.name in sizes else {(atom,): 1}
    if not isinstance(atom, Apply) or atom.name not in _DIVISIONS:
        return None
    divisor = polynomial(atom.args[1], sizes)
    if atom.name == "mod":
        return _sum(divisor, {(): 1}, -1)
    largest = _largest(polynomial(atom.args[0], sizes), sizes)
    if largest is None or len(divisor) != 1:
        return None
    whole, rest = _divided(_sum(largest, {(): 1}, 1), divisor)
    return None if rest else _sum(whole, {(): 1}, -1)


def scalar(value: Polynomial) -> Scalar:
    """The polynomial as index arithmetic."""
    result: Scalar | None = None
    for monomial, factor in sorted(value.items(), key=lambda term: (term[1] < 0, not term[0])):
        term = _term(monomial, abs(factor))
        if result is None:
            result = term if factor > 0 else Apply("sub", (Const(0, "int64"), term))
        else:
            result = Apply("add" if factor > 0 else "sub", (result, term))
    return Const(0, "int64") if result is None else result


def _term(monomial: Monomial, factor: int) -> Scalar:
    atoms: Iterable[Scalar] = (
        monomial if factor == 1 and monomial else (Const(factor, "int64"), *monomial)
    )
    result: Scalar = ONE
    for k, atom in enumerate(atoms):
        result = atom if k == 0 else Apply("mul", (result, atom))
    return result
