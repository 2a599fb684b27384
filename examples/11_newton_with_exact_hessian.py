"""Newton's method with the exact Hessian doubles the correct digits at each step."""

from __future__ import annotations

import numpy as np

import symdiff as sd


# %% A curved valley, its gradient and its Hessian
# Rosenbrock's function: easy to fall into, hard to follow to its end at (1, ..., 1).
def rosenbrock(x):
    return np.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


gradient, hessian = sd.grad(rosenbrock), sd.hessian(rosenbrock)

# %% Newton's steps
# Each step goes to the minimum of the parabola that fits the function here. Far away that may be
# uphill (look at f in step 2); near the minimum the error is squared, so 4e-3, 7e-5, 3e-8, 4e-15.
x = np.array([1.2, 1.4, 1.9, 3.7])
print(f"{'step':>4}{'f':>12}{'distance to the minimum':>26}")
for step in range(9):
    print(f"{step:>4}{rosenbrock(x):12.2e}{np.linalg.norm(x - 1):26.1e}")
    x = x - np.linalg.solve(hessian(x), gradient(x))
