"""Products of matrices whose result has few columns: its rows stay in registers.

BLAS packs both matrices first, and that takes longer than such a product.
"""

from __future__ import annotations

from typing import Any

from ..index import Read
from ..nests import Gemm
from .llvm_blas import INDICES, SMALL, Operand, operand
from .llvm_lanes import TYPES, Lanes, constant, many
from .llvm_scalars import BYTES
from .llvm_steps import Steps

_ROWS = 8  # of the result, at once in registers
_LONGEST = 1024  # terms that are added up before the sum goes to memory
_CACHED = 1 << 15  # elements of a transposed matrix that are gone through again and again
_I, _J, _K = INDICES


class NarrowSteps(Steps):
    """Emits steps; narrow products without BLAS."""

    def product(self, step: Gemm) -> None:
        if step.right.transposed:
            super().product(step)
            return
        left, right = operand(self, step.left), operand(self, step.right)
        lanes = self.machine.vector_bytes // BYTES[right.array.dtype]
        columns = right.shape[1]
        narrow = (columns > 1) & (columns <= 2 * lanes)
        large = left.shape[0] * left.shape[1] * columns > SMALL
        with self.builder.if_else((narrow & large).value) as (few, others):
            with few:
                self.name_product(step)
                self.in_blocks(step, left, lanes)
            with others:
                super().product(step)

    def in_blocks(self, step: Gemm, left: Operand, lanes: int) -> None:
        """All rows of the result for some terms of their sums, then for the next terms."""
        m, k = left.shape
        zero, longest = m.constant(0), m.constant(_LONGEST)
        if step.left.transposed:
            fits = m.of(self.builder.sdiv(m.constant(_CACHED).value, m.value))
            longest = (fits < longest).choose(fits, longest)
            longest = (longest > 32).choose(longest, m.constant(32))
        whole = m & -_ROWS
        with self.counting(zero, k, longest) as first:
            end = first + longest
            ends = first, (end < k).choose(end, k)
            with self.counting(zero, whole, _ROWS) as row:
                self.tiles(step, row, _ROWS, lanes, ends)
            with self.counting(whole, m, 1) as row:
                self.tiles(step, row, 1, lanes, ends)

    def tiles(
        self, step: Gemm, row: Lanes, rows: int, lanes: int, ends: tuple[Lanes, Lanes]
    ) -> None:
        """So many rows of the result, a vector of columns after the other."""
        n = self.values["gemm n"]
        with self.counting(n.constant(0), n, lanes) as column:
            self.tile(step, (row, column), rows, lanes, ends)

    def tile(
        self,
        step: Gemm,
        place: tuple[Lanes, Lanes],
        rows: int,
        lanes: int,
        ends: tuple[Lanes, Lanes],
    ) -> None:
        """So many rows of a vector of columns: some terms of each sum, in registers."""
        (row, column), type_ = place, many(TYPES[self.dtypes["gemm right"]], lanes)
        sums = [self.reference(constant(type_, 0)) for _ in range(rows)]
        index = (_K, _I) if step.left.transposed else (_I, _K)
        with self.counting(*ends, 1) as self.values[_K.name]:
            with self.columns(column, lanes, self.values["gemm n"]):
                factor = self.read(Read("gemm right", (_K, _J)))
            for r, cell in enumerate(sums):
                self.values[_I.name] = row + r
                x = self.read(Read("gemm left", index))
                total = factor.fma(x, self.lanes(self.builder.load(cell)))
                self.builder.store(total.value, cell)
        for r, cell in enumerate(sums):
            self.values[_I.name] = row + r
            self.to_target(column, self.lanes(self.builder.load(cell)), ends[0])

    def to_target(self, column: Lanes, value: Lanes, start: Lanes) -> None:
        """Stores a piece of a row of the result, added to what earlier terms gave if there were."""
        element, n = Read("gemm target", (_I, _J)), self.values["gemm n"]
        with self.columns(column, value.count, (start > 0).choose(n, n.constant(0))):
            value = value + self.read(element)
        with self.columns(column, value.count, n):
            self.write(element, value)

    def columns(self, column: Lanes, lanes: int, stop: Lanes) -> Any:
        return self.turning(_J.name, column, lanes, stop)
