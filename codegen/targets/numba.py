"""Procedure -> source text -> an ordinary Numba function, compiled when first called."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from .. import runtime
from ..nests import Procedure
from .names import called, defined
from .text import source

_OPTIONS = {"error_model": "numpy", "nogil": True, "fastmath": {"contract"}}


def load(procedure: Procedure, outputs_given: bool = False) -> Callable[..., tuple[Any, ...]]:
    """The dispatcher of a procedure."""
    text = source(procedure, outputs_given)
    scope: dict[str, Any] = {"np": np} | {f: runtime.function(f) for f in called(text)}
    exec(compile(text, f"<kernel {defined(text)}>", "exec"), scope)
    return importlib.import_module("numba").njit(**_OPTIONS)(scope[defined(text)])
