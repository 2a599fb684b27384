"""A formula goes in, the formula of its derivative comes out: no numbers needed."""

from __future__ import annotations

import numpy as np

import symdiff as sd

# %% A text becomes a formula, and a formula gives formulas
f = sd.formula("sin(x)**2 + x*exp(-x)")
slope = f.derive("x")
print("f(x)   =", f)
print("f'(x)  =", slope)
print("f''(x) =", slope.derive("x"))

# %% With numbers, it agrees with differences
x, h = 0.7, 1e-6
print("\nat x = 0.7:", round(slope(x=x), 9))
print("differences:", round((f(x=x + h) - f(x=x - h)) / (2 * h), 9))

# %% Functions are read as well as texts
print("\nA Python function does as well:", sd.derive(lambda t: np.log(1 + t**2)))
