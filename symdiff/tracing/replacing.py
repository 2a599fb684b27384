"""Functions that classes, modules, lists and dicts hold, replaced while a thread asks for it.

Other threads meet what was there before: they are handed a `ByThread`, which calls the one function
or the other. What is made of a function is the caller's affair.
"""

from __future__ import annotations

import contextlib
import functools
import threading
import types
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

Function = Callable[..., Any]
Make = Callable[[Any], Any]  # of a function what takes its place, of all else that itself


class _Thread(threading.local):
    asked = 0  # how many of its calls of `replaced` are at work


@dataclass
class _Replacement:
    """One place of a holder; it is as it was when the last of its users leaves."""

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
    _thread.asked += 1
    try:
        with _lock:
            for place in places:
                if (replacement := _replacement(*place, make)) is not None:
                    stood.append(replacement)
                    replacement.stand()
        yield
    finally:
        _thread.asked -= 1
        with _lock:
            for replacement in stood:
                replacement.leave()


def _replacement(holder: Any, name: Any, make: Make) -> _Replacement | None:
    key = id(holder), name
    if key not in _standing:
        before = _held(holder, name)
        new = _member(before, make)
        if new is before:
            return None
        if isinstance(holder, type) and isinstance(before, _NEVER_BOUND):
            new = staticmethod(new)
        _standing[key] = _Replacement(holder, name, before, new)
    return _standing[key]


def _member(value: Any, make: Make) -> Any:
    """What takes the place of what is held; itself if nothing does."""
    if isinstance(value, (staticmethod, classmethod)):
        return _rebuilt(value, [value.__func__], make, type(value))
    if type(value) is property:
        parts = [value.fget, value.fset, value.fdel]
        return _rebuilt(value, parts, make, functools.partial(property, doc=value.__doc__))
    if type(value) is tuple:
        return _rebuilt(value, value, make, lambda *items: items)
    if isinstance(value, _FUNCTIONS):
        return _by_thread(value, make)
    if callable(value) and not isinstance(value, type):
        return make(value)  # for all threads: it is an object
    return value


def _rebuilt(value: Any, parts: Sequence[Any], make: Make, build: Function) -> Any:
    """`build` of what takes the place of the parts; the value itself if nothing does."""
    new = [_member(part, make) for part in parts]
    return value if all(a is b for a, b in zip(new, parts)) else build(*new)


def _by_thread(f: Function, make: Make) -> Function:
    """What other threads may read, too."""
    new = make(f)
    return new if new is f or isinstance(new, ByThread) else ByThread(f, make)


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
        if _thread.asked:
            f = self._make(f) or f
        return f(*args, **kwargs)

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
