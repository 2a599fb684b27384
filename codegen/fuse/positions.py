"""Program -> Program: positions that are checked stand apart from the work on what is there.

A check that fails leaves its loop, so a loop with one takes element after element. The position of a
row is found before the loop along it; where each element has a position of its own, it is taken in
one statement, and added to in one, beside those that do the work, which may then run in many lanes.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ..check import targets
from ..index import (
    Buffer,
    Call,
    Define,
    Program,
    Read,
    Reduce,
    Scalar,
    Scatter,
    Select,
    Statement,
    Var,
)
from ..scalars import checks, is_check, names, parts, placed, tidy, walk, with_parts
from .flatten import Fresh, Ranges, scope_of
from .sizes import measure

_WORTH_IT = 20  # the work from which on a statement's checks stand apart, in additions


def apart(program: Program) -> Program:
    """The same meaning; what is taken from checked positions is, where that pays, taken before."""
    if not any(is_check(part) for s in program.body for part in _inside(s)):
        return program
    dtypes = {b.name: b.dtype for b in program.inputs}
    dtypes |= {b.name: b.dtype for s in program.body for b in targets(s)}
    parting = _Parting(Fresh(program), dtypes)
    for statement in program.body:
        parting.body.append(parting.parted(statement))
    return replace(program, body=tuple(parting.body))


def _inside(statement: Statement) -> list[Scalar]:
    if isinstance(statement, Call):
        return []
    index = statement.index if isinstance(statement, Scatter) else ()
    return [part for scalar in (statement.value, *index) for part in walk(scalar)]


@dataclass
class _Parting:
    """The statements so far; `known` tells which position stands where, by its value."""

    fresh: Fresh
    dtypes: dict[str, str]
    body: list[Statement] = field(default_factory=list)
    known: dict[tuple[Scalar, tuple[Scalar, ...]], str] = field(default_factory=dict)

    def parted(self, statement: Statement) -> Statement:
        """The statement without its checks; what they are for stands before it."""
        if isinstance(statement, Call):
            return statement
        scope, value = scope_of(statement), statement.value
        if isinstance(value, Reduce):
            body = self.value(value.body, scope + value.ranges)
            return replace(statement, value=Reduce(value.combine, value.ranges, body))
        if not isinstance(statement, Scatter):
            return replace(statement, value=self.value(value, scope))
        index = tuple([self.rows(part, scope) for part in statement.index])
        value = self.value(value, scope)
        if any(map(checks, index)) and measure(value).cost >= _WORTH_IT:
            value = self.made(value, scope, statement.target.dtype)
        return replace(statement, index=index, value=value)

    def value(self, scalar: Scalar, scope: Ranges) -> Scalar:
        scalar = self.rows(scalar, scope)
        heavy = checks(scalar) and measure(scalar).cost >= _WORTH_IT
        return self.elements(scalar, scope) if heavy else scalar

    def rows(self, scalar: Scalar, scope: Ranges) -> Scalar:
        """The scalar; positions that some loop of the scope does not change are found before."""
        if is_check(scalar):
            used = names(scalar)
            outer = tuple(pair for pair in scope if pair[0] in used)
            return self.made(scalar, outer, "int64") if len(outer) < len(scope) else scalar
        if isinstance(scalar, Select):  # a branch that is not taken is not checked
            return replace(scalar, condition=self.rows(scalar.condition, scope))
        return with_parts(scalar, tuple([self.rows(part, scope) for part in parts(scalar)]))

    def elements(self, scalar: Scalar, scope: Ranges) -> Scalar:
        """The scalar; elements at checked positions are taken before."""
        if type(scalar) is Read and checks(scalar):
            return self.made(scalar, scope, self.dtypes[scalar.buffer])
        if isinstance(scalar, Select):
            return replace(scalar, condition=self.elements(scalar.condition, scope))
        return with_parts(scalar, tuple([self.elements(part, scope) for part in parts(scalar)]))

    def made(self, value: Scalar, scope: Ranges, dtype: str) -> Read:
        """A value in a buffer of its own; equal ones share it."""
        index = tuple([name for name, _ in scope])
        shape = tuple([tidy(extent) for _, extent in scope])
        alike = placed(value, {name: Var(f"#{k}") for k, name in enumerate(index)})
        name = self.known.get((alike, shape))
        if name is None:
            name = self.known[alike, shape] = self.fresh("taken")
            self.dtypes[name] = dtype
            self.body.append(Define(Buffer(name, shape, dtype), index, value))
        return Read(name, tuple(map(Var, index)))
