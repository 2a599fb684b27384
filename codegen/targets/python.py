"""The reference target: the same text as for Numba, run by Python on NumPy's scalars."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from ..index import SPECIAL
from .names import FUNCTIONS, SPELLED

Scope = dict[str, Any]


def load(text: str, name: str) -> Callable[..., tuple[Any, ...]]:
    """The function that a text defines; it takes and gives what the Numba function does."""
    scope: Scope = {"np": np} | _functions() | _routines()
    exec(compile(text, f"<kernel {name}>", "exec"), scope)
    function = scope[name]

    def run(*args: Any) -> tuple[Any, ...]:
        with np.errstate(all="ignore"):
            return function(*args)

    return run


def _functions() -> Scope:
    special = importlib.import_module("scipy.special")
    named = {name: getattr(np, name) for name in FUNCTIONS if hasattr(np, name)}
    named |= {name: getattr(special, name) for name in SPECIAL if hasattr(special, name)}
    named |= {SPELLED["pow"]: np.power, SPELLED["round"]: np.rint, "mod": np.mod}
    named |= {
        "plus": np.add,
        "times": np.multiply,
        "floordiv": np.floor_divide,
        "integer_power": np.power,
    }
    return named | {f.__name__: f for f in (strongmul, sigmoid, softplus, wrap_index)}


def strongmul(g: Any, slope: Any) -> Any:
    """g * slope, but 0 where g is 0, even if the slope is not finite."""
    return g * slope if g != 0 else g * 0


def sigmoid(x: Any) -> Any:
    e = np.exp(-np.abs(x))
    return (1 if x >= 0 else e) / (1 + e)


def softplus(x: Any) -> Any:
    return np.logaddexp(x, x * 0)


def wrap_index(i: int, n: int) -> int:
    """The index counted from the front, as NumPy's indexing would."""
    if not -n <= i < n:
        raise IndexError("index out of bounds")
    return i + n if i < 0 else i


def _routines() -> Scope:
    return {}
