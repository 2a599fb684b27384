"""A function where no handle is among its arguments, else what stands in for it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from .handle import Handle

Function = Callable[..., Any]


def instead(function: Function, ours: Function) -> Function:
    """The function where no handle is among the arguments, else ours."""

    @functools.wraps(function)
    def chosen(*args: Any, **kwargs: Any) -> Any:
        if any(map(holds_handle, (*args, *kwargs.values()))):
            return ours(*args, **kwargs)
        return function(*args, **kwargs)

    return chosen


def holds_handle(x: Any) -> bool:
    """Whether x is a handle, or has one in it."""
    if isinstance(x, (list, tuple)):
        return any(map(holds_handle, x))
    if isinstance(x, np.ndarray) and x.dtype.hasobject:
        return any(isinstance(item, Handle) for item in x.flat)
    return isinstance(x, Handle)
