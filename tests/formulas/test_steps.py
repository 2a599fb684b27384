"""The steps of a derivation: the rules really used, from the function to the formula."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pytest

import symdiff as sd
from symdiff.cli import main
from symdiff.formulas.steps import MOST_STEPS

CASES = [
    ("x**2*sin(x)", "x", None, 2),
    ("exp(-x**2)/x", "x", None, 1),
    ("sum((A @ x - b)**2)", "x", "A:m,n x:n b:m", 2),
    ("logdet(S)", "S", "S:n,n", 1),
    ("det(S)", "S", "S:n,n", 2),
    ("b @ solve(S, b)", "S", "S:n,n b:n", 1),
    ("sum(log(1 + exp(-y*(X @ w))))", "w", "X:m,n w:n y:m", 2),
    ("tanh(A @ x)", "x", "A:m,n x:n", 1),
    ("norm(x)", "x", "x:n", 1),
    ("sum(softmax(x)*a)", "x", "x:n a:n", 1),
    ("sum(cholesky(S))", "S", "S:n,n", 1),
    ("sum(maximum(x, 0)**2)", "x", "x:n", 1),
    ("max(x) + prod(x)", "x", "x:n", 1),
    ("a*b", "a", None, 2),
    ("3*b", "a", "a:n", 1),
]


@pytest.mark.parametrize("case", CASES, ids=lambda c: c[0])
def test_the_steps_lead_from_the_function_to_the_formula(case):
    text, wrt, shapes, order = case
    f = sd.derive(text, wrt, shapes=shapes, order=order)
    steps = f.steps
    assert steps[-1].after == f.text
    assert steps[-1].after_latex == f.latex
    for one, following in itertools.pairwise(steps):
        last_of_its_order = one.rule.startswith("collect")
        assert last_of_its_order or one.after == following.before
    assert sum(step.rule.startswith("collect") for step in steps) == order


def test_each_step_is_one_rule():
    steps = sd.derive("sum((A @ x - b)**2)", "x", shapes="A:m,n x:n b:m").steps
    assert [(s.rule.partition(":")[0], s.before, s.after) for s in steps] == [
        ("sum rule", "d(sum((A @ x - b)**2))", "sum(d((A @ x - b)**2))"),
        ("power rule", "sum(d((A @ x - b)**2))", "2*(A @ x - b) @ d(A @ x - b)"),
        ("sum rule", "2*(A @ x - b) @ d(A @ x - b)", "2*(A @ x - b) @ d(A @ x)"),
        ("product rule", "2*(A @ x - b) @ d(A @ x)", "2*(A @ x - b) @ A @ dx"),
        ("collect and simplify", "2*(A @ x - b) @ A @ dx", "2*A.T @ (A @ x - b)"),
    ]


@pytest.mark.parametrize(
    ("text", "shapes", "rule"),
    [
        ("sum(inv(S))", "S:n,n", "rule for the inverse: d(inv(X)) = -inv(X) @ dX @ inv(X)"),
        ("det(S)", "S:n,n", "rule for the determinant: d(det(X)) = det(X)*trace(inv(X) @ dX)"),
        ("logdet(S)", "S:n,n", "rule for log det: d(logdet(X)) = trace(inv(X) @ dX)"),
        ("trace(S @ S @ S)", "S:n,n", "product rule"),
        ("a/(1 + a)", None, "quotient rule: d(u/v) = du/v - u*dv/v**2"),
        ("tanh(a)", None, "chain rule: d(tanh(u)) = du*(1 - tanh(u)**2)"),
    ],
)
def test_rules_are_what_the_pullbacks_say(text, shapes, rule):
    assert any(step.rule.startswith(rule) for step in sd.derive(text, shapes=shapes).steps)


def test_a_rule_of_ones_own_is_told_as_it_was_written():
    f = sd.derive(lambda x: np.sin(np.sin(x)))
    assert sum(step.rule.startswith("chain rule: d(sin(u))") for step in f.steps) == 2


def test_long_derivations_are_bounded():
    def f(x):
        for k in range(100):
            x = np.sin(x) + k * np.cos(x)
        return x

    steps = sd.derive(f).steps
    assert len(steps) == MOST_STEPS + 2
    assert re.fullmatch(r"\d+ more steps", steps[MOST_STEPS // 2].rule)


def test_steps_print_well():
    steps = sd.derive("x**2").steps
    assert repr(steps[0]) == "power rule: d(u**2) = 2*u*du\n    d(x**2)\n  = 2*x*dx"
    assert str(steps).startswith("1. power rule: d(u**2) = 2*u*du\n")
    assert steps._repr_html_().startswith("<ol><li><p>power rule: d(u**2) = 2*u*du</p>")


def test_a_formula_that_is_no_derivative_has_no_steps():
    assert sd.formula("x**2").steps == ()


def test_the_command_line_prints_the_steps(capsys):
    assert main(["derive", "x**2", "--steps"]) == 0
    assert "power rule" in capsys.readouterr().out


def test_what_is_too_long_is_told_by_its_beginning():
    text = "sum(log(x)) + sum(sin(x)) + sum(cos(x)) + sum(tanh(x)) + sum(sqrt(x))"
    steps = sd.derive(text, "x", shapes="x:n").steps
    assert steps[0].before.startswith("d(sum(") and steps[0].before.endswith("...)")
