"""Transcendental functions without branches, written once over any kind of `Number`.

The same definition runs in NumPy, for tests, and becomes vector instructions in compiled code.
Every result is within 2 ulp, most within 1, over the whole range of float64 and float32. A module is
loaded when the first of its functions is wanted: many kernels want none.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from .number import FLOAT32, FLOAT64, Format, Number

_MODULES = {
    "exponential": ("exp", "exp2", "expm1", "sinh", "cosh", "tanh", "sigmoid"),
    "logarithm": ("log", "log2", "log10", "log1p", "softplus"),
    "trigonometric": ("sin", "cos", "tan"),
    "inverse": ("arcsin", "arccos", "arctan", "arctan2"),
    "inverse_hyperbolic": ("arcsinh",),
    "error_function": ("erf",),
    "power": ("pow",),
    "cube_root": ("cbrt",),
}
_MODULE = {name: module for module, names in _MODULES.items() for name in names}
NAMES = tuple(_MODULE)
_FAMILIES = (("sin", "cos"),)
TOGETHER = {name: family for family in _FAMILIES for name in family}  # what shares most of its work


def function(name: str) -> Callable[..., Any]:
    """The function of this name."""
    return _found(_MODULE[name], name)


def made(family: tuple[str, ...], *args: Any) -> tuple[Any, ...]:
    """The values of functions that are made together, or of one."""
    first, *others = family
    if not others:
        return (function(first)(*args),)
    return _found(_MODULE[first], "_and_".join(family))(*args)


def _found(module: str, name: str) -> Callable[..., Any]:
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)


__all__ = ["FLOAT32", "FLOAT64", "NAMES", "TOGETHER", "Format", "Number", "function", "made"]
