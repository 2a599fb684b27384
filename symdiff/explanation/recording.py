"""One run of a function or a tensor's past, played again: values forward, gradients backward.

Knows the graph and its numbers; knows no text but the names that users gave.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FrameType
from typing import Any

import numpy as np

from ..derivatives.retrying import with_twin
from ..derivatives.runs import recorded
from ..formulas.deriving import Names, fresh
from ..graph.node import Node, topological
from ..graph.op import OpError, evaluated
from ..handles.handle import Handle, pick
from ..handles.modes import enable_grad
from ..handles.sweep import pull, sweep
from ..tensors.torch_face import Tensor
from ..tracing.trees import Structure, flatten, unflatten
from .opening import opened, uncompiled

Function = Callable[..., Any]
Part = tuple[Node, Any]  # a neighbour, and what it sends or is sent


@dataclass
class Recording:
    """What happened: each node's value and gradient, and what came and went along each edge.

    `asked` holds the code that asked: its lines tell nothing about the function.
    """

    roots: list[Node]
    nodes: list[Node]
    names: Names
    values: dict[Node, Any] = field(default_factory=dict)
    gradients: dict[Node, Any] = field(default_factory=dict)
    arriving: dict[Node, list[Part]] = field(default_factory=dict)
    leaving: dict[Node, list[Part]] = field(default_factory=dict)
    masked: set[Node] = field(default_factory=set)
    asked: frozenset[CodeType] = frozenset()

    def saved(self, node: Node) -> tuple[Any, tuple[Any, ...]]:
        """Result and arguments of a step, as its pullback takes them."""
        return self.values[node], arguments(node, self.values)


def arguments(node: Node, values: dict[Node, Any]) -> tuple[Any, ...]:
    return tuple(values[a] if isinstance(a, Node) else a for a in node.args)


def called(f: Function, args: Sequence[Any]) -> tuple[list[Handle], list[Node], Names]:
    """Results and leaves of f on the tape, with the names that its variables had at its end."""
    f = uncompiled(f)
    leaves, structure = flatten(tuple(args))
    wanted = [wants_gradient(x) for x in leaves]
    xs = [recorded(_alone(x), w) for x, w in zip(leaves, wanted)]
    given = [x if w else leaf for x, leaf, w in zip(xs, leaves, wanted)]
    nodes = [x.node for x in xs]  # as they are before f writes into them
    names = Names(None)
    with enable_grad(), np.errstate(all="ignore"), _watching(f, names):
        out = with_twin(f, args, lambda g: g(*unflatten(structure, given)))
    _note_outside(f, names)
    ys = [y for y in flatten(out)[0] if isinstance(y, Handle)]
    for name, node in zip(parameters(f, args), nodes):
        names.nodes[id(node)] = name
    return ys, [node for node, w in zip(nodes, wanted) if w], names


def _alone(x: Any) -> Any:
    """An argument without the history that it has outside the function; an int as a float."""
    if isinstance(x, Handle) and not x.is_traced:
        return type(x).of(None, x.value)
    return float(x) if type(x) is int else x


def wants_gradient(x: Any) -> bool:
    """Whether a leaf of the arguments is differentiated; a plain int counts as a float."""
    if isinstance(x, (Handle, np.ndarray, np.generic)):
        return np.dtype(x.dtype).kind == "f"
    return type(x) in (int, float)


def named(f: Function, args: Sequence[Any]) -> list[str]:
    """A name for each argument: that of the parameter, if it has one of its own."""
    try:
        known = [
            p.name for p in inspect.signature(f).parameters.values() if p.kind != p.VAR_POSITIONAL
        ]
    except (TypeError, ValueError):
        known = []
    return [known[k] if k < len(known) else f"x{k}" for k in range(len(args))]


def parameters(f: Function, args: Sequence[Any]) -> Iterator[str]:
    """A name for each leaf of the arguments: p_w for p["w"], p_0 for p[0]."""
    taken: set[str] = set()
    for base, arg in zip(named(f, args), args):
        for path in _paths(base, flatten(arg)[1]):
            name = fresh(path, taken)
            taken.add(name)
            yield name


def _paths(base: str, structure: Structure) -> Iterator[str]:
    """The names of a tree's leaves, by keys that are words, or else by places."""
    if not structure:
        yield base
        return
    _, keys, parts = structure
    for k, part in enumerate(parts):
        named = f"{base}_{keys[k]}" if keys else ""
        yield from _paths(named if named.isidentifier() else f"{base}_{k}", part)


