"""What NumPy's functions mean for handles: `np.sin(x)`, `np.sum(x)`, `np.add.reduce(x)`.

A function in functions/ that bears the name of one of NumPy's has its meaning, and stands for it.
The tables here name the others.
"""

from __future__ import annotations

from collections.abc import Callable
from math import pi
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from ..functions import (
    applying,
    arranging,
    choosing,
    creation,
    diagonals,
    elementary,
    indexing,
    joining,
    linear,
    logic,
    norms,
    padding,
    polynomials,
    products,
    reducing,
    shaping,
    signal,
    sorting,
    statistics,
    summation,
    taking,
    writing,
)
from ..graph.extents import product
from ..graph.op import OPS
from ..ops import elementwise as ew
from ..ops import rounding
from ..ops.identity import clone
from .operands import operand

Function = Callable[..., Any]

_MODULES = (
    applying, arranging, choosing, creation, diagonals, elementary, joining, linear, logic,
    norms, padding, polynomials, products, reducing, shaping, signal, sorting, statistics, summation,
    taking, writing,
)  # fmt: skip


def _public(*modules: ModuleType) -> dict[str, Function]:
    """The functions that modules define for others."""
    return {
        name: function
        for module in modules
        for name, function in vars(module).items()
        if isinstance(function, FunctionType)
        and function.__module__ == module.__name__
        and not name.startswith("_")
    }


# --- ufuncs: elementwise ops bear NumPy's names, but for these

_RENAMED = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "power": "pow", "negative": "neg",
    "absolute": "abs", "fabs": "abs", "bitwise_not": "invert", "degrees": "rad2deg",
    "radians": "deg2rad",
    "psi": "digamma", "loggamma": "gammaln", "expit": "sigmoid",
}  # fmt: skip

UFUNCS: dict[str, Function] = {
    name: function
    for name, function in _public(*_MODULES).items()
    if isinstance(getattr(np, name, None), np.ufunc) or name in ("rel_entr", "kl_div", "kn", "yn")
} | {"positive": clone, "conjugate": clone}


def ufunc_named(name: str) -> Function | None:
    """The function for a ufunc's name, NumPy's or SciPy's."""
    name = _RENAMED.get(name, name)
    return UFUNCS.get(name) or OPS.get(name)


def _outer(function: Function) -> Function:
    """function(a, b) for every pair of elements."""

    def outer(a: Any, b: Any) -> Any:
        a, b = operand(a), operand(b)
        rank = len(shaping.shape_of(b))
        return function(shaping.reshape(a, (*shaping.shape_of(a), *(1,) * rank)), b)

    return outer


def _at(name: str, sign: int) -> Function:
    """a[indices] += b, where a place that is named several times is added to as often."""

    def at(a: Any, indices: Any, b: Any) -> None:
        b = b if sign > 0 else ew.neg(operand(b))
        writing.written(f"np.{name}.at", a, indexing.with_added(a, indices, b))

    return at


_METHODS: dict[tuple[str, str], Function] = {
    ("add", "reduce"): reducing.sum,
    ("multiply", "reduce"): reducing.prod,
    ("maximum", "reduce"): reducing.amax,
    ("minimum", "reduce"): reducing.amin,
    ("logaddexp", "reduce"): reducing.logsumexp,
    ("logical_and", "reduce"): reducing.all,
    ("logical_or", "reduce"): reducing.any,
    ("add", "accumulate"): reducing.cumsum,
    ("multiply", "accumulate"): reducing.cumprod,
    ("maximum", "accumulate"): reducing.cummax,
    ("minimum", "accumulate"): reducing.cummin,
    ("logaddexp", "accumulate"): reducing.logcumsumexp,
}


def ufunc_for(ufunc: np.ufunc, method: str) -> Function | None:
    """What a ufunc, or a method of one, means for handles."""
    name = ufunc.__name__
    if method == "__call__":
        return ufunc_named(name)
    if method == "outer":
        function = ufunc_named(name)
        return None if function is None else _outer(function)
    if method == "at" and name in ("add", "subtract"):
        return _at(name, 1 if name == "add" else -1)
    function = _METHODS.get((name, method))
    return None if function is None else _over_first_axis(function)


def _over_first_axis(function: Function) -> Function:
    return lambda array, axis=0, **options: function(array, axis, **options)


# --- functions

FUNCTIONS: dict[Any, Function] = {
    getattr(np, name): function
    for name, function in _public(*_MODULES).items()
    if hasattr(getattr(np, name, None), "_implementation")
}
FUNCTIONS |= {
    getattr(np.linalg, name): function
    for name, function in _public(linear, norms, products).items()
    if hasattr(getattr(np.linalg, name, None), "_implementation")
}


FUNCTIONS |= {
    np.max: reducing.amax,
    np.min: reducing.amin,
    np.angle: lambda z, deg=False: ew.arctan2(creation.zeros_like(z), z) * (180 / pi if deg else 1),
    np.around: elementary.round,
    np.einsum: lambda *operands, optimize=False: summation.einsum(*operands),
    np.fft.fftshift: arranging.fftshift,
    np.fft.ifftshift: arranging.ifftshift,
    np.fix: rounding.trunc,
    np.i0: OPS["i0"],
    np.sinc: OPS["sinc"],
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.size: lambda a, axis=None: product(a.shape) if axis is None else a.shape[axis],
    np.real: lambda val: val,
    np.imag: creation.zeros_like,
    np.real_if_close: lambda a, tol=100: a,
    np.isreal: lambda x: creation.ones_like(x, bool),
    np.iscomplex: lambda x: creation.zeros_like(x, bool),
    np.isrealobj: lambda x: True,
    np.iscomplexobj: lambda x: False,
    np.lib.stride_tricks.sliding_window_view: taking.sliding_window_view,
    np.linalg.inv: linear.inv,
    np.linalg.det: linear.det,
    np.linalg.cross: lambda x1, x2, *, axis=-1: products.cross(x1, x2, axis=axis),
    np.linalg.trace: lambda x, *, offset=0: linear.trace(x, offset, -2, -1),
    np.linalg.diagonal: lambda x, *, offset=0: shaping.diagonal(x, offset, -2, -1),
    np.linalg.matrix_transpose: shaping.matrix_transpose,
}

# --- functions whose results have no derivative: they are given the numbers

BY_VALUE = frozenset({
    np.array_repr, np.array_str, np.array2string, np.can_cast, np.common_type, np.isin,
    np.histogram_bin_edges, np.may_share_memory, np.min_scalar_type, np.result_type, np.save,
    np.savetxt, np.savez, np.savez_compressed, np.shares_memory, np.tril_indices_from,
    np.triu_indices_from, np.diag_indices_from, np.unravel_index, np.ravel_multi_index, np.ix_,
})  # fmt: skip
