"""LLVM values as numbers: one, or several side by side in a vector register.

The same formula gives scalar and vector instructions. An operand of one lane beside one of many
is spread over all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..native import features as host_features
from ..vecmath import FLOAT32, FLOAT64, Format, Number
from . import ir

# llvmlite's objects have no useful static types.
Builder = Any
Value = Any
Type = Any

BIT, BYTE = ir.IntType(1), ir.IntType(8)
INT32, INT64 = ir.IntType(32), ir.IntType(64)
FLOAT, DOUBLE = ir.FloatType(), ir.DoubleType()
TYPES: dict[str, Type] = {
    "float64": DOUBLE,
    "float32": FLOAT,
    "int64": INT64,
    "int32": INT32,
    "bool": BIT,
}
BYTES = {"float64": 8, "float32": 4, "int64": 8, "int32": 4, "bool": 1}
_SHORT = ("float", "i32")
_NAMES = {"double": "f64", "float": "f32"} | {f"i{n}": f"i{n}" for n in (1, 8, 32, 64)}


def many(type_: Type, lanes: int) -> Type:
    """The type of so many lanes."""
    return type_ if lanes == 1 else ir.VectorType(type_, lanes)


def stored(dtype: str) -> Any:
    """The type of an element in memory."""
    return BYTE if dtype == "bool" else TYPES[dtype]


def suffix(type_: Type) -> str:
    """The type as it stands in the names of LLVM's intrinsics."""
    name = _NAMES[type_.lane.text]
    return name if type_.lanes == 1 else f"v{type_.lanes}{name}"


def constant(type_: Type, value: float | int | bool) -> Value:
    """The value in every lane."""
    exact = float(value) if type_.floating else int(value)
    return ir.Constant(type_, exact if type_.lanes == 1 else [exact])


def intrinsic(builder: Builder, name: str, result: Type, args: Sequence[Value], over: str) -> Value:
    """A call of `llvm.name.over`."""
    return builder.called(f"llvm.{name}.{over}", result, args)


