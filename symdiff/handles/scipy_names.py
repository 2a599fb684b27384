"""What functions of SciPy, math and statistics mean for handles; SciPy's ufuncs ask for it themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import activations, norms, reducing
from ..ops import elementwise as ew
from .numpy_names import ufunc_named
from .operands import operand
from .scipy_describing import DESCRIBING
from .scipy_distances import DISTANCES
from .scipy_images import NDIMAGE
from .scipy_linalg import LINALG
from .scipy_signals import SIGNAL

Function = Callable[..., Any]

# --- scipy.special


def _logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    if return_sign:
        raise TypeError("scipy.special.logsumexp: return_sign=True has no derivative rule here")
    return reducing.logsumexp(a, axis, b, keepdims)


_SPECIAL: dict[str, Function] = {
    "logsumexp": _logsumexp,
    "softmax": lambda x, axis=None: activations.softmax(operand(x), axis),
    "log_softmax": lambda x, axis=None: activations.log_softmax(operand(x), axis),
}

# --- math

_SAME = (
    "cbrt copysign cos cosh degrees erf erfc exp exp2 expm1 fabs fmod gamma isfinite isinf "
    "isnan log10 log1p log2 radians sin sinh sqrt tan tanh"
).split()
_OTHER = {
    "acos": "arccos", "acosh": "arccosh", "asin": "arcsin", "asinh": "arcsinh", "atan": "arctan",
    "atan2": "arctan2", "atanh": "arctanh", "lgamma": "gammaln", "pow": "power",
}  # fmt: skip


def _applied(function: Any) -> Function:
    return lambda *args: function(*map(operand, args))


def _log(x: Any, base: Any = None) -> Any:
    return ew.log(operand(x)) if base is None else ew.log(operand(x)) / np.log(base)


def _isclose(a: Any, b: Any, *, rel_tol: float = 1e-9, abs_tol: float = 0.0) -> Any:
    a, b = operand(a), operand(b)
    return np.abs(a - b) <= np.maximum(rel_tol * np.maximum(np.abs(a), np.abs(b)), abs_tol)


_MATH: dict[str, Function] = {
    name: _applied(ufunc_named(theirs)) for name, theirs in ({n: n for n in _SAME} | _OTHER).items()
} | {
    "log": _log,
    "isclose": _isclose,
    "fsum": lambda items: sum(items, 0.0),
    "dist": lambda p, q: norms.norm(operand(list(p)) - operand(list(q))),
    "hypot": lambda *sides: norms.norm(operand(list(sides))),
}

# --- statistics


def _of_data(function: Function, **options: Any) -> Function:
    return lambda data: function(operand(list(data)), **options)


_STATISTICS: dict[str, Function] = {
    "mean": _of_data(np.mean), "fmean": _of_data(np.mean), "median": _of_data(np.median),
    "variance": _of_data(np.var, ddof=1), "pvariance": _of_data(np.var),
    "stdev": _of_data(np.std, ddof=1), "pstdev": _of_data(np.std),
}  # fmt: skip


# --- all of them

_TABLES = {"scipy.linalg": LINALG, "scipy.special": _SPECIAL, "scipy.signal": SIGNAL,
           "scipy.ndimage": NDIMAGE, "scipy.stats": DESCRIBING, "math": _MATH, "scipy.spatial": DISTANCES,
           "statistics": _STATISTICS}  # fmt: skip


def other_library(function: Any) -> Function | None:
    """What a function of SciPy's or of math means for handles."""
    home = ".".join(str(getattr(function, "__module__", "")).split(".")[:2])
    return _TABLES.get(home, {}).get(getattr(function, "__name__", ""))
