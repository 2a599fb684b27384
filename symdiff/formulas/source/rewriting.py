"""Notation -> notation that Python can run: products in a good order, and functions by their full names."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from ..notation import (
    Call,
    Infix,
    Listed,
    MatMul,
    Name,
    Notation,
    Number,
    Subscript,
    Times,
    Total,
    Transposed,
    matmul,
    times,
    transposed,
)

_LOGICAL = frozenset({"<", "<=", ">", ">=", "==", "!=", "&", "|", "^", "~"})
_QUESTIONS = frozenset(
    {"isnan", "isinf", "isfinite", "logical_and", "logical_or", "logical_xor", "logical_not", "any", "all"}
)  # fmt: skip
# what gives truth values for truth values, and which of its arguments these are
_OF_TRUTHS = {
    **dict.fromkeys(
        "pad embed diag diagonal tril triu flip roll reshape transpose moveaxis swapaxes max min".split()
        + "broadcast_to repeat tile concatenate stack".split(),
        slice(1),
    ),
    "outer": slice(2),
    "where": slice(1, 3),
}


def mapped(x: Notation, f: Callable[[Notation], Notation]) -> Notation:
    """The same notation with f of each of its parts."""

    def part(value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(f(v) if isinstance(v, Notation) else v for v in value)
        return f(value) if isinstance(value, Notation) else value

    return replace(x, **{field.name: part(getattr(x, field.name)) for field in fields(x)})


# --- products of matrices


def economical(x: Notation) -> Notation:
    """inv(A) @ b as solve(A, b), and diag(d) @ B as rows that are scaled."""
    x = mapped(x, economical)
    return _product(x.factors) if isinstance(x, MatMul) else x


def _product(factors: Sequence[Notation]) -> Notation:
    """The chain, the factors before the first that is special standing before what follows from it."""
    if len(factors) == 1:
        return factors[0]
    for k, f in enumerate(factors):
        before, after = factors[:k], factors[k + 1 :]
        d, matrix = _diagonal(f), _inverted(f)
        if d is not None:
            return _chain((*before, _scaled(d, after))) if after else times([_chain(before), d])
        if matrix is not None:
            return _chain((*before, _solved(matrix, after))) if after else _turned(before, matrix)
    return _chain(factors)


def _scaled(d: Notation, after: Sequence[Notation]) -> Notation:
    """diag(d) @ B as d[:, None]*B"""
    rest = _product(after)
    return times([d if rest.rank < 2 else Subscript(2, d, (slice(None), None)), rest])


def _solved(matrix: Notation, after: Sequence[Notation]) -> Notation:
    rest = _product(after)
    return Call(rest.rank, "solve", (matrix, rest))


def _turned(before: Sequence[Notation], matrix: Notation) -> Notation:
    """a @ inv(B) = solve(B.T, a.T).T"""
    left, matrix = _chain(before), transposed(matrix)
    if left.rank < 2:
        return Call(1, "solve", (matrix, left))
    return transposed(Call(2, "solve", (matrix, transposed(left))))


def _chain(factors: Sequence[Notation]) -> Notation:
    ends = (factors[0].rank, factors[-1].rank)
    return matmul(factors, ends[0] if len(factors) == 1 else sum(ends) - 2)


def _diagonal(f: Notation) -> Notation | None:
    """The vector that f is the diagonal matrix of."""
    if not isinstance(f, Call) or f.function != "diag" or f.keywords:
        return None
    return f.args[0] if f.args[0].rank == 1 else None


def _inverted(f: Notation) -> Notation | None:
    """The matrix that f is the inverse of."""
    if isinstance(f, Transposed) and (inner := _inverted(f.arg)) is not None:
        return transposed(inner)
    return f.args[0] if isinstance(f, Call) and f.function == "inv" else None


# --- truth values


class Truths:
    """Knows which names stand for truth values, and has them counted as 0 and 1 where they are added."""

    def __init__(self) -> None:
        self.names: set[str] = set()

    def counted(self, x: Notation) -> Notation:
        x = mapped(x, self.counted)
        if isinstance(x, Total):
            first, *others = map(self.number, x.terms)
            return replace(x, terms=(self._negated(first) if x.signs[0] < 0 else first, *others))
        if isinstance(x, Call) and x.function in ("sum", "mean", "cumsum", "einsum"):
            return replace(x, args=tuple(self.number(a) for a in x.args))
        if isinstance(x, MatMul):
            return replace(x, factors=tuple(self.number(a) for a in x.factors))
        return x

    def number(self, x: Notation) -> Notation:
        """x, with 1.0 for True."""
        return Times(x.rank, (Number(0, 1.0), x)) if self.of(x) else x

    def _negated(self, x: Notation) -> Notation:
        """x, of which the first factor is counted: in -e/2 the sign belongs to e, not to e/2."""
        if isinstance(x, Times) and self.of(x.factors[0]):
            return replace(x, factors=(Number(0, 1.0), *x.factors))
        return x

    def of(self, x: Notation) -> bool:
        if isinstance(x, Infix):
            return x.operator in _LOGICAL
        if isinstance(x, Name):
            return x.text in self.names
        if isinstance(x, Times):
            return not x.divisors and all(map(self.of, x.factors))
        if isinstance(x, (Subscript, Transposed)):
            return self.of(x.arg)
        if isinstance(x, Listed):
            return all(map(self.of, x.items))
        if isinstance(x, Call) and x.function in _OF_TRUTHS:
            return all(self.of(a) for a in x.args[_OF_TRUTHS[x.function]])
        return isinstance(x, Call) and x.function in _QUESTIONS


def renamed(x: Notation, names: Mapping[str, str]) -> Notation:
    """The notation with other names for its letters."""
    if isinstance(x, Name):
        return x if x.text.startswith("'") else replace(x, text=_with_names(x.text, names))
    return mapped(x, lambda part: renamed(part, names))


def _with_names(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"[^\W\d]\w*", lambda found: names.get(found[0], found[0]), text)
