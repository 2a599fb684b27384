"""The graph: what was computed from what. It is the tape, the trace and the formula alike."""

from __future__ import annotations

import itertools
import operator
import sys
from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any

import numpy as np

from .exact import is_number, kind_of
from .extents import Extent, Shape, key
from .op import Aval, Op, strong_dtype

Place = tuple[CodeType, int]
_FLOAT = np.dtype(np.float64)
_counter = itertools.count()
_ours: set[int] = set()  # the global names of our modules, and NumPy's
_users: list[Any] = [None]  # those of the user's code that ran last
_PACKAGE = __name__.partition(".")[0]


class Node:
    """`op(*args, **params)`; a leaf has no op. Never changed once made, but for `saved`.

    An argument is a Node, or a number. A leaf is a constant (`value`), a traced input (`label`)
    or the place where a gradient is wanted (`owner`). `saved` holds, for an eager node, its result
    and its arguments as far as the pullback `reads` them, until a backward pass frees them. `alias`
    is what users called that made it, where that is not the op.
    """

    __slots__ = (
        "__weakref__",
        "alias",
        "args",
        "dtype",
        "hooks",
        "label",
        "op",
        "outs",
        "owner",
        "params",
        "place",
        "reads",
        "requires_grad",
        "saved",
        "seq",
        "shape",
        "value",
    )  # fmt: skip

    def __init__(
        self,
        op: Op | None,
        args: tuple[Any, ...] = (),
        params: dict[str, Any] | None = None,
        shape: Shape = (),
        dtype: Any = _FLOAT,
        value: Any = None,
        label: str = "",
        requires_grad: bool = False,
        saved: tuple[Any, ...] | None = None,
        reads: bool = False,
        outs: tuple[Aval, ...] | None = None,
        place: Place | None = None,
    ) -> None:
        self.op, self.args, self.params = op, args, params or {}
        self.shape, self.dtype, self.outs = shape, dtype, outs
        self.seq = next(_counter)
        self.value, self.label, self.requires_grad = value, label, requires_grad
        self.saved, self.reads = saved, reads
        self.hooks: dict[int, Callable[..., Any]] | None = None
        self.owner: Any = None
        self.place = place
        self.alias = ""

    @property
    def aval(self) -> Aval:
        return Aval(self.shape, self.dtype)

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        shape = ", ".join(map(str, self.shape))
        if self.op is None:
            what = self.label or (
                "leaf" if self.value is None else f"constant {_short(self.value)}"
            )
            return f"<{what}: {self.dtype}[{shape}]>"
        args = ", ".join(f"%{a.seq}" if isinstance(a, Node) else repr(a) for a in self.args)
        params = "".join(f", {k}={v}" for k, v in self.params.items())
        return f"<%{self.seq} = {self.op.name}({args}{params}): {self.dtype}[{shape}]>"


def _short(value: Any) -> str:
    return str(value) if np.size(value) == 1 else f"array{np.shape(value)}"


def constant(value: Any, label: str = "") -> Node:
    """A leaf with a value: an array, or a number on its own."""
    if type(value) is np.ndarray:
        return Node(None, (), None, value.shape, value.dtype, value, label)
    if is_number(value):
        return Node(None, dtype=kind_of(value), value=value, label=label)
    if isinstance(value, Extent):
        return Node(None, dtype=int, value=value, label=label)
    array = np.asarray(value)
    return Node(None, shape=array.shape, dtype=array.dtype, value=array, label=label)


def leaf(shape: Shape, dtype: Any, label: str = "") -> Node:
    return Node(None, shape=shape, dtype=strong_dtype(dtype), label=label)


def with_args(node: Node, args: tuple[Any, ...]) -> Node:
    """The same op and params on other arguments (of the same shapes)."""
    return Node(node.op, args, node.params, shape=node.shape, dtype=node.dtype, outs=node.outs,
                requires_grad=node.requires_grad, place=node.place)  # fmt: skip


def on(node: Node, args: tuple[Any, ...]) -> Node:
    """The node itself if these are its arguments, else one like it that has them."""
    return node if all(map(operator.is_, args, node.args)) else with_args(node, args)


def parents(node: Node) -> Iterable[Node]:
    return (a for a in node.args if isinstance(a, Node))


def topological(*roots: Node) -> list[Node]:
    """Every node the roots depend on, arguments before users: those are younger."""
    seen, stack = set(roots), list(roots)
    while stack:
        for arg in stack.pop().args:
            if isinstance(arg, Node) and arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return sorted(seen, key=lambda node: node.seq)


def is_small(root: Node, most: int) -> bool:
    """Whether the root depends on at most so many nodes."""
    seen, stack = {root}, [root]
    while stack and len(seen) <= most:
        for arg in stack.pop().args:
            if type(arg) is Node and arg not in seen:
                seen.add(arg)
                stack.append(arg)
    return len(seen) <= most


def identity(node: Node, args: tuple[Any, ...]) -> Any:
    """What makes two nodes the same: op, arguments and parameters; None if nothing does."""
    try:
        parts = tuple([("node", id(a)) if isinstance(a, Node) else key(a) for a in args])
        params = tuple([(k, key(v)) for k, v in sorted(node.params.items())])
        identity = (node.op, parts, params)
        hash(identity)
    except TypeError:
        return None
    return identity


def user_place(depth: int = 2) -> Place | None:
    """The line outside symdiff that is being run: kept as code and offset, read when asked.

    The `depth` innermost calls are known to be ours.
    """
    frame = sys._getframe(depth)
    while frame is not None:
        space = frame.f_globals
        if space is _users[0]:
            return frame.f_code, frame.f_lasti
        if id(space) not in _ours:
            name = space.get("__name__", "")
            if not name.startswith((_PACKAGE, "numpy")):
                _users[0] = space
                return frame.f_code, frame.f_lasti
            if getattr(sys.modules.get(name), "__dict__", None) is space:
                _ours.add(id(space))  # modules stay, code that was made in passing does not
        frame = frame.f_back
    return None


def line_of(place: Place | None) -> tuple[str, int] | None:
    """File and line of a place."""
    if place is None:
        return None
    code, offset = place
    for start, stop, line in code.co_lines():
        if start <= offset < stop and line is not None:
            return code.co_filename, line
    return code.co_filename, code.co_firstlineno
