"""Functions with masks have zeros, NaN and infinity where the tape has them, slopes included.

Below a mask a slope that meets a zero cotangent is 0, however the zero came about: `strongmul`
means just that, on the tape and in what is simplified. Sums and products may be taken in another
order, so what overflows or rounds to 0 in between, and the sign of an infinity, are not compared.
"""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.calculus.derivative import value_and_gradient
from symdiff.calculus.interpret import run
from symdiff.calculus.simplify import simplify
from symdiff.graph.op import aval_of
from symdiff.tracing.graphs import inputs_for, trace

from .checking import function, seeds
from .draw import texts

SPECIAL = (0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.5, 0.7, 3.0)
X, Y = np.array(list(itertools.product(SPECIAL, SPECIAL))).T.copy()
UNARY = "exp log sqrt abs square sin tanh negative reciprocal".split()
BINARY = "add subtract multiply divide maximum minimum".split()
TESTS = ("x > 0", "y > 0", "x >= y", "x == 0")

Function = Callable[[Any, Any], Any]


def drawn(rng: random.Random, depth: int) -> str:
    """A random expression of x and y, likely with a mask."""
    if depth == 0:
        return rng.choice("xy")
    kind, a, b = rng.random(), drawn(rng, depth - 1), drawn(rng, depth - 1)
    if kind < 0.3:
        return f"np.{rng.choice(UNARY)}({a})"
    if kind < 0.4:
        return f"({a}) ** {rng.choice([2, 3, -1, 0.5])}"
    if kind < 0.7:
        return f"np.{rng.choice(BINARY)}({a}, {rng.choice([b, b, b, '0.5'])})"
    if kind < 0.9:
        test = rng.choice([*TESTS, f"{drawn(rng, depth - 1)} > 0.5"])
        return f"np.where({test}, {a}, {rng.choice([b, b, '0.0', '1.0'])})"
    return f"np.clip({a}, -1.0, {rng.choice([1, 2.5])})"


def summed(text: str) -> Function:
    return function(f"def f(x, y):\n    return np.sum({text})")


def simplified_slopes(f: Function) -> tuple[Any, ...]:
    graph = trace("f", f, inputs_for(["x", "y"], [aval_of(X), aval_of(Y)]))
    return run(simplify(value_and_gradient(graph, [0, 1])), [X, Y])[1:]


def same(got: Any, want: Any, text: str) -> None:
    got, want = np.broadcast_arrays(np.asarray(got, float), np.asarray(want, float))
    kinds = (np.isnan(got) == np.isnan(want)) & (np.isinf(got) == np.isinf(want))
    finite = np.isfinite(got) & np.isfinite(want)
    near = kinds & (~finite | np.isclose(got, want, rtol=1e-8, atol=1e-8))
    at = list(zip(X[~near], Y[~near]))
    assert near.all(), f"{text} at {at[:3]}: {got[~near][:3]}, not {want[~near][:3]}"


@seeds(range(4), range(100, 200))
def test_slopes_of_functions_with_masks(seed: int) -> None:
    rng = random.Random(seed)
    with np.errstate(all="ignore"):
        for text in (drawn(rng, 1 + k % 4) for k in range(60)):
            f = summed(text)
            wanted = sd.grad(f, (0, 1), compile=False)(X, Y)
            for got, want in zip(simplified_slopes(f), wanted, strict=True):
                same(got, want, text)


COMPILED = texts("""np.where(x > 0, y*y, np.where(x == 0, y, 0.0)); 1 / np.where(y > 0, y, 0.0)
np.clip(np.sqrt(np.abs(x)), -1, 1) * x; y * np.where(x > 0, np.sqrt(np.abs(x)), np.log(x + 3))
y * np.maximum(np.sqrt(np.abs(x)), 0.0); np.where(y > 0, np.minimum(x, y) ** 2, 1.0) * x""")


@pytest.mark.parametrize("text", COMPILED)
@pytest.mark.parametrize("kind", [sd.grad, sd.hessian])
def test_compiled_slopes_below_masks(kind: Any, text: str) -> None:
    f, points = summed(text), (np.array([0.0, 0.0, 1.5, -1.5]), np.array([0.0, 2.0, -0.5, 1.5]))
    with np.errstate(all="ignore"):
        wanted = kind(f, (0, 1), compile=False)(*points)
        for got, want in zip(kind(f, (0, 1))(*points), wanted, strict=True):
            np.testing.assert_allclose(got, want, rtol=1e-12)
