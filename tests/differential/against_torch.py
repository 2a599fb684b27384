"""One program on symdiff and on PyTorch: values, gradients and second derivatives side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import symdiff as sd

from .draw import LEAVES
from .programs import Program, leaves

TOLERANCE = 1e-9


def outcome(program: Program, seed: int, T: Any) -> dict[str, np.ndarray]:
    """All variables, the gradient of their weighted sum, and the gradient of that one's sum."""
    inputs = {k: T.tensor(v, dtype=T.float64, requires_grad=True) for k, v in leaves(seed).items()}
    values = program.run(T, inputs)
    rng = np.random.default_rng([seed, 2])
    first = derived(weighted(values, rng, T), inputs, T, create_graph=True)
    second = derived(weighted(first, rng, T), inputs, T)
    results = (
        values
        | {f"d/d{k}": g for k, g in first.items()}
        | {f"dd/d{k}": g for k, g in second.items()}
    )
    return {name: np.asarray(v.detach().numpy()) for name, v in results.items()}


def weighted(values: dict[str, Any], rng: np.random.Generator, T: Any) -> Any:
    """A fixed sum of all entries, each with a weight of its own."""
    total = T.zeros((), dtype=T.float64)
    for v in values.values():
        total = (
            total
            + (v * T.tensor(rng.uniform(0.5, 1.5, size=tuple(v.shape)), dtype=T.float64)).sum()
        )
    return total


def derived(
    y: Any, inputs: dict[str, Any], T: Any, *, create_graph: bool = False
) -> dict[str, Any]:
    """The gradient by each input; zero where y does not depend on it."""
    if not y.requires_grad:
        return {name: T.zeros(tuple(x.shape), dtype=T.float64) for name, x in inputs.items()}
    grads = T.autograd.grad(y, list(inputs.values()), create_graph=create_graph, allow_unused=True)
    return {
        name: T.zeros(LEAVES[name], dtype=T.float64) if g is None else g
        for name, g in zip(inputs, grads)
    }


def mismatches(program: Program, seed: int) -> list[str]:
    """The names of what differs by more than the tolerance, relative to the largest entry."""
    ours, theirs = outcome(program, seed, sd), outcome(program, seed, torch)
    return [name for name in theirs if not close(ours[name], theirs[name])]


def close(a: np.ndarray, b: np.ndarray) -> bool:
    scale = max(1.0, float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0)))
    return a.shape == b.shape and np.allclose(a, b, rtol=0, atol=TOLERANCE * scale, equal_nan=True)
