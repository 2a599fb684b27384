"""Derivatives of derivatives give the Taylor series."""

from __future__ import annotations

import math

import numpy as np

import symdiff as sd


# %% The nth derivative, divided by n!
# A derivative is a function like any other, so it has a derivative. f(x) = sum of f_n(0)/n! x^n.
def f(x):
    return np.exp(np.sin(x))


coefficients = [sd.nth(f, n)(0.0) / math.factorial(n) for n in range(7)]
print("exp(sin x) =", " ".join(f"{c:+.6g} x^{n}" for n, c in enumerate(coefficients) if c))

# %% More terms, less error
# Order 5 beats order 6 here: a longer polynomial is better near 0, not at every point.
x = 0.3
print(f"\n{'order':>5}{'Taylor at 0.3':>20}{'error':>12}")
for n in range(1, 7):
    value = sum(c * x**k for k, c in enumerate(coefficients[: n + 1]))
    print(f"{n:>5}{value:20.12f}{abs(value - f(x)):12.1e}")
print("\nf''' =", sd.derive(f, order=3))
