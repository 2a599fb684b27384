"""Statement by statement, the same meaning in fewer parts: what index ranges tell, and powers.

An axis of extent 1 has index 0. A choice that the ranges decide is made. The sum of a choice that
holds for one index alone is that one: sum(x[k] if k == i else 0 for k in range(n)) = x[i].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from ..check import targets
from ..index import (
    Apply,
    Buffer,
    Call,
    Const,
    Program,
    Read,
    Reduce,
    Scalar,
    Scatter,
    Select,
    Statement,
    Var,
)
from ..scalars import ONE, ZERO, checks, has, parts, placed, tidy, with_parts
from .conditions import decided, difference, ranges_facts
from .flatten import scope_of

Shapes = dict[str, Buffer]


def simplified(program: Program) -> Program:
    """The program with every statement simplified."""
    inputs = tuple(map(_tidied, program.inputs))
    buffers: Shapes = {b.name: b for b in inputs}
    body: list[Statement] = []
    for statement in program.body:
        body.append(_statement(statement, buffers))
        buffers.update((b.name, b) for b in targets(body[-1]))
    return replace(program, inputs=inputs, body=tuple(body))


def chosen(program: Program) -> Program:
    """The program without the choices that index ranges decide."""
    return replace(program, body=tuple(map(_chosen, program.body)))


def _chosen(statement: Statement) -> Statement:
    if isinstance(statement, Call) or not has(statement.value, Select):
        return statement
    value = decided(statement.value, ranges_facts(scope_of(statement)))
    return statement if value is statement.value else replace(statement, value=value)


def _tidied(buffer: Buffer) -> Buffer:
    """The buffer with extents that are equal as texts if they are equal."""
    shape = tuple([tidy(extent) for extent in buffer.shape])
    return buffer if shape == buffer.shape else Buffer(buffer.name, shape, buffer.dtype)


def _statement(statement: Statement, buffers: Shapes) -> Statement:
    if isinstance(statement, Call):
        return replace(statement, targets=tuple(map(_tidied, statement.targets)))
    if statement.target.shape:
        statement = replace(statement, target=_tidied(statement.target))
    scope = scope_of(statement)
    units: dict[str, Scalar] = {name: ZERO for name, extent in scope if tidy(extent) == ONE}
    value = _value(statement.value, units, buffers)
    value = _picked(value, dict(scope)) if isinstance(value, Reduce) else value
    if isinstance(statement, Scatter):
        index = tuple(_value(part, {}, buffers) for part in statement.index)
        return replace(statement, index=index, value=value)
    return statement if value is statement.value else replace(statement, value=value)


def _value(scalar: Scalar, units: Mapping[str, Scalar], buffers: Shapes) -> Scalar:
    """Without indices of extent 1, and with squares for second powers."""
    if type(scalar) is Var:
        return units.get(scalar.name, scalar)
    old = parts(scalar)
    if not old:
        return scalar
    if isinstance(scalar, Reduce):
        units = {**units, **{n: ZERO for n, extent in scalar.ranges if tidy(extent) == ONE}}
    new = tuple([_value(part, units, buffers) for part in old])
    if type(scalar) is Read:
        new = _at_zero(new, buffers[scalar.buffer])
    scalar = with_parts(scalar, new)
    if isinstance(scalar, Reduce):
        kept = tuple(pair for pair in scalar.ranges if pair[0] not in units)
        return Reduce(scalar.combine, kept, scalar.body) if kept else scalar.body
    return _applied(scalar) if isinstance(scalar, Apply) else scalar


def _at_zero(index: tuple[Scalar, ...], buffer: Buffer) -> tuple[Scalar, ...]:
    """The index, 0 on each axis of extent 1 unless it has to be checked."""
    if ONE not in buffer.shape:
        return index
    pairs = zip(index, buffer.shape, strict=True)
    return tuple(ZERO if n == ONE and not checks(i) else i for i, n in pairs)


def _applied(scalar: Apply) -> Scalar:
    """x**2 is a square, x**1 is x; sides of a comparison of indices are tidied."""
    if difference(scalar) is not None:
        return Apply(scalar.name, tuple(tidy(arg) for arg in scalar.args))
    exponent = scalar.args[-1]
    if scalar.name != "pow" or not isinstance(exponent, Const):
        return scalar
    if exponent.value == 2:
        return Apply("square", scalar.args[:1])
    return scalar.args[0] if exponent.value == 1 else scalar


def _picked(reduce: Reduce, scope: Mapping[str, Scalar]) -> Scalar:
    """A sum over a diagonal without the sum."""
    body = reduce.body
    if reduce.combine != "add" or not isinstance(body, Select) or not _zero(body.other):
        return reduce
    test = body.condition
    if not isinstance(test, Apply) or test.name != "eq":
        return reduce
    sizes = {**scope, **dict(reduce.ranges)}
    for summed, other in (test.args, test.args[::-1]):
        if not isinstance(summed, Var) or not isinstance(other, Var):
            continue
        extent = dict(reduce.ranges).get(summed.name)
        if extent is None or other.name not in sizes or tidy(extent) != tidy(sizes[other.name]):
            continue
        kept = tuple(pair for pair in reduce.ranges if pair[0] != summed.name)
        value = placed(body.then, {summed.name: other})
        return Reduce("add", kept, value) if kept else value
    return reduce


def _zero(scalar: Scalar) -> bool:
    return isinstance(scalar, Const) and scalar.value == 0
