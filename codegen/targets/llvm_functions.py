"""The primitives of the index language on lanes; those without a vector form run lane by lane.

Sums and products may be joined into one rounding ("contract"); no other liberty is taken.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .. import vecmath
from ..runtime.emitters import emitter
from . import ir
from .llvm_lanes import BIT, Lanes, suffix
from .names import SPELLED

Function = Callable[..., Lanes]


def apply(name: str, args: list[Lanes]) -> Lanes:
    """The primitive on lanes of one type."""
    kind = args[-1]
    if kind.type.lane == BIT:
        return _ON_TRUTH[name](*args)
    if not kind.floating and name in _ON_INTEGERS:
        return _ON_INTEGERS[name](*args)
    if kind.floating and name in _ON_FLOATS:
        return _ON_FLOATS[name](*args)
    if name in _ON_NUMBERS:
        return _ON_NUMBERS[name](*args)
    return args[0].each(_by_runtime(name, kind.floating), *args[1:])


def _by_runtime(name: str, floating: bool) -> Function:
    emit = emitter(SPELLED.get(name, name), floating)
    return lambda *xs: xs[0].of(emit(xs[0].builder, *(x.value for x in xs)))


def _joined(operation: str, *flags: str) -> Function:
    """A builder's operation on floats, with flags."""

    kinds = ("contract", *flags)

    def emit(x: Lanes, y: Lanes) -> Lanes:
        return x.of(getattr(x.builder, operation)(*x.beside(y), kinds))

    return emit


add, sub, mul = _joined("fadd"), _joined("fsub"), _joined("fmul")
gather_add, gather_mul = _joined("fadd", "reassoc"), _joined("fmul", "reassoc")


def _strongmul(g: Lanes, slope: Lanes) -> Lanes:
    return g.equals(0.0).choose(g, g * slope)


def _maximum(x: Lanes, y: Lanes) -> Lanes:
    """The larger, or a NaN."""
    larger = (y > x).choose(y, x)
    return y.compared("!=", y).choose(y, larger)


def _minimum(x: Lanes, y: Lanes) -> Lanes:
    smaller = (y < x).choose(y, x)
    return y.compared("!=", y).choose(y, smaller)


def _sign(x: Lanes) -> Lanes:
    """1, -1, or x itself: a zero or a NaN."""
    return (x > 0.0).choose(1.0, (x < 0.0).choose(-1.0, x))


def _sign_of_integer(x: Lanes) -> Lanes:
    return (x > 0).choose(1, (x < 0).choose(-1, x.constant(0)))


def _logaddexp(x: Lanes, y: Lanes) -> Lanes:
    """max(x, y) + log1p(exp(-|x - y|)); the difference of equal infinities counts as 0."""
    return add(_maximum(x, y), _softened(x, y, 1.0))


def _logaddexp2(x: Lanes, y: Lanes) -> Lanes:
    return add(_maximum(x, y), _softened(x, y, math.log(2.0)) * (1.0 / math.log(2.0)))


def _softened(x: Lanes, y: Lanes, unit: float) -> Lanes:
    distance = x.equals(y).choose(0.0, abs(x - y))
    return vector_function("log1p", vector_function("exp", -distance * unit))


def _sinc(x: Lanes) -> Lanes:
    """sin(pi x) / (pi x), and 1 at 0."""
    y = x * math.pi
    return x.equals(0.0).choose(1.0, vector_function("sin", y) / y)


def vector_function(name: str, *args: Lanes) -> Lanes:
    """One of vecmath's functions, emitted once into the module for each type."""
    family = vecmath.TOGETHER.get(name, (name,))
    lanes = max(x.count for x in args)
    values = [x.spread(lanes).value for x in args]
    module, type_ = args[0].builder.module, values[0].type
    symbol = f"vecmath.{'_'.join(family)}.{suffix(type_)}"
    function = module.globals.get(symbol) or _emitted(module, symbol, family, type_, len(values))
    result = args[0].builder.call(function, values)
    if len(family) > 1:
        result = args[0].builder.extract_value(result, family.index(name))
    return args[0].of(result)


