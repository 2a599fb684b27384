"""The primitives as compiled functions on scalars: intrinsics where one expression will do."""

from __future__ import annotations

import math
from collections.abc import Callable
from math import log, pi
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ..check import ARITY
from ..index import SPECIAL
from .pipeline import OnePass
from .symbols import special_symbol

_njit: Any = numba.njit
compiled = _njit(
    error_model="numpy",
    nogil=True,
    fastmath={"contract"},
    no_cfunc_wrapper=True,
    pipeline_class=OnePass,
)

# Numba's and llvmlite's objects have no useful static types.
Value = Any
Emit = Callable[..., Value]  # (builder, *values) -> value

_INFINITE = float("inf")


def primitive(
    name: str, arity: int, emit: Emit, integer: Emit | None = None, logical: bool = False
) -> Any:
    """An intrinsic on scalars of one type, for floats and, if it has the meaning, for integers."""

    def generator(common: Any) -> Callable[..., Value]:
        chosen = emit if isinstance(common, types.Float) else integer
        if chosen is None:
            raise numba.TypingError(f"{name} is not for {common}")

        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Value:
            pairs = zip(args, signature.args, strict=True)
            return chosen(builder, *(context.cast(builder, a, t, common) for a, t in pairs))

        return generate

    def unary(typing: Any, x: Any) -> Any:
        return (types.boolean if logical else x)(x), generator(x)

    def binary(typing: Any, x: Any, y: Any) -> Any:
        common = typing.unify_types(x, y)
        return common(x, y), generator(common)

    def ternary(typing: Any, x: Any, y: Any, z: Any) -> Any:
        common = typing.unify_types(x, y, z)
        return common(x, y, z), generator(common)

    function = (unary, binary, ternary)[arity - 1]
    function.__name__ = function.__qualname__ = name
    return intrinsic(function)


def llvm(name: str) -> Emit:
    """A call of an LLVM intrinsic whose arguments and result are of one type."""

    def emit(builder: Any, *args: Value) -> Value:
        type_ = args[0].type
        kind = ir.FunctionType(type_, [type_] * len(args))
        return builder.call(builder.module.declare_intrinsic(f"llvm.{name}", [type_], kind), args)

    return emit


def libm(name: str) -> Emit:
    """A call of the C library's function, of the float kind that the arguments are."""

    def emit(builder: Any, *args: Value) -> Value:
        type_ = args[0].type
        return _pure_call(builder, name if _is_double(type_) else f"{name}f", type_, args)

    return emit


def scipy_special(name: str) -> Emit:
    """A call of SciPy's function on doubles; float32 goes there and back."""

    def emit(builder: Any, *args: Value) -> Value:
        double, type_ = ir.DoubleType(), args[0].type
        wide = args if _is_double(type_) else [builder.fpext(a, double) for a in args]
        skip = ir.Constant(ir.IntType(32), 0)
        result = _pure_call(builder, special_symbol(name), double, (*wide, skip))
        return result if _is_double(type_) else builder.fptrunc(result, type_)

    return emit


def _pure_call(builder: Any, symbol: str, result: Any, args: tuple[Value, ...]) -> Value:
    kind = ir.FunctionType(result, [a.type for a in args])
    function = cgutils.get_or_insert_function(builder.module, kind, symbol)
    function.attributes.add("nounwind")
    function.attributes.add("readnone")
    return builder.call(function, args)


def _is_double(type_: Any) -> bool:
    return type_ == ir.DoubleType()


def _like(x: Value, value: float) -> Value:
    return ir.Constant(x.type, value)


def _same(b: Any, x: Value) -> Value:
    return x


def _plus(b: Any, x: Value, y: Value) -> Value:
    return b.fadd(x, y, flags=("reassoc", "contract"))


def _times(b: Any, x: Value, y: Value) -> Value:
    return b.fmul(x, y, flags=("reassoc", "contract"))


def _sign(b: Any, x: Value) -> Value:
    """1, -1 or 0; NaN stays NaN."""
    zero = _like(x, 0.0)
    negative = b.select(b.fcmp_ordered("<", x, zero), _like(x, -1.0), x)
    signed = b.select(b.fcmp_ordered(">", x, zero), _like(x, 1.0), negative)
    return b.select(b.fcmp_ordered("==", x, zero), zero, signed)


