"""Activations against what their definitions say, with their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

from symdiff.functions import activations

from . import check_gradient

X = np.random.default_rng(0).uniform(-4, 4, size=(3, 5))
sigmoid, softplus = scipy.special.expit, lambda x: np.log1p(np.exp(x))
ABOVE = X > 0

CALLS: dict[str, tuple[Callable[[Any], Any], np.ndarray]] = {
    "relu": (activations.relu, X * ABOVE),
    "relu6": (activations.relu6, np.clip(X, 0, 6)),
    "leaky_relu": (lambda x: activations.leaky_relu(x, 0.2), np.where(ABOVE, X, 0.2 * X)),
    "elu": (lambda x: activations.elu(x, 0.5), np.where(ABOVE, X, 0.5 * np.expm1(X))),
    "celu": (lambda x: activations.celu(x, 0.5), np.where(ABOVE, X, 0.5 * np.expm1(X / 0.5))),
    "selu": (
        activations.selu,
        1.0507009873554805 * np.where(ABOVE, X, 1.6732632423543772 * np.expm1(X)),
    ),
    "gelu": (activations.gelu, 0.5 * X * (1 + scipy.special.erf(X / np.sqrt(2)))),
    "gelu by tanh": (
        lambda x: activations.gelu(x, "tanh"),
        0.5 * X * (1 + np.tanh(np.sqrt(2 / np.pi) * (X + 0.044715 * X**3))),
    ),
    "silu": (activations.silu, X * sigmoid(X)),
    "mish": (activations.mish, X * np.tanh(softplus(X))),
    "softplus": (lambda x: activations.softplus(x, 2.0), softplus(2 * X) / 2),
    "softplus with a threshold": (
        lambda x: activations.softplus(x, threshold=1.0),
        np.where(X > 1, X, softplus(X)),
    ),
    "logsigmoid": (activations.logsigmoid, np.log(sigmoid(X))),
    "softsign": (activations.softsign, X / (1 + np.abs(X))),
    "tanhshrink": (activations.tanhshrink, X - np.tanh(X)),
    "threshold": (lambda x: activations.threshold(x, 1.0, 7.0), np.where(X > 1, X, 7)),
    "hardtanh": (activations.hardtanh, np.clip(X, -1, 1)),
    "hardsigmoid": (activations.hardsigmoid, np.clip(X / 6 + 0.5, 0, 1)),
    "hardswish": (activations.hardswish, X * np.clip(X / 6 + 0.5, 0, 1)),
    "hardshrink": (activations.hardshrink, X * (np.abs(X) > 0.5)),
    "softshrink": (activations.softshrink, np.sign(X) * np.maximum(np.abs(X) - 0.5, 0)),
    "softmax": (lambda x: activations.softmax(x, 1), scipy.special.softmax(X, 1)),
    "softmax over all": (activations.softmax, scipy.special.softmax(X)),
    "log_softmax": (lambda x: activations.log_softmax(x, 0), scipy.special.log_softmax(X, 0)),
    "softmin": (lambda x: activations.softmin(x, 1), scipy.special.softmax(-X, 1)),
}


@pytest.mark.parametrize("name", CALLS)
def test_value_and_gradient(name: str) -> None:
    f, expected = CALLS[name]
    np.testing.assert_allclose(f(X), expected, rtol=1e-12, atol=1e-15)
    assert f(X.astype(np.float32)).dtype == np.float32
    check_gradient(f, X)


def test_gelu_knows_one_approximation() -> None:
    with pytest.raises(ValueError, match="'none' or 'tanh'"):
        activations.gelu(X, "sigmoid")


@pytest.mark.parametrize("name", CALLS)
def test_a_nan_stays_one(name: str) -> None:
    assert np.isnan(CALLS[name][0](np.full((1, 2), np.nan))).all()
