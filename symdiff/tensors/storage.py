"""Tensors that share their numbers and not their histories: `x.detach()`, and `x.data = y`."""

from __future__ import annotations

from typing import Any

from ..handles.handle import Handle
from ..handles.modes import no_grad
from ..handles.views import View
from ..ops.identity import detach


class Storage(View):
    """A view that shares the numbers alone: a write through it leaves the base's node as it is."""

    __slots__ = ()

    def read(self) -> Any:
        base: Any = self.base
        return type(base).of(None, base.value)

    def written(self, new: Any) -> Any:
        return type(new).of(self.base._node, new.value)


def share(x: Handle, base: Handle) -> None:
    """Let x, which has the numbers of base, see what is written to them, and base what x writes."""
    x._view, x._seen = Storage(base, detach, {}), base.version


def store_in(x: Handle, storage: Handle) -> None:
    """Let x have its numbers where `storage` has its own, who may be given others later."""
    _leave(x, storage)
    if storage._view is None:
        shared = type(storage).of(None, storage._value)
        share(storage, shared)
        storage = shared
    share(x, storage)


def _leave(x: Handle, part: Handle) -> None:
    """Have a part of x be one of what x was so far, as x becomes that part."""
    while part._view is not None and part._view.base is not x:
        part = part._view.base  # type: ignore[assignment]
    if part._view is not None:
        former = type(x).of(x._node, x._value)
        former._view, former._seen, former.version = x._view, x._seen, x.version
        part._view = part._view._replace(base=former)


def stored(x: Any) -> Any:
    """The tensor that holds these numbers, whatever the histories."""
    while type(x._view) is Storage:
        x = x._view.base
    return x


def viewed(x: Any) -> Any:
    """The tensor that x is a view of, histories and all; x itself if it is none."""
    while type(x._view) is View:
        x = x._view.base
    return x


def deep(x: Any, memo: dict[Any, Any]) -> Any:
    """A copy of the numbers alone: copies of what shares numbers share their copy, which memo has."""
    value, known = x.value, ("numbers", id(x))  # the other keys of a memo are bare ids
    if known not in memo:
        twin = _shared_twin(x, memo)
        memo[known] = type(x).of(None, value.copy("K")) if twin is None else twin
    return memo[known]


def _shared_twin(x: Any, memo: dict[Any, Any]) -> Any:
    view = x._view
    if view is None or x._seen != view.base.version:
        return None
    base = deep(view.base, memo)
    with no_grad():
        twin = view._replace(base=base).read()
    if type(view) is Storage:
        share(twin, base)
    return twin
