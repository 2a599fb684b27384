"""What programs write down while they are differentiated: texts, and numbers to look at afterwards."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.graph.op import LosesGradient

X = np.array([0.5, 1.5, 2.5])


class Fit:
    """Notes its losses."""

    def __init__(self) -> None:
        self.losses: list[Any] = []
        self.last: Any = None

    def loss(self, x: Any) -> Any:
        self.last = np.sum(x**2)
        self.losses.append(float(self.last))
        return self.last


@pytest.mark.parametrize("compile", [False, True])
def test_what_was_noted_is_numbers_afterwards(compile: bool) -> None:
    fit = Fit()
    gradient = sd.grad(fit.loss, compile=compile)
    gradient(X)
    gradient(2 * X)
    assert np.mean(fit.losses) == 2.5 * float(fit.last) / 4
    assert json.dumps([float(y) for y in fit.losses]) == "[8.75, 35.0]"
    assert np.asarray(fit.last, float) == fit.last.item() == 35.0


def test_while_another_derivative_is_taken_it_still_has_its_history() -> None:
    kept: list[Any] = []

    def inner(x: Any) -> Any:
        kept.append(x)
        return np.sum(x**3)

    def outer(x: Any) -> Any:
        global _seen  # it has no twin
        _seen = sd.grad(inner)(x)
        return float(kept[-1][0])

    with pytest.raises(LosesGradient):
        sd.grad(outer, compile=False)(X)


@pytest.mark.parametrize("compile", [False, True])
def test_a_text_tells_the_numbers(compile: bool) -> None:
    said: list[str] = []

    def f(x: Any) -> Any:
        text, more = "%.1f of", " %g"
        text %= x[0]
        said.append(text + more % np.sum(x))
        return x[0] % 2.0 * x[1]

    np.testing.assert_array_equal(sd.grad(f, compile=compile)(X), [1.5, 0.5, 0.0])
    assert said == ["0.5 of 4.5"]
