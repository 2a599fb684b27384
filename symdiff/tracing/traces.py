"""The traces of one Python function: made from the arguments of a call, kept for calls like it.

Arguments are trees. Arrays, handles and Python floats are traced; all other leaves are static, part
of what makes two calls alike. A function that cannot be traced, or that would need too many traces,
is left to the tape.
"""

from __future__ import annotations

import functools
import inspect
import threading
import types
import weakref
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from codegen.garbage import collected_later

from ..compiling.compiler import CompiledOp
from ..graph.exact import is_number
from ..graph.node import Node
from ..graph.op import Aval, Op, aval_of
from ..handles.handle import Handle, NeedsValue
from ..handles.modes import enable_grad
from ..handles.numpy_face import Array
from ..handles.operands import refuse_other_meanings
from ..tensors.batching import Batched, bottom
from ..tensors.torch_face import Tensor
from .captures import captures, is_fixed
from .graphs import Graph, Inputs, alike, inputs_for, trace, with_history
from .guards import Guards
from .lots import keep_lots
from .rebinding import Rebinding
from .trees import Structure, flatten, leaf_count, unflatten

MOST_TRACES = 16  # beyond this many for one function, the tape
_MANY_NODES = 300  # up to here a function is always traced twice
_tracing = threading.RLock()


class Call(NamedTuple):
    """The arguments of one call, taken apart."""

    leaves: list[Any]
    structure: Structure
    traced: tuple[int, ...]  # which leaves are traced
    wanted: tuple[bool, ...]  # and which of these require a gradient
    key: Any  # equal for calls that may share a trace
    objects: tuple[Any, ...]  # static leaves that hold data of their own

    @property
    def values(self) -> list[Any]:
        return [self.leaves[k] for k in self.traced]

    def rebound(self, rebind: Callable[[Any], Any]) -> Call:
        """The same call with others in the place of static leaves."""
        leaves = enumerate(self.leaves)
        return self._replace(leaves=[x if k in self.traced else rebind(x) for k, x in leaves])

    @property
    def exact(self) -> Any:
        """Equal for calls of the same sizes too."""
        return (self.key, tuple(getattr(v, "shape", ()) for v in self.values))


class Trace(NamedTuple):
    """A graph of the function, and how its result is put together."""

    graph: Graph
    result: Structure
    names: tuple[str, ...]
    guards: Guards
    history: tuple[bool, ...]  # which results depend on something differentiable
    writes: bool  # whether the function wrote to an argument
    start: int  # older nodes were there before

    @property
    def captured(self) -> list[Any]:
        return [_held(n, n.seq > self.start) for n in self.graph.inputs[len(self.names) :]]


def _held(n: Node, inner: bool) -> Any:
    """What a leaf stands for: a tensor, what is differentiated outside, or just its value.

    Variables of derivatives within (`inner`, or of tensors that lived for the trace alone) vary
    for nobody else.
    """
    if n.owner is None:
        return Array.of(n, n.value) if n.requires_grad and not inner else n.value
    tensor = n.owner()
    return n.value if tensor is None else tensor


def _reads_histories(graph: Graph, start: int) -> bool:
    """Whether a graph goes on into what was recorded before: gradients would pass by its end."""
    return any(n.op is not None and n.requires_grad and n.seq < start for n in graph.nodes)


