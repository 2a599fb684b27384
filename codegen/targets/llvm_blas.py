"""Products of matrices: BLAS by symbol, or loops where a call takes longer than the product.

BLAS stores columns: the memory of a C-contiguous matrix is there its transpose. So it is asked for
target.T = right.T @ left.T.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..index import Read, Var
from ..nests import Matrix
from ..runtime.blas_threads import ENTER, LEAVE
from ..scalars import ZERO, product
from . import ir
from .llvm_lanes import BYTE, INT32, INT64, TYPES, Lanes, constant
from .llvm_scalars import Array, Scalars

Value = Any
SMALL = 512  # as many multiplications take as long as a call
_LARGEST = 2**31 - 1  # BLAS counts in 32 bits
INDICES = Var("gemm i"), Var("gemm j"), Var("gemm k")


class Operand(NamedTuple):
    """A matrix in memory, row after row; `transposed` swaps rows and columns after that."""

    array: Array
    rows: Lanes
    columns: Lanes
    transposed: bool

    @property
    def shape(self) -> tuple[Lanes, Lanes]:
        return (self.columns, self.rows) if self.transposed else (self.rows, self.columns)


def operand(scalars: Scalars, matrix: Matrix) -> Operand:
    """Where a matrix lies that is part of a buffer."""
    array = scalars.arrays[matrix.buffer]
    rest = array.shape[len(matrix.at) :]
    rows = scalars.scalar(product(rest[: matrix.rows]))
    columns = scalars.scalar(product(rest[matrix.rows :]))
    index = (*matrix.at, *(ZERO for _ in rest))
    place = scalars.place(Read(matrix.buffer, index))
    unit = scalars.lanes(constant(rows.type, 1))
    return Operand(Array(place, array.dtype, (columns, unit)), rows, columns, matrix.transposed)


def is_small(left: Operand, right: Operand, results: Lanes) -> Value:
    """Whether loops are faster than BLAS, or the matrices too large for it."""
    (m, k), n = left.shape, right.shape[1]
    largest = [extent > _LARGEST for extent in (m, n, k)]
    small = results * k <= SMALL
    return (small | largest[0] | largest[1] | largest[2]).value


class Blas:
    """Calls of BLAS; it takes every number by reference."""

    def __init__(self, scalars: Scalars, dtype: str) -> None:
        self.scalars, self.type = scalars, TYPES[dtype]
        self.letter = "d" if dtype == "float64" else "s"

    def integer(self, value: Lanes) -> Value:
        return self.scalars.reference(self.scalars.builder.trunc(value.value, INT32))

    def number(self, value: float) -> Value:
        return self.scalars.reference(constant(self.type, value))

    def flag(self, transposed: bool) -> Value:
        return self.scalars.reference(BYTE(ord("T" if transposed else "N")))

    def call(self, name: str, *args: Value) -> None:
        self.scalars.builder.called(f"scipy.blas.{self.letter}{name}", ir.VoidType(), args)

    def stored(self, matrix: Operand) -> tuple[Value, Value]:
        """Its memory, and the distance of its rows, which BLAS wants positive."""
        distance = (matrix.columns > 1).choose(matrix.columns, matrix.columns.constant(1))
        return matrix.array.pointer, self.integer(distance)

    def product(self, target: Operand, left: Operand, right: Operand) -> None:
        """target = left @ right."""
        (m, k), n = left.shape, right.shape[1]
        builder = self.scalars.builder
        entered = builder.called(ENTER, INT64, [(m * n * k).value])
        self.call(
            "gemm",
            self.flag(right.transposed),
            self.flag(left.transposed),
            *map(self.integer, (n, m, k)),
            self.number(1.0),
            *self.stored(right),
            *self.stored(left),
            self.number(0.0),
            *self.stored(target),
        )
        builder.called(LEAVE, ir.VoidType(), [entered])
