"""The nodes of the tape as PyTorch's users see them: `y.grad_fn` and where it leads."""

from __future__ import annotations

import linecache
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from ..graph.node import Node, line_of
from ..handles.handle import pick
from ..ops.elementwise import where
from .hooks import RemovableHandle


class GradFn:
    """The operation a tensor came from, by PyTorch's name.

    >>> import symdiff as sd
    >>> x = sd.ones(2, requires_grad=True)
    >>> (x.exp() * 2).grad_fn.next_functions[0][0].name()
    'ExpBackward0'
    """

    __slots__ = ("_node",)

    def __new__(cls, node: Node) -> GradFn:
        return object.__new__(_class_of(name_of(node)))

    def __init__(self, node: Node) -> None:
        self._node = node

    def name(self) -> str:
        return name_of(self._node)

    @property
    def next_functions(self) -> tuple[tuple[GradFn | None, int], ...]:
        """Where the gradients go on to, one entry an argument; None where no gradient is wanted.

        Places that are read or written, and conditions, do not count as arguments.
        """
        node = source_of(self._node)
        chooses = node.op is where or (node.op is not None and node.op.family == "index")
        return tuple(_edge(a) for a in node.args if not (chooses and _is_place(a)))

    @property
    def variable(self) -> Any:
        """The leaf whose `.grad` is filled here."""
        if self._node.op is not None or self._node.owner is None:
            raise AttributeError(f"{self.name()} has no variable: it fills no .grad")
        return self._node.owner()

    def register_prehook(self, hook: Callable[[tuple[Any, ...]], Any]) -> RemovableHandle:
        """Call `hook((grad,))` before the gradient is pulled back; a tuple that it returns takes
        its place.
        """
        if self._node.op is pick:
            raise NotImplementedError(
                f"{self.name()} has several results; register a hook on each of them"
            )

        def before(g: Any) -> Any:
            new = hook((g,))
            return new[0] if isinstance(new, tuple) else new

        if self._node.hooks is None:
            self._node.hooks = {}
        return RemovableHandle(self._node.hooks, before)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GradFn) and other._node is self._node

    def __hash__(self) -> int:
        return hash(self._node)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {hex(id(self._node))}>"


@lru_cache(maxsize=1024)
def _class_of(name: str) -> type[GradFn]:
    """A class by the operation's name: `type(y.grad_fn).__name__` is what drawings of graphs ask."""
    return type(name, (GradFn,), {"__slots__": (), "__module__": "builtins"})


def _is_place(arg: Any) -> bool:
    return np.dtype(getattr(arg, "dtype", float)).kind in "biu"


def _edge(arg: Any) -> tuple[GradFn | None, int]:
    if not isinstance(arg, Node) or not arg.requires_grad:
        return None, 0
    return GradFn(arg), arg.params.get("which", 0) if arg.op is pick else 0


def source_of(node: Node) -> Node:
    """The node itself; for one of several results the node of all of them."""
    return node.args[0] if node.op is pick else node


def name_of(node: Node) -> str:
    """`AddBackward0` and the like."""
    node = source_of(node)
    op = node.op
    if op is None:
        return "AccumulateGrad"
    if node.alias:
        return node.alias
    known = op.backward(node.args, node.params) if callable(op.backward) else op.backward
    return known or "".join(w.capitalize() for w in op.name.split("_")) + "Backward0"


def called_at(node: Node) -> str:
    """The line of the user's program that made a node, as a traceback shows it."""
    line = line_of(source_of(node).place)
    if line is None:
        return "No forward pass information available."
    file, number = line
    source = linecache.getline(file, number).strip()
    return f'  File "{file}", line {number}' + (f"\n    {source}" if source else "")
