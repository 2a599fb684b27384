"""For each op that can leave the finite numbers, the form that does not."""

from __future__ import annotations

from typing import Any

import numpy as np

_LOG = "{0} is finite above 0: np.{0}(np.where(x > 0, x, 1))"
_POLE = "keep the divisor away from 0: {} / np.where(b == 0, 1, b)"
_ENDS = "{0} is defined from -1 to 1, with slope inf at both: np.clip(x, -1 + eps, 1 - eps)"
_UNIT = "{0} is infinite at 0 and 1: np.clip(x, eps, 1 - eps)"
_GROWS = "{0} overflows above 710 (88 in float32): scale the argument, or bound it by np.clip"
_PRODUCT = "the product overflows: scale the factors, or add their logarithms"
_SINGULAR = "the matrix is singular, or nearly: add eps*np.eye(n), or use np.linalg.pinv"

_FORMS = {
    "log": f"{_LOG.format('log')}; np.log1p(x) for log(1 + x), sd.special.xlogy(x, x) for x*log(x)",
    "log2": _LOG.format("log2"),
    "log10": _LOG.format("log10"),
    "log1p": "log1p is finite above -1: np.log1p(np.where(x > -1, x, 0))",
    "div": _POLE.format("a"),
    "reciprocal": _POLE.format(1),
    "sqrt": "sqrt has slope inf at 0 and no value below: np.sqrt(x + eps), or "
    "np.where(x > 0, np.sqrt(np.where(x > 0, x, 1)), 0); "
    "np.linalg.norm(x) for sqrt(sum(x**2)), with slope 0 at 0",
    "cbrt": "cbrt has slope inf at 0: np.where(x == 0, 0, np.cbrt(np.where(x == 0, 1, x)))",
    "pow": "a fractional power needs a base above 0: np.where(x > 0, x, 1)**p",
    "square": "the square overflows above 1e154: scale the argument",
    "exp": "exp overflows above 709 (88 in float32): subtract the maximum first; sd.logsumexp(x, 0), "
    "sd.softmax(x, 0), sd.sigmoid(x) and np.logaddexp(0, x) do",
    "exp2": "exp2 overflows above 1023 (127 in float32): subtract the maximum first",
    "expm1": _GROWS.format("expm1"),
    "sinh": _GROWS.format("sinh"),
    "cosh": _GROWS.format("cosh"),
    "sub": "inf - inf is NaN: look at where the operands became infinite",
    "mul": f"{_PRODUCT}; 0*inf is NaN",
    "einsum": _PRODUCT,
    "prod": _PRODUCT,
    "cumprod": _PRODUCT,
    "sum": "the sum overflows: scale the terms",
    "arcsin": _ENDS.format("arcsin"),
    "arccos": _ENDS.format("arccos"),
    "arctanh": _ENDS.format("arctanh"),
    "arccosh": "arccosh is defined from 1, with slope inf there: np.maximum(x, 1 + eps)",
    "logit": _UNIT.format("logit"),
    "ndtri": _UNIT.format("ndtri"),
    "erfinv": "erfinv is infinite at -1 and 1: np.clip(x, -1 + eps, 1 - eps)",
    "gamma": "gamma overflows above 171: sd.special.gammaln",
    "gammaln": "gammaln is infinite at 0, -1, -2, ...: np.maximum(x, eps)",
    "digamma": "digamma is infinite at 0, -1, -2, ...: np.maximum(x, eps)",
    "det": "the determinant overflows: np.linalg.slogdet",
    "inv": _SINGULAR,
    "solve": _SINGULAR,
    "slogdet": _SINGULAR,
    "eigh": "equal eigenvalues have no derivative one by one: sum over them, or part them",
    "svd": "equal singular values have no derivative one by one: sum over them, or part them",
}
_INFINITE = {
    "pow": "the power overflows, or divides by 0: scale the base, or np.where(x == 0, 1, x)**p",
}


def safe_form(op: str, direction: str, value: Any) -> str:
    """What to write instead of an op that gave this value, or this gradient."""
    overflowed = direction == "forward" and not np.isnan(value).any()
    return (_INFINITE.get(op) if overflowed else None) or _FORMS.get(op, "")