class Lanes(Number):
    """An LLVM value in one or many lanes; what is done to it is appended at the builder's place."""

    __slots__ = ("builder", "value")

    def __init__(self, builder: Builder, value: Value) -> None:
        self.builder = builder
        self.value = value

    def __repr__(self) -> str:
        return f"Lanes({self.value})"

    @property
    def format(self) -> Format:
        return FLOAT32 if self.value.type.lane.text in _SHORT else FLOAT64

    @property
    def type(self) -> Type:
        return self.value.type

    @property
    def count(self) -> int:
        return self.value.type.lanes

    @property
    def floating(self) -> bool:
        return self.value.type.floating

    def of(self, value: Value) -> Lanes:
        """Another value at the same place."""
        return Lanes(self.builder, value)

    def constant(self, value: float | int) -> Lanes:
        return self.of(constant(self.type, value))

    def spread(self, lanes: int) -> Lanes:
        """One lane copied into many."""
        if self.count == lanes:
            return self
        type_ = many(self.type, lanes)
        if isinstance(self.value, ir.Constant):
            return self.of(ir.Constant(type_, [self.value]))
        first = self.builder.insert_element(ir.Constant(type_, ir.Undefined), self.value, INT32(0))
        zeros = ir.Constant(ir.VectorType(INT32, lanes), None)
        return self.of(self.builder.shuffle_vector(first, ir.Constant(type_, ir.Undefined), zeros))

    def beside(self, other: Number | float) -> tuple[Value, Value]:
        """Both values in the same number of lanes."""
        if not isinstance(other, Lanes):
            return self.value, constant(self.type, other)  # type: ignore[arg-type]
        lanes = max(self.count, other.count)
        return self.spread(lanes).value, other.spread(lanes).value

    def _arithmetic(self, floats: str, integers: str, other: Number | float) -> Lanes:
        operation = getattr(self.builder, floats if self.floating else integers)
        return self.of(operation(*self.beside(other)))

    def __add__(self, other: Number | float) -> Lanes:
        return self._arithmetic("fadd", "add", other)

    def __sub__(self, other: Number | float) -> Lanes:
        return self._arithmetic("fsub", "sub", other)

    def __mul__(self, other: Number | float) -> Lanes:
        return self._arithmetic("fmul", "mul", other)

    def __truediv__(self, other: Number | float) -> Lanes:
        return self.of(self.builder.fdiv(*self.beside(other)))

    def __neg__(self) -> Lanes:
        negate = self.builder.fneg if self.floating else self.builder.neg
        return self.of(negate(self.value))

    def compared(self, how: str, other: Number | float) -> Lanes:
        """Truth values; a NaN is neither less nor greater nor equal, but `!=` to everything."""
        if not self.floating:  # a bit that is set is no -1
            is_bit = self.type.lane == BIT
            compare = self.builder.icmp_unsigned if is_bit else self.builder.icmp_signed
            return self.of(compare(how, *self.beside(other)))
        compare = self.builder.fcmp_unordered if how == "!=" else self.builder.fcmp_ordered
        return self.of(compare(how, *self.beside(other)))

    def __lt__(self, other: Number | float) -> Lanes:
        return self.compared("<", other)

    def __le__(self, other: Number | float) -> Lanes:
        return self.compared("<=", other)

    def __gt__(self, other: Number | float) -> Lanes:
        return self.compared(">", other)

    def __ge__(self, other: Number | float) -> Lanes:
        return self.compared(">=", other)

    def equals(self, other: Number | float) -> Lanes:
        return self.compared("==", other)

    def __and__(self, other: Number | int) -> Lanes:
        return self.of(self.builder.and_(*self.beside(other)))

    def __or__(self, other: Number | int) -> Lanes:
        return self.of(self.builder.or_(*self.beside(other)))

    def __xor__(self, other: Number | int) -> Lanes:
        return self.of(self.builder.xor(*self.beside(other)))

    def __invert__(self) -> Lanes:
        return self ^ -1

    def __lshift__(self, places: int) -> Lanes:
        return self.of(self.builder.shl(self.value, constant(self.type, places)))

    def __rshift__(self, places: int) -> Lanes:
        return self.of(self.builder.lshr(self.value, constant(self.type, places)))

    def intrinsic(self, name: str, *others: Number | float) -> Lanes:
        """An LLVM intrinsic whose arguments and result are of one type."""
        values = [self.of(self.beside(other)[1]) for other in others]
        lanes = max([self.count, *(v.count for v in values)])
        args = [v.spread(lanes).value for v in (self, *values)]
        type_ = args[0].type
        return self.of(intrinsic(self.builder, name, type_, args, suffix(type_)))

    def fma(self, factor: Number | float, addend: Number | float) -> Lanes:
        return self.intrinsic("fma", factor, addend)

    def floor(self) -> Lanes:
        return self.intrinsic("floor")

    def sqrt(self) -> Lanes:
        return self.intrinsic("sqrt")

    def __abs__(self) -> Lanes:
        return self.intrinsic("fabs")

    def _cast(self, operation: Callable[[Value, Type], Value], type_: Type) -> Lanes:
        return self.of(operation(self.value, many(type_, self.count)))

    def scaled(self, n: Number) -> Lanes:
        if not self.fills_avx512:
            return super().scaled(n)  # type: ignore[return-value]
        return self._avx512("scalef", self.beside(n)[1])

    def split(self) -> tuple[Lanes, Lanes]:
        if not self.fills_avx512:
            return super().split()  # type: ignore[return-value]
        e, m = self._avx512("getexp"), self._avx512("getmant", INT32(0))
        high = m >= 2.0 * self.format.sqrt_half
        return high.choose(e + 1.0, e), high.choose(m * 0.5, m)

    @property
    def fills_avx512(self) -> bool:
        """Whether this is one of AVX-512's registers, full."""
        size = 8 if self.format is FLOAT64 else 4
        return self.count * size == 64 and host_features().get("avx512f", False)

    def _avx512(self, name: str, *others: Value) -> Lanes:
        kind, mask = ("pd", BYTE(-1)) if self.format is FLOAT64 else ("ps", ir.IntType(16)(-1))
        args = [self.value, *others, ir.Constant(self.type, ir.Undefined), mask, INT32(4)]
        return self.of(
            self.builder.called(f"llvm.x86.avx512.mask.{name}.{kind}.512", self.type, args)
        )

    def bits(self) -> Lanes:
        return self._cast(self.builder.bitcast, INT64 if self.format is FLOAT64 else INT32)

    def from_bits(self) -> Lanes:
        return self._cast(self.builder.bitcast, DOUBLE if self.format is FLOAT64 else FLOAT)

    def widened(self) -> Lanes:
        return self._cast(self.builder.fpext, DOUBLE)

    def narrowed(self) -> Lanes:
        return self._cast(self.builder.fptrunc, FLOAT)

    def as_type(self, type_: Type) -> Lanes:
        """The same numbers in another type; whole numbers are cut towards zero."""
        own = self.type.lane
        if own == type_:
            return self
        if type_ == BIT:
            return self.compared("!=", 0)
        if own == BIT:
            return self._cast(self.builder.uitofp if type_.floating else self.builder.zext, type_)
        if own.floating and type_.floating:
            return self._cast(self.builder.fpext if own == FLOAT else self.builder.fptrunc, type_)
        if own.floating or type_.floating:
            return self._cast(self.builder.fptosi if own.floating else self.builder.sitofp, type_)
        return self._cast(self.builder.sext if own == INT32 else self.builder.trunc, type_)

    def choose(self, then: Number | float, other: Number) -> Lanes:
        assert isinstance(other, Lanes)
        b, a = other.beside(then)
        lanes = max(self.count, a.type.lanes)
        values = (self, self.of(a), self.of(b))
        if self.count == 1:
            return self.of(self.builder.select(self.value, a, b))
        return self.of(self.builder.select(*(v.spread(lanes).value for v in values)))

    def each(self, function: Callable[..., Lanes], *others: Lanes) -> Lanes:
        """The function lane by lane, for what has no vector form."""
        operands = [self, *others]
        lanes = max(operand.count for operand in operands)
        if lanes == 1:
            return function(*operands)
        result: Value = None
        for k in range(lanes):
            value = function(*(operand.lane(k) for operand in operands)).value
            if result is None:
                result = ir.Constant(many(value.type, lanes), ir.Undefined)
            result = self.builder.insert_element(result, value, INT32(k))
        return self.of(result)

    def lane(self, k: int) -> Lanes:
        """One of the lanes."""
        if self.count == 1:
            return self
        return self.of(self.builder.extract_element(self.value, INT32(k)))

    def any(self) -> Value:
        """Whether it is true in some lane, as one bit."""
        if self.count == 1:
            return self.value
        whole = self.builder.bitcast(self.value, ir.IntType(self.count))
        return self.builder.icmp_unsigned("!=", whole, ir.Constant(whole.type, 0))

    def rarely(self, condition: Number, usual: Mapping[str, Number]) -> list[Lanes]:
        assert isinstance(condition, Lanes)
        before = self.builder.block
        with self.builder.if_then(condition.any(), likely=False):
            mixed = [condition.choose(self._by_library(name), y) for name, y in usual.items()]
            after = self.builder.block
        return [self._either((y, before), (z, after)) for y, z in zip(usual.values(), mixed)]

    def _by_library(self, name: str) -> Lanes:
        """The C library's function, lane by lane."""
        wide = self.as_type(DOUBLE)
        asked = wide.each(lambda x: x.of(x.builder.called(name, DOUBLE, [x.value], pure=True)))
        return asked.as_type(self.type.lane)

    def _either(self, *ways: tuple[Any, Any]) -> Lanes:
        """The one of the values that comes from the block that was run."""
        phi = self.builder.phi(self.type)
        for lanes, block in ways:
            phi.add_incoming(lanes.value, block)
        return self.of(phi)
