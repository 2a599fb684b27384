"""Elementwise functions: each entry is all there is to say about one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from codegen.index import Apply, Cast, Const, Scalar

from ..exact import Exact, is_number
from ..late import late
from ..op import Aval, declare, strong_dtype
from .broadcasting import broadcast, common_dtype, read_as
from .families import Pull, elementwise
from .shape import unbroadcast

TWO_OVER_SQRT_PI = Exact(2 / math.sqrt(math.pi), "2/sqrt(pi)")
LN2 = Exact(math.log(2), "log(2)")
LN10 = Exact(math.log(10), "log(10)")


# --- arithmetic


def _power_by_base(y: Any, a: Any, b: Any) -> Any:
    """b*a**(b - 1); an exponent 0 is flat even at a = 0."""
    if is_number(b):
        return 0 if b == 0 else b * a ** (b - 1) if b != 2 else 2 * a**1
    return where(b == 0, 0.0, b * a ** (b - 1))


def _power_by_exponent(y: Any, a: Any, b: Any) -> Any:
    """y*log(a), and 0 at a = 0 for b >= 0, where the limit is 0."""
    if is_number(a):
        return y * math.log(a) if a > 0 else where(b >= 0, 0.0, math.nan) + 0 * y
    return where((a == 0) & (b >= 0), 0.0, y * log(where((a == 0) & (b >= 0), 1.0, a)))


add = elementwise("add", np.add, 1, 1, text="{} + {}", sympy="Add", family="arithmetic")
sub = elementwise("sub", np.subtract, 1, -1, text="{} - {}", family="arithmetic")
mul = elementwise(
    "mul", np.multiply, lambda y, a, b: b, lambda y, a, b: a,
    text="{}*{}", sympy="Mul", family="arithmetic",
)  # fmt: skip
div = elementwise(
    "div", np.true_divide, lambda y, a, b: 1 / b, lambda y, a, b: -(a / b) / b,
    text="{}/{}", family="arithmetic", domain=((-2.0, 2.0), (0.5, 2.0)),
)  # fmt: skip
pow = elementwise(
    "pow", np.power, _power_by_base, _power_by_exponent,
    text="{}**{}", sympy="Pow", family="arithmetic", domain=((0.5, 2.0), (-2.0, 2.0)),
)  # fmt: skip
neg = elementwise("neg", np.negative, -1, text="-{}", family="arithmetic")


def _strong(g: Any, s: Any) -> Any:
    """g*s, but 0 where g is 0, even if s is infinite or NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        out = np.multiply(g, s)
    return out if np.isfinite(out).all() else np.where(np.equal(g, 0), out.dtype.type(0), out)


strongmul = elementwise(
    "strongmul", _strong, lambda y, g, s: s, lambda y, g, s: g,
    text="{}*{}", masking=True, family="arithmetic",
)  # fmt: skip


# --- exponentials and logarithms

exp = elementwise("exp", np.exp, lambda y, x: y, sympy="exp")
log = elementwise("log", np.log, lambda y, x: 1 / x, sympy="log", domain=((0.2, 3.0),))
log1p = elementwise("log1p", np.log1p, lambda y, x: 1 / (1 + x), sympy="log1p", domain=((-0.5, 2.0),))
expm1 = elementwise("expm1", np.expm1, lambda y, x: y + 1, sympy="expm1")
sqrt = elementwise("sqrt", np.sqrt, lambda y, x: 0.5 / y, sympy="sqrt", domain=((0.2, 3.0),))

# --- circular and hyperbolic

sin = elementwise("sin", np.sin, lambda y, x: cos(x), sympy="sin")
cos = elementwise("cos", np.cos, lambda y, x: -sin(x), sympy="cos")
tan = elementwise("tan", np.tan, lambda y, x: 1 + y * y, sympy="tan", domain=((-1.2, 1.2),))
arcsin = elementwise(
    "arcsin", np.arcsin, lambda y, x: 1 / sqrt(1 - x * x), sympy="asin", domain=((-0.9, 0.9),)
)
arccos = elementwise(
    "arccos", np.arccos, lambda y, x: -1 / sqrt(1 - x * x), sympy="acos", domain=((-0.9, 0.9),)
)
arctan = elementwise("arctan", np.arctan, lambda y, x: 1 / (1 + x * x), sympy="atan")
sinh = elementwise("sinh", np.sinh, lambda y, x: cosh(x), sympy="sinh")
cosh = elementwise("cosh", np.cosh, lambda y, x: sinh(x), sympy="cosh")
tanh = elementwise("tanh", np.tanh, lambda y, x: 1 - y * y, sympy="tanh")


# --- choices and kinks


def _where_infer(c: Aval, a: Aval, b: Aval) -> Aval:
    dtype = strong_dtype(common_dtype((a.dtype, b.dtype)))
    return Aval(broadcast("where", c.shape, a.shape, b.shape), dtype)


