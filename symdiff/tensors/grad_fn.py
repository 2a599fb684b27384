"""The nodes of the tape as PyTorch's users see them: `y.grad_fn` and where it leads."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple
from weakref import WeakKeyDictionary, WeakValueDictionary

import numpy as np

from ..graph.node import Node, line_of
from ..handles.handle import Handle, pick
from ..handles.packing import opened
from ..handles.sweep import FreedError
from ..ops.elementwise import where
from .hooks import RemovableHandle

Grads = tuple[Any, ...]
_PLACES = {"_saved_self": 0, "_saved_other": 1, "_saved_exponent": 1}  # of arguments, by their name
_ARITHMETIC = frozenset({"add", "sub", "mul", "div"})
_OF_AUTOGRAD = frozenset({"AccumulateGrad", "CopyBackwards", "CopySlices"})


class GradFn:
    """The operation a tensor came from, by PyTorch's name.

    >>> import symdiff as sd
    >>> x = sd.ones(2, requires_grad=True)
    >>> (x.exp() * 2).grad_fn.next_functions[0][0].name()
    'ExpBackward0'
    """

    __slots__ = ("__weakref__", "_face", "_node")
    requires_grad: ClassVar[bool] = True

    def __new__(cls, node: Node, face: type[Handle]) -> GradFn:
        """One for each node, and for all results of an operation that has several."""
        node = source_of(node)
        self = _known.get(node)
        if self is None:
            self = object.__new__(_class_of(name_of(node), context_of(node) is not None))
            self._node, self._face = node, face
            _known[node] = self
        return self

    def name(self) -> str:
        name = name_of(self._node)
        return f"torch::autograd::{name}" if name in _OF_AUTOGRAD else name

    @property
    def metadata(self) -> dict[Any, Any]:
        """What users note of the step; it lives as long as the step does."""
        return _notes.setdefault(self._node, {})

    def _sequence_nr(self) -> int:
        """Operations that were done later have greater numbers."""
        return self._node.seq

    @property
    def next_functions(self) -> tuple[tuple[GradFn | None, int], ...]:
        """Where the gradients go on to, one entry an argument; None where no gradient is wanted.

        Places that are read or written, and conditions, do not count as arguments.
        """
        return tuple(self._edge(self._node.args[k]) for k in _ways_on(self._node))

    def _edge(self, arg: Any) -> tuple[GradFn | None, int]:
        if not isinstance(arg, Node) or not arg.requires_grad:
            return None, 0
        return GradFn(arg, self._face), result_of(arg)

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
        if self._node.outs is not None:
            raise NotImplementedError(
                f"{self.name()} has several results; register a hook on each of them"
            )
        return _registered(self._node, Before(hook))

    def register_hook(self, hook: Callable[[Grads, Grads], Grads | None]) -> RemovableHandle:
        """Call `hook(grad_inputs, grad_outputs)` after the gradient was pulled back, whose results
        are the former; a tuple that it returns takes their place.
        """
        if self._node.op is None:
            raise NotImplementedError(
                "AccumulateGrad: use .variable.register_post_accumulate_grad_hook"
            )
        return _registered(self._node, After(hook))

    def __getattr__(self, name: str) -> Any:
        """What a step keeps: `_saved_self`, `_saved_result`; of a Function all that its ctx has."""
        if not name.startswith("__"):
            if context_of(self._node) is not None:
                return getattr(context_of(self._node), name)
            found = self._kept(self._node, name)
            if found is not None:
                return found
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def _kept(self, node: Node, name: str) -> Any:
        """A value that the pullback reads, as a tensor with its history; numbers as they are."""
        place = _PLACES.get(name, -1)
        if name != "_saved_result" and not 0 <= place < len(node.args):
            return None
        if node.saved is None:
            raise FreedError
        kept, origin = (
            (node.saved[0], node) if place < 0 else (node.saved[1][place], node.args[place])
        )
        kept = opened(kept)
        if not isinstance(kept, np.ndarray):
            return None if isinstance(kept, Node) else kept
        owner = origin.owner() if isinstance(origin, Node) and origin.owner is not None else None
        return self._face.of(origin, kept) if owner is None else owner

    def __repr__(self) -> str:
        kind = type(self)
        module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
        return f"<{module}{kind.__name__} object at {hex(id(self))}>"


class GradientEdge(NamedTuple):
    """Where a gradient passes on the tape: a step and which of its results; a tensor there."""

    node: GradFn
    output_nr: int
    ownership_token: Any


_known: WeakValueDictionary[Node, GradFn] = WeakValueDictionary()
_notes: WeakKeyDictionary[Node, dict[Any, Any]] = WeakKeyDictionary()


@lru_cache(maxsize=1024)
def _class_of(name: str, own: bool) -> type[GradFn]:
    """A class by the operation's name: `type(y.grad_fn).__name__` is what drawings of graphs ask."""
    module = "torch.autograd.function" if own else "builtins"
    return type(name, (GradFn,), {"__slots__": (), "__module__": module})


