"""A program that catches LinAlgError takes its other way from compiled code, too."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd

X = np.array([0.5, -1.0, 2.0])


def with_jitter(x: Any, shift: float) -> Any:
    gram = np.outer(x, x) + shift * np.eye(3)
    try:
        factor = np.linalg.cholesky(gram)
    except np.linalg.LinAlgError:
        factor = np.linalg.cholesky(gram + 3 * np.eye(3))
    return np.sum(factor**3)


@pytest.mark.parametrize("transform", [sd.grad, sd.value_and_grad, sd.hessian, sd.jacobian])
def test_the_other_way_is_taken_only_where_the_first_fails(transform: Any) -> None:
    compiled, tape = transform(with_jitter), transform(with_jitter, compile=False)
    for shift in (1.0, -1.0, -1.0, 2.0, -0.5):
        got, expected = compiled(X, shift), tape(X, shift)
        if transform is sd.value_and_grad:
            assert got[0] == pytest.approx(with_jitter(X, shift))
            got, expected = got[1], expected[1]
        np.testing.assert_allclose(got, expected, rtol=1e-9)


def test_jit_takes_it_too() -> None:
    compiled = sd.jit(with_jitter)
    for shift in (1.0, -1.0, -1.0, 2.0):
        assert compiled(X, shift) == pytest.approx(with_jitter(X, shift))


def test_what_nobody_catches_is_raised_and_the_next_call_is_right() -> None:
    def f(x: Any) -> Any:
        return np.sum(np.linalg.inv(np.outer(x, x) + np.diag(x)))

    compiled, good = sd.grad(f), np.array([1.0, 2.0])
    expected = compiled(good)
    for _ in range(2):
        with pytest.raises(np.linalg.LinAlgError):
            compiled(np.zeros(2))
        np.testing.assert_array_equal(compiled(good), expected)
    out = np.empty(2)
    assert compiled(good, out=out) is out
    with pytest.raises(np.linalg.LinAlgError):
        compiled(np.zeros(2), out=out)
