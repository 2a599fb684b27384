"""The runtime's routines as LLVM code, from their text: statement by statement, all types known.

Numba, which reads the same text for its own target, takes a second for what is done here in
milliseconds. What is not understood here is left to Numba.
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from llvmlite import ir

from ..runtime import memory, python
from ..runtime.blas_threads import ENTER, LEAVE, PER_NUMBER
from ..runtime.symbols import blas_symbol, lapack_symbol
from .llvm_functions import apply
from .llvm_lanes import BIT, BYTE, DOUBLE, FLOAT, INT32, INT64, TYPES, Lanes, constant, external
from .llvm_nest import declared
from .llvm_scalars import BYTES, Machine, Scalars, stored

Value = Any
_FILES = ("shapes", "linalg", "running", "sorting")
_BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
_COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_UNROLLED = 16


class NotUnderstood(Exception):
    """The text goes beyond what is known here."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of an array; strides count elements."""

    pointer: Value
    dtype: str
    shape: tuple[Lanes, ...]
    strides: tuple[Lanes, ...]


@dataclass(frozen=True, slots=True)
class Kind:
    """A dtype."""

    name: str


@dataclass(frozen=True, slots=True)
class Character:
    code: int


@dataclass(frozen=True, slots=True)
class Fortran:
    """A function of LAPACK or BLAS."""

    name: str
    family: str


_NAMES: dict[str, Any] = {
    "np.int32": Kind("int32"),
    "np.int64": Kind("int64"),
    "np.inf": float("inf"),
    "np.nan": float("nan"),
}


@functools.cache
def texts() -> tuple[dict[str, ast.FunctionDef], dict[str, ast.expr]]:
    """The functions and the constants of the runtime's files, by name."""
    functions, constants = {}, {}
    for name in _FILES:
        place = Path(memory.__file__).with_name(f"{name}.py")
        for step in ast.parse(place.read_text(encoding="utf-8")).body:
            if isinstance(step, ast.FunctionDef):
                functions[step.name] = step
            elif isinstance(step, ast.Assign):
                constants |= _paired(step.targets[0], step.value)
    return functions, constants


def _paired(target: ast.expr, value: ast.expr) -> dict[str, ast.expr]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return {t.id: v for t, v in zip(target.elts, value.elts) if isinstance(t, ast.Name)}
    return {target.id: value} if isinstance(target, ast.Name) else {}


class Unit:
    """What one emitted function has: memory of its own, errors, and how it is left."""

    def __init__(self, steps: Scalars) -> None:
        self.steps, self.builder = steps, steps.builder
        self.depth = 0
        self.memory: list[Value] = []
        self.errors: list[tuple[str, str]] = []
        self.code = steps.reference(INT32(0))
        self.end = self.builder.append_basic_block("end")

    def fail(self, error: str, message: str) -> None:
        if error not in python.ERRORS:
            raise NotUnderstood(error)
        if (error, message) not in self.errors:
            self.errors.append((error, message))
        self.builder.store(INT32(1 + self.errors.index((error, message))), self.code)
        self.builder.branch(self.end)

    def finish(self) -> None:
        self.builder.branch(self.end)
        self.builder.position_at_end(self.end)
        self.give(self.memory)
        self.builder.ret(self.builder.load(self.code))

    def give(self, places: Sequence[Value]) -> None:
        """Gives memory back, and forgets where it was."""
        for place in places:
            external(self.builder, memory.GIVE, ir.VoidType(), [self.builder.load(place)])
            self.builder.store(ir.Constant(place.type.pointee, None), place)

    def empty(self, shape: Sequence[Lanes], dtype: str) -> View:
        size = functools.reduce(operator.mul, shape, self.steps.lanes(INT64(BYTES[dtype])))
        null = ir.Constant(BYTE.as_pointer(), None)
        place = self.steps.cell(null.type)
        with self.builder.goto_entry_block():
            self.builder.store(null, place)
        found = external(self.builder, memory.TAKE, null.type, [size.value])
        self.builder.store(found, place)
        self.memory.append(place)
        with self.builder.if_then(self.builder.icmp_unsigned("==", found, null), likely=False):
            self.fail("MemoryError", "no memory is left for the arrays")
        return contiguous(self.builder.bitcast(found, stored(dtype).as_pointer()), dtype, shape)


