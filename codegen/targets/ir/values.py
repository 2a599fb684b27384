"""LLVM's types and values: text that knows its type.

Types are equal where their text is; a pointer still knows what it points to.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any


class Type:
    """A type, by its text: so many lanes of a type, itself if it is no vector."""

    __slots__ = ("floating", "lane", "lanes", "text")

    def __init__(self, text: str, floating: bool = False) -> None:
        self.text, self.floating = text, floating
        self.lane: Type = self
        self.lanes = 1

    def __str__(self) -> str:
        return self.text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Type) and self.text == other.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __call__(self, value: Any) -> Constant:
        """The constant of this type."""
        return Constant(self, value)

    def as_pointer(self) -> PointerType:
        return PointerType(self)


class VoidType(Type):
    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("void")


class IntType(Type):
    __slots__ = ("width",)

    def __init__(self, width: int) -> None:
        super().__init__(f"i{width}")
        self.width = width


class FloatType(Type):
    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("float", floating=True)


class DoubleType(Type):
    __slots__ = ()

    def __init__(self) -> None:
        super().__init__("double", floating=True)


class PointerType(Type):
    __slots__ = ("pointee",)

    def __init__(self, pointee: Type) -> None:
        super().__init__("ptr")
        self.pointee = pointee


class VectorType(Type):
    __slots__ = ()

    def __init__(self, element: Type, count: int) -> None:
        super().__init__(f"<{count} x {element.text}>", element.floating)
        self.lane, self.lanes = element, count


class ArrayType(Type):
    __slots__ = ("count", "element")

    def __init__(self, element: Type, count: int) -> None:
        super().__init__(f"[{count} x {element.text}]")
        self.element, self.count = element, count


class LiteralStructType(Type):
    __slots__ = ("elements",)

    def __init__(self, elements: Sequence[Type]) -> None:
        super().__init__(f"{{{', '.join(e.text for e in elements)}}}")
        self.elements = tuple(elements)


class FunctionType(Type):
    __slots__ = ("args", "result")

    def __init__(self, result: Type, args: Sequence[Type]) -> None:
        super().__init__(f"{result.text} ({', '.join(a.text for a in args)})")
        self.result, self.args = result, tuple(args)


class Value:
    """What an operand can be: a name or a constant; `level` counts the loops that it stands in."""

    __slots__ = ("level", "text", "type")

    def __init__(self, type_: Type, text: str, level: int = 0) -> None:
        self.type, self.text, self.level = type_, text, level

    def __repr__(self) -> str:
        return f"{self.type.text} {self.text}"


class _Undefined:
    """The value of what nobody has set."""


Undefined = _Undefined()


class Constant(Value):
    """A number, bytes, values for the lanes (one for all, or one each); or None for zeros."""

    __slots__ = ("constant",)

    def __init__(self, type_: Type, constant: Any) -> None:
        super().__init__(type_, _text(type_, constant))
        self.constant = constant


def _text(type_: Type, constant: Any) -> str:
    if constant is None:
        return "null" if isinstance(type_, PointerType) else "zeroinitializer"
    if constant is Undefined:
        return "undef"
    if isinstance(type_, IntType):
        return str(int(constant))
    if isinstance(type_, (DoubleType, FloatType)):
        return _number(constant, isinstance(type_, FloatType))
    if isinstance(type_, ArrayType):
        return f'c"{"".join(map(_letter, constant))}"'
    assert isinstance(type_, VectorType)
    return _lanes(type_.lane, constant)


def _number(x: float, single: bool) -> str:
    """LLVM writes numbers of both kinds as the bits of a double."""
    if single:
        (x,) = struct.unpack("<f", struct.pack("<f", x))
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016x}"


def _letter(code: int) -> str:
    return chr(code) if 32 <= code < 127 and code not in b'"\\' else f"\\{code:02x}"


def _lanes(element: Type, constants: Sequence[Any]) -> str:
    texts = [c.text if isinstance(c, Value) else _text(element, c) for c in constants]
    if len(set(texts)) == 1:
        return f"splat ({element.text} {texts[0]})"
    return f"<{', '.join(f'{element.text} {text}' for text in texts)}>"
