"""Routines that Numba compiles, and that are kept in the cache on disk."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numba
from numba.core import caching
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from .. import cache
from .primitives import OPTIONS
from .symbols import register

_NoCache: Any = caching.NullCache


class RoutineCache(_NoCache):
    """The compiled overloads of one function; what is wrong with them on disk is made anew.

    `program` is all that the machine code is made from, beside the types of the arguments.
    """

    def __init__(self, name: str, program: str) -> None:
        self.name, self.program = name, cache.digest(program)

    def load_overload(self, sig: Any, target_context: Any) -> CompileResult | None:
        target_context.refresh()
        payload = cache.read(self.name, self._key(sig, target_context.codegen()))
        if payload is None:
            return None
        try:
            symbols, parts = pickle.loads(payload)
            register(symbols)
            return CompileResult._rebuild(target_context, *parts)
        except Exception:
            return None

    def save_overload(self, sig: Any, data: CompileResult) -> None:
        if cache.directory() is None or data.lifted or data.library.has_dynamic_globals:
            return
        try:
            payload = dumps((called(data.library), data._reduce()))
        except Exception:
            return
        cache.write(self.name, self._key(sig, data.codegen), payload)

    def _key(self, sig: Any, codegen: Any) -> str:
        """The processor and its features stand in Numba's tuple."""
        return f"{self.program}\n{sig}\n{codegen.magic_tuple()}"


def called(library: Any) -> list[str]:
    """The functions of others that a library of Numba's calls, by symbol."""
    functions = library._final_module.functions
    return [f.name for f in functions if f.is_declaration and not f.name.startswith("llvm.")]


def kept(function: Callable[..., Any], program: str) -> Any:
    """The function compiled by Numba when it is asked to, or taken from the disk.

    Its name must be its own: Numba joins what it loads by name. It is called by compiled code only.
    """
    njit: Any = numba.njit
    jitted = njit(no_cpython_wrapper=True, **OPTIONS)(function)
    jitted._cache = RoutineCache(function.__name__, program)
    return jitted
