"""The runtime's routines as LLVM code, from their text: statement by statement, all types known.

Numba, which reads the same text for its own target, takes a second for what is done here in
milliseconds. What is not understood here is left to Numba.
"""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from ..runtime import memory, python
from . import ir
from .llvm_declared import declared
from .llvm_expressions import Expressions
from .llvm_lanes import BYTE, BYTES, INT32, INT64, TYPES, Lanes, stored
from .llvm_machine import Machine
from .llvm_scalars import Scalars
from .llvm_views import NotUnderstood, View, contiguous

Value = Any
_FILES = ("shapes", "linalg", "running", "sorting")
_UNROLLED = 16


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


def given(function: ast.FunctionDef, args: Sequence[Any], named: dict[str, Any]) -> dict[str, Any]:
    """What the parameters of a function stand for."""
    names = [arg.arg for arg in function.args.args]
    defaults = function.args.defaults
    scope = dict(zip(names[len(names) - len(defaults) :], map(ast.literal_eval, defaults)))
    return scope | dict(zip(names, args)) | named


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
            self.builder.called(memory.GIVE, ir.VoidType(), [self.builder.load(place)])
            self.builder.store(ir.Constant(place.type.pointee, None), place)

    def empty(self, shape: Sequence[Lanes], dtype: str) -> View:
        size = functools.reduce(operator.mul, shape, self.steps.lanes(INT64(BYTES[dtype])))
        null = ir.Constant(BYTE.as_pointer(), None)
        place = self.steps.cell(null.type)
        with self.builder.goto_entry_block():
            self.builder.store(null, place)
        found = self.builder.called(memory.TAKE, null.type, [size.value])
        self.builder.store(found, place)
        self.memory.append(place)
        with self.builder.if_then(self.builder.icmp_unsigned("==", found, null), likely=False):
            self.fail("MemoryError", "no memory is left for the arrays")
        return contiguous(self.builder.bitcast(found, stored(dtype).as_pointer()), dtype, shape)


class Activation(Expressions):
    """One function of the text as it runs: names and what they stand for."""

    def __init__(self, unit: Unit, function: ast.FunctionDef, scope: dict[str, Any]) -> None:
        super().__init__(unit.steps, scope)
        self.unit, self.function = unit, function
        stores = [n.id for n in ast.walk(function) if isinstance(n, ast.Name) and _stored(n)]
        updates = {
            n.target.id
            for n in ast.walk(function)
            if isinstance(n, ast.AugAssign) and isinstance(n.target, ast.Name)
        }
        self.changing = (
            {n for n in stores if stores.count(n) > 1} | updates | scope.keys() & set(stores)
        )
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

    # -- what expressions ask for

    def of_file(self, name: str) -> Any:
        functions, constants = texts()
        if name in functions:
            return functions[name]
        if name not in constants:
            raise NotUnderstood(name)
        return self.value(constants[name])

    def run_other(self, function: ast.FunctionDef, args: Sequence[Any], named: Any) -> Any:
        return Activation(self.unit, function, given(function, args, named)).run()


class Emitted(NamedTuple):
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


def _stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _loaded(target: ast.expr) -> ast.expr:
    """The target of an assignment as something to read."""
    return ast.parse(ast.unparse(target), mode="eval").body
