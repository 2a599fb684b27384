"""Program -> Program: every reduction a statement of its own, every output a buffer of its own."""

from __future__ import annotations

from dataclasses import dataclass, replace

from ..check import dtype_of, targets
from ..index import (
    Apply,
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
from ..scalars import has, names, neutral, parts, with_parts

Ranges = tuple[tuple[str, Scalar], ...]


class Fresh:
    """Gives names that a program does not use yet."""

    def __init__(self, program: Program) -> None:
        self.taken = {b.name for b in program.inputs} | {n for n, _, _ in program.extents}
        self.taken |= {b.name for s in program.body for b in targets(s)}
        self.counts: dict[str, int] = {}

    def __call__(self, like: str) -> str:
        name = like
        while name in self.taken:
            self.counts[like] = count = self.counts.get(like, 0) + 1
            name = f"{like}_{count}"
        self.taken.add(name)
        return name


def flatten(program: Program) -> Program:
    """The same meaning; a Reduce stands only at the top of a Define, or nowhere."""
    fresh = Fresh(program)
    flat = _Flat(fresh, {b.name: b.dtype for b in program.inputs}, [])
    for statement in program.body:
        flat.add(statement)
    return _own_outputs(replace(program, body=tuple(flat.body)), fresh)


def _own_outputs(program: Program, fresh: Fresh) -> Program:
    """An output that is an input, or is named twice, becomes a copy."""
    buffers = {b.name: b for b in program.inputs}
    taken = set(buffers)
    buffers |= {b.name: b for s in program.body for b in targets(s)}
    outputs: list[str] = []
    copies: list[Statement] = []
    for name in program.outputs:
        if name in taken:
            copy = _copy(buffers[name], fresh(name))
            copies.append(copy)
            name = copy.target.name
        taken.add(name)
        outputs.append(name)
    return replace(program, body=(*program.body, *copies), outputs=tuple(outputs))


def _copy(source: Buffer, name: str) -> Define:
    index = tuple(f"i{k}" for k in range(len(source.shape)))
    return Define(replace(source, name=name), index, Read(source.name, tuple(map(Var, index))))


def scope_of(statement: Statement) -> Ranges:
    """The indices around a statement's value, with their extents."""
    if isinstance(statement, Scatter):
        return statement.ranges
    if isinstance(statement, Call):
        return ()
    index = statement.index
    return tuple(zip(index, statement.target.shape, strict=True)) if index else ()


@dataclass
class _Flat:
    """The statements so far."""

    fresh: Fresh
    dtypes: dict[str, str]
    body: list[Statement]

    def add(self, statement: Statement) -> None:
        if not isinstance(statement, Call):
            value = self.top(statement, statement.value, scope_of(statement))
            if value is not statement.value:
                statement = replace(statement, value=value)
        self.body.append(statement)
        self.dtypes |= {b.name: b.dtype for b in targets(statement)}

    def top(self, statement: Statement, value: Scalar, scope: Ranges) -> Scalar:
        if not has(value, Reduce):
            return value
        if isinstance(value, Reduce) and isinstance(statement, Define):
            body = self.inside(value.body, scope + value.ranges, ())
            return Reduce(value.combine, value.ranges, body)
        return self.inside(value, scope, ())

    def inside(self, value: Scalar, scope: Ranges, guards: tuple[Scalar, ...]) -> Scalar:
        """The value with its reductions hoisted; they read only where the guards hold."""
        if isinstance(value, Reduce):
            return self.hoisted(value, scope, guards)
        if isinstance(value, Select):
            condition = self.inside(value.condition, scope, guards)
            then = self.inside(value.then, scope, (*guards, condition))
            otherwise = (*guards, Apply("not", (condition,)))
            return Select(condition, then, self.inside(value.other, scope, otherwise))
        return with_parts(value, tuple(self.inside(part, scope, guards) for part in parts(value)))

    def hoisted(self, value: Reduce, scope: Ranges, guards: tuple[Scalar, ...]) -> Scalar:
        body = self.inside(value.body, scope + value.ranges, guards)
        dtype = dtype_of(body, self.dtypes)
        for guard in reversed(guards):
            body = Select(guard, body, neutral(value.combine, dtype))
        value = Reduce(value.combine, value.ranges, body)
        used = names(value)
        index = [(name, extent) for name, extent in scope if name in used]
        target = Buffer(self.fresh("part"), tuple(extent for _, extent in index), dtype)
        self.body.append(Define(target, tuple(name for name, _ in index), value))
        self.dtypes[target.name] = dtype
        return Read(target.name, tuple(Var(name) for name, _ in index))
