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

_ROWS, _VECTORS = 4, 2  # of the result, at once in registers
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
        narrow = (columns > 1) & (columns <= _VECTORS * lanes)
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
        with self.counting(zero, k, longest) as first:
            end = first + longest
            ends = first, (end < k).choose(end, k)
            whole = m & -_ROWS
            with self.counting(zero, whole, _ROWS) as row:
                self.tile(step, row, _ROWS, lanes, ends)
            with self.counting(whole, m, 1) as row:
                self.tile(step, row, 1, lanes, ends)

    def tile(
        self, step: Gemm, row: Lanes, rows: int, lanes: int, ends: tuple[Lanes, Lanes]
    ) -> None:
        """So many rows of the result: some terms of each sum, in registers."""
        type_ = many(TYPES[self.dtypes["gemm right"]], lanes)
        places = [(r, v) for r in range(rows) for v in range(_VECTORS)]
        sums = {place: self.reference(constant(type_, 0)) for place in places}
        with self.counting(*ends, 1) as self.values[_K.name]:
            factors = [self.in_columns(v * lanes, lanes, "right") for v in range(_VECTORS)]
            for r in range(rows):
                self.values[_I.name] = row + r
                index = (_K, _I) if step.left.transposed else (_I, _K)
                x = self.read(Read("gemm left", index))
                for v, factor in enumerate(factors):
                    cell = sums[r, v]
                    total = factor.fma(x, self.lanes(self.builder.load(cell)))
                    self.builder.store(total.value, cell)
        for r, v in places:
            self.values[_I.name] = row + r
            self.to_target(v * lanes, lanes, self.lanes(self.builder.load(sums[r, v])), ends[0])

    def in_columns(self, first: int, lanes: int, name: str) -> Lanes:
        """A piece of a row of the right matrix, with zeros beyond its end."""
        with self.columns(first, lanes):
            return self.read(Read(f"gemm {name}", (_K, _J)))

    def to_target(self, first: int, lanes: int, value: Lanes, start: Lanes) -> None:
        """Stores a piece of a row of the result, or adds it to what earlier terms gave."""
        element = Read("gemm target", (_I, _J))
        with self.columns(first, lanes):
            assert self.turn is not None
            with self.builder.if_else(start.equals(0).value) as (new, more):
                with new:
                    self.write(element, value)
                with more:
                    self.write(element, self.read(element) + value)

    def columns(self, first: int, lanes: int) -> Any:
        n = self.values["gemm n"]
        return self.turning(_J.name, n.constant(first), lanes, n)
