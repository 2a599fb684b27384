"""Recognises products of matrices among the statements of a program."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import takewhile
from typing import NamedTuple

from ..check import FLOATS
from ..index import Apply, Const, Define, Read, Reduce, Scalar, Statement, Var
from ..nests import Matrix
from ..scalars import ONE, ZERO, tidy

Names = tuple[str, ...]


class Contraction(NamedTuple):
    """target[batch, rows, columns] = left[batch, rows, inner] @ right[batch, inner, columns]."""

    batch: Names
    target: Matrix
    left: Matrix
    right: Matrix


def contraction(statement: Statement) -> Contraction | None:
    """The product that a statement is, if both factors lie in memory as matrices."""
    if not isinstance(statement, Define):
        return None
    total = added_up(statement)
    if total is None or not (isinstance(total.body, Apply) and total.body.name == "mul"):
        return None
    first, second = total.body.args
    return _product(statement, total, first, second) or _product(statement, total, second, first)


def added_up(define: Define) -> Reduce | None:
    """The sum of floats that a statement is."""
    value = define.value
    if not isinstance(value, Reduce) or value.combine != "add":
        return None
    return value if define.target.dtype in FLOATS else None


def parted(left: Names, right: Names, kept: Sequence[str]) -> tuple[Names, Names, Names]:
    """The names that two factors both have, and those of the left, and of the right one alone."""
    both, one, other = set(left) & set(right), set(left) - set(right), set(right) - set(left)
    batch, rows, columns = (tuple([n for n in kept if n in part]) for part in (both, one, other))
    return batch, rows, columns


def plain(factor: Scalar) -> Names | None:
    """The index names of a read at constants first and then at distinct index names."""
    if type(factor) is not Read:
        return None
    rest = factor.index[len(_constants(factor)) :]
    found = tuple([index.name for index in rest if type(index) is Var])
    return found if len(found) == len(rest) == len(set(found)) else None


def _constants(factor: Read) -> tuple[Scalar, ...]:
    """The constants that the index of a read begins with."""
    return tuple(takewhile(lambda index: type(index) is Const, factor.index))


def _product(define: Define, reduce: Reduce, first: Scalar, second: Scalar) -> Contraction | None:
    left, right = plain(first) or (), plain(second) or ()
    units = tuple(takewhile(lambda extent: tidy(extent) == ONE, define.target.shape))
    index = define.index[len(units) :]
    summed = {name for name, _ in reduce.ranges}
    batch, rows, columns = parted(left, right, index)
    inner = tuple([name for name in left if name in summed])
    if not (rows and columns and inner):
        return None
    if batch + rows + columns != index or summed != set(inner):
        return None
    a = _matrix(first, batch, rows, inner)
    b = _matrix(second, batch, inner, columns)
    if a is None or b is None:
        return None
    at = (*(ZERO for _ in units), *map(Var, batch))
    target = Matrix(define.target.name, at, len(rows))
    return Contraction(batch, target, a, b)


def _matrix(factor: Scalar, batch: Names, rows: Names, columns: Names) -> Matrix | None:
    assert isinstance(factor, Read)
    axes, at = plain(factor), (*_constants(factor), *map(Var, batch))
    if axes == batch + rows + columns:
        return Matrix(factor.buffer, at, len(rows))
    if axes == batch + columns + rows:
        return Matrix(factor.buffer, at, len(columns), transposed=True)
    return None
