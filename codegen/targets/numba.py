"""Source text -> an ordinary Numba function, compiled when first called."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import runtime
from .names import called, defined

_OPTIONS = {"error_model": "numpy", "nogil": True, "fastmath": {"contract"}}


def load(text: str) -> Callable[..., tuple[Any, ...]]:
    """The dispatcher of the function that a text defines."""
    scope: dict[str, Any] = {"np": np} | {f: runtime.function(f) for f in called(text)}
    exec(compile(text, f"<kernel {defined(text)}>", "exec"), scope)
    return importlib.import_module("numba").njit(**_OPTIONS)(scope[defined(text)])
