"""Gradients add up in `.grad`; detach and no_grad stop them; hooks look at them as they pass."""

from __future__ import annotations

import symdiff as sd

# %% Two passes add up
# `backward()` adds to `.grad`, it does not replace it: a value that is used in two losses, or in
# two batches, gets the sum of both. A training loop therefore sets it to zero before each step.
x = sd.tensor([1.0, 2.0], requires_grad=True)
for k in range(2):
    (x**2).sum().backward()
    print(f"after pass {k + 1}: x.grad = {x.grad}")

# %% What is detached counts as a constant
# `detach()` gives the same numbers without their past, so the chain rule ends there.
x.grad.zero_()
frozen = x.detach()
y = (x * frozen).sum()
y.backward()
print("x * x.detach() has slope x, not 2x:", x.grad)
print("and the formula knows it:", sd.formula(x.grad))

# %% Within `no_grad`, no history is kept
# Use it where a step of the descent itself is computed: that is no part of the loss.
with sd.no_grad():
    print("inside no_grad nothing is recorded:", (x * 2).requires_grad)

# %% A hook sees the gradient on its way, and may change it
# What it returns takes the gradient's place. Here no number may be larger than 3.
x.grad = None
handle = x.register_hook(lambda g: g.clamp(-3, 3))
(x**3).sum().backward()
handle.remove()
print("a hook clipped [3, 12] to", x.grad)
