"""A formula goes in, the formula of its derivative comes out: no numbers needed."""

from __future__ import annotations

import numpy as np

import symdiff as sd

# %% A text becomes a formula, and a formula gives formulas
# `sd.formula` reads NumPy's syntax. Its derivative is a formula again, so it can be derived again;
# nothing has been computed so far, and x has no value.
f = sd.formula("sin(x)**2 + x*exp(-x)")
slope = f.derive("x")
print("f(x)   =", f)
print("f'(x)  =", slope)
print("f''(x) =", slope.derive("x"))

# %% With numbers, it agrees with differences
# A formula is called with its letters by name. The difference quotient (f(x+h) - f(x-h))/2h comes
# near the slope for a small h, and knows nothing of rules: it is the check for all that follows.
x, h = 0.7, 1e-6
print("\nat x = 0.7:", round(slope(x=x), 9))
print("differences:", round((f(x=x + h) - f(x=x - h)) / (2 * h), 9))

# %% How it is derived
# Each step applies one rule to what the last one left. d(...) is the change of what stands inside;
# when only dx is left, whatever multiplies it is the derivative.
print()
print(sd.derive("x*exp(-x)").steps)

# %% Functions are read as well as texts
# The function is called once with a letter in the place of a number, and what it does is written
# down.
print("\nA Python function does as well:", sd.derive(lambda t: np.log(1 + t**2)))
