"""The primitives as instructions: intrinsics where one expression will do, else calls."""

from __future__ import annotations

from collections.abc import Callable
from math import log, pi
from typing import Any

from .symbols import special_symbol

# Builders are of two kinds: a target's own, and Numba's (see primitives.py).
Value = Any
Emit = Callable[..., Value]  # (builder, *values) -> value
_KINDS = {"double": "f64", "float": "f32"}  # in the names of LLVM's intrinsics

_INFINITE = float("inf")


def llvm(name: str) -> Emit:
    """A call of an LLVM intrinsic whose arguments and result are of one type."""

    def emit(builder: Any, *args: Value) -> Value:
        type_ = args[0].type
        kind = _KINDS.get(str(type_), str(type_))
        return builder.called(f"llvm.{name}.{kind}", type_, args, pure=True)

    return emit


def libm(name: str) -> Emit:
    """A call of the C library's function, of the float kind that the arguments are."""

    def emit(builder: Any, *args: Value) -> Value:
        type_ = args[0].type
        symbol = name if _is_double(type_) else f"{name}f"
        return builder.called(symbol, type_, args, pure=True)

    return emit


def scipy_special(name: str) -> Emit:
    """A call of SciPy's function on doubles; float32 goes there and back."""

    def emit(builder: Any, *args: Value) -> Value:
        double, type_ = builder.double, args[0].type
        wide = args if _is_double(type_) else [builder.fpext(a, double) for a in args]
        given = (*wide, builder.int32(0))
        result = builder.called(special_symbol(name), double, given, pure=True)
        return result if _is_double(type_) else builder.fptrunc(result, type_)

    return emit


def _is_double(type_: Any) -> bool:
    return str(type_) == "double"


def _like(x: Value, value: float) -> Value:
    return x.type(value)


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
    return b.icmp_signed("!=", x, x)


def _true(b: Any, x: Value) -> Value:
    return b.icmp_signed("==", x, x)


def _isnan(b: Any, x: Value) -> Value:
    return b.fcmp_unordered("uno", x, x)


def _isinf(b: Any, x: Value) -> Value:
    return b.fcmp_ordered("==", llvm("fabs")(b, x), _like(x, _INFINITE))


def _isfinite(b: Any, x: Value) -> Value:
    return b.fcmp_ordered("<", llvm("fabs")(b, x), _like(x, _INFINITE))


def _either(floats: str, integers: str) -> tuple[Emit, Emit]:
    return llvm(floats), llvm(integers)


ON_ONE: dict[str, tuple[Emit, Emit | None]] = {
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
ON_TWO: dict[str, tuple[Emit, Emit | None]] = {
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
TESTS: dict[str, tuple[Emit, Emit]] = {
    "isnan": (_isnan, _false),
    "isinf": (_isinf, _false),
    "isfinite": (_isfinite, _true),
}
LIBM = "exp exp2 expm1 log log2 log10 log1p cbrt sin cos tan sinh cosh tanh"
ARC = ["sin", "cos", "tan", "sinh", "cosh", "tanh"]


def emitter(name: str, floating: bool) -> Emit:
    """What appends the instructions of a primitive, for other targets than text."""
    for table in (ON_ONE, ON_TWO, TESTS):
        if name in table:
            chosen = table[name][0 if floating else 1]
            assert chosen is not None, name
            return chosen
    if name in LIBM.split():
        return libm(name)
    return libm(f"a{name[3:]}") if name.startswith("arc") else scipy_special(name)
