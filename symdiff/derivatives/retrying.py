"""A second try, by its twin, of a function that lost the history of what is differentiated."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from types import CodeType
from typing import Any, TypeVar

import numpy as np

from ..graph.op import NeedsValue
from ..handles.handle import Handle
from ..tracing.captures import captures, is_fixed
from ..tracing.lots import keep_lots
from ..tracing.transformed import Function
from ..tracing.trees import flatten
from ..tracing.twins import followed, lost_history, twin_of

T = TypeVar("T")

_settled: weakref.WeakSet[CodeType] = weakref.WeakSet()  # of functions that ran without a loss


def with_twin(f: Function, args: Sequence[Any], use: Callable[[Function], T]) -> T:
    """What `use` makes of f, called with args, or, where f loses a history, of its twin."""
    root = followed(f)
    if root is None:
        return use(f)
    asked = getattr(NeedsValue.count, "raised", 0)
    before = None if root.__code__ in _settled else _Surroundings(f, args)
    try:
        found = use(f)
    except Exception as error:
        if lost_history(error) and (before or _Surroundings(f, args)).restored(before is not None):
            try:
                found = use(twin_of(f) or f)
                NeedsValue.count.raised = asked  # what the first try asked for is of no account
                return found
            except Exception:  # of which the first error tells more: it names what f itself calls
                pass
        raise
    _settled.add(root.__code__)
    return found


class _Surroundings:
    """What a function may change besides its result, as it was before."""

    def __init__(self, f: Function, args: Sequence[Any]) -> None:
        leaves = flatten(tuple(args))[0]
        objects = [x for x in leaves if not (is_fixed(x) or isinstance(x, (np.ndarray, Handle)))]
        self.guards = captures(f, *objects)
        self.guards.watch({})
        self.put_lots_back = keep_lots(self.guards.drawing) if self.guards.chance else None

    def restored(self, was_before: bool) -> bool:
        """Whether all is as it was before the first try, so that a second one does the same."""
        if not self.guards.complete or (self.put_lots_back is not None and not was_before):
            return False
        if self.put_lots_back is not None:
            self.put_lots_back()
        self.guards.put_back()
        return self.guards.hold()
