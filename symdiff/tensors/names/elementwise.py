"""Functions of every element by PyTorch's names: arithmetic, exponentials, choices, tests."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from ...functions import elementary
from ...functions.axes import shape_of
from ...graph.exact import is_number
from ...graph.naming import named
from ...handles.handle import Handle
from ...ops import elementwise as ew
from ...ops import rounding, special
from ...ops.bessel import i0
from ..dtypes import get_default_dtype
from .conversion import cast
from .creation import finished
from .table import METHODS, by_kind, called, offer, offer_binary, offer_unary, return_type

_Frexp = return_type("frexp", "mantissa exponent")

offer_unary({
    "abs absolute": ew.abs, "acos arccos": ew.arccos, "acosh arccosh": ew.arccosh,
    "asin arcsin": ew.arcsin, "asinh arcsinh": ew.arcsinh, "atan arctan": ew.arctan,
    "atanh arctanh": ew.arctanh, "ceil": rounding.ceil, "cos": ew.cos, "cosh": ew.cosh,
    "digamma": special.digamma, "erf": special.erf, "erfc": special.erfc,
    "erfinv": special.erfinv, "exp": ew.exp, "exp2": ew.exp2, "expm1": ew.expm1,
    "floor": rounding.floor, "i0": i0, "lgamma": special.gammaln, "log": ew.log,
    "log10": ew.log10, "log1p": ew.log1p, "log2": ew.log2, "neg negative": ew.neg,
    "relu": ew.relu, "sigmoid": ew.sigmoid, "sign": ew.sign, "sin": ew.sin,
    "sinc": special.sinc, "sinh": ew.sinh, "sqrt": ew.sqrt, "square": ew.square, "tan": ew.tan,
    "tanh": ew.tanh, "trunc fix": rounding.trunc,
    "isnan": ew.isnan, "isfinite": ew.isfinite, "isinf": ew.isinf,
    "logical_not": ew.logical_not, "bitwise_not": ew.invert,
})  # fmt: skip
offer_binary({
    "atan2 arctan2": ew.arctan2, "mul multiply": ew.mul, "hypot": ew.hypot,
    "fmax": ew.fmax, "fmin": ew.fmin, "maximum": ew.maximum, "minimum": ew.minimum,
    "fmod": rounding.fmod, "remainder": rounding.remainder,
    "floor_divide": rounding.floor_divide, "copysign": ew.copysign,
    "logaddexp": ew.logaddexp, "logaddexp2": ew.logaddexp2, "xlogy": special.xlogy,
    "eq": ew.equal, "ne not_equal": ew.not_equal, "lt less": ew.less,
    "le less_equal": ew.less_equal, "gt greater": ew.greater, "ge greater_equal": ew.greater_equal,
    "logical_and": ew.logical_and, "logical_or": ew.logical_or, "logical_xor": ew.logical_xor,
    "bitwise_and": ew.bitwise_and, "bitwise_or": ew.bitwise_or, "bitwise_xor": ew.bitwise_xor,
})  # fmt: skip


offer_binary({"pow": ew.pow}, second="exponent")
offer_binary({"heaviside": ew.heaviside}, second="values")


# --- arithmetic with options


def times(alpha: Any, x: Any) -> Any:
    """alpha*x, and x itself for 1."""
    return x if is_number(alpha) and alpha == 1 else ew.mul(alpha, x)


@offer(inplace=True)
def add(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input + alpha*other."""
    return ew.add(input, times(alpha, other))


@offer("subtract", inplace=True)
def sub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """input - alpha*other."""
    return ew.sub(input, times(alpha, other))


@offer(grad_fn="")
def rsub(input: Any, other: Any, *, alpha: Any = 1) -> Any:
    """other - alpha*input."""
    y = ew.sub(other, times(alpha, input))
    return called(y, "RsubBackward1" if is_number(other) else "RsubBackward0")


@offer("divide", inplace=True, grad_fn="")
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Any:
    """The quotient; `rounding_mode` "floor" or "trunc" makes it whole."""
    if rounding_mode is None:
        return ew.div(input, other)
    if rounding_mode == "floor":
        return called(rounding.floor_divide(input, other), "DivBackward2")
    if rounding_mode != "trunc":
        raise RuntimeError(
            "div expected rounding_mode to be one of None, 'trunc', or 'floor' "
            f"but found '{rounding_mode}'"
        )
    y = called(rounding.trunc(ew.div(input, other)), "DivBackward2")
    return y if builtins.any(_is_float(x) for x in (input, other)) else cast(y, input.dtype)


@offer(inplace=True, grad_fn="")
def true_divide(input: Any, other: Any) -> Any:
    """input / other, a float for integers too."""
    return ew.div(input, other)


