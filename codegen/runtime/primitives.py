"""The primitives as compiled functions on scalars."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from ..check import ARITY
from ..index import SPECIAL
from .emitters import ARC, LIBM, ON_ONE, ON_TWO, TESTS, Emit, Value, libm, scipy_special
from .pipeline import OnePass

_njit: Any = numba.njit
OPTIONS: dict[str, Any] = {
    "error_model": "numpy",
    "nogil": True,
    "fastmath": {"contract"},
    "no_cfunc_wrapper": True,
    "pipeline_class": OnePass,
}
compiled = _njit(**OPTIONS)


class _Builder:
    """Numba's builder, with what emitters ask for beside instructions."""

    double, int32 = ir.DoubleType(), ir.IntType(32)

    def __init__(self, builder: Any) -> None:
        self.builder = builder

    def __getattr__(self, name: str) -> Any:
        return getattr(self.builder, name)

    def called(self, symbol: str, result: Any, args: Sequence[Value], pure: bool) -> Value:
        kind = ir.FunctionType(result, [a.type for a in args])
        function = cgutils.get_or_insert_function(self.builder.module, kind, symbol)
        function.attributes.add("nounwind")
        if pure:
            function.attributes.add("readnone")
        return self.builder.call(function, args)


def _generator(name: str, emit: Emit, integer: Emit | None, common: Any) -> Callable[..., Value]:
    """What makes the code for scalars of the common type."""
    chosen = emit if isinstance(common, types.Float) else integer
    if chosen is None:
        raise numba.TypingError(f"{name} is not for {common}")

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Value:
        pairs = zip(args, signature.args, strict=True)
        values = [context.cast(builder, a, t, common) for a, t in pairs]
        return chosen(_Builder(builder), *values)

    return generate


def primitive(
    name: str, arity: int, emit: Emit, integer: Emit | None = None, logical: bool = False
) -> Any:
    """An intrinsic on scalars of one type, for floats and, if it has the meaning, for integers."""
    generator = functools.partial(_generator, name, emit, integer)

    def unary(typing: Any, x: Any) -> Any:
        return (types.boolean if logical else x)(x), generator(x)

    def binary(typing: Any, x: Any, y: Any) -> Any:
        common = typing.unify_types(x, y)
        return common(x, y), generator(common)

    def ternary(typing: Any, x: Any, y: Any, z: Any) -> Any:
        common = typing.unify_types(x, y, z)
        return common(x, y, z), generator(common)

    def quaternary(typing: Any, w: Any, x: Any, y: Any, z: Any) -> Any:
        common = typing.unify_types(w, x, y, z)
        return common(w, x, y, z), generator(common)

    function = (unary, binary, ternary, quaternary)[arity - 1]
    function.__name__ = function.__qualname__ = name
    return intrinsic(function)


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


def _functions() -> dict[str, Any]:
    table = {name: primitive(name, 1, *emits) for name, emits in ON_ONE.items()}
    table |= {name: primitive(name, 2, *emits) for name, emits in ON_TWO.items()}
    table |= {name: primitive(name, 1, *emits, logical=True) for name, emits in TESTS.items()}
    table |= {name: primitive(name, 1, libm(name)) for name in LIBM.split()}
    table |= {f"arc{name}": primitive(f"arc{name}", 1, libm(f"a{name}")) for name in ARC}
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
