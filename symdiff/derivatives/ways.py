"""Each kind of derivative, three ways: as a graph to compile, inside a trace, and on the tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..calculus.derivative import cotangents, filled, jacobian_graph, jacobians, value_and_gradient
from ..graph.node import Node
from ..graph.op import is_differentiable, strong_dtype
from ..handles.handle import Handle
from ..handles.modes import enable_grad
from ..tensors.jacobians import pulled, rows
from ..tracing.graphs import Graph
from ..tracing.traces import Call
from ..tracing.trees import Structure
from .calls import check_results, check_scalar
from .runs import Run, run

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
    done = _checked(way, f, run(f, call, wrt))
    return Outcome(done.ys, [way.inline(y, done.xs) for y in done.ys], done.result)


def by_tape(way: Way, f: Callable[..., Any], call: Call, wrt: Wrt) -> Outcome:
    """By recording: the function runs on values, so it may branch on them.

    What else is being differentiated, by an argument's history or by what f reads from outside,
    goes on through the results; else they are plain.
    """
    done = _checked(way, f, run(f, call, wrt))
    with enable_grad():
        parts = [way.tape(y, done.xs, done.nested) for y in done.ys]
    return Outcome(done.values, parts, done.result)


def _checked(way: Way, f: Callable[..., Any], done: Run) -> Run:
    check_results(f, done.ys)
    if way.scalar:
        check_scalar(getattr(f, "__name__", "f"), done.ys)
    return done


# --- gradients


def _inline_gradient(y: Any, xs: Sequence[Handle]) -> list[Any]:
    if not isinstance(y, Handle):
        return [np.zeros(tuple(map(int, x.shape))) for x in xs]
    parts = cotangents(y.node, filled(y.node, 1.0), [x.node for x in xs])
    return [type(y).of(p) if isinstance(p, Node) else p for p in parts]


def _tape_gradient(y: Any, xs: Sequence[Handle], nested: bool) -> list[Any]:
    parts = pulled([y], xs, [np.ones(np.shape(y))], create_graph=nested)
    return [np.zeros(x.shape, strong_dtype(x.dtype)) if g is None else g for g, x in zip(parts, xs)]


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