def contiguous(pointer: Value, dtype: str, shape: Sequence[Lanes]) -> View:
    strides = [shape[-1].constant(1)]
    for extent in reversed(shape[1:]):
        strides.insert(0, strides[0] * extent)
    return View(pointer, dtype, tuple(shape), tuple(strides))


class Activation:
    """One function of the text as it runs: names and what they stand for."""

    def __init__(self, unit: Unit, function: ast.FunctionDef, scope: dict[str, Any]) -> None:
        self.unit, self.builder, self.steps = unit, unit.builder, unit.steps
        self.function, self.scope = function, scope
        stores = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and _stored(n)]
        updates = {
            n.target.id
            for n in ast.walk(function)
            if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)
        }
        self.changing = (
            {n for n in stores if stores.count(n) > 1} | updates | scope.keys() & set(stores)
        )
        self.cells: dict[str, Value] = {}
        self.results: list[Value] = []
        self.after: Any = None
        self.depth, self.before = unit.depth, len(unit.memory)

    def run(self) -> Any:
        """What the function gives; memory that it took in a loop of others is given back."""
        if self.changing & self.scope.keys():
            raise NotUnderstood("a parameter is changed")
        result = self.result()
        if self.depth and len(self.unit.memory) > self.before:
            if isinstance(result, View):
                raise NotUnderstood("memory that is left to others")
            self.unit.give(self.unit.memory[self.before :])
        return result

    def empty(self, shape: Sequence[Lanes], dtype: str) -> View:
        if self.unit.depth > self.depth:
            raise NotUnderstood("memory taken in a loop")
        return self.unit.empty(shape, dtype)

    def result(self) -> Any:
        *body, last = self.function.body
        for step in body:
            self.statement(step)
        if isinstance(last, ast.Return) and self.after is None:
            return None if last.value is None else self.value(last.value)
        self.statement(last)
        if self.after is None:
            return None
        if not self.builder.block.is_terminated:
            self.builder.branch(self.after)
        self.builder.position_at_end(self.after)
        values = [self.steps.lanes(self.builder.load(cell)) for cell in self.results]
        return values[0] if len(values) == 1 else tuple(values)

    # -- statements

    def statement(self, step: ast.stmt) -> None:
        method = getattr(self, f"_{type(step).__name__.lower()}", None)
        if method is None:
            raise NotUnderstood(ast.unparse(step))
        method(step)

    def block(self, steps: Sequence[ast.stmt]) -> None:
        """Steps that may not run, or more than once: names made there end there."""
        kept, self.unit.depth = dict(self.scope), self.unit.depth + 1
        for step in steps:
            self.statement(step)
        self.scope, self.unit.depth = kept, self.unit.depth - 1

    def _expr(self, step: ast.Expr) -> None:
        if not isinstance(step.value, ast.Constant):
            self.value(step.value)

    def _assign(self, step: ast.Assign) -> None:
        self.bind(step.targets[0], self.value(step.value))

    def bind(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Tuple):
            for part, single in zip(target.elts, value, strict=True):
                self.bind(part, single)
        elif isinstance(target, ast.Subscript):
            self.store(target, value)
        elif isinstance(target, ast.Name) and target.id in self.changing:
            self.change(target.id, self.number(value))
        elif isinstance(target, ast.Name):
            self.scope[target.id] = value

    def change(self, name: str, value: Lanes) -> None:
        cell = self.cells.get(name)
        if cell is None:
            cell = self.cells[name] = self.steps.cell(value.type)
        self.builder.store(self.cast(value, cell.type.pointee).value, cell)

    def store(self, target: ast.Subscript, value: Any) -> None:
        view, place = self.element(target)
        one = self.cast(self.number(value), TYPES[view.dtype])
        kept = one.as_type(BYTE) if view.dtype == "bool" else one
        self.builder.store(kept.value, place)

    def _augassign(self, step: ast.AugAssign) -> None:
        now = self.value(ast.copy_location(_loaded(step.target), step.target))
        self.bind(step.target, self.arithmetic(step.op, now, self.value(step.value)))

    def _for(self, step: ast.For) -> None:
        assert isinstance(step.target, ast.Name)
        if not isinstance(step.iter, ast.Call) or ast.unparse(step.iter.func) != "range":
            raise NotUnderstood(ast.unparse(step.iter))
        ends = [self.value(arg) for arg in step.iter.args]
        if all(isinstance(end, int) for end in ends):
            self.unrolled(step, range(*ends))
            return
        start, stop = (0, ends[0]) if len(ends) == 1 else ends[:2]
        by = ends[2] if len(ends) > 2 else 1
        if isinstance(by, int) and by < 0:
            raise NotUnderstood("a loop that counts down")
        with self.counting(self.number(start), self.number(stop), by) as index:
            self.scope[step.target.id] = index
            self.block(step.body)

    def unrolled(self, step: ast.For, turns: range) -> None:
        assert isinstance(step.target, ast.Name)
        if len(turns) > _UNROLLED:
            raise NotUnderstood("a long loop")
        for k in turns:
            self.scope[step.target.id] = k
            self.block(step.body)

    @contextmanager
    def counting(self, start: Lanes, stop: Lanes, by: int | Lanes) -> Iterator[Lanes]:
        place = self.steps.reference(start.value)
        head, body, after = (self.builder.append_basic_block(n) for n in ("head", "turn", "after"))
        self.builder.branch(head)
        self.builder.position_at_end(head)
        index = self.steps.lanes(self.builder.load(place))
        self.builder.cbranch((index < stop).value, body, after)
        self.builder.position_at_end(body)
        yield index
        if not self.builder.block.is_terminated:
            self.builder.store((index + by).value, place)
            self.builder.branch(head)
        self.builder.position_at_end(after)

    def _while(self, step: ast.While) -> None:
        head, body, after = (self.builder.append_basic_block(n) for n in ("head", "turn", "after"))
        self.builder.branch(head)
        self.builder.position_at_end(head)
        self.builder.cbranch(self.number(self.truth(self.value(step.test))).value, body, after)
        self.builder.position_at_end(body)
        self.block(step.body)
        if not self.builder.block.is_terminated:
            self.builder.branch(head)
        self.builder.position_at_end(after)

    def _if(self, step: ast.If) -> None:
        test = self.truth(self.value(step.test))
        if isinstance(test, bool):
            for inner in step.body if test else step.orelse:
                self.statement(inner)
            return
        with self.builder.if_else(test.value) as (then, other):
            with then:
                self.block(step.body)
            with other:
                self.block(step.orelse)

    def _raise(self, step: ast.Raise) -> None:
        if not isinstance(step.exc, ast.Call) or not isinstance(step.exc.args[0], ast.Constant):
            raise NotUnderstood(ast.unparse(step))
        name = ast.unparse(step.exc.func).rpartition(".")[2]
        self.unit.fail(name, str(step.exc.args[0].value))

    def _return(self, step: ast.Return) -> None:
        value = () if step.value is None else self.value(step.value)
        values = [self.number(v) for v in (value if isinstance(value, tuple) else (value,))]
        if self.after is None:
            self.after = self.builder.append_basic_block("returned")
            self.results = [self.steps.cell(v.type) for v in values]
        for result, cell in zip(values, self.results, strict=True):
            self.builder.store(self.cast(result, cell.type.pointee).value, cell)
        self.builder.branch(self.after)

    # -- expressions

    def value(self, x: ast.expr) -> Any:
        method = getattr(self, f"_{type(x).__name__.lower()}", None)
        if method is None:
            raise NotUnderstood(ast.unparse(x))
        return method(x)

    def _constant(self, x: ast.Constant) -> Any:
        return x.value

    def _tuple(self, x: ast.Tuple) -> Any:
        parts: list[Any] = []
        for part in x.elts:
            spread = isinstance(part, ast.Starred)
            parts += self.value(part.value) if spread else [self.value(part)]
        return tuple(parts)

    def _name(self, x: ast.Name) -> Any:
        if x.id in self.cells:
            return self.steps.lanes(self.builder.load(self.cells[x.id]))
        if x.id in self.scope:
            return self.scope[x.id]
        functions, constants = texts()
        if x.id in functions:
            return functions[x.id]
        if x.id not in constants:
            raise NotUnderstood(x.id)
        return self.value(constants[x.id])

    def _attribute(self, x: ast.Attribute) -> Any:
        full = ast.unparse(x)
        if full in _NAMES:
            return _NAMES[full]
        base = self.value(x.value)
        if isinstance(base, View) and x.attr in _OF_VIEWS:
            return _OF_VIEWS[x.attr](base)
        raise NotUnderstood(full)

    def _binop(self, x: ast.BinOp) -> Any:
        return self.arithmetic(x.op, self.value(x.left), self.value(x.right))

    def arithmetic(self, kind: ast.operator, a: Any, b: Any) -> Any:
        plain = not isinstance(a, Lanes) and not isinstance(b, Lanes)
        if isinstance(kind, ast.Div):
            return a / b if plain else operator.truediv(*self.alike(a, b, DOUBLE))
        if isinstance(kind, ast.FloorDiv) and isinstance(a, Lanes) and isinstance(b, int):
            return apply("floordiv", list(self.alike(a, b)))
        if type(kind) not in _BINARY:
            raise NotUnderstood(ast.dump(kind))
        return _BINARY[type(kind)](a, b) if plain else _BINARY[type(kind)](*self.alike(a, b))

    def alike(self, a: Any, b: Any, least: Any = None) -> tuple[Lanes, Lanes]:
        """Both as numbers of one type; constants take the other's, as far as it can hold them."""
        types_ = [v.type for v in (a, b) if isinstance(v, Lanes)]
        floats = [t for t in types_ if t in (DOUBLE, FLOAT)]
        if not floats and (least or any(isinstance(v, float) for v in (a, b))):
            floats = [DOUBLE]
        wanted = DOUBLE if DOUBLE in floats else floats[0] if floats else None
        if wanted is None:
            wanted = BIT if all(t == BIT for t in types_) and len(types_) == 2 else INT64
        return self.cast(self.number(a), wanted), self.cast(self.number(b), wanted)

    def cast(self, x: Lanes, type_: Any) -> Lanes:
        if isinstance(x.value, ir.Constant) and x.type != type_:
            return self.steps.lanes(constant(type_, x.value.constant))
        return x.as_type(type_)

    def number(self, x: Any) -> Lanes:
        if isinstance(x, Lanes):
            return x
        if not isinstance(x, (bool, int, float)):
            raise NotUnderstood(f"{x} as a number")
        type_ = BIT if isinstance(x, bool) else INT64 if isinstance(x, int) else DOUBLE
        return self.steps.lanes(constant(type_, x))

    def truth(self, x: Any) -> bool | Lanes:
        if not isinstance(x, Lanes):
            return bool(x)
        return x if x.type == BIT else x.compared("!=", 0)

    def _unaryop(self, x: ast.UnaryOp) -> Any:
        value = self.value(x.operand)
        if isinstance(x.op, ast.USub):
            return -value
        if isinstance(x.op, ast.Not):
            test = self.truth(value)
            return not test if isinstance(test, bool) else ~test
        raise NotUnderstood(ast.unparse(x))

    def _compare(self, x: ast.Compare) -> Any:
        if len(x.ops) > 1 or type(x.ops[0]) not in _COMPARE:
            raise NotUnderstood(ast.unparse(x))
        a, b = self.alike(self.value(x.left), self.value(x.comparators[0]))
        return a.compared(_COMPARE[type(x.ops[0])], b)

    def _ifexp(self, x: ast.IfExp) -> Any:
        return self.chosen(x.test, lambda: self.value(x.body), lambda: self.value(x.orelse))

    def _boolop(self, x: ast.BoolOp) -> Any:
        first, rest = x.values[0], x.values[1:]
        if len(rest) > 1:
            raise NotUnderstood(ast.unparse(x))
        other = lambda: self.truth(self.value(rest[0]))  # noqa: E731
        if isinstance(x.op, ast.And):
            return self.chosen(first, other, lambda: False)
        return self.chosen(first, lambda: True, other)

    def chosen(self, test: ast.expr, then: Callable[[], Any], other: Callable[[], Any]) -> Any:
        """The value of the one side or the other; only that one is looked at."""
        condition = self.truth(self.value(test))
        if isinstance(condition, bool):
            return then() if condition else other()
        ends: list[tuple[Any, Any]] = []
        with self.builder.if_else(condition.value) as (on_true, on_false):
            for side, found in ((on_true, then), (on_false, other)):
                with side:
                    ends.append((found(), self.builder.block))
        (a, on_true), (b, on_false) = ends
        if isinstance(a, tuple) and isinstance(b, tuple):
            return tuple(self.joined((x, on_true), (y, on_false)) for x, y in zip(a, b))
        return self.joined(*ends)

    def joined(self, *ends: tuple[Any, Any]) -> Lanes:
        """The value that comes from the one block or the other."""
        numbers = [self.number(value) for value, _ in ends]
        types_ = [n.type for n in numbers if not isinstance(n.value, ir.Constant)]
        phi = self.builder.phi((*types_, numbers[0].type)[0])
        if any(type_ != phi.type for type_ in types_):
            raise NotUnderstood("sides of two types")
        for number, (_, block) in zip(numbers, ends):
            phi.add_incoming(self.cast(number, phi.type).value, block)
        return self.steps.lanes(phi)

    # -- arrays

    def _subscript(self, x: ast.Subscript) -> Any:
        base = self.value(x.value)
        if isinstance(base, tuple):
            return base[self.value(x.slice)]
        if not isinstance(base, View):
            raise NotUnderstood(ast.unparse(x))
        view = self.part(base, x.slice)
        if view.shape:
            return view
        found = self.steps.lanes(self.builder.load(view.pointer))
        if view.dtype == "bool":
            return found.as_type(BIT)
        return found.as_type(INT64) if view.dtype == "int32" else found

    def element(self, x: ast.Subscript) -> tuple[View, Value]:
        view = self.part(self.value(x.value), x.slice)
        if view.shape:
            raise NotUnderstood("a store of several elements")
        return view, view.pointer

    def part(self, view: View, index: ast.expr) -> View:
        parts = index.elts if isinstance(index, ast.Tuple) else [index]
        shape, strides = list(view.shape[len(parts) :]), list(view.strides[len(parts) :])
        offset = self.steps.lanes(INT64(0))
        kept: list[tuple[Lanes, Lanes]] = []
        for axis, part in enumerate(parts):
            extent, stride = view.shape[axis], view.strides[axis]
            if isinstance(part, ast.Slice):
                if part.step is not None:
                    raise NotUnderstood("a slice with a step")
                start = self.number(0 if part.lower is None else self.value(part.lower))
                stop = extent if part.upper is None else self.number(self.value(part.upper))
                kept.append((stop - start, stride))
            else:
                start = self.number(self.value(part))
            offset = offset + start * stride
        pointer = self.builder.gep(view.pointer, [offset.value])
        shape = [*(extent for extent, _ in kept), *shape]
        return View(pointer, view.dtype, tuple(shape), (*(s for _, s in kept), *strides))

    # -- calls

    def _call(self, x: ast.Call) -> Any:
        name = ast.unparse(x.func)
        if name in _BUILTINS and name not in self.scope:
            return _BUILTINS[name](self, *map(self.value, x.args))
        if isinstance(x.func, ast.Attribute) and name not in _BUILTINS:
            return self.method(x.func, [self.value(arg) for arg in x.args])
        function = self.value(x.func)
        args = [self.value(arg) for arg in x.args]
        if isinstance(function, Fortran):
            return fortran(self, function, args[0])
        if not isinstance(function, ast.FunctionDef):
            raise NotUnderstood(name)
        named = {k.arg: self.value(k.value) for k in x.keywords if k.arg}
        return Activation(self.unit, function, given(function, args, named)).run()

    def method(self, x: ast.Attribute, args: list[Any]) -> Any:
        if x.attr == "type" and isinstance(kind := self.value(x.value), Kind):
            return self.cast(self.number(args[0]), TYPES[kind.name])
        if x.attr == "reshape" and isinstance(view := self.value(x.value), View):
            shape = args[0] if isinstance(args[0], tuple) else tuple(args)
            return contiguous(view.pointer, view.dtype, tuple(map(self.number, shape)))
        raise NotUnderstood(ast.unparse(x))


