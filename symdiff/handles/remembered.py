"""Calls that come down to ops of one tensor: which ones is remembered by what was asked.

`x.sum(1)` and `x[2:]` look at axes, sizes and bounds before an op is applied. Asked the same of
another tensor of that shape and dtype, the same op is applied at once. What is noted is what
`Handle.apply` and `entry` note.
"""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Hashable
from typing import Any, NamedTuple

import numpy as np

from ..functions import indexing
from ..graph.node import Node, user_place
from ..graph.op import Op
from ..ops.index import index, to_slices
from .modes import enable_grad, gradient_mode
from .tape import pick, reads

_MOST = 4096  # questions that one function remembers
_FAILS = (ValueError, IndexError, TypeError)
_PLAIN = frozenset({int, bool, str, type(None)})
_INTEGER = frozenset({int})
_PARTS = frozenset({int, type(None), type(...)})


class Step(NamedTuple):
    """An op of one tensor; `read` tells whether its pullback reads the result, the argument."""

    op: Op
    params: dict[str, Any]
    evaluate: Callable[[np.ndarray], Any]
    read: tuple[bool, ...]
    alias: str


Steps = tuple[Step, ...]
Known = dict[Hashable, Steps | None]


def steps_between(x: Any, y: Any) -> Steps | None:
    """The steps that made the tensor y of the tensor x alone; None if it came about otherwise."""
    steps: list[Step] = []
    node, end = y._node, x._node
    while node is not end:
        if node is None or node.op is None or node.op is pick or len(node.args) != 1:
            return None
        (arg,) = node.args
        if not isinstance(arg, Node):
            return None
        steps.append(_step(node, type(x).of))
        node = arg
    return tuple(reversed(steps)) or None


def _step(node: Node, of: Callable[[Node], Any]) -> Step:
    op, params = node.op, node.params
    assert op is not None
    like = np.empty(node.args[0].shape, node.args[0].dtype)
    read = reads(op, (True,), (like,), params, of)
    evaluate = functools.partial(op.evaluate, **params)
    if op is index:
        evaluate = operator.itemgetter(to_slices(params["key"]))
    return Step(op, params, evaluate, read, node.alias)


def taken(steps: Steps, x: Any) -> Any:
    """The steps, taken from x, whose numbers are up to date."""
    face, noting = type(x), gradient_mode.enabled
    for op, params, evaluate, read, alias in steps:
        value, node = x._value, x._node
        y = evaluate(value)
        if type(y) is not np.ndarray:
            y = np.asarray(y)
        made = None
        if noting and node is not None and node.requires_grad:
            saved = (y if read[0] else None, (value if read[1] else node,))
            if noting is not True:
                saved = noting.kept((node,), saved)
            made = Node(op, (node,), params, y.shape, y.dtype, None, "", True, saved, True in read,
                        None, user_place(3))  # fmt: skip
            made.alias = alias
        handle = face.of(made, y)
        if op.unview is not None:
            handle._watch(x, op, params)
        x = handle
    return x


def remembering(tensor: type, f: Callable[..., Any]) -> Callable[..., Any]:
    """f, a function of a tensor first, and of plain options."""
    known: Known = {}

    @functools.wraps(f)
    def quick(*args: Any, **kwargs: Any) -> Any:
        x: Any = args[0] if args else None
        if type(x) is not tensor or not _are_plain(args[1:]):
            return f(*args, **kwargs)
        if kwargs and not _are_plain(tuple(kwargs.values())):
            return f(*args, **kwargs)
        if x._view is not None:
            x._refresh()
        value = x._value
        if value is None:
            return f(*args, **kwargs)
        key = (value.shape, value.dtype, args[1:], *map(type, args), *kwargs.items(),
               *map(type, kwargs.values()))  # fmt: skip  # as True is 1: var(True), var(1)
        steps = known.get(key, _MISSING)
        if steps is _MISSING:
            return _first(known, key, x, lambda x: f(x, *args[1:], **kwargs))
        if steps is None:
            return f(*args, **kwargs)
        try:
            return taken(steps, x)
        except _FAILS:  # told in the words of the function
            return f(*args, **kwargs)

    return quick


_MISSING: Any = object()


def _are_plain(args: tuple[Any, ...]) -> bool:
    """Whether the options are numbers, names or tuples of sizes: these tell themselves apart."""
    for a in args:
        kind = type(a)
        if kind not in _PLAIN and not ((kind is tuple) and _INTEGER.issuperset(map(type, a))):
            return False
    return True


def _first(known: Known, key: Hashable, x: Any, f: Callable[[Any], Any]) -> Any:
    """f(x), and which steps it takes noted for the next time."""
    y = f(x)
    if len(known) >= _MOST:
        known.clear()
    known[key] = None
    if type(y) is type(x) and y is not x and y._value is not None and y._value.dtype.kind == "f":
        known[key] = _observed(x, y, f)
    return y


def _observed(x: Any, y: Any, f: Callable[[Any], Any]) -> Steps | None:
    """The steps from x to y = f(x); what has no history is given one for once."""
    if y._node is not None and x._node is not None and x._node.requires_grad:
        return steps_between(x, y)
    value = x._value
    if value.dtype.kind != "f":
        return None
    twin = type(x).of(Node(None, (), None, value.shape, value.dtype, value, "", True), value)
    with enable_grad():
        return steps_between(twin, f(twin))


# --- parts


def getitem(known: Known, x: Any, key: Any) -> Any:
    """x[key]; slices and integers are remembered."""
    mark = _mark(key)
    if mark is None:
        return indexing.getitem(x, key)
    if x._view is not None:
        x._refresh()
    value = x._value
    if value is None:
        return indexing.getitem(x, key)
    likeness = (value.shape, value.dtype, mark)
    steps = known.get(likeness, _MISSING)
    if steps is _MISSING:
        return _first(known, likeness, x, lambda x: indexing.getitem(x, key))
    return indexing.getitem(x, key) if steps is None else taken(steps, x)


def _mark(key: Any) -> Hashable:
    """What tells a key of slices, integers, None and ... from others; None for another key."""
    kind = type(key)
    if kind is int:
        return key
    if kind is slice:
        return _mark_of_slice(key)
    if kind is not tuple:
        return None
    marks: list[Any] = []
    for part in key:
        mark = _mark_of_slice(part) if type(part) is slice else part
        if type(mark) not in _PARTS and (mark is None or type(part) is not slice):
            return None
        marks.append(mark)
    return ("key", *marks)


def _mark_of_slice(s: slice) -> Hashable:
    mark = (s.start, s.stop, s.step)
    return mark if _BOUNDS.issuperset(map(type, mark)) else None


_BOUNDS = frozenset({int, type(None)})
