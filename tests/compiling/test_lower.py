"""What graphs may hold that index programs do not name: constants, and dtypes without kernels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import codegen
import symdiff as sd
from symdiff.compiling.compiler import compiled
from symdiff.graph.node import Node
from symdiff.ops import elementwise as ew
from symdiff.tracing.graphs import Graph


def test_arrays_made_inside_a_rule_are_given_to_the_kernel() -> None:
    """They were refused: "the leaf is no input of the function"."""
    x = Node(None, shape=(3,), label="x")
    made = [np.array([1.0, 2.0, 3.0]), np.array([4.0, 5.0, 6.0])]
    a, b = (Node(None, shape=(3,), value=value) for value in made)
    product = Node(ew.mul, (x, a), shape=(3,))
    graph = Graph("scaled", (x,), (Node(ew.add, (product, b), shape=(3,)),))
    (y,) = compiled(graph)(np.array([1.0, 10.0, 100.0]))
    assert y.tolist() == [5.0, 25.0, 306.0]


@pytest.mark.parametrize(
    "dtype", ["int8", "uint8", "int16", "uint16", "uint32", "uint64", "float16"]
)
def test_dtypes_without_kernels_are_interpreted(dtype: str) -> None:
    """They were a ProgramError."""
    weights = np.arange(3).astype(dtype)
    value, gradient = sd.value_and_grad(lambda x, k: np.sum(x * x * k))(np.ones(3), weights)
    assert value == 3.0
    assert gradient.tolist() == [0.0, 2.0, 4.0]


def test_a_graph_of_dtypes_that_kernels_hold_is_a_kernel() -> None:
    x = Node(None, shape=(3,), label="x")
    graph = Graph("doubled", (x,), (Node(ew.add, (x, x), shape=(3,)),))
    assert isinstance(compiled(graph), codegen.Kernel)


class Ridge:
    def __init__(self) -> None:
        self.w = np.array([2.0, 3.0])

    def loss(self, w: np.ndarray) -> float:
        return np.sum((w - self.w) ** 2 * w)


def test_arrays_of_one_name_from_several_places_are_told_apart() -> None:
    """A parameter `w` beside an attribute `self.w` was a ProgramError: w is made twice."""
    one, other = Ridge(), Ridge()
    other.w = np.array([5.0, 7.0])

    def both(w: np.ndarray) -> float:
        return one.loss(w) + 2 * other.loss(w)

    w = np.array([1.0, 0.5])
    slope = (w - one.w) ** 2 + 2 * w * (w - one.w)
    slope += 2 * (w - other.w) ** 2 + 4 * w * (w - other.w)
    np.testing.assert_allclose(sd.grad(both)(w), slope)
    np.testing.assert_allclose(sd.jit(both)(w), both(w))
    np.testing.assert_allclose(sd.hessian(both)(w), np.diag(18 * w - 4 * one.w - 8 * other.w))
    np.testing.assert_allclose(sd.grad(lambda w: sd.jit(one.loss)(w))(w), sd.grad(one.loss)(w))


def test_parameters_may_bear_the_names_of_intermediate_values() -> None:
    def f(t1: Any, t2: Any, t3: Any, c0: Any, n0: Any, w: float, w_2: Any) -> Any:
        return np.sum(np.sin(t1) * t2 + t3 * c0) + np.sum(n0 * w_2) * w

    xs = [np.full(2, k + 1.0) for k in range(5)] + [6.0, np.full(2, 7.0)]
    by_tape = sd.grad(f, tuple(range(7)), compile=False)(*xs)
    for compiled_one, taped in zip(sd.grad(f, tuple(range(7)))(*xs), by_tape, strict=True):
        np.testing.assert_allclose(compiled_one, taped)