def _ways_on(node: Node) -> list[int]:
    """Which arguments gradients may go on to; numbers count in sums and products, as the last."""
    chooses = node.op is where or (node.op is not None and node.op.family == "index")
    ways = [k for k, a in enumerate(node.args) if not (chooses and _is_place(a))]
    if node.op is where:
        return ways
    tensors = [k for k in ways if isinstance(node.args[k], Node)]
    counts = node.op is not None and node.op.name in _ARITHMETIC and "Rsub" not in name_of(node)
    return tensors + [k for k in ways if counts and k not in tensors]


def _is_place(arg: Any) -> bool:
    return np.dtype(getattr(arg, "dtype", float)).kind in "biu"


class Before:
    """A hook of a step: it runs after those of the tensor that the step gave."""

    def __init__(self, hook: Callable[[Grads], Any]) -> None:
        self.hook = hook

    def __call__(self, g: Any) -> Any:
        new = self.hook((g,))
        return new[0] if isinstance(new, tuple) else new


class After:
    """A hook that runs after a step; what arrives before it, it leaves alone."""

    registered: ClassVar[bool] = False  # whether there has ever been one

    def __init__(self, hook: Callable[[Grads, Grads], Grads | None]) -> None:
        self.hook, After.registered = hook, True

    def __call__(self, g: Any) -> None: ...

    def replaced(self, given: Grads, outer: Grads) -> Grads:
        """What the hook makes of the gradients of the arguments: one for each, or nothing."""
        new = self.hook(given, outer)
        if new is None:
            return given
        if not isinstance(new, tuple):
            raise TypeError(f"expected tuple, but hook returned {type(new).__name__!r}")
        if len(new) != len(given):
            raise RuntimeError(
                f"hook {called(self.hook)!r} has returned an incorrect number of values "
                f"(got {len(new)}, but expected {len(given)})"
            )
        return new


def called(hook: Callable[..., Any]) -> str:
    """What a hook is called in errors."""
    return getattr(hook, "__name__", type(hook).__name__)


def _registered(node: Node, hook: Callable[[Any], Any]) -> RemovableHandle:
    return RemovableHandle(shared_hooks(node), hook)


def shared_hooks(node: Node) -> dict[int, Callable[..., Any]]:
    """The hooks of a node, to be added to."""
    if node.hooks is None:
        node.hooks = {}
    return node.hooks


def hooked(step: Callable[..., Sequence[Any]], face: type[Handle], keep: bool) -> Any:
    """A step of the sweep, after which the hooks of its node have a say."""

    def run(node: Node, g: Any, saved: Any, needed: Sequence[bool], masked: bool) -> Any:
        parts = list(step(node, g, saved, needed, masked))
        outer = tuple(_shown(part, face) for part in (g if isinstance(g, tuple) else (g,)))
        for after in [h for h in (node.hooks or {}).values() if isinstance(h, After)]:
            ways = _ways_on(node)
            given = tuple(_shown(parts[k], face) if needed[k] else None for k in ways)
            for k, old, new in zip(ways, given, after.replaced(given, outer)):
                if new is not old:
                    parts[k] = new if keep or new is None else new.value
        return parts

    return run


def _shown(g: Any, face: type[Handle]) -> Any:
    return None if g is None else face.holder(g)


def context_of(node: Node) -> Any:
    """The ctx of a Function's step, None for others."""
    return getattr(node.op and node.op.pullback, "ctx", None)


def source_of(node: Node) -> Node:
    """The node itself; for one of several results the node of all of them."""
    return node.args[0] if node.op is pick else node


def result_of(node: Node) -> int:
    """Which of the results of its operation this is."""
    return node.params["which"] if node.op is pick else 0


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
