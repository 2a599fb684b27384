"""Backpropagation is the chain rule from result to inputs: by hand, then told step by step."""

from __future__ import annotations

import numpy as np

import symdiff as sd

# %% The value, step by step
# The mean of 3*(x + 2)**2 over four numbers, one operation at a time: forward.
x = np.array([[1.0, 2.0], [3.0, 4.0]])

y = x + 2
z = 3 * y**2
out = np.mean(z)

# %% Backwards by hand: each step multiplies by its slope
# g_v is how much the result changes when v does. It starts with 1 at the result itself; each step
# hands to its argument what arrived, times its own slope. Nothing else is backpropagation.
g_out = 1.0
g_z = g_out / z.size * np.ones_like(z)  # the mean hands an equal share to each
g_y = 6 * y * g_z  # dz/dy = 6y
g_x = g_y  # dy/dx = 1
print("by hand:\n", g_x)


# %% The same function, told by the machine: same lines, same numbers
# The backward table comes back through the lines of the forward table, last one first: "arriving"
# is g of the line, "local derivative" its slope, "leaving" their product. Line 4 makes one number
# of many, so it has no slope for each but a rule: everyone gets g/4. The formula 3/2*(x + 2) says
# for every x what the numbers say for this one. `.save("page.html")` keeps it all with a picture
# of the graph.
def mean_of_squares(x):
    y = x + 2
    z = 3 * y**2
    return np.mean(z)


print("\nby machine:\n")
print(sd.explain(mean_of_squares, x))