@dataclass(frozen=True, slots=True)
class Emitted:
    """The function of a routine: it gives 0, or which error; numbers go where it is told."""

    function: Any
    results: tuple[Any, ...]
    errors: tuple[tuple[str, str], ...]


def emitted(
    module: Any,
    machine: Machine,
    name: str,
    params: Sequence[tuple[str, Any]],
    kinds: Sequence[tuple[str, int]],
) -> Emitted:
    """The function of a routine for arguments of these dtypes and ranks."""
    types_: list[Any] = [BYTE.as_pointer()]
    for dtype, rank in kinds:
        types_ += [stored(dtype).as_pointer(), *[INT64] * rank] if rank else [TYPES[dtype]]
    function = declared(module, name, types_)
    try:
        return _body(function, machine, name, params, kinds)
    except NotUnderstood:
        del module.globals[function.name]
        raise


def _body(function: Any, machine: Machine, name: str, params: Any, kinds: Any) -> Emitted:
    definition = texts()[0].get(name)
    if definition is None:
        raise NotUnderstood(name)
    steps = Scalars(machine, ir.IRBuilder(function.append_basic_block()), {}, {})
    unit, place, values = Unit(steps), function.args[0], iter(map(steps.lanes, function.args[1:]))
    args: list[Any] = []
    for dtype, rank in kinds:
        first = next(values)
        extents = [next(values) for _ in range(rank)]
        args.append(contiguous(first.value, dtype, extents) if rank else first)
    found = Activation(unit, definition, given(definition, args, dict(params))).run()
    results = () if found is None else found if isinstance(found, tuple) else (found,)
    for k, result in enumerate(results):
        target = steps.builder.gep(place, [INT64(8 * k)])
        steps.builder.store(result.value, steps.builder.bitcast(target, result.type.as_pointer()))
    unit.finish()
    return Emitted(function, tuple(result.type for result in results), tuple(unit.errors))


