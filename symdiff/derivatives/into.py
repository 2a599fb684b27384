"""Gradients written into arrays that are given: what such arrays must be, and how they are filled."""

from __future__ import annotations

import inspect
import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .quick import Route, Seen, made

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
        if not y.flags.writeable:
            raise ValueError(f"out: the array of shape {y.shape} is read-only; pass another")
    for a, b in itertools.combinations(outs, 2):
        if np.shares_memory(a, b):
            raise ValueError("out: two of the arrays share memory; each gradient needs its own")
    return tuple(outs)


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


def can_fill(seen: Seen, outs: Outs, first: int) -> bool:
    """Whether the kernel takes all as it comes, and gives `first` numbers, then just such arrays."""
    made = seen.kernel.outputs
    pairs = zip(made[first:], outs, strict=True)
    return (
        seen.plain
        and not any(value.shape for value in made[:first])
        and all(
            b.shape and y.flags.carray and (np.dtype(b.dtype), len(b.shape)) == (y.dtype, y.ndim)
            for b, y in pairs
        )
    )


def filling_route(seen: Seen, outs: Outs, single: bool, answer: str) -> Route:
    """The kernel, writing into arrays like these if they lie apart from all that it reads."""
    scope = seen.scope | {"overlap": np.may_share_memory, "function": seen.kernel.function_into}
    names = [f"y{k}" for k in range(len(outs))]
    tests = [t for n, y in zip(names, outs) for t in _tests_of_target(n, y, scope)]
    tests += [f"(own_{x} := {x}.flags.owndata) is absent" for x in seen.arrays]
    tests += [_overlapping(y, x) for k, y in enumerate(names) for x in (*seen.arrays, *names[:k])]
    call = f"function({', '.join([*seen.passed, *names])})"
    taken = _one() if single else _several(len(outs))
    return made(
        ("out", *seen.parameters), [*seen.tests, *taken, *tests], answer.format(call), scope
    )


def _one() -> list[str]:
    return ["(y0 := out) is None"]


def _several(count: int) -> list[str]:
    each = [f"(y{k} := out[{k}]) is None" for k in range(count)]
    return [f"type(out) is not tuple or len(out) != {count}", *each]


def _tests_of_target(name: str, y: np.ndarray, scope: dict[str, Any]) -> list[str]:
    scope |= {f"{name}d": y.dtype, f"{name}s": y.shape}
    return [
        f"type({name}) is not ndarray",
        f"{name}.dtype is not {name}d",
        f"{name}.shape != {name}s",
        f"not (flags := {name}.flags).carray",
        f"(own_{name} := flags.owndata) is absent",
    ]


def _overlapping(y: str, x: str) -> str:
    """Arrays that own their memory lie apart unless they are one; of others NumPy knows it."""
    return f"({y} is {x} or not (own_{y} and own_{x})) and overlap({y}, {x})"
