"""Recognises products of matrices among the reductions of a program."""

from __future__ import annotations

from dataclasses import dataclass

from .index import Apply, Define, Read, Reduce, Scalar, Var
from .nests import Matrix
from .scalars import tidy

_FLOATS = ("float64", "float32")


@dataclass(frozen=True, slots=True)
class Contraction:
    """target[batch, rows, columns] = left[batch, rows, inner] @ right[batch, inner, columns]."""

    batch: tuple[str, ...]
    target: Matrix
    left: Matrix
    right: Matrix


def contraction(define: Define) -> Contraction | None:
    """The product that a definition is, if both factors lie in memory as matrices."""
    value = define.value
    if not isinstance(value, Reduce) or value.combine != "add":
        return None
    if define.target.dtype not in _FLOATS or not isinstance(value.body, Apply):
        return None
    factors = value.body.args
    if value.body.name != "mul" or not all(_plain(factor) for factor in factors):
        return None
    left, right = (_axes(factor) for factor in factors)
    return _sorted(define, left, right, factors) or _sorted(define, right, left, factors[::-1])


def _plain(factor: Scalar) -> bool:
    """Whether a factor is a read at distinct index names."""
    if not isinstance(factor, Read):
        return False
    names = [index.name for index in factor.index if isinstance(index, Var)]
    return len(names) == len(factor.index) == len(set(names))


def _axes(factor: Scalar) -> tuple[str, ...]:
    assert isinstance(factor, Read)
    return tuple(index.name for index in factor.index if isinstance(index, Var))


def _sorted(
    define: Define, left: tuple[str, ...], right: tuple[str, ...], factors: tuple[Scalar, ...]
) -> Contraction | None:
    """The contraction if the target's axes are batch, then the left's own, then the right's own."""
    assert isinstance(define.value, Reduce)
    summed = {name for name, _ in define.value.ranges}
    index = define.index
    batch = tuple(name for name in index if name in left and name in right)
    rows = tuple(name for name in index if name in left and name not in right)
    columns = tuple(name for name in index if name in right and name not in left)
    inner = tuple(name for name in left if name in summed)
    if batch + rows + columns != index or not (rows and columns and inner):
        return None
    if summed != set(inner) or set(left) | set(right) != {*index, *inner}:
        return None
    matrices = (
        _matrix(factors[0], left, batch, rows, inner),
        _matrix(factors[1], right, batch, inner, columns),
    )
    if matrices[0] is None or matrices[1] is None:
        return None
    at = tuple(map(Var, batch))
    return Contraction(batch, Matrix(define.target.name, at, len(rows)), matrices[0], matrices[1])


def _matrix(
    factor: Scalar,
    axes: tuple[str, ...],
    batch: tuple[str, ...],
    rows: tuple[str, ...],
    columns: tuple[str, ...],
) -> Matrix | None:
    assert isinstance(factor, Read)
    at = tuple(map(Var, batch))
    if axes == batch + rows + columns:
        return Matrix(factor.buffer, at, len(rows))
    if axes == batch + columns + rows:
        return Matrix(factor.buffer, at, len(columns), transposed=True)
    return None


def extents(define: Define) -> dict[str, Scalar]:
    """The extent of every index name of a definition."""
    ranges = define.value.ranges if isinstance(define.value, Reduce) else ()
    pairs = (*zip(define.index, define.target.shape, strict=True), *ranges)
    return {name: tidy(extent) for name, extent in pairs}
