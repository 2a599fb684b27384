"""Loop nests: the language between loops.py, which chooses an order, and targets, which spell it.

    procedure ::= name, extents, inputs, outputs, temporaries, body
    step      ::= Alloc | Let | Start | Store | Accumulate | For | If | Gemm | Routine
    Alloc         makes an array of rank >= 1, contents undefined; stands at the top level only,
                  once for every output that has a rank and for every temporary
    Let           name: dtype = value          a scalar, never changed
    Start         name: dtype = value          a scalar that Accumulate changes
    Store         buffer[index] = value
    Accumulate    target = combine(target, value); target is a Local (begun by Start) or a Read;
                  floating add and mul may be reassociated, nothing else may
    For           for index in range(start, stop): body       step 1; empty if stop <= start
    If            then or else, by a bool
    Gemm          target = left @ right, on matrices that lie inside buffers (see Matrix)
    Routine       targets = routine(*sources), one of index.ROUTINES, over leading batch axes
    scalar    ::= Const | Var | Local | Read | Apply | Cast | Select        (no Reduce)

Arrays are C-contiguous, do not overlap, and have the shapes their Buffers say. A buffer of rank 0
is no array: an input of rank 0 is a scalar parameter, other such buffers are made by Let, Start or
a Routine, and all are read as Local(name, dtype). An output of rank 0 is such a scalar too.
Of a Select only the chosen branch may be read. Index arithmetic is int64.
Names of buffers, scalars, extents and loop indices are distinct, but not always identifiers;
one scalar or index name may occur again in a scope beside its own, with the same dtype.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from functools import singledispatch

from .frozen import frozen
from .index import Buffer, Read, Scalar, at, declared, show


@frozen()
class Local(Scalar):
    """A scalar that Let, Start, a Routine or the caller has made."""

    name: str
    dtype: str


@frozen()
class Alloc:
    buffer: str


@frozen()
class Let:
    name: str
    dtype: str
    value: Scalar


@frozen()
class Start:
    name: str
    dtype: str
    value: Scalar


@frozen()
class Store:
    buffer: str
    index: tuple[Scalar, ...]
    value: Scalar


@frozen()
class Accumulate:
    """`combine` is one of add, mul, maximum, minimum, logaddexp, of the target's dtype."""

    target: Local | Read
    combine: str
    value: Scalar


@frozen()
class For:
    """A loop; an edge has at most `few` turns however large the arrays are, other loops have 0."""

    index: str
    start: Scalar
    stop: Scalar
    body: tuple[Step, ...]
    few: int = 0


@frozen()
class If:
    condition: Scalar
    then: tuple[Step, ...]
    orelse: tuple[Step, ...] = ()


@frozen()
class Matrix:
    """The matrix in `buffer[at]`: its first `rows` axes merged are one axis, the others the other.

    `transposed` swaps the two after that. No remaining axis on one side means an extent of 1 there.
    """

    buffer: str
    at: tuple[Scalar, ...] = ()
    rows: int = 1
    transposed: bool = False


@frozen()
class Gemm:
    """target = left @ right; float64 or float32 throughout; the target is never transposed."""

    target: Matrix
    left: Matrix
    right: Matrix


@frozen()
class Routine:
    """Targets with a rank are allocated before; a target of rank 0 becomes a Local here."""

    targets: tuple[str, ...]
    routine: str
    sources: tuple[str, ...]
    params: tuple[tuple[str, int | float | bool | str], ...] = ()


Step = Alloc | Let | Start | Store | Accumulate | For | If | Gemm | Routine


@frozen()
class Procedure:
    """Inputs and outputs are in the caller's order; no output is an input, none occurs twice."""

    name: str
    extents: tuple[tuple[str, str, int], ...]
    inputs: tuple[Buffer, ...]
    outputs: tuple[Buffer, ...]
    temporaries: tuple[Buffer, ...]
    body: tuple[Step, ...]
    doc: str = field(default="", compare=False)

    @property
    def buffers(self) -> dict[str, Buffer]:
        """Every array and every rank-0 input or output, by name."""
        return {b.name: b for b in (*self.inputs, *self.outputs, *self.temporaries)}

    def __str__(self) -> str:
        return "\n".join(_procedure(self))


def _procedure(procedure: Procedure) -> Iterator[str]:
    inputs = ", ".join(map(declared, procedure.inputs))
    outputs = ", ".join(map(declared, procedure.outputs))
    yield f"{procedure.name}({inputs}) -> {outputs}"
    for name, buffer, axis in procedure.extents:
        yield f"  {name} = {buffer}.shape[{axis}]"
    for buffer in procedure.temporaries:
        yield f"  temporary {declared(buffer)}"
    for step in procedure.body:
        yield from ("  " + line for line in lines(step))


@singledispatch
def lines(step: Step) -> Iterator[str]:
    """A step as indented text."""
    raise TypeError(f"not a step: {step!r}")


@lines.register
def _(step: Alloc) -> Iterator[str]:
    yield f"alloc {step.buffer}"


@lines.register
def _(step: Let) -> Iterator[str]:
    yield f"let {step.name}: {step.dtype} = {show(step.value)}"


@lines.register
def _(step: Start) -> Iterator[str]:
    yield f"start {step.name}: {step.dtype} = {show(step.value)}"


@lines.register
def _(step: Store) -> Iterator[str]:
    yield f"{at(step.buffer, step.index)} = {show(step.value)}"


@lines.register
def _(step: Accumulate) -> Iterator[str]:
    yield f"{show(step.target)} {step.combine}= {show(step.value)}"


@lines.register
def _(step: For) -> Iterator[str]:
    yield f"for {step.index} in {show(step.start)} .. {show(step.stop)}:"
    yield from _indented(step.body)


@lines.register
def _(step: If) -> Iterator[str]:
    yield f"if {show(step.condition)}:"
    yield from _indented(step.then)
    if step.orelse:
        yield "else:"
        yield from _indented(step.orelse)


@lines.register
def _(step: Gemm) -> Iterator[str]:
    yield f"{_matrix(step.target)} = {_matrix(step.left)} @ {_matrix(step.right)}"


@lines.register
def _(step: Routine) -> Iterator[str]:
    params = [f"{k}={v}" for k, v in step.params]
    yield f"{', '.join(step.targets)} = {step.routine}({', '.join([*step.sources, *params])})"


def _indented(body: tuple[Step, ...]) -> Iterator[str]:
    for step in body:
        yield from ("  " + line for line in lines(step))


def _matrix(matrix: Matrix) -> str:
    rows = ", ".join([*map(show, matrix.at), f"{matrix.rows}|"])
    return f"{matrix.buffer}[{rows}]" + (".T" if matrix.transposed else "")


@show.register
def _(scalar: Local) -> str:
    return scalar.name
