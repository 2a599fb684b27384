"""Functions that classes and modules hold, replaced for a time, and for the thread that asks.

Other threads meet what stood there before. Knows nothing of twins.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import types
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Function = Callable[..., Any]
Make = Callable[[Function], Function | None]


class _Thread(threading.local):
    depth = 0  # how many replacements are at work


@dataclass
class _Replacement:
    holder: Any
    name: str
    before: Any
    new: Any
    users: int = 0

    def stand(self) -> None:
        if self.users == 0:
            setattr(self.holder, self.name, self.new)
        self.users += 1

    def leave(self) -> None:
        self.users -= 1
        if self.users == 0:
            del _standing[id(self.holder), self.name]
            if vars(self.holder).get(self.name) is self.new:  # else the program put another there
                setattr(self.holder, self.name, self.before)


_thread = _Thread()
_lock = threading.Lock()
_standing: dict[tuple[int, str], _Replacement] = {}


@contextlib.contextmanager
def replaced(places: Iterable[tuple[Any, str]], make: Make) -> Iterator[None]:
    """What holders have under these names, made anew where it is a function, method or property."""
    with _lock:
        found = [r for place in places if (r := _replacement(*place, make)) is not None]
        for replacement in found:
            replacement.stand()
    _thread.depth += 1
    try:
        yield
    finally:
        _thread.depth -= 1
        with _lock:
            for replacement in found:
                replacement.leave()


def _replacement(holder: Any, name: str, make: Make) -> _Replacement | None:
    key = id(holder), name
    if key not in _standing:
        before = vars(holder)[name]
        new = _member(before, make)
        if new is None:
            return None
        _standing[key] = _Replacement(holder, name, before, new)
    return _standing[key]


def _member(value: Any, make: Make) -> Any:
    """What takes the place of a class's or module's member; None if nothing does."""
    if isinstance(value, (staticmethod, classmethod)):
        inner = _by_thread(value.__func__, make)
        return None if inner is None else type(value)(inner)
    if type(value) is property:
        parts: list[Any] = [value.fget, value.fset, value.fdel]
        return property(*[_by_thread(p, make) or p for p in parts], doc=value.__doc__)
    return _by_thread(value, make)


def _by_thread(f: Any, make: Make) -> Function | None:
    """What is made of f, in threads that asked for it; f in others."""
    new = make(f) if isinstance(f, types.FunctionType) else None
    if new is None:
        return None

    @functools.wraps(f)
    def chosen(*args: Any, **kwargs: Any) -> Any:
        return (new if _thread.depth else f)(*args, **kwargs)

    return chosen
