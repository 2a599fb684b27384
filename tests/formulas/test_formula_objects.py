"""A formula is an object like others: it can be pickled, copied, and kept in a dict."""

from __future__ import annotations

import copy
import pickle
import subprocess
import sys
import time

import numpy as np
import pytest

import symdiff as sd

C = np.array([1.0, 2.0, 3.0])
MADE = {
    "text": lambda: sd.derive("sum((A @ x - b)**2)", "x", shapes="A:m,n x:n b:m"),
    "value": lambda: sd.formula("b @ solve(S, b) + logdet(S)", shapes="S:n,n b:n"),
    "hessian": lambda: sd.derive("logsumexp(A @ x)", "x", shapes="A:m,n x:n", order=2),
    "lambda": lambda: sd.derive(lambda x: np.sin(x) ** 2 / 3),
    "captured": lambda: sd.derive(lambda x: np.sum(np.exp(C * x)), shapes="x:3"),
    "sizes": lambda: sd.derive("sum(x[1:]*x[:-1])/n", "x", shapes="x:n"),
    "exact": lambda: sd.derive("erf(x)"),
    "number": lambda: sd.derive("3*x"),
    "ties": lambda: sd.derive("sum(maximum(x, 0)) + norm(x)", "x", shapes="x:n"),
}
WAYS = {"pickle": lambda f: pickle.loads(pickle.dumps(f)), "copy": copy.copy, "deep": copy.deepcopy}


def values(f):
    random = np.random.default_rng(0)
    sizes = {"m": 5, "n": 4}
    return {
        node.label: random.uniform(0.1, 0.9, [sizes.get(str(n), n) for n in node.shape])
        for node in f.graph.inputs
        if node.value is None
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", MADE)
def test_round_trip_keeps_text_value_and_steps(name, way):
    f = MADE[name]()
    g = WAYS[way](f)
    assert (g.text, g.latex, g.shape, g.names) == (f.text, f.latex, f.shape, f.names)
    np.testing.assert_array_equal(g(**values(f)), f(**values(f)))
    assert repr(g.steps) == repr(f.steps)
    assert g.source() == f.source()


def test_the_copy_can_be_differentiated():
    f = pickle.loads(pickle.dumps(MADE["text"]()))
    assert f.derive("x").text == "2*A.T @ A"


def test_another_process_needs_no_lambda():
    data = pickle.dumps(MADE["lambda"]())
    code = "import pickle, sys; print(pickle.loads(sys.stdin.buffer.read())(x=0.5))"
    done = subprocess.run([sys.executable, "-c", code], input=data, capture_output=True, check=True)
    assert float(done.stdout) == pytest.approx(np.sin(1.0) / 3)


def test_deep_formulas_do_not_exhaust_the_stack():
    def f(x):
        for _ in range(1200):
            x = np.sin(x)
        return x

    g = sd.formula(f)
    assert pickle.loads(pickle.dumps(g))(x=0.5) == g(x=0.5)
    assert copy.deepcopy(g)(x=0.5) == g(x=0.5)


def test_formulas_are_keys():
    f = MADE["number"]()
    assert {f: 1}[f] == 1


@pytest.mark.parametrize("order", [2, 3, 4])
def test_higher_derivatives_tell_the_symbols_apart(order: int) -> None:
    """Numbers were once taken for one another where a slope is one of the letters."""
    formula = sd.formula("a*sin(b*x)").derive("x", order=order)
    a, b, x = 1.5, 2.0, 0.3
    assert formula(a=a, b=b, x=x) == pytest.approx(a * b**order * np.sin(b * x + order * np.pi / 2))
    cubic = sd.formula("x**2*a").derive("x", order=order)
    assert cubic(a=a, x=x) == (2 * a if order == 2 else 0)


def test_the_tenth_derivative_is_evaluated_at_once() -> None:
    start = time.process_time()
    formula = sd.derive("1/(1 + x**2)", order=10)
    value = formula(x=0.3)
    assert time.process_time() - start < 3
    assert value == pytest.approx(2254318.0291568255)