class Traces:
    """The traces of `f`, found by what the arguments are."""

    def __init__(self, f: Callable[..., Any]) -> None:
        self.reference = _reference(f)
        self.name = getattr(f, "__name__", "f").replace("<lambda>", "f")
        self.table: dict[Any, list[Trace]] = {}
        self.exact: dict[Any, Trace] = {}
        self._kept: dict[Any, dict[Any, Any]] = {}
        self.guards: list[Guards] = []
        self.count = 0
        self.untraceable: set[Any] = set()
        self.ops: dict[Any, CompiledOp] = {}

    @property
    def f(self) -> Callable[..., Any]:
        """The function: held weakly, since it is the key these traces are kept under."""
        f = self.reference()
        assert f is not None
        return f

    def compiled(self, trace: Trace, kind: Any, make: Callable[[Graph], Graph]) -> Op:
        """The op of what `make` makes of a trace; each kind is compiled once."""
        key = (id(trace.graph), kind)
        if key not in self.ops:
            with enable_grad(), collected_later():
                self.ops[key] = CompiledOp(make(trace.graph))
        return self.ops[key].op

    def kernel(self, trace: Trace, kind: Any) -> Any:
        """The kernel of an op that was compiled before."""
        return self.ops[(id(trace.graph), kind)].kernel

    def kept(self, *kind: Any) -> dict[Any, Any]:
        """What callers keep of calls of some kind, while guards hold."""
        return self._kept.setdefault(kind, {})

    def find(self, call: Call) -> Trace | None:
        """The trace that holds for this call, made if there is none; None means the tape.

        That is also where samples of a traced batch go: what is done with them joins that trace.
        """
        if any(isinstance(v, Batched) and bottom(v).is_traced for v in call.values):
            return None
        if not self.hold():
            self._forget()
        found = self.exact.get(call.exact)
        if found is None and call.exact not in self.untraceable:
            with _tracing:
                found = self._found(call, call.values)
        return found

    def hold(self) -> bool:
        """Whether all that f captured is what it was when it was traced."""
        return all(guards.unchanged() for guards in self.guards)

    def _forget(self) -> None:
        self.table, self.exact, self.ops, self.guards = {}, {}, {}, []
        self.untraceable = set()
        for calls in self._kept.values():
            calls.clear()

    def _found(self, call: Call, values: Sequence[Any]) -> Trace | None:
        if call.key in self.untraceable:
            return None
        found = self._admitting(call, values) or self._made(call, values)
        if found is not None:
            self.exact[call.exact] = found
        return found

    def _admitting(self, call: Call, values: Sequence[Any]) -> Trace | None:
        for known in self.table.get(call.key, ()):
            shapes = {n: getattr(v, "shape", ()) for n, v in zip(known.names, values)}
            sizes = {name: shapes[x][axis] for name, (x, axis) in known.graph.origins.items()}
            if known.graph.scope.admits(sizes):
                return known
        return None

    def _made(self, call: Call, values: Sequence[Any]) -> Trace | None:
        if self.count >= MOST_TRACES:
            return None
        self.count += 1
        guards = captures(self.f, *call.objects)
        guards.complete &= not (guards.asks_state and any(isinstance(v, Handle) for v in values))
        if guards.complete:  # else there will be no trace to watch over
            self.guards.append(guards)
        put_back = keep_lots(guards.drawing) if guards.complete and guards.chance else None
        made = self._traced_twice(call, values, guards) if guards.complete else None
        if put_back is not None:
            put_back()
        if made is None:
            self.untraceable.add(call.key)
            return None
        self.table.setdefault(call.key, []).append(made)
        return made

    def _traced_twice(self, call: Call, values: Sequence[Any], guards: Guards) -> Trace | None:
        """The trace with arrays rebound, or else without; a second one must not differ."""
        for rebinds in (True, False):
            first, pure = self._attempt(call, values, guards, rebinds)
            if first is not None and (guards.chance or len(first.graph.nodes) < _MANY_NODES):
                again, _ = self._attempt(call, values, guards, rebinds)
                if again is None or not alike(first.graph, again.graph):
                    return None
            if first is not None or not pure:
                return first
        return None

    def _attempt(
        self, call: Call, values: Sequence[Any], guards: Guards, rebinds: bool
    ) -> tuple[Trace | None, bool]:
        """A trace, and whether f left everything outside as it was."""
        rebinding = Rebinding()
        f = self.f
        if rebinds:
            f, call = rebinding.function(f), call.rebound(rebinding.rebound)
        guards.watch(rebinding.standing())
        asked = NeedsValue.so_far()
        made = self._traced(call, values, f, guards)
        pure = rebinding.untouched() and guards.hold()
        guards.put_back()
        known = asked == NeedsValue.so_far()
        return made if pure and known else None, pure

    def _traced(
        self, call: Call, values: Sequence[Any], f: Callable[..., Any], guards: Guards
    ) -> Trace | None:
        """The trace of f, or None if it fails: then the tape says why."""
        names = _labels(self.f, call)
        structures: list[Structure] = []
        written: list[bool] = []
        start = Node(None).seq

        def flat(*handles: Handle) -> list[Any]:
            before = [handle.node for handle in handles]
            out, structure = flatten(f(*with_traced(call, handles)))
            structures.append(structure)
            written.extend(h.node is not node for h, node in zip(handles, before))
            return out

        try:
            with enable_grad():
                graph = trace(self.name, flat, _inputs(names, call))
        except Exception:
            return None
        if _reads_histories(graph, start):
            return None
        history = with_history(graph)
        return Trace(graph, structures[0], tuple(names), guards, history, any(written), start)


