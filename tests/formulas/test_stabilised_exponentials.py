"""Programs subtract the largest element before exp; formulas do not tell, kernels do it once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd


def logsumexp(x: Any) -> Any:
    largest = np.max(x)
    return largest + np.log(np.sum(np.exp(x - largest)))


def softmax(x: Any) -> Any:
    e = np.exp(x - np.max(x))
    return e / np.sum(e)


def of_rows(X: Any) -> Any:
    largest = np.max(X, axis=1, keepdims=True)
    return np.sum(largest[:, 0] + np.log(np.sum(np.exp(X - largest), axis=1)))


def of_columns(X: Any) -> Any:
    largest = np.max(X, axis=0)
    return np.sum(largest + np.log(np.sum(np.exp(X - largest), axis=0)))


def cross_entropy(W: Any, x: Any, y: Any) -> Any:
    z = W @ x
    z = z - np.max(z)
    return -np.sum(y * (z - np.log(np.sum(np.exp(z)))))


def with_offsets(X: Any, b: Any) -> Any:
    return np.sum(np.log(np.sum(np.exp(X + b[:, None]), axis=1)))


CASES = [
    (logsumexp, "x", "x:n", "softmax(x)"),
    (softmax, "x", "x:n", "diag(s) - outer(s, s)\nwhere s = softmax(x)"),
    (of_rows, "X", "X:m,n", "softmax(X, axis=1)"),
    (of_columns, "X", "X:m,n", "softmax(X, axis=0)"),
    (cross_entropy, "W", "W:k,n x:n y:k", "outer(sum(y)*softmax(W @ x) - y, x)"),
    (with_offsets, "X", "X:m,n b:m", "softmax(X, axis=1)"),
    (with_offsets, "b", "X:m,n b:m", "ones(m)"),
]


@pytest.mark.parametrize(("f", "by", "shapes", "expected"), CASES)
def test_derivatives_are_the_textbooks(
    f: Callable[..., Any], by: str, shapes: str, expected: str
) -> None:
    assert sd.derive(f, by, shapes=shapes).text == expected


def test_values_are_the_textbooks() -> None:
    assert sd.formula(logsumexp, shapes="x:n").text == "logsumexp(x)"
    assert sd.formula(softmax, shapes="x:n").text == "softmax(x)"


LARGE = np.array([[1000.0, 999.0, -1000.0], [0.5, 0.5, 0.25]])


@pytest.mark.parametrize("f", [of_rows, of_columns, lambda X: np.sum(softmax(X) * X)])
@pytest.mark.parametrize("x", [LARGE, LARGE / 1000, LARGE.T])
def test_kernels_give_what_the_tape_gives(f: Callable[..., Any], x: np.ndarray) -> None:
    value, slope = sd.value_and_grad(f)(x)
    expected, by_tape = sd.value_and_grad(f, compile=False)(x)
    np.testing.assert_allclose(value, expected, 1e-14)
    np.testing.assert_allclose(slope, by_tape, 1e-13, 1e-15)
    np.testing.assert_allclose(sd.hessian(f)(x), sd.hessian(f, compile=False)(x), 1e-12, 1e-14)


def test_a_number_that_is_none_stays() -> None:
    for compiled in (True, False):
        assert np.isnan(sd.grad(logsumexp, compile=compiled)(np.array([0.0, np.nan]))).all()
