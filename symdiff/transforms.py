"""Derivatives of functions: grad, value_and_grad, jacobian, hessian, nth, jvp, vjp, hvp, jit.

Each traces its function once for all sizes and compiles the derivative; where tracing meets a number
that is not known yet, the tape gives the same result.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .backprop import gradients
from .compiler import CompiledOp
from .derivative import cotangents, filled, value_and_gradient
from .exact import is_number
from .handle import Handle
from .modes import enable_grad
from .node import Node
from .numpy_face import Array
from .op import is_differentiable, strong_dtype
from .ops.shape import reshape as fresh
from .traces import Call, Trace, Traces, taken_apart, with_traced
from .trees import flatten, unflatten

Argnums = int | tuple[int, ...]


class Derivative:
    """What `value_and_grad` and `grad` give: a function that differentiates another."""

    def __init__(self, f: Callable[..., Any], argnums: Argnums, compile: bool) -> None:
        functools.update_wrapper(self, f, updated=())
        self.f, self.argnums, self.compile = f, argnums, compile
        self.traces = Traces(f)
        self._ops: dict[tuple[int, tuple[int, ...]], CompiledOp] = {}

    def value_and_gradients(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, Any]:
        args = bound(self.f, args, kwargs)
        positions = _positions(self.argnums, len(args))
        call = taken_apart(args, positions)
        wrt = _differentiated(self.f, call, positions)
        y, parts = self._outputs(call, wrt)
        return y, _arranged(call, wrt, parts, self.argnums, positions)

    def _outputs(self, call: Call, wrt: tuple[int, ...]) -> tuple[Any, list[Any]]:
        if any(isinstance(v, Handle) and v.is_traced for v in call.values):
            return inline_gradients(self.f, call, wrt)
        trace = self.traces.find(call) if self.compile else None
        if trace is None:
            return tape_gradients(self.f, call, wrt)
        y, *parts = self._compiled(trace, wrt).op(*call.values, *trace.captured)
        return _like(call.values, y), [_as_leaf(g, call.values[k]) for g, k in zip(parts, wrt)]

    def _compiled(self, trace: Trace, wrt: tuple[int, ...]) -> CompiledOp:
        key = (id(trace.graph), wrt)
        if key not in self._ops:
            check_scalar(self.traces.name, trace.graph.outputs)
            self._ops[key] = CompiledOp(value_and_gradient(trace.graph, wrt))
        return self._ops[key]


def bound(f: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """All arguments by position."""
    if not kwargs:
        return args
    signature = inspect.signature(f).bind(*args, **kwargs)
    signature.apply_defaults()
    if signature.kwargs:
        raise TypeError(f"{f.__name__}: keyword-only arguments cannot be differentiated; bind them first")
    return signature.args


def _positions(argnums: Argnums, count: int) -> tuple[int, ...]:
    wanted = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for k in wanted:
        if not -count <= k < count:
            raise TypeError(f"argnums names argument {k}, but there are {count}")
    return tuple(k % count for k in wanted)


def _differentiated(f: Any, call: Call, positions: Sequence[int]) -> tuple[int, ...]:
    """Which of the traced leaves belong to the chosen arguments; each must be a float."""
    owner = _owners(call)
    wrt = []
    for k, leaf in enumerate(call.traced):
        if owner[leaf] in positions:
            dtype = getattr(call.leaves[leaf], "dtype", float)
            if not is_differentiable(dtype):
                name = getattr(f, "__name__", "f")
                raise TypeError(
                    f"{name}: argument {owner[leaf]} has dtype {dtype}; "
                    "only floating point arrays can be differentiated: pass x.astype(float)"
                )
            wrt.append(k)
    for position in positions:
        if position not in {owner[call.traced[k]] for k in wrt}:
            raise TypeError(f"argument {position} holds nothing to differentiate by: pass a float or an array")
    return tuple(wrt)


def _owners(call: Call) -> list[int]:
    """For each leaf, the argument it belongs to."""
    owners: list[int] = []
    for position, structure in enumerate(call.structure[2]):
        owners += [position] * len(flatten(unflatten(structure, [None] * 10_000))[0])
    return owners


def _arranged(
    call: Call, wrt: Sequence[int], parts: Sequence[Any], argnums: Argnums, positions: Sequence[int]
) -> Any:
    """The gradients as trees like the arguments."""
    leaves: list[Any] = [None] * len(call.leaves)
    for k, g in zip(wrt, parts):
        leaves[call.traced[k]] = g
    trees = unflatten(call.structure, leaves)
    return trees[positions[0]] if isinstance(argnums, int) else tuple(trees[p] for p in positions)


def check_scalar(name: str, outputs: Sequence[Any]) -> None:
    if len(outputs) != 1:
        raise TypeError(f"{name} returns {len(outputs)} results; a gradient needs one scalar (use jacobian)")
    shape = outputs[0].shape if isinstance(outputs[0], (Node, Handle)) else ()
    if any(n != 1 for n in shape):
        raise TypeError(
            f"{name} returns an array of shape {tuple(shape)}; a gradient needs a scalar: "
            "sum it, or use sd.jacobian"
        )


def inline_gradients(f: Any, call: Call, wrt: tuple[int, ...]) -> tuple[Any, list[Any]]:
    """Inside another trace: the derivative becomes part of that trace."""
    handles = [
        fresh(v, ndim=v.ndim, shape=v.shape) if isinstance(v, Handle) else v for v in call.values
    ]
    y = f(*with_traced(call, handles))
    if not isinstance(y, Handle):
        return y, [np.zeros(np.shape(handles[k])) for k in wrt]
    parts = cotangents(y.node, filled(y.node, 1.0), [handles[k].node for k in wrt])
    return y, [type(y).of(p) if isinstance(p, Node) else p for p in parts]


def tape_gradients(f: Any, call: Call, wrt: tuple[int, ...]) -> tuple[Any, list[Any]]:
    """By recording: the function runs on values, so it may branch on them."""
    values = call.values
    nested = any(isinstance(v, Handle) and v.requires_grad for v in values)
    handles = [recorded(v, k in wrt) for k, v in enumerate(values)]
    with enable_grad():
        y = f(*with_traced(call, handles))
    check_scalar(getattr(f, "__name__", "f"), [y])
    if not isinstance(y, Handle) or not y.requires_grad:
        return y, [_as_leaf(np.zeros(h.shape, h.dtype), values[k]) for k, h in enumerate(handles) if k in wrt]
    seed = np.ones(y.shape, y.dtype)
    nodes = [handles[k].node for k in wrt]
    found = gradients(type(y), [y], [seed], set(nodes).__contains__, retain_graph=nested, create_graph=nested)
    parts = [found.get(n, np.zeros(n.shape, strong_dtype(n.dtype))) for n in nodes]
    return _like(values, y), [_as_leaf(g, values[k]) for g, k in zip(parts, wrt)]


def recorded(x: Any, wanted: bool) -> Any:
    """x as a handle that the tape follows; one with a history keeps it."""
    if isinstance(x, Handle):
        if x.requires_grad:
            return fresh(x, ndim=x.ndim, shape=x.shape)
        face, value = type(x), x.value
    else:
        face, value = Array, np.asarray(x)
    node = Node(None, shape=value.shape, dtype=value.dtype, value=value, requires_grad=wanted)
    return face.of(node, value)


def _like(values: Sequence[Any], y: Any) -> Any:
    """Handles for handles, arrays for arrays, numbers for scalars."""
    if not isinstance(y, Handle):
        return y[()] if isinstance(y, np.ndarray) and y.ndim == 0 else y
    if any(isinstance(v, Handle) for v in values) or y.requires_grad and y.is_traced:
        return y
    return y.value[()] if y.value.ndim == 0 else y.value


def _as_leaf(g: Any, x: Any) -> Any:
    """A gradient as the argument is: a float for a float, an array for an array."""
    if is_number(x):
        return g if isinstance(g, Handle) else float(g)
    if isinstance(x, Handle):
        return g if isinstance(g, Handle) else type(x).of(None, np.asarray(g))
    return g.value if isinstance(g, Handle) and not g.requires_grad else np.asarray(g)[()] \
        if isinstance(x, np.generic) else np.asarray(g) if not isinstance(g, Handle) else g


def value_and_grad(
    f: Callable[..., Any], argnums: Argnums = 0, *, compile: bool = True
) -> Callable[..., tuple[Any, Any]]:
    """A function that gives f's value and its gradient by the chosen argument(s).

    The gradient has the shape (and, for trees, the structure) of the argument; a tuple of argnums gives
    a tuple. `compile=False` uses the tape.

    >>> import numpy as np, symdiff as sd
    >>> sd.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    (5.0, array([2., 4.]))
    """
    derivative = Derivative(f, argnums, compile)

    @functools.wraps(f)
    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        return derivative.value_and_gradients(args, kwargs)

    return both


def grad(f: Callable[..., Any], argnums: Argnums = 0, *, compile: bool = True) -> Callable[..., Any]:
    """A function that gives the gradient of the scalar function f.

    >>> import numpy as np, symdiff as sd
    >>> sd.grad(lambda x: np.sum(np.sin(x)))(np.zeros(2))
    array([1., 1.])
    """
    derivative = Derivative(f, argnums, compile)

    @functools.wraps(f)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return derivative.value_and_gradients(args, kwargs)[1]

    return gradient


def jit(f: Callable[..., Any]) -> Callable[..., Any]:
    """f compiled: the same values, and on tensors the same gradients, by kernels.

    >>> import numpy as np, symdiff as sd
    >>> sd.jit(lambda x: np.tanh(x) * 2)(np.zeros(3))
    array([0., 0., 0.])
    """
    traces = Traces(f)
    ops: dict[int, CompiledOp] = {}

    @functools.wraps(f)
    def fast(*args: Any, **kwargs: Any) -> Any:
        args = bound(f, args, kwargs)
        call = taken_apart(args, ())
        values = call.values
        if any(isinstance(v, Handle) and v.is_traced for v in values):
            return f(*args)
        trace = traces.find(call)
        if trace is None:
            return f(*args)
        if id(trace.graph) not in ops:
            ops[id(trace.graph)] = CompiledOp(trace.graph)
        out = ops[id(trace.graph)].op(*values, *trace.captured)
        parts = out if isinstance(out, tuple) else (out,)
        return unflatten(trace.result, [_like(values, y) for y in parts])

    return fast
