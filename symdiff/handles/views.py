"""Views and in-place writes: a new node goes under a handle, and under what it is a view of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, Self

import numpy as np

from ..functions import indexing, keys, shaping
from ..graph.extents import Extent, known
from ..graph.extents import key as likeness
from ..graph.node import Node
from ..graph.op import NeedsValue, Op
from ..ops import elementwise as ew
from ..ops.index import index
from ..ops.shape import reshape, transpose
from .modes import enable_grad


class Reader(NamedTuple):
    """What reads a view that takes several ops, writes through it, and gives NumPy's view."""

    read: Callable[..., Any]
    unview: Callable[..., Any]
    evaluate: Callable[..., Any]

    def __call__(self, base: Any, **params: Any) -> Any:
        """The view of the base, which sees what is written to it later."""
        y = self.read(base, **params)
        if isinstance(y, Viewing):
            y._watch(base, self, params)
        return y


class View(NamedTuple):
    """Where a view came from: `op(base, **params)` reads it, `op.unview` writes through it."""

    base: Viewing
    op: Op | Reader
    params: dict[str, Any]

    def read(self) -> Any:
        return self.op(self.base, **self.params)

    def written(self, new: Any) -> Any:
        """What the base is once `new` stands in the view."""
        assert self.op.unview is not None
        return self.op.unview(self.base, new, **self.params)


class _Writes:
    """Which write to any array was the last: as long as none came, what was up to date is so."""

    last = object()  # not a number, which threads could set to one that has been


_writes = _Writes()


class Viewing:
    """What a handle does when it, or what it is a view of, is written to.

    A view reads its base again when the base's version is newer than what it has seen. Earlier uses
    keep what they saw, since nodes and arrays are never changed.
    """

    __slots__ = ()
    _node: Node | None
    _value: Any
    _view: View | None
    _seen: int
    _fresh: object  # the last write of all when it was last up to date; unset before
    _reshaped: int  # the version since which the shape is what it is; unset where it never changed
    _replaced: int  # the version since which the numbers are in other storage; unset at first
    version: int

    @classmethod
    def of(cls, node: Node | None, value: Any = None) -> Self:
        raise NotImplementedError

    def _watch(self, base: Any, op: Op | Reader, params: dict[str, Any]) -> None:
        """This handle is a view of `base`: writes to one are seen in the other."""
        if isinstance(base, Viewing) and self._shares(base, op, params):
            self._view = _at_once(View(base, op, params))
            self._seen = self._view.base.version

    def _shares(self, base: Viewing, op: Op | Reader, params: dict[str, Any]) -> bool:
        """Whether NumPy, too, has a view here: to reshape what is out of order, it copies."""
        if op is not reshape or _is_in_order(base):
            return True
        stored = layout(base)
        return np.may_share_memory(stored, np.reshape(stored, plain(self.shape)))

    def _refresh(self) -> None:
        """Read anew what was written to, from the bottom up; views may stand on many others."""
        now = _writes.last
        stack: list[Viewing] = []
        x = self
        while x._view is not None and getattr(x, "_fresh", None) is not now:
            stack.append(x)
            x = x._view.base
        for x in reversed(stack):
            x._reread()
            x._fresh = now

    def _written(self) -> None:
        """Another version is here: views that look see it."""
        self.version += 1
        _writes.last = object()

    def _reread(self) -> None:
        """Read a base anew that is newer than what was seen, and up to date itself."""
        view = self._view
        assert view is not None
        if self._seen == view.base.version:
            return
        if self._is_parted(view.base):
            self._view = None
        elif not self._is_left_behind(view.base):
            _check_order(view)
            self._seen = view.base.version
            with enable_grad():  # where nothing is recorded, a history goes on being there
                self._show(view.read())
            self.version += 1

    def _is_parted(self, base: Viewing) -> bool:
        """Whether the base has other storage since: what was read before is this view's own."""
        replaced = getattr(base, "_replaced", 0)
        if self._seen < replaced - 1:
            raise RuntimeError(
                "a view of a tensor that was written to and then given other data cannot be read "
                "any more; read it, or take a clone(), before"
            )
        return self._seen < replaced

    def _is_left_behind(self, base: Viewing, writes: bool = False) -> bool:
        """Whether the base has another shape since: what was read before stays, until a write."""
        reshaped = getattr(base, "_reshaped", 0)
        if self._seen >= reshaped:
            return False
        if writes or self._seen < reshaped - 1 or base.version > reshaped:
            raise RuntimeError(
                "a view of a tensor whose shape was changed in place, as by t_() or squeeze_(), does "
                "not share writes with it; take the view after the change"
            )
        return True

    def take_shape(self, reshaping: Callable[[Any], Any]) -> None:
        """Be what `reshaping` makes of this handle; a view still shares writes with its base."""
        if self._view is not None:
            self._refresh()
        former = self.of(None)
        former._show(self)
        former._view, former._seen, former.version = self._view, self._seen, self.version
        new = reshaping(former)
        is_view = self._view is not None
        self._show(new)
        self._view, self._seen = (new._view, former.version) if is_view else (None, 0)
        self._written()
        self._reshaped = self.version

    def _show(self, fresh: Any) -> None:
        """Have what was read anew."""
        self._node, self._value = fresh._node, fresh._value

    def become(self, new: Any) -> Self:
        """Put `new` under this handle, and under what it is a view of; shape and dtype stay."""
        self._check_writable()
        new = new if isinstance(new, Viewing) else self.of(None, np.array(new))
        if not np.can_cast(new.dtype, self.dtype, "same_kind"):
            raise TypeError(
                f"a result of dtype {new.dtype} cannot be written to an array of dtype "
                f"{self.dtype}; make that array one of floats, or the result integers"
            )
        self._put(shaping.broadcast_to(_cast(new, self.dtype), self.shape))
        return self

    def _turned_into(self, new: Any) -> Any:
        """What x is after x += y, where `new` is the sum."""
        return self.become(new)

    def _check_writable(self) -> None:
        """A face refuses here what must not be written."""

    def _put(self, new: Any) -> None:
        if self._view is not None and self._is_parted(self._view.base):
            self._view = None
        if self._view is None:
            value = new.value
            self._node, self._value = new._node, in_order_of(self._value, value)
            self._written()
            return
        base = self._view.base
        if base._view is not None:
            base._refresh()
        if self._seen != base.version:
            self._is_left_behind(base, writes=True)
        _check_order(self._view)
        base._put(self._view.written(new))
        value = in_order_of(self._value, new.value)
        self._node, self._value, self._seen = new._node, value, base.version
        self._written()

    def __getitem__(self, key: Any) -> Any:
        return indexing.getitem(self, key)

    def __setitem__(self, key: Any, v: Any) -> None:
        if not self._is_own_part(key, v):
            self.become(indexing.setitem(self, key, v))

    def _is_own_part(self, key: Any, v: Any) -> bool:
        """Whether v is this very part, as after x[key] += 1: the sum was written through it."""
        view = v._view if isinstance(v, Viewing) else None
        if view is None or view.base is not self or view.op is not index:
            return False
        at = keys.located(self.shape, key)
        return at == keys.Address(at.spans) and likeness(at.spans) == likeness(view.params["key"])

    @property
    def shape(self) -> Any:
        raise NotImplementedError

    @property
    def dtype(self) -> Any:
        raise NotImplementedError