def given(function: ast.FunctionDef, args: Sequence[Any], named: dict[str, Any]) -> dict[str, Any]:
    """What the parameters of a function stand for."""
    names = [arg.arg for arg in function.args.args]
    defaults = function.args.defaults
    scope = dict(zip(names[len(names) - len(defaults) :], map(ast.literal_eval, defaults)))
    return scope | dict(zip(names, args)) | named


def _stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _loaded(target: ast.expr) -> ast.expr:
    """The target of an assignment as something to read."""
    return ast.parse(ast.unparse(target), mode="eval").body


def fortran(at: Activation, function: Fortran, args: tuple[Any, ...]) -> Lanes:
    """A call: arrays by their data, numbers by reference; what LAPACK calls info is the result."""
    first = next(a for a in args if isinstance(a, View) and a.dtype != "int32")
    letter = "d" if first.dtype == "float64" else "s"
    symbol = (lapack_symbol if function.family == "lapack" else blas_symbol)(letter + function.name)
    info = at.steps.reference(INT32(0))
    pointers = [_passed(at, a, TYPES[first.dtype]) for a in args]
    numbers = functools.reduce(operator.mul, first.shape) * PER_NUMBER
    entered = external(at.builder, ENTER, INT64, [numbers.value])
    last = [info] if function.family == "lapack" else []
    external(at.builder, symbol, ir.VoidType(), [*pointers, *last])
    external(at.builder, LEAVE, ir.VoidType(), [entered])
    return at.steps.lanes(at.builder.load(info)).as_type(INT64)


