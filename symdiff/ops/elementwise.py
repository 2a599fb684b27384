"""Elementwise functions: each entry is all there is to say about one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from codegen.index import Apply, Cast, Const, Scalar

from ..graph.exact import HALF, Exact, is_number
from ..graph.late import late
from ..graph.op import Aval, Op, declare, strong_dtype
from .broadcasting import broadcast, common_dtype, read_as, zero
from .families import DOUBLE, FLOATS, Pull, applied, elementwise
from .shape import unbroadcast

LN2 = Exact(math.log(2), "log(2)")
LN10 = Exact(math.log(10), "log(10)")


# --- arithmetic


def _power_by_base(y: Any, a: Any, b: Any) -> Any:
    """b*a**(b - 1), which for exponents 1 and 2 too has a history, as PyTorch's users see; an
    exponent 0 is flat even at a = 0.
    """
    if is_number(b):
        return 0 if b == 0 else b * a ** (b - 1)
    return where((a == 0) & (b == 0), 0.0, b * a ** (b - 1))


def _power_by_exponent(y: Any, a: Any, b: Any) -> Any:
    """y*log(a), and 0 at a = 0 for b >= 0, where the limit is 0."""
    if is_number(a):
        if a == 0:
            return where(b >= 0, 0.0, -y)
        return y * applied(log, a) if a > 0 else y * math.nan
    return where((a == 0) & (b >= 0), 0.0, y * log(where((a == 0) & (b >= 0), 1.0, a)))


def _one_over(b: Any) -> Any:
    """1/b as arrays have it: infinite where b is 0."""
    return math.copysign(math.inf, b) if is_number(b) and b == 0 else 1 / b


def _power_name(a: Any, b: Any) -> str:
    return f"PowBackward{2 if is_number(a) else 0 if is_number(b) else 1}"


add = elementwise("add", np.add, 1, 1, text="{} + {}", sympy="Add", family="arithmetic")
sub = elementwise(
    "sub", np.subtract, 1, -1, text="{} - {}", family="arithmetic",
    backward=lambda args, params: "RsubBackward1" if is_number(args[0]) else "SubBackward0",
)  # fmt: skip
mul = elementwise(
    "mul", np.multiply, lambda y, a, b: b, lambda y, a, b: a,
    text="{}*{}", sympy="Mul", family="arithmetic",
)  # fmt: skip
div = elementwise(
    "div", np.true_divide, lambda y, a, b: _one_over(b), lambda y, a, b: -y / b,
    text="{}/{}", family="arithmetic", domain=((-2.0, 2.0), (0.5, 2.0)),
    backward=lambda args, params: ("Mul" if is_number(args[0]) else "Div") + "Backward0",
)  # fmt: skip
pow = elementwise(
    "pow", np.power, _power_by_base, _power_by_exponent,
    text="{}**{}", sympy="Pow", family="arithmetic", domain=((0.5, 2.0), (-2.0, 2.0)),
    backward=lambda args, params: _power_name(*args),
)  # fmt: skip
neg = elementwise("neg", np.negative, -1, text="-{}", family="arithmetic")
reciprocal = elementwise(
    "reciprocal", np.reciprocal, lambda y, x: -y * y,
    text="1/{}", family="arithmetic", domain=((0.5, 2.0),),
)  # fmt: skip
square = elementwise(
    "square", np.square, lambda y, x: 2 * x,
    text="{}**2", family="arithmetic", backward="PowBackward0",
)  # fmt: skip


def _strong(g: Any, s: Any) -> Any:
    """g*s, but 0 where g is 0, even if s is infinite or NaN."""
    with np.errstate(invalid="ignore", over="ignore"):
        out = np.multiply(g, s)
    return out if np.isfinite(out).all() else np.where(np.equal(g, 0), out.dtype.type(0), out)


# the zero of g is as strong in the derivatives
strongmul = elementwise(
    "strongmul", _strong,
    Pull(lambda h, y, g, s: strongmul(h, s)), Pull(lambda h, y, g, s: strongmul(g, h)),
    text="{}*{}", masking=True, family="arithmetic",
)  # fmt: skip


# --- exponentials and logarithms

exp = elementwise("exp", np.exp, lambda y, x: y, sympy="exp")
exp2 = elementwise("exp2", np.exp2, lambda y, x: y * LN2, sympy="exp2")
# not y + 1, of which nothing is left far below 0
expm1 = elementwise("expm1", np.expm1, lambda y, x: exp(x), sympy="expm1")
log = elementwise("log", np.log, lambda y, x: 1 / x, sympy="log", domain=((0.2, 3.0),))
log2 = elementwise("log2", np.log2, lambda y, x: 1 / (x * LN2), sympy="log2", domain=((0.2, 3.0),))
log10 = elementwise(
    "log10", np.log10, lambda y, x: 1 / (x * LN10), sympy="log10", domain=((0.2, 3.0),)
)
log1p = elementwise(
    "log1p", np.log1p, lambda y, x: 1 / (1 + x),
    sympy="log1p", domain=((-0.5, 2.0),), backward="Log1PBackward0",
)  # fmt: skip
sqrt = elementwise("sqrt", np.sqrt, lambda y, x: HALF / y, sympy="sqrt", domain=((0.2, 3.0),))
cbrt = elementwise("cbrt", np.cbrt, lambda y, x: y**-2 / 3, sympy="cbrt", domain=((0.2, 3.0),))
sigmoid = elementwise(
    "sigmoid",
    late("scipy.special", "expit"),
    lambda y, x: y * (1 - y),
    family="activations",
    large=FLOATS,
)


@np.errstate(invalid="ignore")
def _softplus(x: Any) -> Any:
    return np.logaddexp(x, np.zeros_like(x))


softplus = elementwise(
    "softplus", _softplus, lambda y, x: sigmoid(x), family="activations", large=FLOATS,
)  # fmt: skip
# exp(a)/(exp(a) + exp(b)) = sigmoid(a - b), which cannot overflow
logaddexp = elementwise(
    "logaddexp", np.logaddexp,
    lambda y, a, b: sigmoid(a - b), lambda y, a, b: sigmoid(b - a),
)  # fmt: skip
logaddexp2 = elementwise(
    "logaddexp2", np.logaddexp2,
    lambda y, a, b: sigmoid((a - b) * LN2), lambda y, a, b: sigmoid((b - a) * LN2),
)  # fmt: skip


# --- circular and hyperbolic

sin = elementwise("sin", np.sin, lambda y, x: cos(x), sympy="sin", large=DOUBLE)
cos = elementwise("cos", np.cos, lambda y, x: -sin(x), sympy="cos", large=DOUBLE)
tan = elementwise("tan", np.tan, lambda y, x: 1 + y * y, sympy="tan", domain=((-1.2, 1.2),))
arcsin = elementwise(
    "arcsin", np.arcsin, lambda y, x: 1 / sqrt(1 - x * x),
    sympy="asin", domain=((-0.9, 0.9),), backward="AsinBackward0",
)  # fmt: skip
arccos = elementwise(
    "arccos", np.arccos, lambda y, x: -1 / sqrt(1 - x * x),
    sympy="acos", domain=((-0.9, 0.9),), backward="AcosBackward0",
)  # fmt: skip
arctan = elementwise(
    "arctan", np.arctan, lambda y, x: 1 / (1 + x * x), sympy="atan", backward="AtanBackward0"
)


def _unless_zero(a: Any, size: Any) -> Any:
    """a/size, and a constant 0 where the size is 0, as for any norm."""
    return where(size == 0, 0.0, a / where(size == 0, 1.0, size))


# at the origin 0, as in PyTorch; (a, b) are y and x, as np.arctan2 has them
arctan2 = elementwise(
    "arctan2", np.arctan2,
    lambda y, a, b: _unless_zero(b, a * a + b * b),
    lambda y, a, b: _unless_zero(-a, a * a + b * b),
    sympy="atan2", backward="Atan2Backward0",
)  # fmt: skip
# at the origin 0, as for any norm
hypot = elementwise(
    "hypot", np.hypot,
    lambda y, a, b: _unless_zero(a, y), lambda y, a, b: _unless_zero(b, y),
    sympy="hypot",
)  # fmt: skip
sinh = elementwise("sinh", np.sinh, lambda y, x: cosh(x), sympy="sinh")
cosh = elementwise("cosh", np.cosh, lambda y, x: sinh(x), sympy="cosh")
tanh = elementwise("tanh", np.tanh, lambda y, x: 1 - y * y, sympy="tanh")
arcsinh = elementwise(
    "arcsinh", np.arcsinh, lambda y, x: 1 / sqrt(x * x + 1),
    sympy="asinh", backward="AsinhBackward0",
)  # fmt: skip
arccosh = elementwise(
    "arccosh", np.arccosh, lambda y, x: 1 / (sqrt(x - 1) * sqrt(x + 1)),
    sympy="acosh", backward="AcoshBackward0", domain=((1.2, 3.0),),
)  # fmt: skip
arctanh = elementwise(
    "arctanh", np.arctanh, lambda y, x: 1 / (1 - x * x),
    sympy="atanh", domain=((-0.9, 0.9),), backward="AtanhBackward0",
)  # fmt: skip


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
    return Apply(
        "where", (read_as(bool, c, index), read_as(dtype, a, index), read_as(dtype, b, index))
    )


where = declare(
    "where", infer=_where_infer, evaluate=np.where, pullback=_where_pullback, at=_where_at,
    elementwise=True, masking=True, family="choices",
    example=lambda rng: (
        (rng.normal(size=(2, 3)) > 0, rng.normal(size=3), rng.normal(size=(2, 1))), {},
    ),
)  # fmt: skip


def _share(g: Any, loses: Any, ties: Any) -> Any:
    """All to the winner; ties: half to each, as in PyTorch. A NaN, which never loses, gets all."""
    return where(ties, g * HALF, where(loses, 0.0, g))


maximum = elementwise(
    "maximum", np.maximum,
    Pull(lambda g, y, a, b: _share(g, a < b, a == b)),
    Pull(lambda g, y, a, b: _share(g, b < a, a == b)),
    masking=True, sympy="Max", family="choices",
)  # fmt: skip
minimum = elementwise(
    "minimum", np.minimum,
    Pull(lambda g, y, a, b: _share(g, a > b, a == b)),
    Pull(lambda g, y, a, b: _share(g, b > a, a == b)),
    masking=True, sympy="Min", family="choices",
)  # fmt: skip
# fmax and fmin pass over a NaN; a tie goes to the first argument, as in PyTorch
_first = Pull(lambda g, y, a, b: where((a == y) | isnan(y), g, 0.0))
_second = Pull(lambda g, y, a, b: where((a == y) | isnan(y), 0.0, g))
fmax = elementwise("fmax", np.fmax, _first, _second, masking=True, family="choices")
fmin = elementwise("fmin", np.fmin, _first, _second, masking=True, family="choices")
# 1 on the closed interval; outside, all goes to the bound that is met (the upper one if they cross)
clip = elementwise(
    "clip", lambda x, low, high: np.minimum(np.maximum(x, low), high),
    Pull(lambda g, y, x, low, high: where((x >= low) & (x <= high), g, 0.0)),
    Pull(lambda g, y, x, low, high: where((x < low) & (low <= high), g, 0.0)),
    Pull(lambda g, y, x, low, high: where((x > high) | ((x < low) & (low > high)), g, 0.0)),
    primitive=lambda dtype, x, low, high: Apply("minimum", (Apply("maximum", (x, low)), high)),
    domain=((-2.0, 2.0), (-1.5, -0.5), (0.5, 1.5)),
    masking=True, family="choices", backward="ClampBackward1",
)  # fmt: skip
# relu'(0) = 0, as in PyTorch; a NaN passes
relu = elementwise(
    "relu", lambda x: np.maximum(x, np.zeros_like(x)),
    Pull(lambda g, y, x: where(x <= 0, 0.0, g)),
    primitive=lambda dtype, x: Apply("maximum", (x, zero(dtype))),
    masking=True, family="activations",
)  # fmt: skip
sign = elementwise("sign", np.sign, 0, sympy="sign", family="choices")
# abs'(0) = sign(0) = 0
abs = elementwise("abs", np.abs, lambda y, x: sign(x), sympy="Abs", family="choices")
# the size of a, the sign of b; 0 at a = 0, as for abs
copysign = elementwise(
    "copysign", np.copysign, lambda y, a, b: sign(a) * sign(y), 0, family="choices"
)


def _step(dtype: str, x: Scalar, h: Scalar) -> Scalar:
    """0, h or 1; a NaN stays one."""
    none, one = zero(dtype), Const(1, dtype)
    risen = Apply("where", (Apply("gt", (x, none)), one, x))
    above = Apply("where", (Apply("eq", (x, none)), h, risen))
    return Apply("where", (Apply("lt", (x, none)), none, above))


# the step at 0 counts as flat; its height there is h
heaviside = elementwise(
    "heaviside", np.heaviside, 0, Pull(lambda g, y, x, h: where(x == 0, g, 0.0)),
    primitive=_step, arguments="x h", masking=True, family="choices",
)  # fmt: skip


def _comparison(name: str, numpy: Any, text: str, primitive: str) -> Op:
    return elementwise(
        name, numpy, primitive=primitive, text=text, family="comparisons",
        domain=((-2.0, 2.0),) * numpy.nin,
    )  # fmt: skip


less = _comparison("less", np.less, "{} < {}", "lt")
less_equal = _comparison("less_equal", np.less_equal, "{} <= {}", "le")
greater = _comparison("greater", np.greater, "{} > {}", "gt")
greater_equal = _comparison("greater_equal", np.greater_equal, "{} >= {}", "ge")
equal = _comparison("equal", np.equal, "{} == {}", "eq")
not_equal = _comparison("not_equal", np.not_equal, "{} != {}", "ne")
isnan = _comparison("isnan", np.isnan, "", "isnan")
isfinite = _comparison("isfinite", np.isfinite, "", "isfinite")
isinf = _comparison("isinf", np.isinf, "", "isinf")


def _bitwise(name: str, numpy: Any, text: str, primitive: str) -> Op:
    """In kernels on truth values alone; integers are left to NumPy."""
    return elementwise(
        name, numpy, primitive=primitive, text=text, family="comparisons",
        example=lambda rng: (tuple(rng.normal(size=(numpy.nin, 2, 3)) > 0), {}),
    )  # fmt: skip


bitwise_and = _bitwise("bitwise_and", np.bitwise_and, "{} & {}", "and")
bitwise_or = _bitwise("bitwise_or", np.bitwise_or, "{} | {}", "or")
bitwise_xor = _bitwise("bitwise_xor", np.bitwise_xor, "{} ^ {}", "xor")
invert = _bitwise("invert", np.invert, "~{}", "not")


def _logical(name: str, numpy: Any, primitive: str) -> Op:
    def at(dtype: str, *xs: Scalar) -> Scalar:
        return Apply(primitive, tuple(Apply("ne", (x, zero(dtype))) for x in xs))

    return elementwise(
        name, numpy, primitive=at, family="comparisons", domain=((-2.0, 2.0),) * numpy.nin
    )


logical_and = _logical("logical_and", np.logical_and, "and")
logical_or = _logical("logical_or", np.logical_or, "or")
logical_xor = _logical("logical_xor", np.logical_xor, "xor")
logical_not = _logical("logical_not", np.logical_not, "not")


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
