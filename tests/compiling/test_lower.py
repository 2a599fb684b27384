"""What graphs may hold that index programs do not name: constants, and dtypes without kernels."""

from __future__ import annotations

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
