"""Program -> Program: only what the outputs need, each statement shortly before what needs it."""

from __future__ import annotations

from dataclasses import replace

from ..check import targets
from ..index import Call, Program, Read, Scalar, Scatter, Statement
from ..scalars import walk


def pruned(program: Program) -> Program:
    """Without the statements whose results nobody reads."""
    needed, body = set(program.outputs), []
    for statement in reversed(program.body):
        if any(b.name in needed for b in targets(statement)):
            body.append(statement)
            needed.update(uses(statement))
    return replace(program, body=tuple(reversed(body)))


def ordered(program: Program) -> Program:
    """Each statement shortly before the first that needs it, in the order of the outputs."""
    makers = {b.name: s for s in program.body for b in targets(s)}
    body: list[Statement] = []
    done: set[int] = set()
    for output in program.outputs:
        stack: list[tuple[Statement, bool]] = [(makers[output], False)]
        while stack:
            statement, ready = stack.pop()
            if ready:
                body.append(statement)
            elif id(statement) not in done:
                done.add(id(statement))
                stack.append((statement, True))
                needed = [makers[name] for name in uses(statement) if name in makers]
                stack += [(s, False) for s in reversed(needed) if id(s) not in done]
    return replace(program, body=tuple(body))


def uses(statement: Statement) -> list[str]:
    """Names of the buffers that a statement reads, as often as it does."""
    found = list(whole_uses(statement))
    for scalar in scalars_of(statement):
        found += [part.buffer for part in walk(scalar) if type(part) is Read]
    return found


def whole_uses(statement: Statement) -> tuple[str, ...]:
    """Names of the buffers that must exist as a whole for this statement."""
    if isinstance(statement, Call):
        return statement.sources
    if isinstance(statement, Scatter) and statement.source is not None:
        return (statement.source,)
    return ()


def scalars_of(statement: Statement) -> tuple[Scalar, ...]:
    if isinstance(statement, Call):
        return ()
    return (
        (*statement.index, statement.value)
        if isinstance(statement, Scatter)
        else (statement.value,)
    )
