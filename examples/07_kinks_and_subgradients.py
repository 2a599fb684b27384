"""At a kink there is no derivative; symdiff takes one subgradient, and says which."""

from __future__ import annotations

import numpy as np

import symdiff as sd


# %% Two kinks, and the slope that is taken at each
def f(x):
    return np.sum(np.abs(x) + np.maximum(x, 1.0))


x = np.array([-2.0, 0.0, 1.0])
print("gradient:", sd.grad(f)(x))
for kink in sd.kinks(f, x):
    print(kink)


# %% `where` keeps the branch not taken out of the gradient
def guarded(x):
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


print("\nThe branch not taken makes no NaN:", sd.grad(guarded)(np.array([0.0, 4.0])))
# %% Where a number went wrong
print("\nWithout the guard:")
print(sd.explain_nan(lambda x: np.sum(np.sqrt(x)), np.array([0.0, 4.0])))
