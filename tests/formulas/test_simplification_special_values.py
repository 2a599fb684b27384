"""What is simplified gives NaN and infinity exactly where the tape does.

Sums and products may be taken in another order, so numbers near the largest are not compared.
"""

from __future__ import annotations

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
from symdiff.tracing.graphs import Graph, inputs_for, trace

X = np.array([0.0, -0.0, np.inf, -np.inf, np.nan, 1.0, -1.5, 0.7, 800.0])
UNARY = ("exp", "log", "sqrt", "abs", "square", "sin", "tanh", "negative", "reciprocal")
BINARY = ("add", "subtract", "multiply", "divide")
POWERS = (2, 3, -1, -2)
CONSTANTS = (1, 2, -1, 0.5)

Function = Callable[[Any], Any]


def drawn(rng: random.Random, depth: int) -> tuple[Function, str]:
    """A random function of x, and its text."""
    kind = rng.random()
    if depth == 0 or kind < 0.1:
        c = rng.choice(CONSTANTS)
        return (lambda x: x, "x") if rng.random() < 0.8 else (lambda x: x * 0 + c, f"(x*0 + {c})")
    f, text = drawn(rng, depth - 1)
    if kind < 0.45:
        name = rng.choice(UNARY)
        return (lambda x: getattr(np, name)(f(x))), f"{name}({text})"
    if kind < 0.6:
        k = rng.choice(POWERS)
        return (lambda x: f(x) ** k), f"({text})**{k}"
    name = rng.choice(BINARY)
    if kind < 0.7:
        c = rng.choice(CONSTANTS)
        return (lambda x: getattr(np, name)(f(x), c)), f"{name}({text}, {c})"
    h, other = drawn(rng, depth - 1)
    return (lambda x: getattr(np, name)(f(x), h(x))), f"{name}({text}, {other})"


def summed(f: Function) -> Function:
    return lambda x: np.sum(f(x))


def simplified(f: Function) -> tuple[np.ndarray, np.ndarray]:
    """What the simplified graphs of f and of its slope give."""
    slope = simplify(value_and_gradient(graph_of(summed(f)), [0]))
    (value,) = run(simplify(graph_of(f)), [X])
    return value, run(slope, [X])[1]


def graph_of(f: Function) -> Graph:
    return trace("f", f, inputs_for(["x"], [aval_of(X)]))


def same(got: Any, want: Any, text: str) -> None:
    """Equal up to rounding; the same NaN, the same infinities."""
    got, want = np.broadcast_arrays(np.asarray(got, float), np.asarray(want, float))
    near = np.isclose(got, want, rtol=1e-9, atol=1e-12, equal_nan=True)
    assert near.all(), f"{text} at {X[~near]}: {got[~near]}, not {want[~near]}"


@pytest.mark.parametrize("seed", range(12))
def test_simplified_graphs_keep_special_values(seed: int) -> None:
    rng = random.Random(seed)
    with np.errstate(all="ignore"):
        for f, text in (drawn(rng, 1 + k % 3) for k in range(30)):
            value, slope = simplified(f)
            same(value, f(X), text)
            same(slope, sd.grad(summed(f), compile=False)(X), f"slope of {text}")


FAMOUS: list[tuple[str, Function]] = [
    ("x/x**3", lambda x: x / x**3),
    ("x/x", lambda x: x / x),
    ("exp(x)/exp(x)", lambda x: np.exp(x) / np.exp(x)),
    ("x*0", lambda x: x * 0),
    ("1/(x*0.0)", lambda x: 1 / (x * 0.0)),
    ("1/(x*-0.0)", lambda x: 1 / (x * -0.0)),
    ("x*0 + x", lambda x: x * 0 + x),
    ("x - x", lambda x: x - x),
    ("2*x - x", lambda x: 2 * x - x),
    ("log(exp(x))", lambda x: np.log(np.exp(x))),
    ("exp(log(x))", lambda x: np.exp(np.log(x))),
    ("sqrt(x**2)", lambda x: np.sqrt(x**2)),
    ("sqrt(x)**2", lambda x: np.sqrt(x) ** 2),
    ("(x**2)**1.5", lambda x: (x**2) ** 1.5),
    ("(x**-1)**-1", lambda x: (x**-1) ** -1),
    ("maximum(x, 1/x)", lambda x: np.maximum(x, 1 / x)),
    ("sin(x)**2 + cos(x)**2", lambda x: np.sin(x) ** 2 + np.cos(x) ** 2),
]


@pytest.mark.parametrize(("text", "f"), FAMOUS, ids=[text for text, _ in FAMOUS])
def test_compiled_code_keeps_special_values(text: str, f: Function) -> None:
    with np.errstate(all="ignore"):
        same(sd.jit(f)(X), f(X), text)
        same(sd.grad(summed(f))(X), sd.grad(summed(f), compile=False)(X), f"slope of {text}")


def test_a_zero_and_a_negative_zero_are_two_constants() -> None:
    x = np.array([1.0, -1.0])
    both = sd.jit(lambda x: (1 / (x * 0.0), 1 / (x * -0.0)))
    with np.errstate(divide="ignore"):
        plus, minus = both(x)
    np.testing.assert_array_equal(plus, [np.inf, -np.inf])
    np.testing.assert_array_equal(minus, [-np.inf, np.inf])