def _where_pullback(g: Any, y: Any, c: Any, a: Any, b: Any, needed: Any) -> list[Any]:
    """The branch not taken gets an exact 0, whatever g is there."""
    return [
        None,
        unbroadcast(where(c, g, 0.0), a, y) if needed[1] else None,
        unbroadcast(where(c, 0.0, g), b, y) if needed[2] else None,
    ]


def _where_at(index: Any, c: Any, a: Any, b: Any) -> Scalar:
    dtype = strong_dtype(common_dtype((a.dtype, b.dtype)))
    return Apply("where", (read_as(bool, c, index), read_as(dtype, a, index), read_as(dtype, b, index)))


where = declare(
    "where", infer=_where_infer, evaluate=np.where, pullback=_where_pullback, at=_where_at,
    elementwise=True, masking=True, family="choices",
    example=lambda rng: ((rng.normal(size=(2, 3)) > 0, rng.normal(size=3), rng.normal(size=(2, 1))), {}),
)  # fmt: skip


def _share(g: Any, wins: Any, ties: Any) -> Any:
    """All to the winner; ties: half to each, as in PyTorch."""
    return where(ties, g * 0.5, where(wins, g, 0.0))


maximum = elementwise(
    "maximum", np.maximum,
    Pull(lambda g, y, a, b: _share(g, a > b, a == b)), Pull(lambda g, y, a, b: _share(g, b > a, a == b)),
    masking=True, sympy="Max", family="choices",
)  # fmt: skip
minimum = elementwise(
    "minimum", np.minimum,
    Pull(lambda g, y, a, b: _share(g, a < b, a == b)), Pull(lambda g, y, a, b: _share(g, b < a, a == b)),
    masking=True, sympy="Min", family="choices",
)  # fmt: skip
sign = elementwise("sign", np.sign, 0, sympy="sign", family="choices", backward="SignBackward0")
# abs'(0) = sign(0) = 0
abs = elementwise("abs", np.abs, lambda y, x: sign(x), sympy="Abs", family="choices")


def _comparison(name: str, numpy: Any, text: str, primitive: str) -> Any:
    return elementwise(name, numpy, primitive=primitive, text=text, family="comparisons")


less = _comparison("less", np.less, "{} < {}", "lt")
less_equal = _comparison("less_equal", np.less_equal, "{} <= {}", "le")
greater = _comparison("greater", np.greater, "{} > {}", "gt")
greater_equal = _comparison("greater_equal", np.greater_equal, "{} >= {}", "ge")
equal = _comparison("equal", np.equal, "{} == {}", "eq")
not_equal = _comparison("not_equal", np.not_equal, "{} != {}", "ne")
bitwise_and = _comparison("bitwise_and", np.bitwise_and, "{} & {}", "and")
bitwise_or = _comparison("bitwise_or", np.bitwise_or, "{} | {}", "or")
bitwise_xor = _comparison("bitwise_xor", np.bitwise_xor, "{} ^ {}", "xor")
invert = _comparison("invert", np.invert, "~{}", "not")
isnan = _comparison("isnan", np.isnan, "", "isnan")
isfinite = _comparison("isfinite", np.isfinite, "", "isfinite")
isinf = _comparison("isinf", np.isinf, "", "isinf")

# --- activations

sigmoid = elementwise(
    "sigmoid", late("scipy.special", "expit"), lambda y, x: y * (1 - y),
    sympy="sigmoid", family="activations",
)  # fmt: skip
softplus = elementwise(
    "softplus", lambda x: np.logaddexp(x, np.zeros_like(x)), lambda y, x: sigmoid(x),
    sympy="softplus", family="activations",
)  # fmt: skip
# relu'(0) = 0, as in PyTorch
relu = elementwise(
    "relu", lambda x: np.maximum(x, np.zeros_like(x)), lambda y, x: x > 0,
    primitive=lambda dtype, x: Apply("maximum", (x, Const(0, dtype))),
    masking=True, sympy="relu", family="activations",
)  # fmt: skip


# --- dtype


def _astype_pullback(g: Any, y: Any, x: Any, needed: Any, dtype: Any) -> tuple[Any]:
    return (astype(g, dtype=strong_dtype(x.dtype)),)


astype = declare(
    "astype",
    infer=lambda x, dtype: Aval(x.shape, np.dtype(dtype)),
    evaluate=lambda x, dtype: np.asarray(x).astype(dtype),
    pullback=_astype_pullback,
    at=lambda index, x, dtype: Cast(np.dtype(dtype).name, x(*index)),
    backward="ToCopyBackward0",
    elementwise=False,
    example=lambda rng: ((rng.normal(size=(2, 3)),), {"dtype": np.dtype(np.float64)}),
)
