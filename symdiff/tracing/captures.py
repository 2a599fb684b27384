"""What a function reads besides its arguments: globals, closure cells, defaults and `self`.

Numbers are guarded by value, arrays and handles by identity; when a guard fails the function is
traced anew.
"""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..graph.exact import is_number
from ..handles.handle import Handle
from .trees import flatten

_DEPTH = 4
_MOST = 256


Read = Callable[[Any], Any]


class Guarded(NamedTuple):
    """Where a value was found, and what it was: `read(where)` finds it again."""

    read: Read
    where: Any
    value: Any


def captures(f: Callable[..., Any]) -> tuple[Guarded, ...]:
    """Every number, array and handle that `f` and the functions it calls by name can read."""
    return tuple(_of_function(f, set(), _DEPTH))[:_MOST]


def hold(guards: tuple[Guarded, ...]) -> bool:
    """Whether everything still is as it was."""
    for read, where, then in guards:
        now = read(where)
        if now is not then and not _same(now, then):
            return False
    return True


def _same(now: Any, then: Any) -> bool:
    return (
        is_number(then)
        and type(now) is type(then)
        and (now == then or (now != now and then != then))
    )


def _of_function(f: Any, seen: set[int], depth: int) -> Iterator[Guarded]:
    if isinstance(f, types.MethodType):
        yield from _of_object(f.__self__)
        f = f.__func__
    f = inspect.unwrap(f)
    if id(f) in seen or depth == 0 or not isinstance(f, types.FunctionType):
        return
    seen.add(id(f))
    places = [(_contents, cell) for cell in f.__closure__ or ()]
    places += [
        (f.__globals__.get, name) for name in global_names(f.__code__) if name in f.__globals__
    ]
    places += [(_default, (f, k)) for k in range(len(f.__defaults__ or ()))]
    for read, where in places:
        yield from _of_value(read, where, seen, depth)


def _contents(cell: Any) -> Any:
    try:
        return cell.cell_contents
    except ValueError:  # not bound yet
        return None


def _default(place: tuple[types.FunctionType, int]) -> Any:
    f, k = place
    return (f.__defaults__ or ())[k]


def global_names(code: types.CodeType) -> set[str]:
    """The global names that a code object and those inside it mention."""
    inner = (c for c in code.co_consts if isinstance(c, types.CodeType))
    return set(code.co_names).union(*map(global_names, inner))


def _of_value(read: Read, where: Any, seen: set[int], depth: int) -> Iterator[Guarded]:
    value = read(where)
    if _is_data(value):
        yield Guarded(read, where, value)
    elif isinstance(value, (types.FunctionType, types.MethodType)):
        if not str(value.__module__).startswith(("numpy", "scipy", "symdiff.")):
            yield Guarded(read, where, value)
        yield from _of_function(value, seen, depth - 1)
    elif isinstance(value, (list, tuple, dict)) and len(value) <= _MOST:
        yield from _of_tree(read, where, value)
    elif not isinstance(value, (types.ModuleType, type)) and hasattr(value, "__dict__"):
        yield from _of_object(value)


def _is_data(value: Any) -> bool:
    return is_number(value) or isinstance(value, (np.ndarray, np.generic, Handle))


def _of_tree(read: Read, where: Any, tree: Any) -> Iterator[Guarded]:
    leaves, _ = flatten(tree)
    for k, leaf in enumerate(leaves):
        if _is_data(leaf):
            yield Guarded(_leaf, (read, where, k), leaf)


def _leaf(place: tuple[Read, Any, int]) -> Any:
    read, where, k = place
    leaves, _ = flatten(read(where))
    return leaves[k] if k < len(leaves) else None


def _of_object(owner: Any) -> Iterator[Guarded]:
    space = getattr(owner, "__dict__", {})
    for name, value in list(space.items())[:_MOST]:
        if _is_data(value):
            yield Guarded(space.get, name, value)
