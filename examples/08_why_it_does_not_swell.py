"""Written out, derivatives grow; as a graph that shares its parts they stay a small multiple."""

from __future__ import annotations

import numpy as np
import sympy

import symdiff as sd
from symdiff.calculus.derivative import value_and_gradient
from symdiff.graph.op import Aval
from symdiff.tracing.graphs import inputs_for, trace


# %% A function that multiplies itself
# By the product rule each factor appears in both terms, so a written derivative more than doubles
# with every product: this is the expression swell for which symbolic derivatives are blamed.
def product(n):
    """x -> sin applied n times, each time multiplied by its argument."""

    def f(x):
        for _ in range(n):
            x = x * np.sin(x)
        return x

    return f


# %% Counting operations, written out and shared
# In a graph a part that is used twice stands once. The backward sweep passes each node once and
# adds a few operations there; value and slope together are a small multiple of the value, for any
# n.
print(f"{'n':>3}{'written out':>14}{'graph of f':>12}{'graph of f and slope':>23}")
for n in range(1, 7):
    x = y = sympy.Symbol("x")
    for _ in range(n):
        y = y * sympy.sin(y)
    graph = trace("f", product(n), inputs_for(["x"], [Aval((), np.dtype(float))]))
    both = value_and_gradient(graph, [0])
    size = sympy.count_ops(sympy.diff(y, x))
    print(f"{n:>3}{size:>14}{len(graph.nodes):>12}{len(both.nodes):>23}")

print("\nand the slope at 2 for n = 12:", sd.grad(product(12))(2.0))