@offer(inplace=True, grad_fn="")
def float_power(input: Any, exponent: Any) -> Any:
    """The power, computed in float64."""
    return elementary.float_power(input, exponent)


def _is_float(x: Any) -> builtins.bool:
    return isinstance(x, float) if is_number(x) else x.dtype.kind == "f"


def as_float(x: Any) -> Any:
    """x, if it is of a floating dtype; else in the default one."""
    return x if x.dtype.kind == "f" else cast(x, get_default_dtype())


@offer(inplace=True)
def reciprocal(input: Any) -> Any:
    """1/input."""
    return ew.reciprocal(as_float(input))


@offer(inplace=True)
def rsqrt(input: Any) -> Any:
    """1/sqrt(input)."""
    return ew.div(1, ew.sqrt(input))


@offer(grad_fn="")
def positive(input: Any) -> Any:
    """The tensor itself."""
    return input


METHODS["__pos__"] = positive


@offer(inplace=True)
def sgn(input: Any) -> Any:
    """-1, 0 or 1, as the sign is."""
    return ew.sign(input)


@offer(inplace=True)
def frac(input: Any) -> Any:
    """What stands after the point."""
    return ew.sub(input, rounding.trunc(input))


@offer(inplace=True, grad_fn="")
def round(input: Any, *, decimals: int = 0) -> Any:
    """To whole numbers or to so many decimals; halves to even."""
    if not _is_float(input):
        return rounding.trunc(input)
    if decimals == 0:
        return rounding.rint(input)
    scale, up, down = 10.0 ** builtins.abs(decimals), ew.mul, ew.div
    if decimals < 0:
        up, down = down, up
    return called(down(rounding.rint(up(input, scale)), scale), "RoundBackward1")


@offer(inplace=True, grad_fn="Deg2RadBackward0")
def deg2rad(input: Any) -> Any:
    """Degrees in radians: input*pi/180."""
    return elementary.deg2rad(input)


@offer(inplace=True, grad_fn="Rad2DegBackward0")
def rad2deg(input: Any) -> Any:
    """Radians in degrees: input*180/pi."""
    return elementary.rad2deg(input)


@offer(inplace=True)
def ldexp(input: Any, other: Any) -> Any:
    """input * 2**other."""
    return ew.mul(input, ew.exp2(other))


