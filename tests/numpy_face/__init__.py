"""What NumPy users meet: plain functions, differentiated and checked against NumPy itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import symdiff as sd
from symdiff.calculus.interpret import run
from symdiff.derivatives.runs import recorded
from symdiff.graph.op import aval_of
from symdiff.handles.numpy_face import Array
from symdiff.tracing.graphs import Graph, inputs_for, trace
from tests.differences import slopes

Function = Callable[..., Any]
STEP = 1e-5


def scalar_of(f: Function) -> Function:
    """A scalar that every element of f's result enters, with a weight of its own and curved."""

    def scalar(*xs: Any) -> Any:
        results = f(*xs)
        total = 0.0
        for y in results if isinstance(results, (tuple, list)) else [results]:
            weights = np.cos(np.arange(int(np.prod(y.shape)))).reshape(y.shape) + 1.5
            total = total + np.sum(weights * (y * y + y))
        return total

    return scalar


def slope(f: Function, xs: tuple[np.ndarray, ...], k: int) -> np.ndarray:
    """Central differences of f by its k-th argument; f's own axes come last."""
    return slopes(lambda x: f(*xs[:k], x, *xs[k + 1 :]), xs[k], STEP)


def gradients(f: Function, *xs: np.ndarray, compile: bool) -> tuple[np.ndarray, ...]:
    return sd.grad(f, tuple(range(len(xs))), compile=compile)(*xs)


def check(f: Function, *xs: np.ndarray, compiled: bool = True) -> None:
    """Value, gradient and slope of the gradient, recorded and compiled, are what NumPy says."""
    same_values(f, *xs)
    scalar = scalar_of(f)
    expected = tuple(slope(scalar, xs, k) for k in range(len(xs)))
    for compile in (False, True) if compiled else (False,):
        for g, e in zip(gradients(scalar, *xs, compile=compile), expected):
            np.testing.assert_allclose(g, e, rtol=1e-6, atol=1e-7 * np.max(np.abs(e), initial=1.0))
    directions = [np.sin(np.arange(x.size) + 1.0).reshape(x.shape) for x in xs]

    def along(*at: Any) -> Any:
        parts = gradients(scalar, *at, compile=False)
        return sum(np.sum(g * d) for g, d in zip(parts, directions))

    for k, g in enumerate(gradients(along, *xs, compile=False)):
        np.testing.assert_allclose(g, slope(along, xs, k), rtol=1e-5, atol=1e-6)


def same_values(f: Function, *xs: np.ndarray) -> None:
    """f gives of handles what it gives of arrays, in shape, dtype and numbers."""
    expected = f(*xs)
    got = f(*(recorded(x, True) for x in xs))
    if not isinstance(expected, (tuple, list)):
        expected, got = [expected], [got]
    assert len(expected) == len(got)
    for e, y in zip(expected, got):
        value = y.value if isinstance(y, Array) else y
        assert np.shape(value) == np.shape(e)
        assert np.asarray(value).dtype == np.asarray(e).dtype
        np.testing.assert_allclose(value, e, rtol=1e-12, atol=1e-14)


def traced(f: Function, *xs: np.ndarray) -> Graph:
    """The graph of f with named sizes."""
    return trace("f", f, inputs_for([f"x{k}" for k in range(len(xs))], [aval_of(x) for x in xs]))


def called(graph: Graph, *xs: np.ndarray, which: int = 0) -> Any:
    """An output for these arrays, by running the graph op by op."""
    captured = [n.value for n in graph.inputs[len(xs) :]]
    return run(graph, [*xs, *captured])[which]


def admits(graph: Graph, *xs: np.ndarray) -> bool:
    """Whether the trace holds for arrays of these sizes too."""
    shapes = {n.label: x.shape for n, x in zip(graph.inputs, xs)}
    sizes = {name: shapes[label][axis] for name, (label, axis) in graph.origins.items()}
    return graph.scope.admits(sizes)
