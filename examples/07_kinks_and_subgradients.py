"""At a kink there is no derivative; symdiff takes one subgradient, and says which."""

from __future__ import annotations

import numpy as np

import symdiff as sd


# %% Two kinks, and the slope that is taken at each
# |x| has slope -1 on the left of 0 and +1 on the right; at 0 every number between them is a
# subgradient. 0 is taken, the mean of both sides. At a tie, max(x, 1) gives half of the slope to
# each.
def f(x):
    return np.sum(np.abs(x) + np.maximum(x, 1.0))


x = np.array([-2.0, 0.0, 1.0])
print("gradient:", sd.grad(f)(x))
for kink in sd.kinks(f, x):
    print(kink)


# %% `where` keeps the branch not taken out of the gradient
# sqrt has an infinite slope at 0, and 0 times infinity is NaN: elsewhere this well-known trap
# makes the whole gradient NaN. Here a 0 that comes from `where` stays 0, whatever it meets on its
# way.
def guarded(x):
    return np.sum(np.where(x > 0, np.sqrt(x), 0.0))


print("\nThe branch not taken makes no NaN:", sd.grad(guarded)(np.array([0.0, 4.0])))

# %% Where a number went wrong
# `sd.explain_nan` plays the function forward and backward, and names the first step that made a
# NaN or an infinity out of finite numbers, with its operands, its line and a form that is safe.
print("\nWithout the guard:")
print(sd.explain_nan(lambda x: np.sum(np.sqrt(x)), np.array([0.0, 4.0])))