def _sign_of_integer(b: Any, x: Value) -> Value:
    zero = _like(x, 0)
    negative = b.select(b.icmp_signed("<", x, zero), _like(x, -1), zero)
    return b.select(b.icmp_signed(">", x, zero), _like(x, 1), negative)


def _strongmul(b: Any, g: Value, slope: Value) -> Value:
    return b.select(b.fcmp_ordered("==", g, _like(g, 0.0)), g, b.fmul(g, slope))


def _fmod_of_integers(b: Any, x: Value, y: Value) -> Value:
    """C's remainder; 0 where the divisor is 0, and no overflow at -1."""
    one, zero = _like(y, 1), _like(y, 0)
    small = b.or_(b.icmp_signed("==", y, zero), b.icmp_signed("==", y, _like(y, -1)))
    return b.select(small, zero, b.srem(x, b.select(small, one, y)))


def _mod(b: Any, x: Value, y: Value) -> Value:
    """The remainder with the divisor's sign."""
    zero = _like(y, 0.0)
    rest = b.frem(x, y)
    crossed = b.xor(b.fcmp_ordered("<", y, zero), b.fcmp_ordered("<", rest, zero))
    moved = b.select(crossed, b.fadd(rest, y), rest)
    exact = llvm("copysign")(b, zero, y)
    return b.select(b.fcmp_ordered("==", rest, zero), exact, moved)


def _mod_of_integers(b: Any, x: Value, y: Value) -> Value:
    rest = _fmod_of_integers(b, x, y)
    zero = _like(y, 0)
    crossed = b.icmp_signed("<", b.xor(rest, y), zero)
    inexact = b.icmp_signed("!=", rest, zero)
    return b.select(b.and_(crossed, inexact), b.add(rest, y), rest)


def _floordiv(b: Any, x: Value, y: Value) -> Value:
    """NumPy's floor division: from the exact remainder, so that it fits mod."""
    zero, one, half = (_like(y, c) for c in (0.0, 1.0, 0.5))
    rest = b.frem(x, y)
    crossed = b.xor(b.fcmp_ordered("<", y, zero), b.fcmp_ordered("<", rest, zero))
    below = b.and_(crossed, b.fcmp_ordered("!=", rest, zero))
    quotient = b.fdiv(b.fsub(x, rest), y)
    quotient = b.select(below, b.fsub(quotient, one), quotient)
    whole = llvm("floor")(b, quotient)
    late = b.fcmp_ordered(">", b.fsub(quotient, whole), half)
    whole = b.select(late, b.fadd(whole, one), whole)
    exact = b.fdiv(x, y)
    signed = llvm("copysign")(b, zero, exact)
    whole = b.select(b.fcmp_ordered("==", quotient, zero), signed, whole)
    return b.select(b.fcmp_ordered("==", y, zero), exact, whole)


def _floordiv_of_integers(b: Any, x: Value, y: Value) -> Value:
    """0 where the divisor is 0; the smallest integer over -1 stays itself."""
    zero, one = _like(y, 0), _like(y, 1)
    none, turned = b.icmp_signed("==", y, zero), b.icmp_signed("==", y, _like(y, -1))
    divisor = b.select(b.or_(none, turned), one, y)
    quotient, rest = b.sdiv(x, divisor), b.srem(x, divisor)
    crossed = b.icmp_signed("<", b.xor(rest, divisor), zero)
    below = b.and_(crossed, b.icmp_signed("!=", rest, zero))
    quotient = b.select(below, b.sub(quotient, one), quotient)
    return b.select(none, zero, b.select(turned, b.neg(x), quotient))


def _sigmoid(b: Any, x: Value) -> Value:
    """1 / (1 + exp(-x)), with an exponential that does not overflow."""
    one = _like(x, 1.0)
    e = libm("exp")(b, b.fneg(llvm("fabs")(b, x)))
    above = b.select(b.fcmp_ordered(">=", x, _like(x, 0.0)), one, e)
    return b.fdiv(above, b.fadd(one, e))


