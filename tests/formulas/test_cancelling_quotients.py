"""Quotients cancel only against what is read along the same indices."""

from __future__ import annotations

from typing import Any

import numpy as np

import symdiff as sd
from symdiff.ops.running import others


def test_a_sum_of_quotients_over_an_index_of_its_own_is_kept():
    x = sd.tensor([[1.5, -2.0, 0.5], [3.0, 1.0, -1.0]], requires_grad=True)
    y = (others(x, axis=-1) ** 2).sum()
    y.backward()
    np.testing.assert_allclose(sd.formula(y).derive("x")(), x.grad.numpy(), rtol=1e-12)


def normalised(x: Any, g: Any, c: Any) -> Any:
    return np.sum(x / np.sqrt(np.mean(x**2) + 1e-6) * g * c)


def test_sums_within_quotients_within_sums_come_to_an_end() -> None:
    """A divisor that is not exact, 1e-06*n, gave ever higher powers in the derivation's steps."""
    hessian = sd.derive(normalised, "x", shapes="x:n g:n c:n", order=2)
    assert len(hessian.steps) > 10


def newton(x: Any) -> Any:
    for _ in range(3):
        x = x - (x**3 - 2 * x - 5) / (3 * x**2 - 2)
    return x


def test_powers_drawn_out_within_brackets_do_not_make_newtons_steps_longer() -> None:
    """Bracket within bracket, numerators counted as short enough to be multiplied out: 830 letters."""
    assert len(sd.derive(newton, "x").text) < 400
