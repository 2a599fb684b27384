"""Every stage between a Python function and the machine's loop, as text."""

from __future__ import annotations

import numpy as np

import codegen
from symdiff.calculus.derivative import value_and_gradient
from symdiff.calculus.simplify import simplify
from symdiff.compiling.lower import lower
from symdiff.graph.op import Aval
from symdiff.tracing.graphs import inputs_for, trace


# %% A function is traced: its graph
def f(x):
    return np.sum(np.tanh(x) ** 2)


graph = trace("f", f, inputs_for(["x"], [Aval((3,), np.dtype(float))]))
print("1. traced\n", graph, sep="")
# %% The gradient is a graph, too
gradient = value_and_gradient(graph, [0])
print("\n2. with its gradient\n", gradient, sep="")
# %% Equal parts become one
smaller = simplify(gradient)
print("\n3. simplified\n", smaller, sep="")
# %% Graph to program: what stands at each index
program = lower(smaller)
print("\n4. lowered to a program\n", program, sep="")
# %% Program to loops: in which order, and what is kept
kernel = codegen.build(program)
print("\n5. in loops\n", kernel.procedure, sep="")
print("\n6. spelled\n", kernel.source, sep="")
print("7. run:", *kernel(np.array([0.5, 1.0, 2.0])))
