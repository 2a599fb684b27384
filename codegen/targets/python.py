"""The reference target: the same text as for Numba, run by Python on NumPy's scalars."""

from __future__ import annotations

import importlib
import itertools
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from ..index import SPECIAL
from ..nests import Procedure
from .names import FUNCTIONS, SPELLED, defined
from .text import source

Scope = dict[str, Any]


def load(procedure: Procedure, outputs_given: bool = False) -> Callable[..., tuple[Any, ...]]:
    """The function of a procedure; it takes and gives what the Numba function does."""
    text = source(procedure, outputs_given)
    scope: Scope = {"np": np} | _functions() | _routines()
    exec(compile(text, f"<kernel {defined(text)}>", "exec"), scope)
    function = scope[defined(text)]

    def run(*args: Any) -> tuple[Any, ...]:
        with np.errstate(all="ignore"):
            return function(*args)

    return run


def _functions() -> Scope:
    special = importlib.import_module("scipy.special")
    named = {name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)}
    named |= {name: getattr(special, name) for name in SPECIAL if hasattr(special, name)}
    named |= {SPELLED["round"]: np.rint, "mod": np.mod}
    named |= {
        "plus": np.add,
        "times": np.multiply,
        "floordiv": np.floor_divide,
        "integer_power": np.power,
    }
    return named | {f.__name__: f for f in (power, strongmul, sigmoid, softplus, wrap_index)}


def power(x: Any, y: Any) -> Any:
    """NumPy's power of arrays: that of scalars takes a root where y is 0.5, and fails at -inf."""
    return np.power(np.atleast_1d(x), np.atleast_1d(y))[0]


def strongmul(g: Any, slope: Any) -> Any:
    """g * slope, but 0 where g is 0, even if the slope is not finite."""
    return g * slope if g != 0 else g * 0


def sigmoid(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return (1 if x >= 0 else e) / (1 + e)


def softplus(x: Any) -> Any:
    return np.logaddexp(x, type(x)(0))


def wrap_index(i: int, n: int) -> int:
    """The index counted from the front, as NumPy's indexing would."""
    if not -n <= i < n:
        raise IndexError("index out of bounds")
    return i + n if i < 0 else i


def _routines() -> Scope:
    """Each routine twice: filling arrays given first, and giving scalars."""
    return {name: partial(_fill, value) for name, value in _VALUES.items()} | {
        f"{name}_of": value for name, value in _VALUES.items()
    }


def _fill(value: Callable[..., Any], *args: Any, **params: Any) -> None:
    count = len(args) - _SOURCES.get(value, 1)
    results = value(*args[count:], **params)
    for target, result in zip(args[:count], (results,) if count == 1 else results, strict=True):
        target[...] = result


def _svd(a: Any) -> Any:
    return np.linalg.svd(a, full_matrices=False)


def _argsort(a: Any) -> Any:
    return np.argsort(a, axis=-1, kind="stable")


def _expm(a: Any) -> Any:
    return importlib.import_module("scipy.linalg").expm(a)


def _searchsorted(a: Any, v: Any, right: bool = False) -> Any:
    return np.searchsorted(a, v, side="right" if right else "left")


def _solve_triangular(
    a: Any, b: Any, lower: bool = False, trans: bool = False, unit: bool = False
) -> Any:
    a = np.tril(a) if lower else np.triu(a)
    if unit:
        eye = np.eye(a.shape[-1], dtype=a.dtype)
        a = a * (1 - eye) + eye
    return np.linalg.solve(np.swapaxes(a, -1, -2) if trans else a, b)


def _recurrence(a: Any, b: Any, reverse: bool = False) -> Any:
    y = np.array(b)
    order = range(y.shape[-1])[::-1] if reverse else range(y.shape[-1])
    for before, k in itertools.pairwise(order):
        y[..., k] += a[..., k] * y[..., before]
    return y


# here the matrix itself stands for its factors


def _lu(a: Any) -> Any:
    return a, np.zeros(a.shape[:-1])


def _lu_solve(a: Any, pivots: Any, b: Any, trans: bool = False) -> Any:
    return np.linalg.solve(np.swapaxes(a, -1, -2) if trans else a, b)


def _lu_inv(a: Any, pivots: Any) -> Any:
    return np.linalg.inv(a)


def _lu_det(a: Any, pivots: Any) -> Any:
    return np.linalg.det(a)


def _lu_slogdet(a: Any, pivots: Any) -> Any:
    return np.linalg.slogdet(a)


_VALUES: dict[str, Callable[..., Any]] = {
    "solve": np.linalg.solve,
    "solve_triangular": _solve_triangular,
    "inv": np.linalg.inv,
    "det": np.linalg.det,
    "slogdet": np.linalg.slogdet,
    "lu": _lu,
    "lu_solve": _lu_solve,
    "lu_inv": _lu_inv,
    "lu_det": _lu_det,
    "lu_slogdet": _lu_slogdet,
    "cholesky": np.linalg.cholesky,
    "qr": np.linalg.qr,
    "eigh": np.linalg.eigh,
    "svd": _svd,
    "expm": _expm,
    "sort": np.sort,
    "argsort": _argsort,
    "argmax": partial(np.argmax, axis=-1),
    "argmin": partial(np.argmin, axis=-1),
    "recurrence": _recurrence,
    "searchsorted": _searchsorted,
}
_SOURCES = {np.linalg.solve: 2, _solve_triangular: 2, _recurrence: 2, _searchsorted: 2}
_SOURCES |= {_lu_solve: 3, _lu_inv: 2, _lu_det: 2, _lu_slogdet: 2}
