"""The gradient mode holds on the tape, while tracing, and in compiled code alike."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import symdiff as sd

X = np.array([1.0, 2.0, 3.0])
WAYS = pytest.mark.parametrize("compiled", [True, False])


def shifted(x: Any) -> Any:
    with sd.no_grad():
        top = np.max(x) * 1
    return np.sum(np.exp(x - top))


def shifted_by_detach(x: Any) -> Any:
    return np.sum(np.exp(x - sd.detach(np.max(x))))


@WAYS
@pytest.mark.parametrize("f", [shifted, shifted_by_detach])
def test_what_is_not_recorded_is_a_constant(f: Any, compiled: bool) -> None:
    np.testing.assert_allclose(sd.grad(f, compile=compiled)(X), np.exp(X - 3))


@WAYS
def test_in_every_order(compiled: bool) -> None:
    def f(x: Any) -> Any:
        return sd.detach(x) * x * x

    assert sd.grad(sd.grad(f, compile=compiled), compile=compiled)(3.0) == 6.0


@WAYS
def test_recording_may_be_switched_on_within(compiled: bool) -> None:
    @sd.no_grad()
    def f(x: Any) -> Any:
        y = x * x
        with sd.enable_grad():
            return np.sum(x * y)

    np.testing.assert_allclose(sd.grad(f, compile=compiled)(X), X * X)


@WAYS
def test_a_view_made_within_still_writes_through(compiled: bool) -> None:
    def f(x: Any) -> Any:
        y = x * 1
        with sd.no_grad():
            part = y[1:]
        part *= 3
        return np.sum(y * y)

    value, gradient = sd.value_and_grad(f, compile=compiled)(X)
    assert value == 1 + 36 + 81
    assert gradient[0] == 2


def test_nothing_is_recorded_of_a_compiled_call_within() -> None:
    x = sd.tensor(X, requires_grad=True)
    with sd.no_grad():
        assert not sd.jit(lambda x: np.sin(x))(x).requires_grad


def test_infinities_are_no_warnings() -> None:
    text = (
        "import numpy as np, symdiff as sd\n"
        "x = sd.tensor([0.0, -1.0, 1e4], requires_grad=True)\n"
        "(x.log() + x.exp() + 1 / x + x.sqrt()).sum().backward()\n"
        "sd.grad(lambda x: np.sum(np.log(x) / x), compile=False)(np.zeros(2))\n"
    )
    command = [sys.executable, "-W", "default", "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
