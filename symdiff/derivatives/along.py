"""Derivatives along a direction: jvp pushes tangents forward, vjp pulls cotangents back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..calculus.derivative import pushforward
from ..functions import reducing
from ..handles.backprop import gradients
from ..handles.handle import Handle
from ..handles.modes import enable_grad
from ..ops import elementwise as ew
from ..tracing.traces import Call, taken_apart, traces_of, with_traced
from ..tracing.transformed import Function
from ..tracing.trees import flatten, unflatten
from .calls import any_traced, arranged, derivative_like, differentiated, given_back, recorded
from .jitted import jit
from .ways import Wrt


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """The value of f at the primals, and its derivative along the tangents.

    >>> import numpy as np, symdiff as sd
    >>> y, dy = sd.jvp(lambda x: x**2, (np.array([1.0, 2.0]),), (np.array([1.0, 1.0]),))
    >>> dy
    array([2., 4.])
    """
    arguments = tuple(range(len(primals)))
    given, _ = flatten(tuple(tangents))

    call = taken_apart(tuple(primals), arguments)
    wrt = differentiated(f, call, arguments)
    if len(given) != len(wrt):
        raise TypeError(
            f"jvp: {len(wrt)} arrays are differentiated, but there are {len(given)} tangents"
        )
    traces = traces_of(f)
    trace = traces.find(call) if not any_traced([*call.values, *given]) else None
    if trace is None:
        return _taped_jvp(f, call, wrt, given)
    op = traces.compiled(trace, ("jvp", wrt), lambda graph: pushforward(graph, wrt))
    out = op(*call.values, *trace.captured, *map(np.asarray, given))
    count = len(trace.graph.outputs)
    back = [given_back(call.values, y) for y in out]
    return unflatten(trace.result, back[:count]), unflatten(trace.result, back[count:])


def _taped_jvp(f: Function, call: Call, wrt: Wrt, tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Pull back a seed u, then pull <pullback(u), tangent> back by u."""
    xs = [recorded(v, k in wrt) for k, v in enumerate(call.values)]
    with enable_grad():
        ys, result = flatten(f(*with_traced(call, xs)))
        pushed = [_taped_push(y, [xs[k] for k in wrt], tangents) for y in ys]
    return (
        unflatten(result, [given_back(call.values, y) for y in ys]),
        unflatten(result, [given_back(call.values, t) for t in pushed]),
    )


def _taped_push(y: Any, xs: Sequence[Handle], tangents: Sequence[Any]) -> Any:
    if not isinstance(y, Handle) or not y.requires_grad:
        return np.zeros(np.shape(y))
    u = recorded(np.zeros(y.shape, y.dtype), True)
    nodes = [x.node for x in xs]
    found = gradients(
        type(y), [y], [u], set(nodes).__contains__, retain_graph=True, create_graph=True
    )
    total = sum(
        (reducing.sum(ew.mul(found[n], t)) for n, t in zip(nodes, tangents) if n in found), 0.0
    )
    if not isinstance(total, Handle) or not total.requires_grad:
        return np.zeros(y.shape, y.dtype)
    seed = np.ones(total.shape, total.dtype)
    pushed = gradients(
        type(y), [total], [seed], {u.node}.__contains__, retain_graph=True, create_graph=False
    )
    return pushed.get(u.node, np.zeros(y.shape, y.dtype))


def vjp(f: Function, *primals: Any) -> tuple[Any, Callable[[Any], Any]]:
    """The value of f, and a function from a cotangent of it to the cotangents of the primals.

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
        self._arguments = tuple(range(len(primals)))
        self._call = call = taken_apart(primals, self._arguments)
        self._wrt = differentiated(f, call, self._arguments)
        self._xs = [recorded(v, k in self._wrt) for k, v in enumerate(call.values)]
        with enable_grad():
            self._ys, result = flatten(jit(f)(*with_traced(call, self._xs)))
        self.value = unflatten(result, [given_back(call.values, y) for y in self._ys])

    def __repr__(self) -> str:
        return f"<pullback of {getattr(self.f, '__name__', repr(self.f))}>"

    def __reduce__(self) -> tuple[Any, ...]:
        return Pullback, (self.f, self.primals)

    def __call__(self, cotangent: Any) -> tuple[Any, ...]:
        found = self._pulled(flatten(cotangent)[0])
        nodes = [self._xs[k].node for k in self._wrt]
        parts = [found.get(n, np.zeros(n.shape, n.dtype)) for n in nodes]
        given = [derivative_like(self._call.values[k], g) for k, g in zip(self._wrt, parts)]
        return arranged(self._call, self._wrt, given, self._arguments)

    def _pulled(self, seeds: Sequence[Any]) -> Any:
        wanted = {self._xs[k].node for k in self._wrt}
        pairs = [
            (y, np.asarray(g))
            for y, g in zip(self._ys, seeds, strict=True)
            if isinstance(y, Handle) and y.requires_grad
        ]
        return gradients(
            type(self._xs[0]), [y for y, _ in pairs], [g for _, g in pairs],
            wanted.__contains__, retain_graph=True, create_graph=False,
        )  # fmt: skip