def _emitted(module: Any, symbol: str, family: tuple[str, ...], type_: Any, arity: int) -> Any:
    """Inlined in loops of lanes, which keep its constants in registers, and nowhere else."""
    several = len(family) > 1
    result = ir.LiteralStructType([type_] * len(family)) if several else type_
    function = ir.Function(module, ir.FunctionType(result, [type_] * arity), symbol)
    function.linkage = "internal"
    function.attributes |= {"nounwind", "readnone"}
    vector = isinstance(type_, ir.VectorType)
    function.attributes.add("alwaysinline" if vector else "noinline")
    builder = ir.IRBuilder(function.append_basic_block())
    made = vecmath.made(family, *(Lanes(builder, x) for x in function.args))
    values = [lanes.value for lanes in made]
    builder.ret(builder.together(values) if several else values[0])
    return function


def power(x: Lanes, exponent: float) -> Lanes | None:
    """x to a constant exponent, where a few products or a root are as good."""
    if exponent in (1.0, 2.0, 3.0, 4.0):
        square = mul(x, x)
        return {1.0: x, 2.0: square, 3.0: mul(square, x), 4.0: mul(square, square)}[exponent]
    if exponent == -1.0:
        return x.constant(1.0) / x
    if exponent == 0.5:  # pow(-0.0, 0.5) is 0.0, pow(-inf, 0.5) is inf
        return x.equals(-math.inf).choose(math.inf, x.intrinsic("sqrt") + 0.0)
    return None


def _vecmath(name: str) -> Function:
    return lambda *args: vector_function(name, *args)


def _compare(how: str) -> Function:
    return lambda x, y: x.compared(how, y)


def _intrinsic(name: str) -> Function:
    return lambda x, *others: x.intrinsic(name, *others)


def _either(x: Lanes, y: Lanes) -> Lanes:
    return x | y


def _both(x: Lanes, y: Lanes) -> Lanes:
    return x & y


def _where(condition: Lanes, then: Lanes, other: Lanes) -> Lanes:
    return condition.choose(then, other)


_ON_NUMBERS: dict[str, Function] = {
    "lt": _compare("<"),
    "le": _compare("<="),
    "gt": _compare(">"),
    "ge": _compare(">="),
    "eq": _compare("=="),
    "ne": _compare("!="),
    "neg": lambda x: -x,
    "where": _where,
}
_ON_INTEGERS: dict[str, Function] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "abs": lambda x: (x < 0).choose(-x, x),
    "square": lambda x: x * x,
    "sign": _sign_of_integer,
    "maximum": lambda x, y: (x > y).choose(x, y),
    "minimum": lambda x, y: (x < y).choose(x, y),
    "strongmul": lambda x, y: x * y,
}
_ON_TRUTH: dict[str, Function] = {
    "add": _either,
    "mul": _both,
    "maximum": _either,
    "minimum": _both,
    "fmax": _either,
    "fmin": _both,
    "or": _either,
    "and": _both,
    "xor": lambda x, y: x ^ y,
    "ne": lambda x, y: x ^ y,
    "eq": lambda x, y: ~(x ^ y),
    "lt": lambda x, y: ~x & y,
    "gt": lambda x, y: x & ~y,
    "le": lambda x, y: ~x | y,
    "ge": lambda x, y: x | ~y,
    "not": lambda x: ~x,
    "where": _where,
}
_ON_FLOATS: dict[str, Function] = {
    "add": add,
    "sub": sub,
    "mul": mul,
    "div": lambda x, y: x / y,
    "square": lambda x: mul(x, x),
    "reciprocal": lambda x: 1.0 / x,
    "abs": abs,
    "sign": _sign,
    "maximum": _maximum,
    "minimum": _minimum,
    "fmax": _intrinsic("maxnum"),
    "fmin": _intrinsic("minnum"),
    "copysign": _intrinsic("copysign"),
    "floor": _intrinsic("floor"),
    "ceil": _intrinsic("ceil"),
    "trunc": _intrinsic("trunc"),
    "round": _intrinsic("rint"),
    "sqrt": _intrinsic("sqrt"),
    "strongmul": _strongmul,
    "isnan": lambda x: x.compared("!=", x),
    "isinf": lambda x: abs(x).equals(math.inf),
    "isfinite": lambda x: abs(x) < math.inf,
    "logaddexp": _logaddexp,
    "logaddexp2": _logaddexp2,
    "sinc": _sinc,
} | {name: _vecmath(name) for name in vecmath.NAMES}
