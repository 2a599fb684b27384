"""Guards: what a trace took for given, and whether it still is so.

Numbers and texts are guarded by value, everything else by identity; containers and objects by what
is in them; arrays whose numbers went into a trace by a copy.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from operator import is_
from typing import Any, NamedTuple

import numpy as np

from ..graph.exact import is_number
from ..handles.handle import Handle

Read = Callable[[Any], Any]
Container = list[Any] | dict[Any, Any] | set[Any]
_BY_VALUE = (str, bytes, complex, np.generic, range, slice)


class Place(NamedTuple):
    """Where a value was found, and what it was: `read(where)` finds it again."""

    read: Read
    where: Any
    value: Any

    def holds(self) -> bool:
        now = self.read(self.where)
        return now is self.value or _same(now, self.value)


class Contents(NamedTuple):
    """What was in a list, dict or set."""

    container: Any
    then: tuple[Any, ...]
    keys: tuple[Any, ...]

    @classmethod
    def of(cls, container: Any) -> Contents:
        if isinstance(container, dict):
            return cls(container, tuple(container.values()), tuple(container))
        return cls(container, tuple(container), ())

    def holds(self) -> bool:
        container, then, keys = self
        if isinstance(container, dict):
            return _all_same(container.values(), then) and _all_same(container, keys)
        return _all_same(container, then)

    def put_back(self) -> None:
        container = self.container
        container.clear()
        if isinstance(container, dict):
            container.update(zip(self.keys, self.then))
        elif isinstance(container, set):
            container.update(self.then)
        else:
            container.extend(self.then)


class Copied(NamedTuple):
    """An array or handle, and the numbers it held."""

    source: Any
    numbers: np.ndarray

    @classmethod
    def of(cls, source: Any) -> Copied:
        return cls(source, np.array(_numbers(source)))

    def holds(self) -> bool:
        now, then = _numbers(self.source), self.numbers
        return now.dtype == then.dtype and np.array_equal(now, then, equal_nan=_has_nan(now))

    def put_back(self) -> None:
        _numbers(self.source)[...] = self.numbers


def _numbers(source: Any) -> np.ndarray:
    return np.asarray(source.value if isinstance(source, Handle) else source)


def _has_nan(array: np.ndarray) -> bool:
    return array.dtype.kind in "fc"


class Settings(NamedTuple):
    """The defaults of a function, which guards must not keep alive: they are kept for it."""

    function: weakref.ref[Any]
    defaults: Any
    keyword_defaults: Any

    @classmethod
    def of(cls, f: Any) -> Settings:
        return cls(weakref.ref(f), f.__defaults__, f.__kwdefaults__)


def _all_same(now: Collection[Any], then: Sequence[Any]) -> bool:
    if len(now) != len(then):
        return False
    return all(map(is_, now, then)) or all(a is b or _same(a, b) for a, b in zip(tuple(now), then))


def _same(now: Any, then: Any) -> bool:
    """Whether two values that are not one are the same, the sign of zero included."""
    if type(now) is not type(then) or not (is_number(then) or isinstance(then, _BY_VALUE)):
        return False
    return repr(now) == repr(then)


@dataclass
class Guards:
    """All that was read from outside, and whether that is all."""

    places: list[Place] = field(default_factory=list)
    settings: list[Settings] = field(default_factory=list)
    contents: list[Contents] = field(default_factory=list)
    copies: list[Copied] = field(default_factory=list)
    arrays: list[tuple[Any, bool]] = field(default_factory=list)  # and if they can be rebound
    complete: bool = True  # whether nothing was met that cannot be seen through
    chance: bool = False  # whether two runs might differ

    def hold(self) -> bool:
        """Whether everything still is as it was; written for speed, since every call asks."""
        for read, where, then in self.places:
            now = read(where)
            if now is not then and not _same(now, then):
                return False
        for reference, defaults, keyword_defaults in self.settings:
            f = reference()
            if f is None or f.__defaults__ is not defaults:
                return False
            if f.__kwdefaults__ is not keyword_defaults:
                return False
        if self.contents and not all(map(Contents.holds, self.contents)):
            return False
        return not self.copies or all(map(Copied.holds, self.copies))

    def put_back(self) -> None:
        """Undo what running a function for its trace did to arrays, lists and objects."""
        for kept in (*self.contents, *self.copies):
            if not kept.holds():
                with contextlib.suppress(Exception):
                    kept.put_back()

    def watch(self, rebound: dict[int, Any]) -> None:
        """Copy the arrays that went into a trace as numbers: those that were not rebound."""
        met = {id(a): a for a, can_be in self.arrays if not (can_be and id(a) in rebound)}
        self.copies = [Copied.of(a) for a in met.values()]
