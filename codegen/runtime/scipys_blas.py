"""The library that SciPy has its BLAS and LAPACK from, opened without importing SciPy.

Importing scipy.linalg takes longer than finding a kernel on the disk and running it.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any


@functools.cache
def _library() -> ctypes.CDLL | None:
    """SciPy's module of BLAS: what it is linked to is found through it."""
    spec = importlib.util.find_spec("scipy")
    places = (spec and spec.submodule_search_locations) or []
    files = (Path(p, "linalg", f"cython_blas{end}") for p in places for end in EXTENSION_SUFFIXES)
    found = next((file for file in files if file.exists()), None)
    return found and ctypes.CDLL(str(found))


def function(name: str) -> Any:
    """The library's function of this name, or None."""
    library = _library()
    return library and getattr(library, name, None)