def _reference(f: Callable[..., Any]) -> Callable[[], Callable[..., Any] | None]:
    """f held weakly where that is possible and of use: a bound method lives for one call."""
    if isinstance(f, types.MethodType):
        return lambda: f
    try:
        return weakref.ref(f)
    except TypeError:
        return lambda: f


_known: dict[int, tuple[weakref.ref[Any], Traces]] = {}


def traces_of(f: Callable[..., Any]) -> Traces:
    """The traces of f, the same for every transform that asks."""
    place = id(f)  # functions that are equal may yet differ
    found = _known.get(place)
    if found is not None and found[0]() is f:
        return found[1]
    made = Traces(f)
    if isinstance(made.reference, weakref.ref):  # else it would live as long as its entry
        _known[place] = (weakref.ref(f, functools.partial(_known.pop, place)), made)
    return made


def with_traced(call: Call, handles: Sequence[Any]) -> Any:
    """The arguments, with handles in the place of traced leaves."""
    leaves = list(call.leaves)
    for k, handle in zip(call.traced, handles, strict=True):
        leaves[k] = handle
    return unflatten(call.structure, leaves)


def taken_apart(args: tuple[Any, ...], differentiated: Sequence[int]) -> Call:
    """The leaves of the arguments; ints that are differentiated count as floats."""
    leaves: list[Any] = []
    structures, traced, kinds, objects, wanted = [], [], [], [], []
    for position, arg in enumerate(args):
        more, structure = flatten(arg)
        structures.append(structure)
        for leaf in more:
            refuse_other_meanings(leaf)
            if position in differentiated and (type(leaf) is int or isinstance(leaf, np.integer)):
                leaf = float(leaf)
            kind = _kind(leaf, position in differentiated)
            if kind is not None:
                traced.append(len(leaves))
                wanted.append(not isinstance(leaf, Handle) or kind[-1])
            elif not is_fixed(leaf):
                objects.append(leaf)
            kinds.append(kind if kind is not None else _static(leaf))
            leaves.append(leaf)
    structure = (tuple, None, tuple(structures))
    key = (structure, tuple(kinds))
    return Call(leaves, structure, tuple(traced), tuple(wanted), key, tuple(objects))


def _inputs(names: Sequence[str], call: Call) -> Inputs:
    """Leaves for what is traced of a call: those require a gradient that do in the call."""
    inputs = inputs_for(names, [_aval(v) for v in call.values])
    inputs.faces = [_face(v) for v in call.values]
    for leaf, wanted in zip(inputs.leaves, call.wanted):
        leaf.requires_grad = leaf.requires_grad and wanted
    return inputs


def _face(value: Any) -> type[Handle]:
    """The face under which a function meets a value; one sample of a batch is a tensor."""
    if isinstance(value, Batched):
        return Tensor
    return type(value) if isinstance(value, Handle) else Array


def _kind(leaf: Any, differentiated: bool) -> Any:
    """What a traced leaf is, but for its sizes; None if it is static."""
    if isinstance(leaf, (np.ndarray, np.generic)) and leaf.dtype.kind in "fiub":
        return (leaf.ndim, leaf.dtype)
    if isinstance(leaf, Handle):
        return (leaf.ndim, leaf.dtype, _face(leaf), differentiated or leaf.requires_grad)
    return float if isinstance(leaf, float) else None


def _static(leaf: Any) -> Any:
    """A likeness: by value where values cannot change, else by identity."""
    if isinstance(leaf, (str, bool, int, type(None))):
        return (type(leaf), leaf)
    if isinstance(leaf, (complex, bytes, range, slice)):
        return (type(leaf), repr(leaf))
    return _Same(leaf)


class _Same:
    """Equal to others of the same thing, which it keeps alive."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    def __hash__(self) -> int:
        return id(self.thing)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.thing is self.thing


def _aval(value: Any) -> Aval:
    return Aval((), float) if is_number(value) else aval_of(value)


def _labels(f: Callable[..., Any], call: Call) -> list[str]:
    """Names for the traced leaves: the parameters', numbered where one holds several."""
    try:
        parameters = list(inspect.signature(f).parameters)
    except (TypeError, ValueError):
        parameters = []
    names: list[str] = []
    for position, structure in enumerate(call.structure[2]):
        base = parameters[position] if position < len(parameters) else f"x{position}"
        count = leaf_count(structure)
        names += [base] if count == 1 and not structure else [f"{base}_{k}" for k in range(count)]
    names = [names[k] for k in call.traced]
    return [n if names.count(n) == 1 else f"{n}_{k}" for k, n in enumerate(names)]
