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
# It is called with an array that has a shape but no numbers. n0 is the name of its size, so the
# kernel below serves arrays of every length.
def f(x):
    return np.sum(np.tanh(x) ** 2)


graph = trace("f", f, inputs_for(["x"], [Aval((3,), np.dtype(float))]))
print("1. traced\n", graph, sep="")
# %% The gradient is a graph, too
# The sweep runs over the graph from its result back, and appends what each rule says.
gradient = value_and_gradient(graph, [0])
print("\n2. with its gradient\n", gradient, sep="")
# %% Equal parts become one
# Equations such as x*x = x**2 and 1*x = x bring equal parts to one form, of which one is kept.
smaller = simplify(gradient)
print("\n3. simplified\n", smaller, sep="")
# %% Graph to program: what stands at each index
# No loops yet: each line says what number stands at index i0, and for a sum, what is added up.
program = lower(smaller)
print("\n4. lowered to a program\n", program, sep="")
# %% Program to loops: in which order, and what is kept
# The lines over the same range become one loop. t1 and t2 are needed only within it, so they are
# numbers and no arrays. The same procedure is spelled in Python here, and as LLVM for real.
kernel = codegen.build(program)
print("\n5. in loops\n", kernel.procedure, sep="")
print("\n6. spelled\n", kernel.source, sep="")
print("7. run:", *kernel(np.array([0.5, 1.0, 2.0])))
