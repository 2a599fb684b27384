"""Derivatives of functions: grad, value_and_grad, jacobian, hessian, nth, jvp, vjp, hvp, jit.

Each traces its function once for all sizes and compiles the derivative; where tracing meets a
number that is not known yet, the tape gives the same result.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from codegen import Kernel

from ..calculus.derivative import nth_derivative, pushforward
from ..functions import reducing
from ..graph.op import Op
from ..handles.backprop import gradients
from ..handles.handle import Handle
from ..handles.modes import enable_grad
from ..ops import elementwise as ew
from ..tracing.graphs import Graph
from ..tracing.traces import Call, Trace, taken_apart, traces_of, with_traced
from ..tracing.trees import flatten, unflatten
from .calls import (
    Argnums,
    arranged,
    bound,
    check_scalar,
    derivative_like,
    differentiated,
    given_back,
    positions_of,
    recorded,
)
from .into import fill, filling_call, has_parameter, targets
from .quick import gradient_call, is_plain, is_simple, signature_of
from .ways import GRADIENT, JACOBIAN, Outcome, Way, Wrt, by_inlining, by_tape

Function = Callable[..., Any]


class Derivative:
    """One kind of derivative of one function, with its traces and kernels."""

    def __init__(self, f: Function, argnums: Argnums, way: Way, compile: bool = True) -> None:
        self.f, self.argnums, self.way, self.compile = f, argnums, way, compile
        self.traces = traces_of(f)
        self._quick = self.traces.quick.setdefault((way, str(argnums)), {})
        self._kernels = self.traces.quick.setdefault((way, str(argnums), "kernel"), {})
        self._filling = self.traces.quick.setdefault((way, str(argnums), "out"), {})

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """The value of f, and its derivatives in place of f's results."""
        if not kwargs:
            quick = self._quick.get(signature_of(args))
            if quick is not None and self.traces.hold():
                return quick(args)
        args = bound(self.f, args, kwargs)
        positions = positions_of(self.argnums, len(args))
        call = taken_apart(args, positions)
        wrt = differentiated(self.f, call, positions)
        outcome = self._outcome(call, wrt)
        self._remember(args, call, wrt)
        return self._values(call, outcome), self._derivatives(call, wrt, outcome)

    def filled(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        """As a call, but the keyword `out`, unless f has one of that name, takes the gradients."""
        if "out" not in kwargs or self._names_out:
            return self(args, kwargs)
        rest = dict(kwargs)
        out = rest.pop("out")
        return self(args, rest) if out is None else self._into(out, args, rest)

    @functools.cached_property
    def _names_out(self) -> bool:
        return has_parameter(self.f, "out")

    def _into(self, out: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        count = None if isinstance(self.argnums, int) else len(self.argnums)
        outs = targets(out, count)
        args = bound(self.f, args, kwargs)
        key = signature_of((*args, *outs))
        filling = self._filling.get(key)
        if filling is not None and self.traces.hold():
            return filling(args, outs), out
        value, found = self(args, {})
        fill(outs, (found,) if count is None else found)
        if (known := self._kernels.get(signature_of(args))) is not None:
            self._filling[key] = filling_call(known[0], known[1], outs)
        return value, out

    def _outcome(self, call: Call, wrt: Wrt) -> Outcome:
        if any(isinstance(v, Handle) and v.is_traced for v in call.values):
            return by_inlining(self.way, self.f, call, wrt)
        trace = self.traces.find(call) if self.compile else None
        if trace is None:
            return by_tape(self.way, self.f, call, wrt)
        out = self._op(trace, wrt)(*call.values, *trace.captured)
        out = list(out) if isinstance(out, tuple) else [out]
        count, width = len(trace.graph.outputs), len(wrt)
        rows = [out[count + k * width : count + (k + 1) * width] for k in range(count)]
        return Outcome(out[:count], rows, trace.result)

    def _op(self, trace: Trace, wrt: Wrt) -> Op:
        if self.way.scalar:
            check_scalar(self.traces.name, trace.graph.outputs)
        return self.traces.compiled(trace, (self.way, wrt), lambda g: self.way.graph(g, wrt))

    def _remember(self, args: tuple[Any, ...], call: Call, wrt: Wrt) -> None:
        """Let the next call like this one go straight to its kernel, where it can."""
        trace = self.traces.exact.get(call.exact)
        flat = all(not structure for structure in call.structure[2])
        if trace is None or self.way is not GRADIENT or not (flat and is_simple(args)):
            return
        kernel = self.traces.kernel(trace, (self.way, wrt))
        chosen = positions_of(self.argnums, len(args))
        ordered = list(chosen) == sorted(set(chosen)) and len(call.traced) == len(args)
        if isinstance(kernel, Kernel) and ordered and is_plain(tuple(trace.captured)):
            single = isinstance(self.argnums, int)
            key = signature_of(args)
            self._quick[key] = gradient_call(kernel, trace.captured, args, chosen, single)
            self._kernels[key] = kernel, trace.captured

    def _values(self, call: Call, outcome: Outcome) -> Any:
        return unflatten(outcome.result, [given_back(call.values, y) for y in outcome.values])

    def _derivatives(self, call: Call, wrt: Wrt, outcome: Outcome) -> Any:
        xs = [call.values[k] for k in wrt]
        rows = [
            arranged(call, wrt, [derivative_like(x, g) for x, g in zip(xs, row)], self.argnums)
            for row in outcome.parts
        ]
        return unflatten(outcome.result, rows)


def value_and_grad(
    f: Function, argnums: Argnums = 0, *, compile: bool = True
) -> Callable[..., tuple[Any, Any]]:
    """A function that gives the value of the scalar function f and its gradient.

    The gradient by an argument has the argument's shape and dtype (and, for a tree, its structure);
    a tuple of argnums gives a tuple. The value is a float, whatever the precision of the arrays, and
    so is the gradient by a float; by a NumPy scalar it is a NumPy scalar. `compile=False` uses the
    tape. A result that is no scalar is a TypeError.

    A call with `out=array`, or a tuple of them for a tuple of argnums, writes the gradient there and
    gives that array back: of the gradient's shape and dtype, C-contiguous. It may be an argument too.

    >>> import numpy as np, symdiff as sd
    >>> value, gradient = sd.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    >>> float(value), gradient
    (5.0, array([2., 4.]))
    """
    derivative = Derivative(f, argnums, GRADIENT, compile)

    @functools.wraps(f)
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        return derivative.filled(args, kwargs)

    return value_and_gradient


def grad(f: Function, argnums: Argnums = 0, *, compile: bool = True) -> Function:
    """A function that gives the gradient of the scalar function f; see value_and_grad, `out` too.

    >>> import numpy as np, symdiff as sd
    >>> sd.grad(lambda x: np.sum(np.sin(x)))(np.zeros(2))
    array([1., 1.])
    >>> g = np.empty(2)
    >>> sd.grad(lambda x: np.sum(np.sin(x)))(np.zeros(2), out=g) is g
    True
    """
    derivative = Derivative(f, argnums, GRADIENT, compile)

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return derivative.filled(args, kwargs)[1]

    return gradient


def jacobian(f: Function, argnums: Argnums = 0, *, compile: bool = True) -> Function:
    """A function that gives the Jacobian of f: of y by x, it has shape y.shape + x.shape.

    >>> import numpy as np, symdiff as sd
    >>> sd.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    derivative = Derivative(f, argnums, JACOBIAN, compile)

    @functools.wraps(f)
    def jacobian_of(*args: Any, **kwargs: Any) -> Any:
        return derivative(args, kwargs)[1]

    return jacobian_of


def hessian(f: Function, argnums: Argnums = 0, *, compile: bool = True) -> Function:
    """A function that gives the Hessian of the scalar function f, of shape x.shape + x.shape.

    >>> import numpy as np, symdiff as sd
    >>> sd.hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacobian(grad(f, argnums, compile=compile), argnums, compile=compile)


def hvp(f: Function, *, compile: bool = True) -> Function:
    """A function `(x, v)` that gives the Hessian of f at x times v, without forming the Hessian.

    >>> import numpy as np, symdiff as sd
    >>> sd.hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    gradient = grad(f, compile=compile)

    def slope_along(x: Any, v: Any) -> Any:
        pairs = zip(flatten(gradient(x))[0], flatten(v)[0], strict=True)
        total: Any = 0.0
        for g, t in pairs:
            total = total + reducing.sum(ew.mul(g, t))
        return total

    return grad(slope_along, compile=compile)


def nth(f: Function, n: int, *, compile: bool = True) -> Function:
    """A function that gives the nth derivative of f by its first argument, element by element.

    >>> import symdiff as sd
    >>> sd.nth(lambda x: x**4, 3)(2.0)
    48.0
    """
    if n < 0:
        raise ValueError(f"nth: the order is {n}; it must be 0 or more")
    derivative = Derivative(f, 0, _nth_way(n), compile)

    @functools.wraps(f)
    def nth_of(*args: Any, **kwargs: Any) -> Any:
        return derivative(args, kwargs)[1]

    return nth_of


@functools.cache
def _nth_way(n: int) -> Way:
    def graph(traced: Graph, wrt: Wrt) -> Graph:
        return _with_value(traced, nth_derivative(traced, n))

    return Way(graph, _inline_nth(n), _tape_nth(n), scalar=False)


def _with_value(graph: Graph, derived: Graph) -> Graph:
    outputs = (*graph.outputs, *derived.outputs)
    return Graph(derived.name, graph.inputs, outputs, graph.scope, graph.origins)


def _inline_nth(n: int) -> Callable[[Any, Sequence[Any]], list[Any]]:
    def inline(y: Any, xs: Sequence[Any]) -> list[Any]:
        for _ in range(n):
            (y,) = GRADIENT.inline(y, xs)
        return [y]

    return inline


def _tape_nth(n: int) -> Callable[[Any, Sequence[Any], bool], list[Any]]:
    def tape(y: Any, xs: Sequence[Any], nested: bool) -> list[Any]:
        for k in range(n):
            (y,) = GRADIENT.tape(y, xs, nested or k < n - 1)
        return [y]

    return tape


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
    trace = traces.find(call) if not _any_traced([*call.values, *given]) else None
    if trace is None:
        return _taped_jvp(f, call, wrt, given)
    op = traces.compiled(trace, ("jvp", wrt), lambda graph: pushforward(graph, wrt))
    out = op(*call.values, *trace.captured, *map(np.asarray, given))
    count = len(trace.graph.outputs)
    back = [given_back(call.values, y) for y in out]
    return unflatten(trace.result, back[:count]), unflatten(trace.result, back[count:])


def _any_traced(values: Sequence[Any]) -> bool:
    return any(isinstance(v, Handle) and v.is_traced for v in values)


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
    arguments = tuple(range(len(primals)))
    call = taken_apart(tuple(primals), arguments)
    wrt = differentiated(f, call, arguments)
    xs = [recorded(v, k in wrt) for k, v in enumerate(call.values)]
    with enable_grad():
        ys, result = flatten(jit(f)(*with_traced(call, xs)))

    def pullback(cotangent: Any) -> Any:
        seeds, _ = flatten(cotangent)
        pairs = [
            (y, g)
            for y, g in zip(ys, seeds, strict=True)
            if isinstance(y, Handle) and y.requires_grad
        ]
        nodes = [xs[k].node for k in wrt]
        found = gradients(
            type(xs[0]), [y for y, _ in pairs], [np.asarray(g) for _, g in pairs],
            set(nodes).__contains__, retain_graph=True, create_graph=False,
        )  # fmt: skip
        parts = [found.get(n, np.zeros(n.shape, n.dtype)) for n in nodes]
        given = [derivative_like(call.values[k], g) for k, g in zip(wrt, parts)]
        return arranged(call, wrt, given, arguments)

    return unflatten(result, [given_back(call.values, y) for y in ys]), pullback


def jit(f: Function) -> Function:
    """f compiled: the same values, and on tensors the same gradients, by kernels.

    >>> import numpy as np, symdiff as sd
    >>> sd.jit(lambda x: np.tanh(x) * 2)(np.zeros(3))
    array([0., 0., 0.])
    """
    traces = traces_of(f)

    @functools.wraps(f)
    def compiled_f(*args: Any, **kwargs: Any) -> Any:
        args = bound(f, args, kwargs)
        call = taken_apart(args, ())
        trace = None if _any_traced(call.values) else traces.find(call)
        if trace is None:
            return f(*args)
        out = traces.compiled(trace, "value", lambda graph: graph)(*call.values, *trace.captured)
        parts = out if isinstance(out, tuple) else (out,)
        return unflatten(trace.result, [given_back(call.values, y) for y in parts])

    return compiled_f