def _softplus(b: Any, x: Value) -> Value:
    """log(1 + exp(x)) = max(x, 0) + log1p(exp(-|x|))."""
    e = libm("exp")(b, b.fneg(llvm("fabs")(b, x)))
    return b.fadd(llvm("maximum")(b, x, _like(x, 0.0)), libm("log1p")(b, e))


def _logaddexp(b: Any, x: Value, y: Value) -> Value:
    """max(x, y) + log1p(exp(-|x - y|)); the difference of equal infinities counts as 0."""
    difference = _distance(b, x, y)
    rest = libm("log1p")(b, libm("exp")(b, b.fneg(difference)))
    return b.fadd(llvm("maximum")(b, x, y), rest)


def _logaddexp2(b: Any, x: Value, y: Value) -> Value:
    """The same to base 2; equal arguments give exactly one more."""
    rest = libm("log1p")(b, libm("exp2")(b, b.fneg(_distance(b, x, y))))
    rest = b.fmul(rest, _like(x, 1 / log(2)))
    rest = b.select(b.fcmp_ordered("==", x, y), _like(x, 1.0), rest)
    return b.fadd(llvm("maximum")(b, x, y), rest)


def _distance(b: Any, x: Value, y: Value) -> Value:
    equal = b.fcmp_ordered("==", x, y)
    return b.select(equal, _like(x, 0.0), llvm("fabs")(b, b.fsub(x, y)))


def _sinc(b: Any, x: Value) -> Value:
    """sin(pi x) / (pi x), and 1 at 0."""
    y = b.fmul(x, _like(x, pi))
    ratio = b.fdiv(libm("sin")(b, y), y)
    return b.select(b.fcmp_ordered("==", x, _like(x, 0.0)), _like(x, 1.0), ratio)


def _integer(name: str) -> Emit:
    return lambda builder, *args: getattr(builder, name)(*args)


def _false(b: Any, x: Value) -> Value:
    return ir.Constant(ir.IntType(1), 0)


def _true(b: Any, x: Value) -> Value:
    return ir.Constant(ir.IntType(1), 1)


def _isnan(b: Any, x: Value) -> Value:
    return b.fcmp_unordered("uno", x, x)


def _isinf(b: Any, x: Value) -> Value:
    return b.fcmp_ordered("==", llvm("fabs")(b, x), _like(x, _INFINITE))


def _isfinite(b: Any, x: Value) -> Value:
    return b.fcmp_ordered("<", llvm("fabs")(b, x), _like(x, _INFINITE))


def _either(floats: str, integers: str) -> tuple[Emit, Emit]:
    return llvm(floats), llvm(integers)


_ONE: dict[str, tuple[Emit, Emit | None]] = {
    "square": (lambda b, x: b.fmul(x, x), lambda b, x: b.mul(x, x)),
    "reciprocal": (lambda b, x: b.fdiv(_like(x, 1.0), x), None),
    "sign": (_sign, _sign_of_integer),
    "floor": (llvm("floor"), _same),
    "ceil": (llvm("ceil"), _same),
    "trunc": (llvm("trunc"), _same),
    "rint": (llvm("rint"), _same),
    "sqrt": (llvm("sqrt"), None),
    "sigmoid": (_sigmoid, None),
    "softplus": (_softplus, None),
    "sinc": (_sinc, None),
}
_TWO: dict[str, tuple[Emit, Emit | None]] = {
    "plus": (_plus, None),
    "times": (_times, None),
    "strongmul": (_strongmul, _integer("mul")),
    "maximum": _either("maximum", "smax"),
    "minimum": _either("minimum", "smin"),
    "fmax": _either("maxnum", "smax"),
    "fmin": _either("minnum", "smin"),
    "copysign": (llvm("copysign"), None),
    "fmod": (lambda b, x, y: b.frem(x, y), _fmod_of_integers),
    "mod": (_mod, _mod_of_integers),
    "floordiv": (_floordiv, _floordiv_of_integers),
    "power": (llvm("pow"), None),
    "logaddexp": (_logaddexp, None),
    "logaddexp2": (_logaddexp2, None),
    "arctan2": (libm("atan2"), None),
    "hypot": (libm("hypot"), None),
}
_TESTS: dict[str, tuple[Emit, Emit]] = {
    "isnan": (_isnan, _false),
    "isinf": (_isinf, _false),
    "isfinite": (_isfinite, _true),
}
_LIBM = "exp exp2 expm1 log log2 log10 log1p cbrt sin cos tan sinh cosh tanh"
_ARC = ["sin", "cos", "tan", "sinh", "cosh", "tanh"]


