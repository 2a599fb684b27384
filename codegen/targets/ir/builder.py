"""Appends instructions where it stands; in one block, what has been computed is not said again."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .module import Block, Function, Module, Phi
from .values import (
    ArrayType,
    Constant,
    DoubleType,
    IntType,
    LiteralStructType,
    PointerType,
    Type,
    Undefined,
    Value,
    VectorType,
    VoidType,
)

_BIT = IntType(1)
_SIGNED = {"==": "eq", "!=": "ne", "<": "slt", "<=": "sle", ">": "sgt", ">=": "sge"}
_UNSIGNED = {"==": "eq", "!=": "ne", "<": "ult", "<=": "ule", ">": "ugt", ">=": "uge"}
_FLOATS = {"==": "eq", "!=": "ne", "<": "lt", "<=": "le", ">": "gt", ">=": "ge"}
_READING = ("llvm.masked.load.", "llvm.masked.gather.")
_WRITING = ("llvm.masked.store.", "llvm.masked.scatter.")
_NEUTRAL = {"add": "0", "or": "0", "xor": "0", "mul": "1"}
_SUMS: dict[str, Callable[[int, int], int]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
}


@functools.cache
def _said(name: str, flags: tuple[str, ...]) -> str:
    return " ".join((name, *flags))


def _float(name: str) -> Callable[..., Value]:
    def emit(self: IRBuilder, a: Value, b: Value, flags: tuple[str, ...] = ()) -> Value:
        return self.computed(f"{_said(name, flags)} {a.type.text} {a.text}, {b.text}", a.type)

    return emit


def _integer(name: str) -> Callable[..., Value]:
    def emit(self: IRBuilder, a: Value, b: Value, flags: tuple[str, ...] = ()) -> Value:
        known = _simple(name, a, b)
        if known is not None:
            return known
        line = f"{_said(name, flags)} {a.type.text} {a.text}, {b.text}"
        if name in _SUMS and isinstance(a.type, IntType):
            return self.early(line, a.type, a, b)
        return self.computed(line, a.type)

    return emit


def _simple(name: str, a: Value, b: Value) -> Value | None:
    """The result if no instruction is wanted: a constant, or one of the operands."""
    if not isinstance(a.type, IntType):
        return None
    if isinstance(a, Constant):
        if isinstance(b, Constant):
            return _of_constants(name, a, b)
        return b if a.text == _NEUTRAL.get(name) else None
    if isinstance(b, Constant) and (b.text == _NEUTRAL.get(name) or (name, b.text) == ("sub", "0")):
        return a
    return None


def _of_constants(name: str, a: Constant, b: Constant) -> Constant | None:
    assert isinstance(a.type, IntType)
    if name not in _SUMS or a.type.width < 32:
        return None
    result = _SUMS[name](a.constant, b.constant)
    return a.type(result) if abs(result) < 1 << (a.type.width - 1) else None


def _cast(name: str) -> Callable[[IRBuilder, Value, Type], Value]:
    def emit(self: IRBuilder, a: Value, type_: Type) -> Value:
        return self.computed(f"{name} {a.type.text} {a.text} to {type_.text}", type_)

    return emit


def _comparison(name: str, prefix: str, table: dict[str, str]) -> Callable[..., Value]:
    def emit(self: IRBuilder, how: str, a: Value, b: Value) -> Value:
        line = f"{name} {prefix}{table.get(how, how)} {a.type.text} {a.text}, {b.text}"
        return self.computed(line, _shaped(_BIT, a.type))

    return emit


def _shaped(type_: Type, like: Type) -> Type:
    return VectorType(type_, like.lanes) if isinstance(like, VectorType) else type_


class IRBuilder:
    """Stands at the end of a block."""

    double, int32 = DoubleType(), IntType(32)

    def __init__(self, block: Block) -> None:
        self.block = block

    @property
    def function(self) -> Function:
        return self.block.function

    @functools.cached_property
    def module(self) -> Module:
        return self.function.module

    # -- lines

    def append(self, line: str, type_: Type) -> Value:
        """A line that gives a value, and is said whatever stood before."""
        function = self.block.function
        function.numbers += 1
        name = f"%v{function.numbers}"
        self.block.lines.append(f"{name} = {line}")
        return Value(type_, name, self.block.level)

    def computed(self, line: str, type_: Type) -> Value:
        """A value that its line alone decides."""
        found = self.block.known.get(line)
        if found is None:
            found = self.block.known[line] = self.append(line, type_)
        return found

    def early(self, line: str, type_: Type, *parts: Value) -> Value:
        """The same, computed before the loops that change none of its parts, unless it is known."""
        home = self._home(parts)
        block: Block | None = home
        while block is not None:
            if line in block.known:
                return block.known[line]
            block = block.above
        with self.goto_block(home):
            return self.computed(line, type_)

    def _home(self, parts: Sequence[Value]) -> Block:
        """The block before all loops that change none of these values."""
        level, block = max([part.level for part in parts]), self.block
        while block.level > level:
            assert block.before is not None
            block = block.before
        return block

    def read(self, line: str, type_: Type) -> Value:
        """A value that its line and memory decide."""
        found = self.block.loaded.get(line)
        if found is None:
            found = self.block.loaded[line] = self.append(line, type_)
        return found

    def done(self, line: str) -> None:
        """A line that may change memory."""
        self.block.loaded.clear()
        self.block.lines.append(line)

    def end(self, line: str) -> None:
        assert self.block.end is None, f"{self.block.label} has ended"
        self.block.end = line

    # -- numbers

    add, sub, mul = _integer("add"), _integer("sub"), _integer("mul")
    and_, or_, xor = _integer("and"), _integer("or"), _integer("xor")
    shl, lshr, sdiv, srem = _integer("shl"), _integer("lshr"), _integer("sdiv"), _integer("srem")
    fadd, fsub, fmul = _float("fadd"), _float("fsub"), _float("fmul")
    fdiv, frem = _float("fdiv"), _float("frem")
    icmp_signed = _comparison("icmp", "", _SIGNED)
    icmp_unsigned = _comparison("icmp", "", _UNSIGNED)
    fcmp_ordered = _comparison("fcmp", "o", _FLOATS)
    fcmp_unordered = _comparison("fcmp", "u", _FLOATS)
    fpext, fptrunc, fptosi = _cast("fpext"), _cast("fptrunc"), _cast("fptosi")
    sitofp, uitofp, zext = _cast("sitofp"), _cast("uitofp"), _cast("zext")
    sext, trunc, ptrtoint = _cast("sext"), _cast("trunc"), _cast("ptrtoint")

    def bitcast(self, a: Value, type_: Type) -> Value:
        if isinstance(type_, PointerType):  # pointers differ here alone
            return Value(type_, a.text, a.level)
        return self.computed(f"bitcast {a.type.text} {a.text} to {type_.text}", type_)

    def neg(self, a: Value) -> Value:
        return self.sub(a.type(None) if isinstance(a.type, VectorType) else a.type(0), a)

    def not_(self, a: Value) -> Value:
        return self.xor(a, a.type(-1))

    def fneg(self, a: Value) -> Value:
        return self.computed(f"fneg {a.type.text} {a.text}", a.type)

    def select(self, condition: Value, a: Value, b: Value) -> Value:
        pair = f"{a.type.text} {a.text}, {b.type.text} {b.text}"
        return self.computed(f"select {condition.type.text} {condition.text}, {pair}", a.type)

    def smul_with_overflow(self, a: Value, b: Value) -> Value:
        pair = LiteralStructType([a.type, _BIT])
        return self.called(f"llvm.smul.with.overflow.{a.type.text}", pair, [a, b])

    # -- lanes and parts

    def extract_element(self, a: Value, k: Value) -> Value:
        line = f"extractelement {a.type.text} {a.text}, {k.type.text} {k.text}"
        return self.computed(line, a.type.lane)

    def insert_element(self, a: Value, x: Value, k: Value) -> Value:
        parts = f"{a.type.text} {a.text}, {x.type.text} {x.text}, {k.type.text} {k.text}"
        return self.computed(f"insertelement {parts}", a.type)

    def shuffle_vector(self, a: Value, b: Value, picks: Value) -> Value:
        parts = f"{a.type.text} {a.text}, {b.type.text} {b.text}, {picks.type.text} {picks.text}"
        type_ = VectorType(a.type.lane, picks.type.lanes)
        return self.computed(f"shufflevector {parts}", type_)

    def extract_value(self, a: Value, k: int) -> Value:
        assert isinstance(a.type, LiteralStructType)
        return self.computed(f"extractvalue {a.type.text} {a.text}, {k}", a.type.elements[k])

    def together(self, values: Sequence[Value]) -> Value:
        """A struct of the values."""
        type_ = LiteralStructType([value.type for value in values])
        whole: Value = Constant(type_, Undefined)
        for k, x in enumerate(values):
            line = f"insertvalue {type_.text} {whole.text}, {x.type.text} {x.text}, {k}"
            whole = self.computed(line, type_)
        return whole

    # -- memory

    def alloca(self, type_: Type) -> Value:
        return self.append(f"alloca {type_.text}", type_.as_pointer())

    def load(self, place: Value, align: int | None = None) -> Value:
        assert isinstance(place.type, PointerType)
        type_ = place.type.pointee
        return self.read(f"load {type_.text}, ptr {place.text}{_aligned(align)}", type_)

    def store(self, value: Value, place: Value, align: int | None = None) -> None:
        self.done(f"store {value.type.text} {value.text}, ptr {place.text}{_aligned(align)}")

    def gep(self, place: Value, index: Sequence[Value], source: Type | None = None) -> Value:
        """So many elements from a place; or of what stands there, a part."""
        type_ = source or _pointee(place)
        parts = ", ".join(f"{k.type.text} {k.text}" for k in index)
        found = PointerType(_part(type_, index[1:]))
        line = f"getelementptr {type_.text}, ptr {place.text}, {parts}"
        return self.early(line, _shaped(found, index[0].type), place, *index)

    def opaque(self, place: Value) -> Value:
        """A place of which LLVM shall not ask how it was found; named where it was found."""
        with self.goto_block(self._home([place])):
            same = self.called("llvm.launder.invariant.group.p0", place.type, [place])
        return self.bitcast(same, place.type)  # a function has one type for all calls

    # -- calls

    def call(self, function: Any, args: Sequence[Value]) -> Value:
        """A call; one without side effects is made once."""
        result, name = function.kind.result, function.name
        given = ", ".join(f"{a.type.text} {a.text}" for a in args)
        line = f"call {result.text} {function.text}({given})"
        if name.startswith(_READING):
            return self.read(line, result)
        if "readnone" in function.attributes:
            return self.computed(line, result)
        if isinstance(result, VoidType):
            self.done(line)
            return Value(result, "")
        self.block.loaded.clear()
        return self.append(line, result)

    def called(self, symbol: str, result: Type, args: Sequence[Value], pure: bool = False) -> Value:
        """A call of a function known by its symbol; LLVM's own have no side effects."""
        function = self.module.globals.get(symbol)
        if function is None:
            function = self.module.declare(symbol, result, [a.type for a in args])
            function.attributes.add("nounwind")
            if pure or _is_pure(symbol):
                function.attributes.add("readnone")
        return self.call(function, args)

    # -- blocks

    def append_basic_block(self, name: str = "block") -> Block:
        return self.function.append_basic_block(name, self.block.before)

    def _below(self, name: str) -> Block:
        """A block that one gets to only by way of this one."""
        block = self.append_basic_block(name)
        block.above = self.block
        return block

    def enter_loop(self, condition: Value) -> tuple[Block, Block]:
        """The first block of a loop, in which one stands now, and the one after it."""
        head = self.function.append_basic_block("turn", self.block)
        after = self._below("after")
        head.above = self.block
        self.cbranch(condition, head, after)
        self.block = head
        return head, after

    def position_at_end(self, block: Block) -> None:
        self.block = block

    def branch(self, block: Block) -> None:
        self.end(f"br label %{block.label}")

    def cbranch(self, condition: Value, then: Block, other: Block, unlikely: bool = False) -> None:
        ways = f"label %{then.label}, label %{other.label}"
        self.end(f"br i1 {condition.text}, {ways}{', !prof !0' if unlikely else ''}")

    def ret(self, value: Value) -> None:
        self.end(f"ret {value.type.text} {value.text}")

    def ret_void(self) -> None:
        self.end("ret void")

    def phi(self, type_: Type) -> Phi:
        function = self.block.function
        function.numbers += 1
        self.block.phis.append(Phi(type_, f"%v{function.numbers}", self.block.level))
        return self.block.phis[-1]

    @contextlib.contextmanager
    def goto_block(self, block: Block) -> Iterator[None]:
        """In another block for a while, before its end."""
        before, self.block = self.block, block
        yield
        self.block = before

    def goto_entry_block(self) -> contextlib.AbstractContextManager[None]:
        return self.goto_block(self.function.blocks[0])

    @contextlib.contextmanager
    def if_then(self, condition: Value, likely: bool = True) -> Iterator[None]:
        then, after = self._below("then"), self._below("after")
        self.cbranch(condition, then, after, not likely)
        with self._way(then, after):
            yield
        self.block = after

    @contextlib.contextmanager
    def if_else(self, condition: Value) -> Iterator[tuple[Any, Any]]:
        names = ("then", "else", "after")
        then, other, after = map(self._below, names)
        self.cbranch(condition, then, other)
        yield self._way(then, after), self._way(other, after)
        self.block = after

    @contextlib.contextmanager
    def _way(self, block: Block, after: Block) -> Iterator[None]:
        """What stands in a block, from which it goes on after all."""
        self.block = block
        yield
        if not self.block.is_terminated:
            self.branch(after)


def _is_pure(symbol: str) -> bool:
    return symbol.startswith("llvm.") and not symbol.startswith((*_READING, *_WRITING))


def _aligned(align: int | None) -> str:
    return "" if align is None else f", align {align}"


def _pointee(place: Value) -> Type:
    assert isinstance(place.type, PointerType)
    return place.type.pointee


def _part(type_: Type, index: Sequence[Value]) -> Type:
    """The type of the part of a struct or an array."""
    for k in index:
        if isinstance(type_, LiteralStructType):
            assert isinstance(k, Constant)
            type_ = type_.elements[k.constant]
        else:
            assert isinstance(type_, ArrayType)
            type_ = type_.element
    return type_
