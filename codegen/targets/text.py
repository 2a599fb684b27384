"""Procedure -> source text that Python and Numba both read."""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Iterable, Iterator
from math import copysign, isinf, isnan

from ..check import dtype_of
from ..index import Apply, Buffer, Cast, Const, Read, Scalar, Select, Var
from ..nests import (
    Accumulate,
    Alloc,
    For,
    Gemm,
    If,
    Let,
    Local,
    Matrix,
    Procedure,
    Routine,
    Start,
    Step,
    Store,
)
from ..scalars import product
from .names import GATHERING, NAMES, SPELLED, called

_INFIX = {  # symbol and precedence; the right operand binds more tightly
    "add": ("+", 6),
    "sub": ("-", 6),
    "mul": ("*", 7),
    "div": ("/", 7),
    "lt": ("<", 4),
    "le": ("<=", 4),
    "gt": (">", 4),
    "ge": (">=", 4),
    "eq": ("==", 4),
    "ne": ("!=", 4),
    "xor": ("!=", 4),
    "and": ("and", 2),
    "or": ("or", 1),
}
_ON_BOOL: dict[str, str] = {
    **dict.fromkeys(("add", "maximum", "fmax"), "or"),
    **dict.fromkeys(("mul", "minimum", "fmin"), "and"),
}
_WIDE = ("zeta", "polygamma")
_CHOICE, _NOT, _COMPARED, _NEGATIVE, _ATOM = 0, 3, 4, 8, 10
_RESERVED = NAMES | set(dir(builtins)) | {"np", "compiled"}


def source(procedure: Procedure, outputs_given: bool = False) -> str:
    """The text of a function of the inputs, or of the inputs and the arrays for its outputs."""
    return "\n".join(_Text(procedure, outputs_given).function()) + "\n"


def standalone(text: str) -> str:
    """A text with the lines that make it a module for Numba."""
    names = ", ".join(["compiled", *called(text)])
    lines = ["import numpy as np"] * ("np." in text) + [f"from codegen.runtime import {names}"]
    return "\n".join(lines) + f"\n\n\n@compiled\n{text}"


