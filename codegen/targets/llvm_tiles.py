"""Products of matrices by tiles: a few rows of the result, a vector of columns wide, in registers.

BLAS packs both matrices first, and that takes longer than a small product, or one whose result has
few columns. One function has all such products of a dtype: where the left matrix is transposed,
neighbours in a row stand apart and those in a column together. Where the right one is, products are
small or left to BLAS, and little code will do.
"""

from __future__ import annotations

from typing import Any

from ..index import Read
from ..nests import Gemm, Step
from . import ir
from .llvm_blas import INDICES, Blas, Operand, is_small, operand
from .llvm_declared import declared
from .llvm_functions import gather_add, mul
from .llvm_lanes import BYTES, INT32, INT64, TYPES, Lanes, constant, many
from .llvm_machine import Machine
from .llvm_scalars import Array
from .llvm_steps import Steps

Value = Any
_ROWS = 8  # of the result, at once in registers
_LONGEST = 1024  # terms that are added up before the sum goes to memory
_CACHED = 1 << 15  # elements of a transposed matrix that are gone through again and again
_FEW = 32  # results of a product, below which BLAS adds up sums of more than 16 terms faster
_I, _J, _K = INDICES
_TARGET, _LEFT, _RIGHT = "gemm target", "gemm left", "gemm right"


class TileSteps(Steps):
    """Emits steps; small and narrow products without BLAS."""

    def step(self, step: Step) -> None:
        if isinstance(step, Gemm):
            self.product(*(operand(self, m) for m in (step.target, step.left, step.right)))
        else:
            super().step(step)

    def product(self, target: Operand, left: Operand, right: Operand) -> None:
        own = self.by_rows if right.transposed else self.by_tiles
        with self.builder.if_else(self.is_ours(left, right)) as (few, others):
            with few:
                own(target, left, right)
            with others:
                Blas(self, right.array.dtype).product(target, left, right)

    def is_ours(self, left: Operand, right: Operand) -> Value:
        """Whether BLAS would take longer; it does not for a few long sums along rows."""
        columns = right.shape[1]
        results = left.shape[0] * columns
        if right.transposed:
            results = (results > _FEW).choose(results, results.constant(_FEW))
            return is_small(left, right, results)
        narrow = (columns > 2) & (columns <= _lanes(self.machine, right.array.dtype))
        return (narrow | self.lanes(is_small(left, right, results))).value

    def by_rows(self, target: Operand, left: Operand, right: Operand) -> None:
        """A vector of a row's results at once."""
        dtype, ((m, k), n) = right.array.dtype, (left.shape, right.shape[1])
        for name, matrix in ((_TARGET, target), (_LEFT, left), (_RIGHT, right)):
            self.arrays[name], self.dtypes[name] = matrix.array, dtype
        factor = Read(_LEFT, (_K, _I) if left.transposed else (_I, _K))
        count, zero = _lanes(self.machine, dtype), m.constant(0)
        none = constant(many(TYPES[dtype], count), 0)
        total = self.cell(none.type)
        with (
            self.counting(zero, m, 1) as self.values[_I.name],
            self.counting(zero, n, count) as column,
        ):
            self.builder.store(none, total)
            with self.counting(zero, k, 1) as self.values[_K.name]:
                left_one = self.read(factor).spread(count)
                with self.turning(_J.name, column, count, n):
                    _add(self, total, mul(self.read(Read(_RIGHT, (_J, _K))), left_one))
            with self.turning(_J.name, column, count, n):
                self.write(Read(_TARGET, (_I, _J)), self.lanes(self.builder.load(total)))

    def by_tiles(self, target: Operand, left: Operand, right: Operand) -> None:
        (m, k), n = left.shape, right.shape[1]
        strides = left.array.strides[::-1] if left.transposed else left.array.strides
        longest = _fitting(m) if left.transposed else m.constant(_LONGEST)
        places = [operand.array.pointer for operand in (target, left, right)]
        function = _tiles(self.builder.module, self.machine, right.array.dtype)
        self.builder.call(function, [*places, *(x.value for x in (m, n, k, *strides, longest))])