@compiled
def integer_power(x: Any, n: Any) -> Any:
    """x**n by squaring; NumPy refuses negative exponents, too."""
    if n < 0:
        raise ValueError("Integers to negative integer powers are not allowed.")
    result = x * 0 + 1
    while n > 0:
        if n & 1:
            result *= x
        x *= x
        n >>= 1
    return result


@compiled
def wrap_index(i: Any, n: Any) -> Any:
    """The index counted from the front, as NumPy's indexing would."""
    if i < -n or i >= n:
        raise IndexError("index out of bounds")
    return i + n if i < 0 else i


# (2k)! / B(2k), the denominators of the Euler-Maclaurin tail below
_TAIL = (
    12.0,
    -720.0,
    30240.0,
    -1209600.0,
    47900160.0,
    -1307674368000.0 / 691,
    74724249600.0,
    -10670622842880000.0 / 3617,
    5109094217170944000.0 / 43867,
    -802857662698291200000.0 / 174611,
    14101100039391805440000.0 / 77683,
    -1693824136731743669452800000.0 / 236364091,
)


@compiled
def zeta(x: float, q: float) -> float:
    """Hurwitz's zeta function by the Euler-Maclaurin formula, as in Cephes."""
    if x <= 1.0:
        return math.inf if x == 1.0 else math.nan
    if q <= 0.0:
        if q == np.floor(q):
            return math.inf
        if x != np.floor(x):
            return math.nan
    if q > 1e8:
        return (1.0 / (x - 1.0) + 1.0 / (2.0 * q)) * q ** (1.0 - x)
    total, a, term = q**-x, q, 0.0
    count = 0
    while count < 9 or a <= 9.0:
        count += 1
        a += 1.0
        term = a**-x
        total += term
        if abs(term) < 1.1e-16 * abs(total):
            return total
    total += term * a / (x - 1.0) - 0.5 * term
    factor = 1.0
    for k in range(12):
        factor *= x + 2 * k
        term /= a
        step = factor * term / _TAIL[k]
        total += step
        if abs(step) < 1.1e-16 * abs(total):
            return total
        factor *= x + 2 * k + 1
        term /= a
    return total


def emitter(name: str, floating: bool) -> Emit:
    """What appends the instructions of a primitive, for other targets than text."""
    for table in (_ONE, _TWO, _TESTS):
        if name in table:
            chosen = table[name][0 if floating else 1]
            assert chosen is not None, name
            return chosen
    if name in _LIBM.split():
        return libm(name)
    return libm(f"a{name[3:]}") if name.startswith("arc") else scipy_special(name)


def _functions() -> dict[str, Any]:
    table = {name: primitive(name, 1, *emits) for name, emits in _ONE.items()}
    table |= {name: primitive(name, 2, *emits) for name, emits in _TWO.items()}
    table |= {name: primitive(name, 1, *emits, logical=True) for name, emits in _TESTS.items()}
    table |= {name: primitive(name, 1, libm(name)) for name in _LIBM.split()}
    table |= {f"arc{name}": primitive(f"arc{name}", 1, libm(f"a{name}")) for name in _ARC}
    for name in SPECIAL - {"polygamma", "zeta"}:
        table[name] = primitive(name, ARITY[name], scipy_special(name))
    return table | {f.__name__: f for f in (integer_power, wrap_index, zeta)}


FUNCTIONS = _functions()


@compiled
def polygamma(n: float, x: float) -> float:
    """The n-th derivative of digamma: (-1)^(n+1) n! zeta(n + 1, x)."""
    if n == 0.0:
        return _digamma(x)
    size = math.gamma(n + 1.0) * zeta(n + 1.0, x)
    return size if n % 2.0 == 1.0 else -size


_digamma = FUNCTIONS["digamma"]
FUNCTIONS["polygamma"] = polygamma