class _Text:
    """Spells one procedure."""

    def __init__(self, procedure: Procedure, outputs_given: bool) -> None:
        self.procedure = procedure
        self.buffers = procedure.buffers
        self.dtypes = {b.name: b.dtype for b in self.buffers.values()}
        self.identifiers: dict[str, str] = {}
        self.taken = set(_RESERVED)
        self.outputs_given = outputs_given
        self.given = {b.name for b in procedure.outputs if b.shape} if outputs_given else set()

    def name(self, name: str) -> str:
        """An identifier for a name, always the same."""
        if name not in self.identifiers:
            safe = re.sub(r"\W", "_", name, flags=re.ASCII)
            while not safe.isidentifier() or keyword.iskeyword(safe) or safe in self.taken:
                safe = f"_{safe}" if safe[:1].isdigit() else f"{safe}_"
            self.taken.add(safe)
            self.identifiers[name] = safe
        return self.identifiers[name]

    def function(self) -> Iterator[str]:
        p = self.procedure
        name = self.name(p.name)
        params = [self.name(b.name) for b in p.inputs]
        params += [self.name(b.name) for b in p.outputs if b.name in self.given]
        yield f"def {name}({', '.join(params)}):"
        if p.doc:
            yield f"    {p.doc!r}"
        for line in (*self.extents(), *self.guards(), *self.block(p.body), self.result()):
            yield "    " + line

    def extents(self) -> Iterator[str]:
        for name, buffer, axis in self.procedure.extents:
            yield f"{self.name(name)} = {self.name(buffer)}.shape[{axis}]"

    def guards(self) -> Iterator[str]:
        """Arrays of other shapes than declared would be read out of bounds."""
        known = {(buffer, axis): name for name, buffer, axis in self.procedure.extents}
        given = (b for b in self.procedure.outputs if b.name in self.given)
        for buffer in (*self.procedure.inputs, *given):
            pairs = enumerate(buffer.shape)
            if any(extent != Var(known.get((buffer.name, axis), "")) for axis, extent in pairs):
                shape = self.shape(buffer)
                yield f"if {self.name(buffer.name)}.shape != {shape}:"
                yield f"    raise ValueError({f'{buffer.name} must have the shape {shape}'!r})"

    def result(self) -> str:
        outputs = [self.name(b.name) for b in self.procedure.outputs if b.name not in self.given]
        return f"return {', '.join(outputs)}{',' * (len(outputs) == 1)}" if outputs else "return ()"

    def block(self, steps: Iterable[Step]) -> Iterator[str]:
        empty = True
        for step in steps:
            for line in self.lines(step):
                empty = False
                yield line
        if empty:
            yield "pass"

    def indented(self, steps: Iterable[Step]) -> Iterator[str]:
        for line in self.block(steps):
            yield "    " + line

    def lines(self, step: Step) -> Iterator[str]:
        if isinstance(step, (Let, Start)):
            yield f"{self.name(step.name)} = {self.text(step.value)}"
        elif isinstance(step, Store):
            yield f"{self.at(step.buffer, step.index)} = {self.text(step.value)}"
        elif isinstance(step, Accumulate):
            yield self.accumulate(step)
        elif isinstance(step, For):
            start = "" if step.start == Const(0, "int64") else self.text(step.start) + ", "
            yield f"for {self.name(step.index)} in range({start}{self.text(step.stop)}):"
            yield from self.indented(step.body)
        elif isinstance(step, If):
            yield from self.branch(step)
        elif isinstance(step, Alloc):
            if step.buffer not in self.given:
                yield self.alloc(self.buffers[step.buffer])
        elif isinstance(step, Gemm):
            operands = (self.matrix(m) for m in (step.left, step.right, step.target))
            yield f"np.dot({', '.join(operands)})"
        else:
            yield self.routine(step)

    def branch(self, step: If) -> Iterator[str]:
        yield f"if {self.text(step.condition)}:"
        yield from self.indented(step.then)
        if step.orelse:
            yield "else:"
            yield from self.indented(step.orelse)

    def accumulate(self, step: Accumulate) -> str:
        dtype = dtype_of(step.target, self.dtypes)
        target, value = self.text(step.target), self.text(step.value)
        if step.combine in GATHERING and dtype in ("float64", "float32"):
            return f"{target} = {GATHERING[step.combine]}({target}, {value})"
        if step.combine == "add" and dtype == "int64":
            return f"{target} += {value}"
        return f"{target} = {self.text(Apply(step.combine, (step.target, step.value)))}"

    def alloc(self, buffer: Buffer) -> str:
        extents = [self.text(extent) for extent in buffer.shape]
        shape = extents[0] if len(extents) == 1 else f"({', '.join(extents)})"
        dtype = "" if buffer.dtype == "float64" else f", {_type(buffer.dtype)}"
        return f"{self.name(buffer.name)} = np.empty({shape}{dtype})"

    def matrix(self, matrix: Matrix) -> str:
        """The matrix as an expression; merged axes are a reshape, a side without axes is gone."""
        buffer = self.buffers[matrix.buffer]
        text = self.at(matrix.buffer, matrix.at) if matrix.at else self.name(matrix.buffer)
        rest = buffer.shape[len(matrix.at) :]
        sides = [side for side in (rest[: matrix.rows], rest[matrix.rows :]) if side]
        if any(len(side) > 1 for side in sides):
            text += f".reshape({', '.join(self.text(product(side)) for side in sides)})"
        return text + ".T" if matrix.transposed else text

    def routine(self, step: Routine) -> str:
        arrays = [t for t in step.targets if t in self.buffers and self.buffers[t].shape]
        params = [f"{name}={value!r}" for name, value in step.params]
        args = ", ".join([*map(self.name, arrays), *map(self.name, step.sources), *params])
        if arrays:
            return f"{step.routine}({args})"
        return f"{', '.join(map(self.name, step.targets))} = {step.routine}_of({args})"

    def shape(self, buffer: Buffer) -> str:
        extents = [self.text(extent) for extent in buffer.shape]
        return f"({', '.join(extents)}{',' * (len(extents) == 1)})"

    def at(self, buffer: str, index: tuple[Scalar, ...]) -> str:
        return f"{self.name(buffer)}[{', '.join(map(self.text, index))}]"

    def text(self, scalar: Scalar) -> str:
        return self.spelled(scalar)[0]

    def operand(self, scalar: Scalar, least: int) -> str:
        """The text of an operand, in brackets if it binds less tightly than it must."""
        text, binding = self.spelled(scalar)
        return text if binding >= least else f"({text})"

    def spelled(self, scalar: Scalar) -> tuple[str, int]:
        """The text of a scalar, and how tightly its outermost operator binds."""
        if isinstance(scalar, Const):
            return _constant(scalar)
        if isinstance(scalar, (Var, Local)):
            return self.name(scalar.name), _ATOM
        if isinstance(scalar, Read):
            return self.at(scalar.buffer, scalar.index), _ATOM
        if isinstance(scalar, Cast):
            return self.cast(scalar)
        if isinstance(scalar, Select):
            return self.choice(scalar.condition, scalar.then, scalar.other)
        assert isinstance(scalar, Apply), scalar
        return self.applied(scalar)

    def cast(self, cast: Cast) -> tuple[str, int]:
        if cast.dtype == dtype_of(cast.arg, self.dtypes):
            return self.spelled(cast.arg)
        if cast.dtype == "bool":
            return f"{self.operand(cast.arg, _COMPARED + 1)} != 0", _COMPARED
        return f"{_type(cast.dtype)}({self.text(cast.arg)})", _ATOM

    def choice(self, condition: Scalar, then: Scalar, other: Scalar) -> tuple[str, int]:
        test = self.operand(condition, _CHOICE + 1)
        return f"{self.operand(then, _CHOICE + 1)} if {test} else {self.text(other)}", _CHOICE

    def applied(self, scalar: Apply) -> tuple[str, int]:
        name, args = scalar.name, scalar.args
        dtype = dtype_of(args[0], self.dtypes)
        name = _ON_BOOL.get(name, name) if dtype == "bool" else name
        if name == "where":
            return self.choice(*args)
        if name == "pow" and dtype.startswith("int"):
            name = "integer_power"
        if name == "not":
            return f"not {self.operand(args[0], _NOT)}", _NOT
        if name == "neg":
            text, binding = f"-{self.operand(args[0], _NEGATIVE)}", _NEGATIVE
        elif name in _INFIX:
            symbol, binding = _INFIX[name]
            right = self.operand(args[1], binding + 1)
            text = f"{self.operand(args[0], binding + (binding == _COMPARED))} {symbol} {right}"
        else:
            text = f"{SPELLED.get(name, name)}({', '.join(map(self.text, args))})"
            binding = _ATOM
        if binding > _COMPARED and (dtype == "int32" or (name in _WIDE and dtype == "float32")):
            return f"{_type(dtype)}({text})", _ATOM  # Numba would give the wider type
        return text, binding


def _type(dtype: str) -> str:
    return "np.bool_" if dtype == "bool" else f"np.{dtype}"


def _constant(const: Const) -> tuple[str, int]:
    value = const.value
    if const.dtype == "bool":
        return repr(bool(value)), _ATOM
    if const.dtype.startswith("float"):
        value = float(value)
        text = f"{'-' * (copysign(1, value) < 0)}np.{'inf' if isinf(value) else 'nan'}"
        text = text if isinf(value) or isnan(value) else repr(value)
    else:
        text = repr(int(value))
    if const.dtype in ("float32", "int32"):
        return f"np.{const.dtype}({text})", _ATOM
    return text, _NEGATIVE if text[0] == "-" else _ATOM
