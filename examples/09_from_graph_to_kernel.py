"""Every stage between a Python function and the machine's loop, as text."""

from __future__ import annotations

import numpy as np

import codegen
from symdiff.calculus.derivative import value_and_gradient
from symdiff.calculus.simplify import simplify
from symdiff.compiling.lower import lower
from symdiff.graph.op import Aval
from symdiff.tracing.graphs import inputs_for, trace


def f(x):
    return np.sum(np.tanh(x) ** 2)


graph = trace("f", f, inputs_for(["x"], [Aval((3,), np.dtype(float))]))
print("1. traced\n", graph, sep="")
gradient = value_and_gradient(graph, [0])
print("\n2. with its gradient\n", gradient, sep="")
smaller = simplify(gradient)
print("\n3. simplified\n", smaller, sep="")
kernel = codegen.build(lower(smaller))
print("\n4. lowered to loops\n", kernel.source, sep="")
print("5. run:", *kernel(np.array([0.5, 1.0, 2.0])))
