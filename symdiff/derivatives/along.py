"""Derivatives along a direction: jvp pushes tangents forward, vjp pulls cotangents back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..calculus.derivative import pushed, pushforward
from ..functions import reducing
from ..graph.node import Node
from ..graph.op import OpError
from ..handles.handle import Handle
from ..handles.modes import TAKEN, enable_grad, is_grad_enabled
from ..handles.operands import operand
from ..ops import elementwise as ew
from ..tensors.jacobians import pulled, zeros_unless
from ..tracing.traces import Call, Trace, Traces, taken_apart, traces_of, with_traced
from ..tracing.transformed import Function
from ..tracing.trees import Structure, flatten, unflatten
from .calls import (
    any_traced,
    arranged,
    as_handle,
    derivative_like,
    differentiated,
    given_back,
)
from .retrying import with_twin
from .runs import recorded, run, run_by
from .ways import Wrt

_LISTED = (tuple, list)
Pushed = tuple[list[Any], list[Any], Structure]


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of f at the primals, and its derivative along the tangents.

    Tangents have the shapes of the primals they belong to. A wrong number of them is a TypeError,
    a wrong shape a ValueError.

    >>> import numpy as np, symdiff as sd
    >>> y, dy = sd.jvp(lambda x: x**2, (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    >>> dy
    array([2., 4.])
    """
    if not (isinstance(primals, _LISTED) and isinstance(tangents, _LISTED)):
        raise TypeError("jvp: primals and tangents are tuples, as in jvp(f, (x,), (v,))")
    return with_twin(f, primals, lambda f: _jvp(f, tuple(primals), tangents))


def _jvp(f: Function, primals: tuple[Any, ...], tangents: Sequence[Any]) -> tuple[Any, Any]:
    call, wrt = _opened(f, primals)
    given = matching("jvp", "tangent", [call.values[k] for k in wrt], tangents)
    ys, slopes, result = _pushed(f, call, wrt, given)
    everything = [*call.values, *given]
    return (
        unflatten(result, [given_back(everything, y) for y in ys]),
        unflatten(result, [given_back(everything, t) for t in slopes]),
    )


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The value of f, and a function from a cotangent of it to the cotangents of the primals.

    A cotangent has the shape of the value; another one is a ValueError.

    >>> import numpy as np, symdiff as sd
    >>> y, pullback = sd.vjp(lambda x: x**2, np.array([1.0, 2.0]))
    >>> pullback(np.ones(2))
    (array([2., 4.]),)
    """
    pullback = Pullback(f, primals)
    return pullback.value, pullback


class Pullback:
    """From a cotangent of a function's value to those of its arguments; it pickles as these."""

    def __init__(self, f: Function, primals: tuple[Any, ...]) -> None:
        self.f, self.primals = f, primals
        self._call, self._wrt = call, wrt = _opened(f, primals)
        done = with_twin(
            f, primals, lambda f: run_by(lambda handles: _value(f, call, handles), call, wrt)
        )
        self._xs, self._ys, self._nested = done.xs, done.ys, done.nested
        values = [given_back(call.values, y) for y in done.values]
        self.value = unflatten(done.result, values)

    def __repr__(self) -> str:
        return f"<pullback of {getattr(self.f, '__name__', repr(self.f))}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Pullback, (self.f, self.primals)

    def __call__(self, cotangent: Any) -> tuple[Any, ...]:
        seeds = matching("vjp", "cotangent", self._ys, cotangent)
        keep = self._nested or any(map(_varies, seeds))
        with TAKEN:
            parts = pulled(self._ys, self._xs, seeds, create_graph=keep)
        likes = [self._call.values[k] for k in self._wrt]
        found = [zeros_unless(g, x) for g, x in zip(parts, self._xs)]
        given = [derivative_like(x, g) for x, g in zip(likes, found)]
        return arranged(self._call, self._wrt, given, tuple(range(len(self.primals))))


def _opened(f: Function, primals: tuple[Any, ...]) -> tuple[Call, Wrt]:
    arguments = tuple(range(len(primals)))
    call = taken_apart(primals, arguments)
    return call, differentiated(f, call, arguments)


