"""A second try, by its twin, of a function that lost the history of what is differentiated."""

from __future__ import annotations

import contextlib
import weakref
from collections.abc import Callable, Sequence
from operator import sub
from types import CodeType
from typing import Any, TypeVar

import numpy as np

from ..graph.node import Node
from ..graph.op import LosesGradient, NeedsValue
from ..handles.handle import Handle
from ..handles.modes import TAKEN
from ..handles.stand_ins import KINDS
from ..tracing.captures import captures, is_fixed, names_met
from ..tracing.lots import keep_lots
from ..tracing.transformed import Function
from ..tracing.trees import flatten
from ..tracing.twins import followed, is_users_own, lost_history, twin_of, users_place
from .refusing import refusal

T = TypeVar("T")

_BY_METHODS = ("Iterable", "Sized", "Container", "Collection", "Hashable", "Union", "Optional")
_ASKING = [
    {"type"},
    {"isscalar"},
    *({"isinstance", kind} for kind in _BY_METHODS),
    *({"hasattr", name} for name in ("__len__", "__iter__")),
]  # names that stand together in code to which handles do not tell by themselves what they stand for
_settled: weakref.WeakSet[CodeType] = weakref.WeakSet()  # of functions that lose and change nothing
_losing: weakref.WeakSet[CodeType] = weakref.WeakSet()  # of functions that had to be tried again


def with_twin(f: Function, args: Sequence[Any], use: Callable[[Function], T]) -> T:
    """What `use` makes of f, called with args, or, where f loses a history, of its twin."""
    try:
        with TAKEN:
            return _with_twin(f, args, use) if followed(f) is not None else use(f)
    except Exception as error:
        told = refusal(error)
        if told is None:
            raise
        raise told from error


def _with_twin(f: Function, args: Sequence[Any], use: Callable[[Function], T]) -> T:
    if asks_kinds(f, args):
        before, told = _Surroundings(f, args), KINDS.told
        try:
            return _by_twin(f, use, _counted())
        except Exception:
            if told != KINDS.told or not before.restored():  # f would go another way
                raise
    return _by_itself_first(f, args, use)


def asks_kinds(f: Function, args: Sequence[Any]) -> bool:
    """Whether code that f reaches asks what kind of thing it was given: handles tell twins alone."""
    names = names_met(f, *_objects(args))
    return any(asking <= names for asking in _ASKING)


def _by_itself_first(f: Function, args: Sequence[Any], use: Callable[[Function], T]) -> T:
    root = followed(f)
    counted = _counted()
    before = None if root.__code__ in _settled else _Surroundings(f, args)
    start = Node(None).seq
    try:
        found = use(f)
    except Exception as error:
        if lost_history(error) and _as_before(before, start, f, args, use):
            return _by_twin_after(error, f, use, counted)
        raise
    if counted[0] != LosesGradient.so_far():  # which f caught, to go another way
        if _as_before(before, start, f, args, use):
            with contextlib.suppress(Exception):
                return _by_twin(f, use, counted)
    elif before is not None and root.__code__ not in _losing and before.hold():
        _settled.add(root.__code__)
    return found


def _by_twin_after(
    error: Exception, f: Function, use: Callable[[Function], T], counted: list[int]
) -> T:
    """What the twin gives, or of its error and the first one that which tells more."""
    try:
        return _by_twin(f, use, counted)
    except Exception as second:
        if second.__context__ is error:
            second.__context__ = None
        if _tells_more(second, error):
            raise second from second.__cause__
    raise error  # which names what f calls


def _tells_more(second: Exception, first: Exception) -> bool:
    """Whether what a twin raised is of the program itself, or it got farther."""
    own = is_users_own(second) or not lost_history(second)
    return own or users_place(second) != users_place(first)


def _counted() -> list[int]:
    return [kind.so_far() for kind in (LosesGradient, NeedsValue)]


def _by_twin(f: Function, use: Callable[[Function], T], counted: list[int]) -> T:
    """What the twin gives; the errors of the first try are of no account then."""
    in_vain = [now - then for now, then in zip(_counted(), counted)]
    found = use(twin_of(f) or f)
    _losing.add(followed(f).__code__)
    LosesGradient.count.raised, NeedsValue.count.raised = map(sub, _counted(), in_vain)
    return found


def _as_before(
    before: _Surroundings | None, start: int, f: Function, args: Sequence[Any], use: Any
) -> bool:
    """Whether f finds all as it was before its first try."""
    return _changes_nothing(f, args, use, start) if before is None else before.restored()


def _changes_nothing(f: Function, args: Sequence[Any], use: Any, start: int) -> bool:
    """Whether f, which nobody watched as it failed, changes nothing as it fails again."""
    now = _Surroundings(f, args)
    if not now.guards.complete or now.guards.chance or now.keeps_handles(start):
        return False
    with contextlib.suppress(Exception):
        use(f)
    return now.hold()


def _objects(args: Sequence[Any]) -> list[Any]:
    """What code can be reached by, among arguments."""
    leaves = flatten(tuple(args))[0]
    return [x for x in leaves if not (is_fixed(x) or isinstance(x, (np.ndarray, Handle)))]


class _Surroundings:
    """What a function may change besides its result, as it was before."""

    def __init__(self, f: Function, args: Sequence[Any]) -> None:
        self.guards = captures(f, *_objects(args))
        self.guards.watch(set())
        self.put_lots_back = keep_lots(self.guards.drawing) if self.guards.chance else None

    def hold(self) -> bool:
        """Whether all that can be seen is as it was."""
        return self.guards.hold()

    def keeps_handles(self, start: int) -> bool:
        """Whether handles are kept that were made later than `start`, as by a run that failed."""
        return any(isinstance(a, Handle) and a.node.seq > start for a, _ in self.guards.arrays)

    def restored(self) -> bool:
        """Whether all is as it was before the first try, so that a second one does the same."""
        if not self.guards.complete:
            return False
        if self.put_lots_back is not None:
            self.put_lots_back()
        self.guards.put_back()
        return self.hold()