def _fitting(m: Lanes) -> Lanes:
    """How many rows of a transposed matrix stay in the cache."""
    fits = m.of(m.builder.sdiv(m.constant(_CACHED).value, _positive(m).value))
    longest = (fits < _LONGEST).choose(fits, m.constant(_LONGEST))
    return (longest > 32).choose(longest, m.constant(32))


def _positive(x: Lanes) -> Lanes:
    return (x > 0).choose(x, x.constant(1))


def _add(steps: Steps, cell: Value, term: Lanes) -> None:
    """One term more in a sum."""
    total = gather_add(steps.lanes(steps.builder.load(cell)), term)
    steps.builder.store(total.value, cell)


def _lanes(machine: Machine, dtype: str) -> int:
    return machine.vector_bytes // BYTES[dtype]


def _tiles(module: Any, machine: Machine, dtype: str) -> Any:
    """The function of all products by tiles."""
    name = f"product.{dtype}"
    known = module.globals.get(name)
    if known is not None:
        return known
    function = declared(module, name, [TYPES[dtype].as_pointer()] * 3 + [INT64] * 6)
    builder = ir.IRBuilder(function.append_basic_block())
    _Tiles(machine, builder, function.args, dtype).in_blocks()
    builder.ret(INT32(0))
    return function


class _Tiles(Steps):
    """Emits the function; the matrices and their sizes have the names that products have."""

    def __init__(self, machine: Machine, builder: Any, args: Any, dtype: str) -> None:
        super().__init__(machine, builder, {}, {})
        target, self.left, right, *numbers = args
        self.m, self.n, self.k, self.row, self.term, self.longest = map(self.lanes, numbers)
        unit = self.lanes(INT64(1))
        self.arrays[_TARGET] = Array(target, dtype, (self.n, unit))
        self.arrays[_RIGHT] = Array(right, dtype, (self.n, unit))
        self.count, self.type = _lanes(machine, dtype), TYPES[dtype]

    def in_blocks(self) -> None:
        """All rows of the result for some terms of their sums, none at least, then for the next."""
        zero = self.m.constant(0)
        last = self.m - 1
        with self.counting(zero, _positive(self.k), self.longest) as first:
            end = first + self.longest
            ends = first, (end < self.k).choose(end, self.k)
            with (
                self.counting(zero, self.m, _ROWS) as top,
                self.counting(zero, self.n, self.count) as column,
            ):
                rows = [top + r for r in range(_ROWS)]
                self.tile([(r < self.m).choose(r, last) for r in rows], column, ends)

    def tile(self, rows: list[Lanes], column: Lanes, ends: tuple[Lanes, Lanes]) -> None:
        """Some rows of a vector of columns: some terms of each sum, in registers.

        The last row may stand there several times, so all are read before one is written.
        """
        sums = [self.reference(constant(many(self.type, self.count), 0)) for _ in rows]
        starts = [self.builder.gep(self.left, [(row * self.row).value]) for row in rows]
        with self.counting(*ends, 1) as self.values[_K.name]:
            self.terms(starts, column, sums)
        element = Read(_TARGET, (_I, _J))
        begun, columns = (ends[0] > 0).value, (_J.name, column, self.count, self.n)
        with self.builder.if_then(begun), self.turning(*columns):
            for cell, self.values[_I.name] in zip(sums, rows, strict=True):
                _add(self, cell, self.read(element))
        with self.turning(*columns):
            for cell, self.values[_I.name] in zip(sums, rows, strict=True):
                self.write(element, self.lanes(self.builder.load(cell)))

    def terms(self, starts: list[Any], column: Lanes, sums: list[Any]) -> None:
        """One more term of each sum."""
        with self.turning(_J.name, column, self.count, self.n):
            factor = self.read(Read(_RIGHT, (_K, _J)))
        place = [(self.values[_K.name] * self.term).value]
        for cell, start in zip(sums, starts, strict=True):
            left = self.lanes(self.builder.load(self.builder.gep(start, place)))
            _add(self, cell, mul(factor, left.spread(self.count)))
