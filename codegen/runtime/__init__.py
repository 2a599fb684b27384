"""What generated text calls in compiled code: scalars, linear algebra, sorting, a recurrence.

`compiled` is Numba's njit with the options of kernels. Nothing is loaded before it is asked for.
"""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from ..index import ROUTINES

_SORTING = frozenset(["sort", "argsort", "argmax", "argmin", "searchsorted"])


def function(name: str) -> Any:
    """The compiled function of this name."""
    if name == "compiled":
        return _module("primitives").compiled
    routine = name.removesuffix("_of")
    if routine not in ROUTINES:
        return _module("primitives").FUNCTIONS[name]
    home = "sorting" if routine in _SORTING else "running" if routine == "recurrence" else "linalg"
    return getattr(_module(home), name)


def _module(name: str) -> Any:
    return importlib.import_module(f"{__name__}.{name}")


def __getattr__(name: str) -> Any:
    if Path(__file__).with_name(f"{name}.py").exists():
        raise AttributeError(f"{name} is not loaded yet")  # the import goes on to the file
    try:
        return function(name)
    except KeyError:
        raise AttributeError(f"{__name__} has no {name}") from None
