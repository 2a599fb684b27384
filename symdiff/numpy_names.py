"""NumPy's functions, by the names in our tables: what `np.sin(handle)` and `np.sum(handle)` mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .functions import products, reducing, shaping
from .op import OPS
from .ops import elementwise as ew

_RENAMED = {
    "subtract": "sub", "multiply": "mul", "divide": "div", "power": "pow", "float_power": "pow",
    "negative": "neg", "absolute": "abs", "fabs": "abs", "logical_and": "bitwise_and",
    "logical_or": "bitwise_or", "logical_xor": "bitwise_xor", "logical_not": "invert",
}  # fmt: skip

UFUNCS: dict[str, Callable[..., Any]] = {
    "matmul": products.matmul,
    "positive": lambda x: x,
    "conjugate": lambda x: x,
}

REDUCTIONS: dict[str, Callable[..., Any]] = {
    "add": reducing.sum,
    "maximum": reducing.amax,
    "minimum": reducing.amin,
}

FUNCTIONS: dict[Any, Callable[..., Any]] = {}


def ufunc_named(name: str) -> Callable[..., Any] | None:
    """The function for a ufunc's name, NumPy's or SciPy's."""
    return UFUNCS.get(name) or OPS.get(_RENAMED.get(name, name))


def numpy_function(*numpy: Callable[..., Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Say that this is what these NumPy functions mean for handles."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        for f in numpy:
            FUNCTIONS[f] = function
        return function

    return register


for _numpy, _ours in {
    np.reshape: lambda a, shape, order="C": shaping.reshape(a, shape),
    np.ravel: lambda a, order="C": shaping.ravel(a),
    np.transpose: shaping.transpose,
    np.swapaxes: shaping.swapaxes,
    np.moveaxis: shaping.moveaxis,
    np.expand_dims: shaping.expand_dims,
    np.squeeze: shaping.squeeze,
    np.broadcast_to: lambda array, shape: shaping.broadcast_to(array, shape),
    np.broadcast_arrays: shaping.broadcast_arrays,
    np.concatenate: shaping.concatenate,
    np.stack: shaping.stack,
    np.sum: reducing.sum,
    np.mean: reducing.mean,
    np.max: reducing.amax,
    np.min: reducing.amin,
    np.cumsum: reducing.cumsum,
    np.dot: products.dot,
    np.outer: products.outer,
    np.inner: products.inner,
    np.tensordot: products.tensordot,
    np.where: ew.where,
    np.zeros_like: lambda a: ew.mul(a, 0),
    np.ones_like: lambda a: ew.add(ew.mul(a, 0), 1),
    np.shape: lambda a: a.shape,
    np.ndim: lambda a: a.ndim,
    np.copy: lambda a: a,
}.items():
    numpy_function(_numpy)(_ours)