def matching(name: str, kind: str, likes: Sequence[Any], given: Any) -> list[Any]:
    """The leaves of a tree of tangents or cotangents, each in the shape of what it belongs to."""
    leaves = [operand(leaf) for leaf in flatten(given)[0]]
    if len(leaves) != len(likes):
        raise TypeError(f"{name}: {len(leaves)} {kind}s are given, {len(likes)} are needed")
    for leaf, like in zip(leaves, likes):
        if tuple(np.shape(leaf)) != tuple(np.shape(like)):
            raise OpError(
                f"{name}: a {kind} has the shape {tuple(np.shape(leaf))}, "
                f"what it belongs to {tuple(np.shape(like))}"
            )
    return leaves


def _varies(x: Any) -> bool:
    """Whether x is being differentiated, too."""
    return isinstance(x, Handle) and (x.is_traced or x.requires_grad)


def _value(f: Function, call: Call, xs: Sequence[Any]) -> Any:
    """f of these handles, compiled where it can be."""
    traces = traces_of(f)
    trace = None if any_traced(xs) else traces.find(call)
    if trace is None:
        return f(*with_traced(call, xs))
    return unflatten(trace.result, _applied(traces, trace, "value", lambda graph: graph, xs))


def _applied(
    traces: Traces, trace: Trace, kind: Any, make: Callable[[Any], Any], inputs: Sequence[Any]
) -> list[Any]:
    """All results of what `make` makes of a trace, compiled; captures stand after the values."""
    count = len(trace.names)
    out = traces.compiled(trace, kind, make)(*inputs[:count], *trace.captured, *inputs[count:])
    return list(out) if isinstance(out, tuple) else [out]


# --- forward, three ways: compiled, within a trace, on the tape


def _pushed(f: Function, call: Call, wrt: Wrt, tangents: Sequence[Any]) -> Pushed:
    if any_traced([*call.values, *tangents]):
        return _inlined(f, call, wrt, tangents)
    traces = traces_of(f)
    trace = traces.find(call)
    if trace is None:
        return _taped(f, call, wrt, tangents)
    inputs = [*call.values, *tangents]
    out = _applied(traces, trace, ("jvp", wrt), lambda graph: pushforward(graph, wrt), inputs)
    count = len(trace.graph.outputs)
    return out[:count], out[count:], trace.result


def _inlined(f: Function, call: Call, wrt: Wrt, tangents: Sequence[Any]) -> Pushed:
    done = run(f, call, wrt)
    nodes, ts = [x.node for x in done.xs], [as_handle(t).node for t in tangents]
    slopes = [
        pushed(y.node, nodes, ts) if isinstance(y, Handle) else np.zeros_like(y) for y in done.ys
    ]
    face = type(done.xs[0])
    return done.ys, [face.of(t) if isinstance(t, Node) else t for t in slopes], done.result


def _taped(f: Function, call: Call, wrt: Wrt, tangents: Sequence[Any]) -> Pushed:
    """Pull back a seed u, then pull <pullback(u), tangent> back by u."""
    done, outer = run(f, call, wrt), is_grad_enabled()
    keep = done.nested or (outer and any(map(_varies, tangents)))
    with enable_grad():
        slopes = [_taped_push(y, done.xs, tangents, keep) for y in done.ys]
    return done.values, slopes, done.result


def _taped_push(y: Any, xs: Sequence[Handle], tangents: Sequence[Any], keep: bool) -> Any:
    if not isinstance(y, Handle) or not y.requires_grad:
        return np.zeros(np.shape(y))
    u = recorded(np.zeros(y.shape, np.dtype(y.dtype)), True)
    parts = pulled([y], xs, [u], create_graph=True)
    products = [reducing.sum(ew.mul(g, t)) for g, t in zip(parts, tangents) if g is not None]
    (slope,) = pulled([sum(products, 0.0)], [u], [np.ones(())], create_graph=keep)
    return zeros_unless(slope, y)
