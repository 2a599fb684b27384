"""What a notebook is given to show: HTML and LaTeX where there is a formula, else text."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd


def shown(value):
    formatters = pytest.importorskip("IPython.core.formatters")
    data, _ = formatters.DisplayFormatter().format(value)
    return data


def loss_of(x):
    return (x**2).sum()


def test_an_explanation():
    data = shown(sd.explain(loss_of, np.array([1.0, 2.0])))
    assert "<math" in data["text/html"]
    assert data["text/latex"].startswith("$")
    assert "2*x" in data["text/plain"]


def test_a_gradient_and_its_formula():
    x = sd.tensor([1.0, 2.0], requires_grad=True)
    loss = loss_of(x)
    loss.backward()
    assert "<math" in shown(x.grad)["text/html"]
    assert shown(x.grad)["text/latex"] == r"$\displaystyle 2 x$"
    assert shown(x.grad.formula)["text/latex"] == r"$\displaystyle 2 x$"
    assert shown(x.grad.formula)["text/plain"] == "2*x"


def test_steps_and_a_comparison():
    assert "<li>" in shown(sd.derive("x**2*sin(x)").steps)["text/html"]
    assert "complex step" in shown(sd.compare(loss_of, np.array([1.0, 2.0])))["text/html"]


def test_tensors_without_a_formula_faults_and_kinks_are_text():
    def f(x):
        return np.sum(np.sqrt(np.abs(x)))

    for value in (
        sd.ones(2),
        sd.explain_nan(f, np.array([0.0])),
        sd.kinks(f, np.array([0.0]))[0],
    ):
        assert set(shown(value)) == {"text/plain"}
