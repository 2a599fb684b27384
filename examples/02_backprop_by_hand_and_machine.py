"""Backpropagation is the chain rule from result to inputs: by hand, then told step by step."""

from __future__ import annotations

import numpy as np

import symdiff as sd

# %% The value, step by step
x = np.array([[1.0, 2.0], [3.0, 4.0]])

y = x + 2
z = 3 * y**2
out = np.mean(z)

# %% Backwards by hand: each step multiplies by its slope
g_out = 1.0
g_z = g_out / z.size * np.ones_like(z)  # the mean hands an equal share to each
g_y = 6 * y * g_z  # dz/dy = 6y
g_x = g_y  # dy/dx = 1
print("by hand:\n", g_x)


# %% The same function, told by the machine: same lines, same numbers
def mean_of_squares(x):
    y = x + 2
    z = 3 * y**2
    return np.mean(z)


print("\nby machine:\n")
print(sd.explain(mean_of_squares, x))
