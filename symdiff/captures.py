"""What a function reads besides its arguments: globals, closure cells, defaults and `self`.

Numbers are guarded by value, arrays and handles by identity; when a guard fails the function is
traced anew.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .exact import is_number
from .handle import Handle
from .trees import flatten

_DEPTH = 4
_MOST = 256


class Guarded(NamedTuple):
    """Where a value was found, and what it was."""

    read: Callable[[], Any]
    value: Any


def captures(f: Callable[..., Any]) -> tuple[Guarded, ...]:
    """Every number, array and handle that `f` and the functions it calls by name can read."""
    return tuple(_of_function(f, set(), _DEPTH))[:_MOST]


def hold(guards: tuple[Guarded, ...]) -> bool:
    """Whether everything still is as it was."""
    return all(_same(g.read(), g.value) for g in guards)


def names_of(guards: tuple[Guarded, ...], names: dict[int, str]) -> dict[int, str]:
    return {id(g.value): names[k] for k, g in enumerate(guards) if k in names}


def _same(now: Any, then: Any) -> bool:
    if now is then:
        return True
    return is_number(then) and type(now) is type(then) and (now == then or (now != now and then != then))


def _of_function(f: Any, seen: set[int], depth: int) -> Iterator[Guarded]:
    if id(f) in seen or depth == 0:
        return
    seen.add(id(f))
    if isinstance(f, types.MethodType):
        yield from _of_object(f.__self__)
        f = f.__func__
    f = getattr(f, "__wrapped__", f)
    if not isinstance(f, types.FunctionType):
        return
    for cell in f.__closure__ or ():
        yield from _of_cell(cell, seen, depth)
    for name in _names(f.__code__):
        if name in f.__globals__:
            space = f.__globals__
            yield from _of_value(lambda space=space, name=name: space.get(name), seen, depth)
    for k, _ in enumerate(f.__defaults__ or ()):
        yield from _of_value(lambda f=f, k=k: (f.__defaults__ or ())[k], seen, depth)


def _of_cell(cell: Any, seen: set[int], depth: int) -> Iterator[Guarded]:
    def read() -> Any:
        try:
            return cell.cell_contents
        except ValueError:  # not bound yet
            return None

    yield from _of_value(read, seen, depth)


def _names(code: types.CodeType) -> set[str]:
    """The global names that a code object and those inside it mention."""
    inner = (c for c in code.co_consts if isinstance(c, types.CodeType))
    return set(code.co_names).union(*map(_names, inner))


def _of_value(read: Callable[[], Any], seen: set[int], depth: int) -> Iterator[Guarded]:
    value = read()
    if is_number(value) or isinstance(value, (np.ndarray, np.generic, Handle)):
        yield Guarded(read, value)
    elif isinstance(value, (types.FunctionType, types.MethodType)):
        if value.__module__ and not value.__module__.startswith(("numpy", "scipy", "symdiff.")):
            yield Guarded(read, value)
            yield from _of_function(value, seen, depth - 1)
    elif isinstance(value, (list, tuple, dict)) and len(value) <= _MOST:
        yield from _of_tree(read)
    elif not isinstance(value, (types.ModuleType, type)) and hasattr(value, "__dict__"):
        yield from _of_object(value)


def _of_tree(read: Callable[[], Any]) -> Iterator[Guarded]:
    leaves, _ = flatten(read())
    for k, leaf in enumerate(leaves):
        if is_number(leaf) or isinstance(leaf, (np.ndarray, Handle)):
            yield Guarded(lambda k=k: _leaf(read(), k), leaf)


def _leaf(tree: Any, k: int) -> Any:
    leaves, _ = flatten(tree)
    return leaves[k] if k < len(leaves) else None


def _of_object(owner: Any) -> Iterator[Guarded]:
    space = getattr(owner, "__dict__", {})
    for name, value in list(space.items())[:_MOST]:
        if is_number(value) or isinstance(value, (np.ndarray, Handle)):
            yield Guarded(lambda space=space, name=name: space.get(name), value)
