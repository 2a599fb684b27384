"""Programs that branch on values, sizes, types and options, called in changing order, and NumPy."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

import symdiff as sd

from .checking import function, seeds
from .draw import texts

TESTS = texts("""y.sum() > 0.01; y.shape[0] > 3; y.ndim == 2; flag; np.any(y > 0.5); y.ravel()[0] > 0
len(y) % 2 == 0; mode == 'a'; y.dtype == np.float32; np.max(y) > np.mean(y) + 0.4; y.size > 5 and flag
k is None or k > 1; bool(y.min() < 0); opts['p'] > 1""")
CHANGES = texts("""y = np.sin(y) * y; y = y[::-1] * 2; y = y * (1 if k is None else k); y = y - 0.9 * y.mean()
y = np.concatenate([y, y * 0.5]); y = y ** 2 + 0.1; y = np.where(y > 0, y, 0.1 * y); y = y * w
y = y / (1 + np.abs(y).sum()); y = np.tanh(y) * y.shape[0]; y = y * opts['p']; y += y.max()
y[0] = 0.5 * y[-1]""")
BLOCKS = (
    "if TEST:\n    CHANGE\nelse:\n    CHANGE",
    "for _ in range(min(len(y), 3)):\n    CHANGE\n    if TEST: break",
    "n = 0\nwhile n < 3 and np.sum(y) < 2.0:\n    CHANGE\n    n += 1",
    "try:\n    if TEST: raise ValueError\n    CHANGE\nexcept ValueError:\n    CHANGE",
    "if TEST: return np.sum(y ** 3)",
)


def drawn(rng: random.Random) -> str:
    lines = ["y = x * 1.0"]
    for _ in range(rng.randint(1, 4)):
        block = rng.choice(BLOCKS)
        for word, options in (("TEST", TESTS), ("CHANGE", CHANGES)):
            while word in block:
                block = block.replace(word, rng.choice(options), 1)
        lines += block.split("\n")
    lines.append("return np.sum(y * y) + np.sum(np.cos(y))")
    return "def f(x, k, flag, mode, opts):\n    " + "\n    ".join(lines)


def arguments(rng: random.Random) -> tuple[Any, ...]:
    shape = rng.choice([(3,), (4,), (5,), (2, 3), (4, 2), (1,)])
    x = np.random.default_rng(rng.randrange(10**6)).uniform(-1, 1, shape)
    k, p = rng.choice([1, 2, 3, 2.5, 0.5, None]), rng.choice([1, 2, 1.5, 0.5])
    return x, k, rng.choice([True, False]), rng.choice("ab"), {"p": p}


@seeds(range(4), range(100, 400))
def test_branches(seed: int) -> None:
    rng = random.Random(seed)
    source = drawn(rng)
    f: Any = function(source, w=1.25)
    gradient, compiled, tape = sd.value_and_grad(f), sd.jit(f), sd.grad(f, compile=False)
    calls = [arguments(rng) for _ in range(5)]
    for turn in range(9):
        f.__globals__["w"] = 1.25 if turn < 5 else 0.75
        args = calls[rng.randrange(5)]
        wanted, why = f(args[0].copy(), *args[1:]), f"{source}\n{args}"
        value, slope = gradient(*args)
        np.testing.assert_allclose([value, compiled(*args)], wanted, rtol=1e-9, err_msg=why)
        np.testing.assert_allclose(slope, tape(*args), rtol=1e-9, atol=1e-9, err_msg=why)
