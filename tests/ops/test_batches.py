"""vmap over every op of the table, and over its gradient, is a loop over calls."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.graph.op import OPS, NoDerivative

from . import call_of, covered, is_float

NAMES = [n for n in covered() if any(isinstance(a, np.ndarray) for a in call_of(OPS[n]).args)]


def tensors(y: Any) -> list[Any]:
    return list(y) if isinstance(y, tuple) else [y]


def weighed(y: Any) -> Any:
    """One number that every element of the float results enters."""
    floats = [part for part in tensors(y) if part.dtype.kind == "f"]
    weights = (np.cos(np.arange(part.numel())).reshape(tuple(part.shape)) for part in floats)
    return sum((part * w).sum() for part, w in zip(floats, weights))


def gradient(f: Callable[..., Any], which: list[int]) -> Callable[..., Any]:
    """The gradient of weighed results by these arguments."""

    def by(*xs: Any) -> Any:
        def of_some(*some: Any) -> Any:
            given = dict(zip(which, some))
            return weighed(f(*(given.get(k, x) for k, x in enumerate(xs))))

        return sd.func.grad(of_some, tuple(range(len(which))))(*(xs[k] for k in which))

    return by


def compare(f: Callable[..., Any], rows: list[list[Any]], mapped: set[int]) -> None:
    """vmap over some arguments, the others being those of the first row."""
    rows = [[x if k in mapped else rows[0][k] for k, x in enumerate(row)] for row in rows]
    expected = [tensors(f(*row)) for row in rows]
    xs = [sd.stack(column) if k in mapped else column[0] for k, column in enumerate(zip(*rows))]
    dims = tuple(0 if k in mapped else None for k in range(len(xs)))
    for k, y in enumerate(tensors(sd.vmap(f, dims)(*xs))):
        stacked = np.stack([row[k].detach().numpy() for row in expected])
        np.testing.assert_allclose(y.detach().numpy(), stacked, rtol=1e-9, atol=1e-11)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", NAMES)
def test_vmap_is_a_loop(name: str) -> None:
    calls = [call_of(OPS[name], seed) for seed in range(3)]
    args = calls[0].args
    arrays = [k for k, a in enumerate(args) if isinstance(a, np.ndarray)]
    floats = [k for k in arrays if is_float(args[k])]
    rows = [[sd.tensor(a) if k in arrays else a for k, a in enumerate(c.args)] for c in calls]

    def f(*xs: Any) -> Any:
        return OPS[name](*xs, **calls[0].params)

    for mapped in {
        frozenset(some) for some in chain([arrays, floats], ([k] for k in arrays)) if some
    }:
        compare(f, rows, set(mapped))
        wrt = [k for k in floats if k in mapped]
        if wrt and _has_gradient(f, rows[0], wrt):
            compare(gradient(f, wrt), rows, set(mapped))


def _has_gradient(f: Callable[..., Any], row: list[Any], wrt: list[int]) -> bool:
    try:
        gradient(f, wrt)(*row)
    except (NoDerivative, AttributeError, RuntimeError):  # flat, or of integers
        return False
    return True
