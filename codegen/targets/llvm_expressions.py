"""Expressions of a routine's text: numbers become instructions, what is known stays Python's."""

from __future__ import annotations

import ast
import functools
import operator
from collections.abc import Callable, Sequence
from typing import Any

from ..runtime.blas_threads import ENTER, LEAVE, PER_NUMBER
from . import ir
from .llvm_functions import apply
from .llvm_lanes import BIT, BYTE, DOUBLE, FLOAT, INT32, INT64, TYPES, Lanes, constant
from .llvm_scalars import Scalars
from .llvm_views import Character, Fortran, Kind, NotUnderstood, View, contiguous

Value = Any
_BINARY = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul}
_COMPARE = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_NAMES: dict[str, Any] = {
    "np.int32": Kind("int32"),
    "np.int64": Kind("int64"),
    "np.inf": float("inf"),
    "np.nan": float("nan"),
}


class Expressions:
    """Names and what they stand for; those that change have cells."""

    def __init__(self, steps: Scalars, scope: dict[str, Any]) -> None:
        self.steps, self.builder, self.scope = steps, steps.builder, scope
        self.cells: dict[str, Value] = {}

    def of_file(self, name: str) -> Any:
        """What a name of the file stands for."""
        raise NotImplementedError

    def run_other(self, function: ast.FunctionDef, args: Sequence[Any], named: Any) -> Any:
        """What a function of the file gives."""
        raise NotImplementedError

    def empty(self, shape: Sequence[Lanes], dtype: str) -> View:
        """Memory for as long as the function runs."""
        raise NotImplementedError

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
        return self.of_file(x.id)

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
        """The number in another type, which must be able to hold its kind."""
        if x.floating and type_ not in (DOUBLE, FLOAT):
            raise NotUnderstood("a float as an integer")
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
                place = self.value(part)
                start = self.number(place)
                if isinstance(place, int) and place < 0:
                    start = extent + place
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
        return self.run_other(function, args, named)

    def method(self, x: ast.Attribute, args: list[Any]) -> Any:
        if x.attr == "type" and isinstance(kind := self.value(x.value), Kind):
            return self.cast(self.number(args[0]), TYPES[kind.name])
        if x.attr == "reshape" and isinstance(view := self.value(x.value), View):
            shape = args[0] if isinstance(args[0], tuple) else tuple(args)
            return contiguous(view.pointer, view.dtype, tuple(map(self.number, shape)))
        raise NotUnderstood(ast.unparse(x))


def fortran(at: Expressions, function: Fortran, args: tuple[Any, ...]) -> Lanes:
    """A call: arrays by their data, numbers by reference; what LAPACK calls info is the result."""
    first = next(a for a in args if isinstance(a, View) and a.dtype != "int32")
    letter = "d" if first.dtype == "float64" else "s"
    symbol = f"scipy.{function.family}.{letter}{function.name}"
    info = at.steps.reference(INT32(0))
    pointers = [_passed(at, a, TYPES[first.dtype]) for a in args]
    numbers = functools.reduce(operator.mul, first.shape) * PER_NUMBER
    entered = at.builder.called(ENTER, INT64, [numbers.value])
    last = [info] if function.family == "lapack" else []
    at.builder.called(symbol, ir.VoidType(), [*pointers, *last])
    at.builder.called(LEAVE, ir.VoidType(), [entered])
    return at.steps.lanes(at.builder.load(info)).as_type(INT64)


def _passed(at: Expressions, x: Any, floats: Any) -> Value:
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


def _character(at: Expressions, text: Any) -> Character:
    return text if isinstance(text, Character) else Character(text)


def _extreme(how: str) -> Callable[..., Any]:
    def chosen(at: Expressions, a: Any, b: Any) -> Any:
        if not isinstance(a, Lanes) and not isinstance(b, Lanes):
            return max(a, b) if how == ">" else min(a, b)
        x, y = at.alike(a, b)
        return x.compared(how, y).choose(x, y)

    return chosen


def _size(view: View) -> Lanes:
    return functools.reduce(operator.mul, view.shape)


def _empty(at: Expressions, shape: Any, kind: Kind) -> View:
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
