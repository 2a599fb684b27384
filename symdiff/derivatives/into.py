"""Gradients written into arrays that are given: what such arrays must be, and how they are filled."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from codegen import Kernel

Outs = tuple[np.ndarray, ...]


def has_parameter(f: Callable[..., Any], name: str) -> bool:
    """Whether f itself takes this keyword."""
    try:
        return name in inspect.signature(f).parameters
    except (TypeError, ValueError):
        return False


def targets(out: Any, count: int | None) -> Outs:
    """The arrays in `out`, as many as there are gradients; None means one that is not in a tuple."""
    outs = (out,) if count is None else out
    if not isinstance(outs, (tuple, list)) or len(outs) != (count or 1):
        raise TypeError(f"out: a tuple of {count} arrays is wanted, one for each of argnums")
    for y in outs:
        if type(y) is not np.ndarray:
            raise TypeError(f"out: an ndarray is wanted for each gradient, not {type(y).__name__}")
        if not y.flags.carray:
            raise ValueError(f"out: the array of shape {y.shape} {_fault(y)}")
    for a, b in itertools.combinations(outs, 2):
        if np.may_share_memory(a, b):
            raise ValueError("out: two of the arrays share memory; each gradient needs its own")
    return tuple(outs)


def _fault(y: np.ndarray) -> str:
    if not y.flags.writeable:
        return "is read-only; pass one that may be written"
    return "must be C-contiguous and aligned; pass np.ascontiguousarray(...), or copy the gradient"


def fill(outs: Outs, parts: Sequence[Any]) -> None:
    """Copy gradients that were computed elsewhere; all are checked before any is written."""
    for y, g in zip(outs, parts, strict=True):
        _check(y, g)
    for y, g in zip(outs, [_apart(g, outs) for g in parts], strict=True):
        y[...] = g


def _check(y: np.ndarray, g: Any) -> None:
    if not isinstance(g, (np.ndarray, np.generic, float)):
        raise TypeError(
            f"out: takes the gradients of arrays and floats, not of a {type(g).__name__}; "
            "call without out"
        )
    shape, dtype = np.shape(g), np.asarray(g).dtype
    if (y.shape, y.dtype) != (shape, dtype):
        raise ValueError(
            f"out: the gradient has shape {shape} and dtype {dtype}, "
            f"but the array has {y.shape} and {y.dtype}"
        )


def _apart(g: Any, outs: Outs) -> Any:
    """g, copied if it might be overwritten with another gradient: it can be an argument itself."""
    shared = isinstance(g, np.ndarray) and any(np.may_share_memory(g, y) for y in outs)
    return np.array(g) if shared else g


def filling_call(
    kernel: Kernel, captured: Sequence[Any], outs: Outs
) -> Callable[[Any, Outs], float] | None:
    """Let the kernel fill arrays like these and give the value; None if it makes others."""
    value, *made = kernel.procedure.outputs
    pairs = zip(made, outs, strict=True)
    if value.shape or any((np.dtype(b.dtype), len(b.shape)) != (y.dtype, y.ndim) for b, y in pairs):
        return None
    extra, dtype = tuple(captured), np.dtype(value.dtype)

    def filling(args: Any, outs: Outs) -> float:
        result = np.empty((), dtype)
        kernel.into((result, *outs), *args, *extra)
        return result.item()

    return filling
