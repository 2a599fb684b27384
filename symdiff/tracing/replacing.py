"""Functions that classes, modules, lists and dicts hold, replaced for a time, and for the thread that
asks.

Other threads meet what stood there before. Knows nothing of twins.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import types
import weakref
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
    name: Any
    before: Any
    new: Any
    users: int = 0

    def stand(self) -> None:
        self.users += 1
        if self.users == 1:
            self._put(self.new)

    def leave(self) -> None:
        self.users -= 1
        if self.users == 0:
            del _standing[id(self.holder), self.name]
            if _held(self.holder, self.name) is self.new:  # else the program put another there
                self._put(self.before)

    def _put(self, value: Any) -> None:
        """Past what a class of the user's says of writes: it is not to hear of this one."""
        if isinstance(self.holder, list):
            list.__setitem__(self.holder, self.name, value)
        elif isinstance(self.holder, type):
            _setter(type(self.holder))(self.holder, self.name, value)
        else:
            dict.__setitem__(_names(self.holder), self.name, value)


def _held(holder: Any, name: Any) -> Any:
    if isinstance(holder, list):
        return list.__getitem__(holder, name) if name < list.__len__(holder) else None
    return vars(holder).get(name) if isinstance(holder, type) else dict.get(_names(holder), name)


def _setter(metaclass: type) -> Callable[[type, str, Any], None]:
    """How its classes are written to in C: what is written in Python is passed over."""
    own = (vars(kind).get("__setattr__") for kind in metaclass.__mro__)
    return next(f for f in own if isinstance(f, types.WrapperDescriptorType))


def _names(holder: Any) -> dict[Any, Any]:
    return holder if isinstance(holder, dict) else vars(holder)


_NEVER_BOUND = (types.BuiltinFunctionType, types.MethodType, functools.partial)
_FUNCTIONS = (types.FunctionType, functools._lru_cache_wrapper, *_NEVER_BOUND)
_thread = _Thread()
_lock = threading.Lock()
_standing: dict[tuple[int, Any], _Replacement] = {}


@contextlib.contextmanager
def replaced(places: Iterable[tuple[Any, Any]], make: Make) -> Iterator[None]:
    """What holders have under these names, made anew where it is a function, method or property."""
    stood: list[_Replacement] = []
    try:
        with _lock:
            for place in places:
                if (replacement := _replacement(*place, make)) is not None:
                    stood.append(replacement)
                    replacement.stand()
        _thread.depth += 1
        try:
            yield
        finally:
            _thread.depth -= 1
    finally:
        with _lock:
            for replacement in stood:
                replacement.leave()


def _replacement(holder: Any, name: Any, make: Make) -> _Replacement | None:
    key = id(holder), name
    if key not in _standing:
        before = _held(holder, name)
        new = _member(before, make)
        if new is None:
            return None
        if isinstance(holder, type) and isinstance(before, _NEVER_BOUND):
            new = staticmethod(new)
        _standing[key] = _Replacement(holder, name, before, new)
    return _standing[key]


def _member(value: Any, make: Make) -> Any:
    """What takes the place of what is held; None if nothing does."""
    if isinstance(value, (staticmethod, classmethod)):
        inner = _by_thread(value.__func__, make)
        return None if inner is None else type(value)(inner)
    if type(value) is property:
        parts: list[Any] = [value.fget, value.fset, value.fdel]
        return property(*[_by_thread(p, make) or p for p in parts], doc=value.__doc__)
    if type(value) is tuple:
        items = [_member(item, make) for item in value]
        known = any(item is not None for item in items)
        return tuple(a if b is None else b for a, b in zip(value, items)) if known else None
    if callable(value) and not isinstance(value, (type, *_FUNCTIONS)):
        new = make(value)  # for all threads: it is an object
        return None if new is value else new
    return _by_thread(value, make)


def _by_thread(f: Any, make: Make) -> Function | None:
    """What stands for f where others may read it, too; None if nothing is made of f."""
    new = make(f) if isinstance(f, _FUNCTIONS) else None
    if new is None or new is f or isinstance(new, ByThread):
        return None if new is f else new
    return ByThread(f, make)


class ByThread:
    """Stands for a function: what is made of it, in threads that asked for it; it itself in others.

    To programs it is that function: they compare it, use it as a key and write attributes to it.
    """

    __slots__ = ("__weakref__", "_function", "_make")

    _function: Any
    _make: Make

    def __init__(self, f: Any, make: Make) -> None:
        object.__setattr__(self, "_function", f)
        object.__setattr__(self, "_make", make)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        f = self._function
        return (self._make(f) or f if _thread.depth else f)(*args, **kwargs)

    def remade(self, make: Callable[[Any], Any]) -> ByThread:
        """What stands for what is made of the function."""
        f = make(self._function)
        return self if f is self._function else one_for(f, self._make)

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        return self if owner is None else types.MethodType(self, owner)

    def __eq__(self, other: object) -> bool:
        return self is other or self._function == other

    def __hash__(self) -> int:
        return hash(self._function)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._function, name, value)

    def __repr__(self) -> str:
        return repr(self._function)

    @property
    def __wrapped__(self) -> Any:
        return self._function

    @property
    def __doc__(self) -> str | None:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._function.__doc__

    @property
    def __class__(self) -> type:  # pyright: ignore[reportIncompatibleMethodOverride]
        return type(self._function)


_by_function: weakref.WeakValueDictionary[int, ByThread] = weakref.WeakValueDictionary()


def one_for(f: Function, make: Make) -> ByThread:
    """What stands for f, the same each time, so that programs may ask whether it is f."""
    found = _by_function.get(id(f))
    if found is None:
        found = _by_function.setdefault(id(f), ByThread(f, make))
    return found
