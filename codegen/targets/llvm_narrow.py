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
        n = self.values["gemm n"]
        with self.counting(zero, k, longest) as first:
            end = first + longest
            ends = first, (end < k).choose(end, k)
            with self.counting(zero, m, _ROWS) as row, self.counting(zero, n, lanes) as column:
                rows = [row + r for r in range(_ROWS)]
                self.tile(step, [(r < m).choose(r, m - 1) for r in rows], column, lanes, ends)

    def tile(
        self, step: Gemm, rows: list[Lanes], column: Lanes, lanes: int, ends: tuple[Lanes, Lanes]
    ) -> None:
        """Some rows of a vector of columns: some terms of each sum, in registers.

        The last row may stand there several times, so all are read before one is written.
        """
        type_ = many(TYPES[self.dtypes["gemm right"]], lanes)
        sums = [self.reference(constant(type_, 0)) for _ in rows]
        with self.counting(*ends, 1) as self.values[_K.name]:
            self.terms(step, rows, (column, lanes), sums)
        element, n = Read("gemm target", (_I, _J)), self.values["gemm n"]
        totals = [self.lanes(self.builder.load(cell)) for cell in sums]
        with self.turning(_J.name, column, lanes, (ends[0] > 0).choose(n, n.constant(0))):
            for k, self.values[_I.name] in enumerate(rows):
                totals[k] = totals[k] + self.read(element)
        with self.turning(_J.name, column, lanes, n):
            for total, self.values[_I.name] in zip(totals, rows, strict=True):
                self.write(element, total)

    def terms(
        self, step: Gemm, rows: list[Lanes], columns: tuple[Lanes, int], sums: list[Any]
    ) -> None:
        """One more term of each sum."""
        with self.turning(_J.name, *columns, self.values["gemm n"]):
            factor = self.read(Read("gemm right", (_K, _J)))
        left = Read("gemm left", (_K, _I) if step.left.transposed else (_I, _K))
        for cell, self.values[_I.name] in zip(sums, rows, strict=True):
            total = factor.fma(self.read(left), self.lanes(self.builder.load(cell)))
            self.builder.store(total.value, cell)