def _passed(at: Activation, x: Any, floats: Any) -> Value:
    pointer = BYTE.as_pointer()
    if isinstance(x, View):
        return at.builder.bitcast(x.pointer, pointer)
    if isinstance(x, Character):
        value = BYTE(x.code)
    else:
        one = at.number(x)
        value = at.cast(one, floats if one.floating else INT32).value
    place = at.steps.cell(value.type)
    at.builder.store(value, place)
    return at.builder.bitcast(place, pointer)


def _character(at: Activation, text: Any) -> Character:
    return text if isinstance(text, Character) else Character(text)


def _extreme(how: str) -> Callable[..., Any]:
    def chosen(at: Activation, a: Any, b: Any) -> Any:
        if not isinstance(a, Lanes) and not isinstance(b, Lanes):
            return max(a, b) if how == ">" else min(a, b)
        x, y = at.alike(a, b)
        return x.compared(how, y).choose(x, y)

    return chosen


def _size(view: View) -> Lanes:
    return functools.reduce(operator.mul, view.shape)


def _empty(at: Activation, shape: Any, kind: Kind) -> View:
    shape = shape if isinstance(shape, tuple) else (shape,)
    return at.empty(tuple(map(at.number, shape)), kind.name)


_OF_VIEWS: dict[str, Callable[[View], Any]] = {
    "shape": lambda view: view.shape,
    "dtype": lambda view: Kind(view.dtype),
    "ndim": lambda view: len(view.shape),
    "size": _size,
}
_BUILTINS: dict[str, Callable[..., Any]] = {
    "len": lambda at, x: x.shape[0],
    "abs": lambda at, x: apply("abs", [x]),
    "max": _extreme(">"),
    "min": _extreme("<"),
    "ord": lambda at, x: ord(x),
    "lapack": lambda at, x: Fortran(x, "lapack"),
    "blas": lambda at, x: Fortran(x, "blas"),
    "np.uint8": _character,
    "np.empty": _empty,
    "np.empty_like": lambda at, x: at.empty(x.shape, x.dtype),
    "np.log": lambda at, x: apply("log", [x]),
}
