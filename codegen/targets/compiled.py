"""Numba's dispatchers, which keep what they compile in the cache on disk."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numba
from numba.core import caching
from numba.core.compiler import CompileResult
from numba.core.serialize import dumps

from .. import cache, threads
from ..progress import told
from ..runtime.pipeline import OnePass
from ..runtime.symbols import register

_NoCache: Any = caching.NullCache


class KernelCache(_NoCache):
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
            if threads.NAMES.intersection(symbols):
                threads.install()
            return CompileResult._rebuild(target_context, *parts)
        except Exception:
            return None

    def save_overload(self, sig: Any, data: CompileResult) -> None:
        if cache.directory() is None or data.lifted or data.library.has_dynamic_globals:
            return
        functions = data.library._final_module.functions
        symbols = [function.name for function in functions if function.is_declaration]
        try:
            payload = dumps((symbols, data._reduce()))
        except Exception:
            return
        cache.write(self.name, self._key(sig, data.codegen), payload)

    def _key(self, sig: Any, codegen: Any) -> str:
        """The processor and its features stand in Numba's tuple."""
        return f"{self.program}\n{sig}\n{codegen.magic_tuple()}"


def dispatcher(function: Callable[..., Any], program: str, about: str = "a function") -> Any:
    """The function compiled by Numba on its first call, or taken from the disk.

    Its name must be its own: Numba joins what it loads by name. Numba would set a fast-math flag on
    every instruction; targets set theirs one by one.
    """
    njit: Any = numba.njit
    options = {"nogil": True, "error_model": "numpy", "no_cfunc_wrapper": True}
    jitted = kept(njit(pipeline_class=OnePass, **options)(function), program)
    jitted.compile = _watched(jitted.compile, about)
    return jitted


def _watched(compile_: Callable[[Any], Any], about: str) -> Callable[[Any], Any]:
    """Compiling, with a line on the terminal where it takes long."""

    def watched(signature: Any) -> Any:
        with told(f"compiling {about}"):
            return compile_(signature)

    return watched


def kept(jitted: Any, program: str) -> Any:
    """A dispatcher that keeps what it compiles on the disk."""
    jitted._cache = KernelCache(jitted.py_func.__name__, program)
    return jitted