@offer(inplace=True)
def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value*tensor1*tensor2."""
    return ew.add(input, times(value, ew.mul(tensor1, tensor2)))


@offer(inplace=True)
def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: Any = 1) -> Any:
    """input + value*tensor1/tensor2."""
    return ew.add(input, times(value, ew.div(tensor1, tensor2)))


@offer(inplace=True, grad_fn="")
def lerp(input: Any, end: Any, weight: Any) -> Any:
    """On the way from input to end: at input for a weight of 0, at end for 1."""
    return called(ew.add(input, ew.mul(weight, ew.sub(end, input))), by_kind("Lerp", weight))


@offer(inplace=True, grad_fn="")
def nextafter(input: Any, other: Any) -> Any:
    """The neighbour of a floating point number on the way to another: a step on, so its slope is 1."""
    x, y = (v.detach().known_value("nextafter()") for v in (input, other))
    near = np.nextafter(x, y)
    with np.errstate(invalid="ignore"):
        step = np.where(np.isfinite(x), near - x, 0)
    return ew.where(np.isfinite(x), ew.add(input, step), near)


@offer(grad_fn="")
def frexp(input: Any) -> Any:
    """(mantissa, exponent): input is mantissa * 2**exponent, the mantissa from 1/2 to 1."""
    exponent = np.frexp(input.known_value("frexp()"))[1]
    half = -exponent // 2  # in two steps, so that neither factor is out of range
    with_half = ew.mul(input, np.ldexp(np.ones_like(input, shape=()), half))
    mantissa = ew.mul(with_half, np.ldexp(np.ones_like(input, shape=()), -exponent - half))
    return _Frexp(called(mantissa, "FrexpBackward0"), finished(exponent))


@offer()
def angle(input: Any) -> Any:
    """The angle of a number as a complex one: pi below 0."""
    y = ew.where(ew.less(input, 0), math.pi, 0.0)
    return cast(ew.where(ew.equal(input, input), y, input), input.dtype)


def _of_integers(name: str, function: np.ufunc) -> None:
    def of_two(input: Any, other: Any) -> Any:
        return finished(function(*(np.asarray(x) for x in (input, other))))

    about = f"np.{function.__name__}(x, y) of whole numbers, element by element."
    offer(inplace=True, grad_fn="")(named(of_two, name, about))


for _name, _function in {
    "gcd": np.gcd, "lcm": np.lcm, "bitwise_left_shift": np.left_shift,
    "bitwise_right_shift": np.right_shift,
}.items():  # fmt: skip
    _of_integers(_name, _function)


@offer("isin", method=False, grad_fn="")
def isin(
    elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False
) -> Any:
    """Which of the elements are among the others."""
    return finished(np.isin(np.asarray(elements), np.asarray(test_elements), invert=invert))


# --- choices


@offer("clip", inplace=True, grad_fn="")
def clamp(input: Any, min: Any = None, max: Any = None) -> Any:
    """input where it lies between the bounds, else the bound that it passes."""
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    name = "ClampBackward1" if is_number(min) or is_number(max) else "ClampBackward0"
    if not _is_float(input) and not builtins.any(isinstance(b, float) for b in (min, max)):
        y = input if min is None else ew.maximum(input, min)
        return y if max is None else ew.minimum(y, max)
    low = -math.inf if min is None else min
    high = math.inf if max is None else max
    return called(ew.clip(input, low, high), name, (input,))


@offer(inplace=True, grad_fn="")
def clamp_min(input: Any, min: Any) -> Any:
    """input, or min where it is less."""
    return called(clamp(input, min=min), by_kind("ClampMin", min), (input,))


@offer(inplace=True, grad_fn="")
def clamp_max(input: Any, max: Any) -> Any:
    """input, or max where it is more."""
    return called(clamp(input, max=max), by_kind("ClampMax", max), (input,))


@offer(inplace=True)
def nan_to_num(
    input: Any, nan: float = 0.0, posinf: float | None = None, neginf: float | None = None
) -> Any:
    """Numbers in the place of NaN and the infinities; by default 0 and the largest there are."""
    return elementary.nan_to_num(input, nan=nan, posinf=posinf, neginf=neginf)


@offer(grad_fn="", method=False)
def where(condition: Any, input: Any = None, other: Any = None) -> Any:
    """input where the condition holds, else other; alone, the places where it holds."""
    if input is None:
        return condition.nonzero(as_tuple=True)
    return ew.where(condition, input, other)


def _where(self: Any, condition: Any, other: Any) -> Any:
    """self where the condition holds, else other."""
    return ew.where(condition, self, other)


METHODS["where"] = _where


@offer(inplace=True, grad_fn="")
def masked_fill(input: Any, mask: Any, value: Any) -> Any:
    """value where the mask holds."""
    if isinstance(value, Handle):
        value = cast(value, input.dtype)
    return called(ew.where(mask, value, input), by_kind("MaskedFill", value))


# --- special functions with options


@offer(inplace=True)
def logit(input: Any, eps: float | None = None) -> Any:
    """log(x/(1 - x)), x kept eps away from 0 and 1."""
    return special.logit(input if eps is None else ew.clip(input, eps, 1 - eps))


@offer(method=False)
def polygamma(n: int, input: Any) -> Any:
    """The n-th derivative of the digamma function."""
    return special.polygamma(n, input)


METHODS["polygamma"] = named(lambda self, n: polygamma(n, self), "polygamma", polygamma.__doc__)


offer_binary({"igamma": special.gammainc, "igammac": special.gammaincc})


@offer("multigammaln", inplace=True)
def mvlgamma(input: Any, p: int) -> Any:
    """The logarithm of the multivariate gamma function of dimension p."""
    return elementary.multigammaln(input, p)


# --- tests


@offer()
def signbit(input: Any) -> Any:
    """Whether the sign is minus, that of -0.0 too."""
    return elementary.signbit(input)


@offer()
def isposinf(input: Any) -> Any:
    """Whether an element is inf."""
    return elementary.isposinf(input)


@offer()
def isneginf(input: Any) -> Any:
    """Whether an element is -inf."""
    return elementary.isneginf(input)


@offer()
def isreal(input: Any) -> Any:
    """True everywhere: no number here is complex."""
    return ew.logical_or(True, ew.equal(input, input))


@offer()
def isclose(
    input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> Any:
    """Whether two numbers differ by no more than atol + rtol*abs(other)."""
    return elementary.isclose(input, other, rtol, atol, equal_nan)


@offer()
def allclose(
    input: Any, other: Any, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False
) -> builtins.bool:
    """Whether all pairs of elements are close, as `isclose` has it."""
    return builtins.bool(isclose(input, other, rtol, atol, equal_nan).value.all())


@offer()
def equal(input: Any, other: Any) -> builtins.bool:
    """Whether shape and all numbers are the same."""
    if tuple(shape_of(input)) != tuple(shape_of(other)):
        return False
    return builtins.bool(ew.equal(input, other).known_value("equal()").all())
