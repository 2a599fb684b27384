"""Program -> Program: a matrix that several routines factorise is factorised once.

The gradient of a solution needs another one, with the transposed matrix; that of a log-determinant
the inverse. LU factors serve them all, since those of a matrix are those of its transpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from ..check import targets
from ..index import Buffer, Call, Define, Program, Read, Statement, Var
from .flatten import Fresh

_BY_FACTORS = frozenset({"solve", "inv", "det", "slogdet"})


def factored(program: Program) -> Program:
    """The program with one factorisation for each matrix."""
    turned = dict(filter(None, map(_transposed, program.body)))
    calls = [s for s in program.body if isinstance(s, Call) and s.routine in _BY_FACTORS]
    counts = Counter(_factorised(call, turned) for call in calls)
    if not any(count > 1 for count in counts.values()):
        return program
    factors = _Factors(program, turned, counts)
    body = tuple(new for statement in program.body for new in factors.statements(statement))
    return replace(program, body=body)


def _transposed(statement: Statement) -> tuple[str, str] | None:
    """The names of a matrix that is the transpose of a buffer, and of that."""
    if not isinstance(statement, Define) or type(statement.value) is not Read:
        return None
    *batch, i, j = map(Var, statement.index) if len(statement.index) > 1 else (None, None)
    if statement.value.index != (*batch, j, i):
        return None
    return statement.target.name, statement.value.buffer


def _factorised(call: Call, turned: Mapping[str, str]) -> str:
    """The matrix whose factors serve a call; an inverse would have to be turned back."""
    given = call.sources[0]
    return given if call.routine == "inv" else turned.get(given, given)


class _Factors:
    """Factors as they are first needed; `turned` names for a transpose what it is of."""

    def __init__(
        self, program: Program, turned: Mapping[str, str], counts: Mapping[str, int]
    ) -> None:
        self.turned, self.counts = turned, counts
        self.buffers = {b.name: b for b in program.inputs}
        self.buffers |= {b.name: b for s in program.body for b in targets(s)}
        self.fresh = Fresh(program)
        self.made: dict[str, tuple[str, str]] = {}

    def statements(self, statement: Statement) -> list[Statement]:
        """The statement, or the same from factors, after what makes those."""
        if not isinstance(statement, Call) or statement.routine not in _BY_FACTORS:
            return [statement]
        matrix = _factorised(statement, self.turned)
        if self.counts[matrix] < 2:
            return [statement]
        return [*self.factors(matrix), self.from_factors(statement, matrix)]

    def factors(self, matrix: str) -> list[Statement]:
        """The factorisation, if it is not there yet."""
        if matrix in self.made:
            return []
        a = self.buffers[matrix]
        lu = Buffer(self.fresh(f"{matrix}_lu"), a.shape, a.dtype)
        pivots = Buffer(self.fresh(f"{matrix}_pivots"), a.shape[:-1], "int32")
        self.made[matrix] = lu.name, pivots.name
        return [Call((lu, pivots), "lu", (matrix,))]

    def from_factors(self, call: Call, matrix: str) -> Call:
        sources = (*self.made[matrix], *call.sources[1:])
        turned = call.routine == "solve" and call.sources[0] != matrix
        params = (("trans", True),) if turned else ()
        return Call(call.targets, f"lu_{call.routine}", sources, params)
