"""Random scalar expressions of SymPy's: the same derivative as `sympy.diff`, and no longer."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import sympy

import symdiff as sd
from symdiff.calculus.interpret import run

X, Y = sympy.symbols("x y", positive=True)
POINT = {"x": 0.7, "y": 1.3}
UNARY = [
    sympy.sin, sympy.cos, sympy.exp, sympy.log, sympy.sqrt, sympy.tanh, sympy.atan, sympy.sinh,
    sympy.tan, sympy.cosh, sympy.asinh, lambda u: 1 / u, lambda u: -u,
]  # fmt: skip


def drawn(rng: random.Random, depth: int) -> Any:
    """A random expression in x and y."""
    kind = rng.random()
    if depth == 0 or kind < 0.1:
        return rng.choice([X, X, X, Y, sympy.Integer(rng.randint(1, 5)), sympy.pi])
    u = drawn(rng, depth - 1)
    if kind < 0.4:
        return rng.choice(UNARY)(u)
    if kind < 0.55:
        return u ** rng.choice([2, 3, -1, -2, sympy.Rational(1, 2), sympy.Rational(3, 2)])
    v = drawn(rng, depth - 1)
    return rng.choice([u + v, u - v, u * v, u * v, u / v])


def expressions(count: int, depth: int) -> list[Any]:
    """Expressions that depend on x and are real and of moderate size at the point."""
    rng, found = random.Random(4), []
    while len(found) < count:
        e = drawn(rng, depth)
        if X in e.free_symbols and _is_moderate(e) and _is_moderate(sympy.diff(e, X)):
            found.append(e)
    return found


def _is_moderate(e: Any) -> bool:
    if e.has(sympy.zoo, sympy.nan, sympy.oo):
        return False
    at = complex(e.subs({X: POINT["x"], Y: POINT["y"]}))
    return at.imag == 0 and 1e-6 < abs(at) < 1e6


def compared(count: int, depth: int) -> np.ndarray:
    """The operations of our formula over those of SymPy's (`count_ops`), of each derivative."""
    ratios = []
    for e in expressions(count, depth):
        ours, theirs = sd.derive(e, "x"), sympy.diff(e, X)
        graph = ours.graph
        value = run(graph, [np.float64(POINT[node.label]) for node in graph.inputs])[0]
        expected = float(theirs.subs({X: POINT["x"], Y: POINT["y"]}))
        np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-12, err_msg=str(e))
        ratios.append((1 + sympy.count_ops(ours.sympy)) / (1 + sympy.count_ops(theirs)))
    return np.array(ratios)


def test_derivatives_agree_with_sympy_and_are_no_longer() -> None:
    ratios = compared(200, 3)
    assert np.median(ratios) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("depth", [2, 4, 5])
def test_more_derivatives_agree_with_sympy(depth: int) -> None:
    ratios = compared(300, depth)
    assert np.median(ratios) <= 1


@pytest.mark.parametrize(
    ("text", "by", "shapes", "order"),
    [("sum(x)", "x", "x:n", 2), ("einsum('ijk,i,j,k->', T, x, x, x)", "x", "T:n,n,n x:n", 1)],
)
def test_what_has_no_plain_matrix_form_has_a_form_in_sympy(
    text: str, by: str, shapes: str, order: int
) -> None:
    """Zeros of two named sizes, and sums that NumPy names by einsum, ended in errors."""
    assert sd.derive(text, by, shapes=shapes, order=order).sympy is not None


@pytest.mark.parametrize("text", ["max(x)", "min(x)**2", "max(sin(x))"])
def test_an_extreme_s_slope_counts_equal_elements_in_sympy(text: str) -> None:
    """Conditions were multiplied, which SymPy refuses."""
    slope = sd.derive(text, "x", shapes="x:3")
    values = {"x": np.array([0.5, 1.25, 0.25])}
    x = sympy.IndexedBase("x")
    known = {x[i]: sympy.Float(v) for i, v in enumerate(values["x"])}
    extreme = {"max(x)": 1.25, "min(x)": 0.25, "max(sin(x))": np.sin(1.25)}
    known |= {sympy.Symbol(name): sympy.Float(v) for name, v in extreme.items()}
    found = [float(slope.sympy(i).doit().subs(known).doit()) for i in range(3)]
    np.testing.assert_allclose(found, slope(**values))
