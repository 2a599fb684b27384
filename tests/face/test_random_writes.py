"""Random programs of views, in-place operators and assignments against difference quotients.

Many of them PyTorch refuses, for a value that is needed was overwritten; here they must be right.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from . import symdiff_only, torch

pytestmark = symdiff_only
CONSTANT = [[1.0, 2.0, 0.5], [0.3, -1.0, 0.7]]

VIEWS: list[Callable[[Any], Any]] = [
    lambda t: t[0] if t.ndim else t,
    lambda t: t[1:] if t.ndim and len(t) > 1 else t,
    lambda t: t[..., :-1] if t.ndim and t.shape[-1] > 1 else t,
    lambda t: t[..., ::2] if t.ndim else t,
    lambda t: t.T if t.ndim == 2 else t,
    lambda t: t.reshape(-1),
    lambda t: t.unsqueeze(0),
    lambda t: t[..., None],
    lambda t: t.transpose(0, -1) if t.ndim > 1 else t,
    lambda t: t.diagonal() if t.ndim == 2 else t,
]
WRITES: list[Callable[[Any, Any], Any]] = [
    lambda t, u: t.mul_(1.5),
    lambda t, u: t.sin_(),
    lambda t, u: t.tanh_(),
    lambda t, u: t.pow_(2),
    lambda t, u: t.add_(u.sum() * 0.1),
    lambda t, u: t.mul_(u.mean()),
]
KEYS: list[Any] = [0, -1, slice(0, 1), slice(None), Ellipsis, [0]]
VALUES: list[Callable[[Any, Any], Any]] = [
    lambda t, u: 0.5,
    lambda t, u: u.sum() * 0.1,
    lambda t, u: (t * t).mean(),
]
RESULTS: list[Callable[[Any, Any], Any]] = [
    lambda t, u: t * t,
    lambda t, u: t.sin(),
    lambda t, u: t * u.sum(),
    lambda t, u: t * u if tuple(t.shape) == tuple(u.shape) else t + 1,
]


def loss(x: Any, w: Any, seed: int) -> Any:
    """What a random program makes of two tensors: all that it has seen, weighted and squared."""
    chance = random.Random(seed)
    pool = [x * 1, w * 1, torch.tensor(CONSTANT)]
    for _ in range(chance.randint(4, 12)):
        t, u = chance.choice(pool), chance.choice(pool)
        step = chance.choice(["view", "view", "write", "write", "assign", "assign", "result"])
        if step == "view":
            pool.append(chance.choice(VIEWS)(t))
        elif step == "write":
            chance.choice(WRITES)(t, u)
        elif step == "assign" and t.ndim:
            t[chance.choice(KEYS)] = chance.choice(VALUES)(t, u)
        elif step == "result":
            pool.append(chance.choice(RESULTS)(t, u))
    return sum((t * t).sum() * (0.3 + 0.1 * k) for k, t in enumerate(pool))


@pytest.mark.parametrize("seed", range(150))
def test_gradient_is_the_difference_quotient(seed: int) -> None:
    start = np.random.default_rng(seed).uniform(-0.7, 0.7, 9)

    def at(numbers: Any, **kind: bool) -> tuple[Any, Any, Any]:
        x = torch.tensor(numbers[:6].reshape(2, 3), **kind)
        w = torch.tensor(numbers[6:], **kind)
        return x, w, loss(x, w, seed)

    x, w, y = at(start, requires_grad=True)
    gradient = torch.autograd.grad(y, [x, w], materialize_grads=True)
    found = np.concatenate([g.numpy().ravel() for g in gradient])
    shifts = 1e-6 * np.eye(9)
    quotient = [(at(start + s)[2] - at(start - s)[2]).item() / 2e-6 for s in shifts]
    scale = max(1.0, np.abs(quotient).max())
    np.testing.assert_allclose(found, quotient, rtol=1e-5, atol=1e-7 * scale)
