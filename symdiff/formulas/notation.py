"""How a formula is laid out, whatever it is then written in: text, LaTeX, MathML or SymPy.

A notation is a small tree of names, numbers, sums, products, matrix products and calls. It knows the
rank of what it denotes, and nothing of graphs or indices.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any


@dataclass(frozen=True, slots=True)
class Notation:
    """Something written; `rank` is the number of axes of what it denotes."""

    rank: int
    symmetric: bool = field(default=False, kw_only=True, compare=False)


@dataclass(frozen=True, slots=True)
class Name(Notation):
    text: str


@dataclass(frozen=True, slots=True)
class Number(Notation):
    value: Any  # int, Fraction, float, bool or an Exact constant


@dataclass(frozen=True, slots=True)
class Total(Notation):
    """Terms added up; `signs` are +1 or -1."""

    signs: tuple[int, ...]
    terms: tuple[Notation, ...]


@dataclass(frozen=True, slots=True)
class Times(Notation):
    """factor * factor ... / divisor / divisor ..., elementwise."""

    factors: tuple[Notation, ...]
    divisors: tuple[Notation, ...] = ()


@dataclass(frozen=True, slots=True)
class Power(Notation):
    base: Notation
    exponent: Notation


@dataclass(frozen=True, slots=True)
class MatMul(Notation):
    factors: tuple[Notation, ...]


@dataclass(frozen=True, slots=True)
class Transposed(Notation):
    arg: Notation


@dataclass(frozen=True, slots=True)
class Infix(Notation):
    """An operator of Python's between its arguments, or before its one argument."""

    operator: str
    args: tuple[Notation, ...]


@dataclass(frozen=True, slots=True)
class Call(Notation):
    """A function of arguments; keywords are written as they are."""

    function: str
    args: tuple[Notation, ...]
    keywords: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Subscript(Notation):
    """Part of an array, or an array with new axes."""

    arg: Notation
    key: tuple[Any, ...]  # slices, None, Ellipsis, numbers and notations


@dataclass(frozen=True, slots=True)
class Guard(Notation):
    """Within a product: the product where the condition holds, else 0."""

    condition: Notation


@dataclass(frozen=True, slots=True)
class Listed(Notation):
    """[a, b, ...]: several arrays as one argument."""

    items: tuple[Notation, ...]


ONE = Number(0, 1)


def transposed(x: Notation) -> Notation:
    """x.T for a matrix x; twice is not at all."""
    if isinstance(x, Transposed):
        return x.arg
    if x.symmetric or (isinstance(x, Call) and x.function in ("diag", "eye") and not x.keywords):
        return x
    turned = _turned(x)
    return turned if _transposes(turned) <= _transposes(x) else Transposed(2, x)


def _turned(x: Notation) -> Notation:
    """The transpose of an elementwise expression, its parts being transposed."""

    if isinstance(x, Total):
        return replace(x, terms=tuple(map(_part_turned, x.terms)))
    if isinstance(x, Times):
        factors, divisors = (tuple(map(_part_turned, p)) for p in (x.factors, x.divisors))
        return replace(x, factors=factors, divisors=divisors)
    return Transposed(2, x)


_COLUMN = (slice(None), None)


def _part_turned(x: Notation) -> Notation:
    """What broadcasts to a matrix, transposed: a row becomes a column, a column a row."""
    if x.rank == 1:
        return Subscript(2, x, _COLUMN)
    if isinstance(x, Subscript) and x.key == _COLUMN and x.arg.rank == 1:
        return x.arg
    return transposed(x) if x.rank == 2 else x


def _transposes(x: Notation) -> int:
    """How many transposes are written directly in a sum or product of matrices."""
    if isinstance(x, Total):
        return sum(map(_transposes, x.terms))
    if isinstance(x, Times):
        return sum(map(_transposes, x.factors + x.divisors))
    return isinstance(x, Transposed)


def matmul(factors: Sequence[Notation], rank: int) -> Notation:
    """A chain of matrix products."""
    return factors[0] if len(factors) == 1 else MatMul(rank, tuple(factors))


def times(factors: Sequence[Notation], divisors: Sequence[Notation] = ()) -> Notation:
    """An elementwise product, products among the factors opened up; 1 if there is nothing."""
    above: list[Notation] = []
    below: list[Notation] = list(divisors)
    for f in factors:
        if isinstance(f, Times):
            above += [g for g in f.factors if not (isinstance(g, Number) and g.value == 1)]
            below = [*f.divisors, *below]
        elif not (isinstance(f, Number) and f.value == 1):
            above.append(f)
    above = above or [ONE]
    below.sort(key=lambda d: not isinstance(d, Number))
    rank = max(x.rank for x in (*above, *below))
    return above[0] if len(above) == 1 and not below else Times(rank, tuple(above), tuple(below))


def power(base: Notation, exponent: int) -> Notation:
    """base**exponent for a whole exponent above 0."""
    return base if exponent == 1 else Power(base.rank, base, Number(0, exponent))


def coefficient(
    number: Any, factors: Sequence[Notation], divisors: Sequence[Notation]
) -> tuple[list[Notation], list[Notation]]:
    """A number as factors above and below the line: 2*x/3, but 3/2*(x + 2) before a sum."""
    if not isinstance(number, Fraction):
        return ([] if number == 1 else [Number(0, number)]), []
    if number.numerator == 1:
        return [], [Number(0, number.denominator)]
    if not divisors and len(factors) == 1 and isinstance(factors[0], Total):
        return [Number(0, number)], []
    return [Number(0, number.numerator)], [Number(0, number.denominator)]
