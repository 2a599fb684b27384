"""Each kind of derivative, three ways: as a graph to compile, inside a trace, and on the tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..calculus.derivative import cotangents, filled, jacobian_graph, jacobians, value_and_gradient
from ..graph.node import Node
from ..graph.op import is_differentiable, strong_dtype
from ..handles.backprop import gradients
from ..handles.handle import Handle
from ..handles.modes import enable_grad, is_grad_enabled
from ..tensors.jacobians import depends_on_others, rows
from ..tracing.graphs import Graph
from ..tracing.traces import Call, with_traced
from ..tracing.trees import Structure, flatten
from .calls import (
    as_passed,
    check_results,
    check_scalar,
    joined,
    recorded,
    without_history,
)

Wrt = tuple[int, ...]


class Outcome(NamedTuple):
    """Values of f, then for each of them its derivatives by each differentiated leaf."""

    values: list[Any]
    parts: list[list[Any]]
    result: Structure


class Way(NamedTuple):
    """How one kind of derivative is had."""

    graph: Callable[[Graph, Wrt], Graph]  # outputs: the values, then the parts row by row
    inline: Callable[[Any, Sequence[Any]], list[Any]]  # (y, xs) -> parts, symbols
    tape: Callable[[Any, Sequence[Any], bool], list[Any]]  # (y, xs, nested) -> parts
    scalar: bool


def by_inlining(way: Way, f: Callable[..., Any], call: Call, wrt: Wrt) -> Outcome:
    """Within a trace: the derivative becomes part of that trace."""
    handles = [recorded(v, k in wrt) for k, v in enumerate(call.values)]
    xs = [as_passed(handles[k]) for k in wrt]
    with enable_grad():
        found, result = flatten(f(*with_traced(call, handles)))
    ys = [joined(y) for y in found]
    check_results(f, ys)
    if way.scalar:
        check_scalar(getattr(f, "__name__", "f"), ys)
    return Outcome(ys, [way.inline(y, xs) for y in ys], result)


def by_tape(way: Way, f: Callable[..., Any], call: Call, wrt: Wrt) -> Outcome:
    """By recording: the function runs on values, so it may branch on them.

    What else is being differentiated, by an argument's history or by what f reads from outside,
    goes on through the results; else they are plain.
    """
    handles = [recorded(v, k in wrt) for k, v in enumerate(call.values)]
    xs = [as_passed(handles[k]) for k in wrt]
    outer = is_grad_enabled()
    with enable_grad():
        found, result = flatten(f(*with_traced(call, handles)))
        ys = [joined(y) for y in found]
        check_results(f, ys)
        if way.scalar:
            check_scalar(getattr(f, "__name__", "f"), ys)
        nested = outer and depends_on_others(ys, xs)
        parts = [way.tape(y, xs, nested) for y in ys]
    return Outcome(ys if nested else [without_history(y) for y in ys], parts, result)


# --- gradients


def _inline_gradient(y: Any, xs: Sequence[Handle]) -> list[Any]:
    if not isinstance(y, Handle):
        return [np.zeros(tuple(map(int, x.shape))) for x in xs]
    parts = cotangents(y.node, filled(y.node, 1.0), [x.node for x in xs])
    return [type(y).of(p) if isinstance(p, Node) else p for p in parts]


def _tape_gradient(y: Any, xs: Sequence[Handle], nested: bool) -> list[Any]:
    if not isinstance(y, Handle) or not y.requires_grad:
        return [np.zeros(x.shape, x.dtype) for x in xs]
    nodes, seed = [x.node for x in xs], np.ones(y.shape, y.dtype)
    found = gradients(
        type(y), [y], [seed], set(nodes).__contains__, retain_graph=True, create_graph=nested
    )
    return [found.get(n, np.zeros(n.shape, strong_dtype(n.dtype))) for n in nodes]


GRADIENT = Way(value_and_gradient, _inline_gradient, _tape_gradient, scalar=True)

# --- Jacobians: the same sweep, with the output's indices as leading axes of the seed


def _tape_jacobian(y: Any, xs: Sequence[Handle], nested: bool) -> list[Any]:
    shape = np.shape(y) if not isinstance(y, Handle) else y.shape
    if not isinstance(y, Handle) or not y.requires_grad:
        return [np.zeros(tuple(shape) + tuple(x.shape), x.dtype) for x in xs]
    return rows(y, xs, create_graph=nested)


def _inline_jacobian(y: Any, xs: Sequence[Handle]) -> list[Any]:
    if not isinstance(y, Handle) or not is_differentiable(y.dtype):
        return [np.zeros(tuple(np.shape(y)) + tuple(map(int, x.shape))) for x in xs]
    parts = jacobians(y.node, [x.node for x in xs])
    return [type(y).of(p) if isinstance(p, Node) else p for p in parts]


JACOBIAN = Way(jacobian_graph, _inline_jacobian, _tape_jacobian, scalar=False)
