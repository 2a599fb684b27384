"""Source text -> an ordinary Numba function, compiled when first called."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

_OPTIONS = {"error_model": "numpy", "nogil": True, "fastmath": {"contract"}}


def load(text: str, name: str) -> Callable[..., tuple[Any, ...]]:
    """The dispatcher of the function that a text defines."""
    runtime = importlib.import_module("codegen.runtime")
    scope: dict[str, Any] = {"np": np} | runtime.FUNCTIONS
    exec(compile(text, f"<kernel {name}>", "exec"), scope)
    return importlib.import_module("numba").njit(**_OPTIONS)(scope[name])