@contextmanager
def _watching(f: Function, names: Names) -> Iterator[None]:
    """Note f's variables each time it returns."""
    code = getattr(inspect.unwrap(f), "__code__", None)
    before = sys.getprofile()

    def at_return(frame: FrameType, event: str, _: Any) -> None:
        if event == "return" and frame.f_code is code:
            for name, value in frame.f_locals.items():
                names.note(name, value)

    sys.setprofile(at_return)
    try:
        yield
    finally:
        _resume(before)


def _resume(profile: Any) -> None:
    """Let whoever was watching go on; a profiler written in C begins by a method."""
    if profile is None or callable(profile):
        sys.setprofile(profile)
    else:
        profile.enable()


def _note_outside(f: Function, names: Names) -> None:
    if not inspect.isfunction(inspect.unwrap(f)):
        return
    outside = inspect.getclosurevars(inspect.unwrap(f))
    for name, value in {**outside.nonlocals, **outside.globals}.items():
        names.note(name, value)


def played(
    roots: Sequence[Node], names: Names, asked: frozenset[CodeType] = frozenset()
) -> Recording:
    """The values of all that these depend on, and the gradients of the sum of all their numbers."""
    roots = opened(roots, names)
    recording = Recording(roots, topological(*roots), names, asked=asked)
    with np.errstate(all="ignore"):
        for node in recording.nodes:
            recording.values[node] = value_of(node, recording.values)
        _sweep(recording)
    return recording


def value_of(node: Node, values: dict[Node, Any]) -> Any:
    """The value of a node from those of its arguments."""
    if node.op is None:
        if node.value is None:
            raise OpError("explain: this array is being traced; explain the function instead")
        return np.asarray(node.value)
    xs = arguments(node, values)
    if node.op is pick:
        return xs[0][node.params["which"]]
    return evaluated(node.op, xs, node.params)


def _sweep(recording: Recording) -> None:
    def step(node: Node, g: Any, saved: Any, needed: tuple[bool, ...], masked: bool) -> Any:
        found = pull(node, g, saved, needed, masked)
        parts = [part.value if isinstance(part, Handle) else part for part in found]
        if masked:
            recording.masked.add(node)
        for arg, part, need in zip(node.args, parts, needed):
            if need and part is not None:
                recording.leaving.setdefault(node, []).append((arg, part))
                recording.arriving.setdefault(arg, []).append((node, part))
        return parts

    seeds = [(y, np.ones(y.shape, y.dtype)) for y in recording.roots if y.requires_grad]
    if seeds:
        sweep(seeds, lambda n: n.op is None and n.requires_grad, recording.saved, step=step,
              passing=recording.gradients.__setitem__)  # fmt: skip


def origin(x: Handle) -> Node:
    """What a gradient is the gradient of; any other tensor itself."""
    if not isinstance(x, Tensor) or not x._past or x.requires_grad:
        return x.node
    y = x._past[-1].y()
    if y is None:
        raise OpError("what this gradient was computed from is gone; keep the result")
    return y


def recordings(what: Handle | Function, args: Sequence[Any], names: Names) -> list[Recording]:
    """A recording of each array that a tensor is, or that a function gives for these arguments."""
    check_asked(what, args)
    if isinstance(what, Handle):
        return [played([origin(what)], names)]
    asked = asking()
    ys, _, names = called(what, args)
    return [played([y.node], names, asked) for y in ys]


def check_asked(what: Any, args: Sequence[Any]) -> None:
    """A tensor stands alone, a function with its arguments; nothing else has a history."""
    if isinstance(what, Handle) and args:
        raise OpError("a tensor takes no arguments here; give the function instead")
    if not isinstance(what, Handle) and not callable(what):
        raise OpError(f"{type(what).__name__} is neither a tensor nor a function to be explained")


def asking() -> frozenset[CodeType]:
    """The code of all that is being run right now."""
    frame, codes = sys._getframe(1), set()
    while frame is not None:
        codes.add(frame.f_code)
        frame = frame.f_back
    return frozenset(codes)