def root_of(x: Any) -> Any:
    """The handle at the bottom of a stack of views."""
    while x._view is not None:
        x = x._view.base
    return x


def in_order_of(former: Any, value: Any) -> Any:
    """What is written over `former`, in its order in memory: a write leaves that as it is."""
    if value is None or former is None or value.strides == former.strides or value.ndim < 2:
        return value
    ordered = np.empty_like(former, value.dtype)
    if ordered.strides == value.strides:
        return value
    ordered[...] = value
    return ordered


def _at_once(view: View) -> View:
    """A view of what was reshaped before, without that step; so loops that reshape stay quick."""
    base, op, params = view
    former = base._view
    if former is None or op is not reshape or former.op is not reshape:
        return view
    rank = len(former.base.shape)
    whole = params["ndim"] == len(base.shape) and former.params["ndim"] == rank
    if not whole or base._seen != former.base.version:  # its base may have another order by now
        return view
    return View(former.base, reshape, {"ndim": rank, "shape": params["shape"]})


def _is_in_order(x: Viewing) -> bool:
    """Whether the elements surely are stored one after the other: then they are in any shape."""
    while x._view is not None:
        if x._view.op is not reshape:
            return False
        x = x._view.base
    return x._value is None or x._value.flags.c_contiguous


def layout(x: Viewing) -> np.ndarray:
    """An array in the order of storage that x has in NumPy; its elements mean nothing."""
    views: list[View] = []
    while x._view is not None:
        views.append(x._view)
        x = x._view.base
    stored = np.empty(plain(x.shape), np.bool_) if x._value is None else _like(x._value)
    for view in reversed(views):
        stored = view.op.evaluate(stored, **{name: plain(p) for name, p in view.params.items()})
    return stored


def _check_order(view: View) -> None:
    """Ask for the numbers where only they tell whether what was reshaped is a view or a copy."""
    if view.op is not reshape:
        return
    root = root_of(view.base)
    if root._value is None and root._node is not None and _turned(root._node):
        raise NeedsValue("a write that depends on the order in memory")


def _turned(node: Node) -> bool:
    """Whether it is computed element by element from what was turned: then it may be turned, too."""
    stack, seen = [node], {node}
    while stack:
        y = stack.pop()
        if y.op is transpose:
            return True
        if y.op is not None and (y.op.elementwise or y.op.name in _KEEP_ORDER):
            fresh = [a for a in y.args if isinstance(a, Node) and a not in seen]
            seen.update(fresh)
            stack += fresh
    return False


_KEEP_ORDER = frozenset({"clone", "index", "assign", "reshape"})


def _like(value: np.ndarray) -> np.ndarray:
    """An array without gaps, its axes in the same order in memory."""
    return np.empty_like(value, np.bool_)


def plain(param: Any) -> Any:
    """A parameter with the sizes of this call for named ones; pins none."""
    if isinstance(param, tuple):
        items = map(plain, param)
        return type(param)(*items) if hasattr(param, "_fields") else tuple(items)
    return known(param) if isinstance(param, Extent) else param


def _cast(x: Any, dtype: Any) -> Any:
    return x if x.dtype == dtype else ew.astype(x, dtype=dtype)
