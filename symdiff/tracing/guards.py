"""Guards: what a trace took for given, and whether it still is so.

Numbers and texts are guarded by value, everything else by identity; containers and objects by what
is in them; arrays whose numbers went into a trace by a copy.
"""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np

from ..graph.exact import is_number
from ..handles.handle import numbers_of
from .identity import same_things
from .writing import written

Read = Callable[[Any], Any]
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


class Shaped(NamedTuple):
    """An array or handle that a trace reads, and the form it had."""

    source: Any
    shape: tuple[int, ...]
    dtype: Any
    wanted: bool | None  # whether a handle requires a gradient

    @classmethod
    def of(cls, source: Any) -> Shaped:
        wanted = getattr(source, "requires_grad", None)
        return cls(source, tuple(source.shape), source.dtype, wanted)

    def holds(self) -> bool:
        return self == Shaped.of(self.source)


class Copied(NamedTuple):
    """An array or handle, and the numbers it held; `raw` is their memory, which compares at once."""

    source: Any
    numbers: np.ndarray
    raw: bytearray | None

    @classmethod
    def of(cls, source: Any) -> Copied:
        now = numbers_of(source)
        if now.dtype.hasobject:
            return cls(source, now.copy(), None)
        raw = bytearray(now.tobytes())
        return cls(source, np.frombuffer(raw, now.dtype).reshape(now.shape), raw)

    def holds(self) -> bool:
        source, then, raw = self
        now = source if type(source) is np.ndarray else numbers_of(source)
        if now.dtype != then.dtype or now.shape != then.shape:
            return False
        if raw is None:
            return _all_same(now.ravel().tolist(), tuple(then.ravel().tolist()))
        at_once = now.flags.c_contiguous and now.dtype.kind in "fiubc"
        return raw == (now if at_once else now.tobytes())

    def put_back(self) -> None:
        numbers_of(self.source)[...] = self.numbers


class Settings(NamedTuple):
    """Code and defaults of a function, which guards must not keep alive: they are kept for it."""

    function: weakref.ref[Any]
    code: Any
    defaults: Any
    keyword_defaults: Any

    @classmethod
    def of(cls, f: Any) -> Settings:
        return cls(weakref.ref(f), f.__code__, f.__defaults__, f.__kwdefaults__)

    def holds(self) -> bool:
        f = self.function()
        return (
            f is not None
            and f.__code__ is self.code
            and f.__defaults__ is self.defaults
            and f.__kwdefaults__ is self.keyword_defaults
        )


def _all_same(now: Collection[Any], then: tuple[Any, ...]) -> bool:
    if same_things(now, then):
        return True
    mine = tuple(now)
    return len(mine) == len(then) and all(a is b or _same(a, b) for a, b in zip(mine, then))


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
    shapes: list[Shaped] = field(default_factory=list)
    arrays: list[tuple[Any, bool]] = field(default_factory=list)  # and if they can be rebound
    asks_state: bool = False  # whether `.grad` or the like of tensors is mentioned
    complete: bool = True  # whether nothing was met that cannot be seen through
    chance: bool = False  # whether two runs might differ
    drawing: list[Any] = field(default_factory=list)  # random generators

    def hold(self) -> bool:
        """Whether everything still is as it was."""
        return all(thing.holds() for things in self._kept for thing in things)

    @property
    def _kept(self) -> tuple[Sequence[Any], ...]:
        return self.places, self.settings, self.contents, self.shapes, self.copies

    @cached_property
    def unchanged(self) -> Callable[[], bool]:
        """`hold` written out, since every call asks: true at once where all things are the same."""
        return written(self._kept, self.hold)

    def put_back(self) -> None:
        """Undo what running a function for its trace did to arrays, lists and objects."""
        for kept in (*self.contents, *self.copies):
            if not kept.holds():
                with contextlib.suppress(Exception):
                    kept.put_back()

    def watch(self, standing: set[int]) -> None:
        """Copy the arrays that went into a trace as numbers; those that were rebound keep a form."""
        met = {id(a): a for a, can_be in self.arrays if not (can_be and id(a) in standing)}
        self.copies = [Copied.of(a) for a in met.values()]
        self.shapes = [Shaped.of(a) for a, can_be in self.arrays if can_be and id(a) in standing]
        self.__dict__.pop("unchanged", None)
