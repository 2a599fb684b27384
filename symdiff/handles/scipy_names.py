"""What functions of SciPy, math and statistics mean for handles; SciPy's ufuncs ask for it themselves."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import activations, diagonals, linear, norms, reducing, shaping
from ..functions.creation import zeros_like
from ..ops import elementwise as ew
from .numpy_names import ufunc_named
from .operands import operand
from .scipy_describing import DESCRIBING
from .scipy_distances import DISTANCES
from .scipy_images import NDIMAGE
from .scipy_signals import SIGNAL

Function = Callable[..., Any]

# --- scipy.special


def _logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    if return_sign:
        raise TypeError("scipy.special.logsumexp: return_sign=True has no derivative rule here")
    return reducing.logsumexp(a, axis, b, keepdims)


# --- scipy.linalg


def _solve(a: Any, b: Any, lower: bool = False, *flags: Any, assume_a: str | None = None,
           transposed: bool = False, **checks: Any) -> Any:  # fmt: skip
    """Of a matrix of which SciPy reads one triangle, that triangle is what counts."""
    a = operand(a)
    if assume_a in ("sym", "her", "pos"):
        a = _symmetric(a, lower)
    elif assume_a not in (None, "gen"):
        raise TypeError(f"scipy.linalg.solve: assume_a={assume_a!r} has no derivative rule here")
    return linear.solve(shaping.swapaxes(a, -1, -2) if transposed else a, b)


def _symmetric(a: Any, lower: bool) -> Any:
    """The symmetric matrix, or each of a stack, of which one triangle is given."""
    half = diagonals.tril(a) if lower else diagonals.triu(a)
    rest = diagonals.tril(a, -1) if lower else diagonals.triu(a, 1)
    return half + shaping.swapaxes(rest, -1, -2)


def _solve_triangular(a: Any, b: Any, trans: Any = 0, lower: bool = False,
                      unit_diagonal: bool = False, **checks: Any) -> Any:  # fmt: skip
    return linear.solve_triangular(a, b, lower, trans in (1, 2, "T", "C"), unit_diagonal)


def _cholesky(a: Any, lower: bool = False, **checks: Any) -> Any:
    """SciPy reads the triangle that it gives."""
    a = _symmetric(operand(a), lower)
    return linear.cholesky(a, upper=not lower)


def _cho_factor(a: Any, lower: bool = False, **checks: Any) -> tuple[Any, bool]:
    return _cholesky(a, lower), lower


def _cho_solve(c_and_lower: tuple[Any, bool], b: Any, **checks: Any) -> Any:
    c, lower = c_and_lower
    first = linear.solve_triangular(c, b, lower, trans=not lower)
    return linear.solve_triangular(c, first, lower, trans=lower)


def _eigh(a: Any, b: Any = None, *, lower: bool = True, eigvals_only: bool = False,
          **options: Any) -> Any:  # fmt: skip
    if b is not None or options.get("subset_by_index") or options.get("subset_by_value"):
        raise TypeError(
            "scipy.linalg.eigh: only a whole problem a v = w v has a derivative rule here"
        )
    found = linear.eigh(operand(a), "L" if lower else "U")
    return found.eigenvalues if eigvals_only else tuple(found)


def _qr(a: Any, mode: str = "full", **options: Any) -> Any:
    if options.get("pivoting"):
        raise TypeError("scipy.linalg.qr: pivoting=True has no derivative rule here")
    found = linear.qr(operand(a), {"full": "complete", "economic": "reduced"}.get(mode, mode))
    return (found,) if mode == "r" else tuple(found)


def _svd(a: Any, full_matrices: bool = True, compute_uv: bool = True, **checks: Any) -> Any:
    return linear.svd(operand(a), full_matrices, compute_uv)


def _block_diag(*blocks: Any) -> Any:
    blocks = tuple(shaping.atleast_2d(operand(b)) for b in blocks)
    rows = [
        np.concatenate([b if k == j else zeros_like(b, shape=(b.shape[0], c.shape[1]))
                        for j, c in enumerate(blocks)], axis=1)
        for k, b in enumerate(blocks)
    ]  # fmt: skip
    return np.concatenate(rows)


def _of_one(function: Function) -> Function:
    """Ours, of a matrix; whether it is checked and written over is no matter."""
    return lambda a, overwrite_a=False, check_finite=True: function(operand(a))


def _pinv(a: Any, *, atol: Any = None, rtol: Any = None, check_finite: bool = True) -> Any:
    return linear.pinv(operand(a), rtol=rtol, atol=atol)


def _norm(a: Any, ord: Any = None, axis: Any = None, keepdims: bool = False, **checks: Any) -> Any:
    return norms.norm(operand(a), ord, axis, keepdims)


_LINALG: dict[str, Function] = {
    "solve": _solve, "solve_triangular": _solve_triangular, "cholesky": _cholesky,
    "cho_factor": _cho_factor, "cho_solve": _cho_solve, "eigh": _eigh, "qr": _qr, "svd": _svd,
    "eigvalsh": functools.partial(_eigh, eigvals_only=True), "block_diag": _block_diag,
    "norm": _norm, "inv": _of_one(linear.inv), "det": _of_one(linear.det),
    "expm": _of_one(linear.expm), "pinv": _pinv,
    "svdvals": _of_one(linear.svdvals),
}  # fmt: skip
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

_TABLES = {"scipy.linalg": _LINALG, "scipy.special": _SPECIAL, "scipy.signal": SIGNAL,
           "scipy.ndimage": NDIMAGE, "scipy.stats": DESCRIBING, "math": _MATH, "scipy.spatial": DISTANCES,
           "statistics": _STATISTICS}  # fmt: skip


def other_library(function: Any) -> Function | None:
    """What a function of SciPy's or of math means for handles."""
    home = ".".join(str(getattr(function, "__module__", "")).split(".")[:2])
    return _TABLES.get(home, {}).get(getattr(function, "__name__", ""))
