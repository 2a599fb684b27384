"""Compiled derivatives along a direction are gradients times it, for rules of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

A = np.random.default_rng(3).normal(size=(3, 3)) / 2
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "expm": sd.linalg.matrix_exp,
    "inv": np.linalg.inv,
    "solve": lambda a: np.linalg.solve(a, a[0] ** 2),
    "cholesky": lambda a: np.linalg.cholesky(a @ a.T + np.eye(3)),
    "eigh": lambda a: np.linalg.eigh(a + a.T)[1] ** 2,
    "svd": lambda a: np.linalg.svd(a)[1],
    "det": np.linalg.det,
    "slogdet": lambda a: np.linalg.slogdet(a)[1],
    "pinv": lambda a: np.linalg.pinv(a[:2]),
    "qr": lambda a: np.linalg.qr(a)[1],
    "prod": lambda a: np.prod(a, axis=0),
    "cumprod": lambda a: np.cumprod(a, axis=1),
    "sort": lambda a: np.sort(a, axis=None),
    "convolve": lambda a: np.convolve(a[0], a[1]),
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_jvp_is_the_gradient_times_the_direction(name: str) -> None:
    def f(a: Any) -> Any:
        return np.sum(np.sin(FUNCTIONS[name](a)))

    direction = np.arange(9.0).reshape(3, 3) / 9
    _, slope = sd.jvp(f, (A,), (direction,))
    assert slope == pytest.approx(np.sum(sd.grad(f, compile=False)(A) * direction))
