"""Differences, integrals, interpolation and convolution against NumPy's, with their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid

from symdiff.functions import reducing, signal
from symdiff.tensors.torch_face import Tensor

from . import check

RNG = np.random.default_rng(0)
F = RNG.normal(size=(5, 4))
T, U = np.cumsum(RNG.uniform(0.1, 1, 5)), np.cumsum(RNG.uniform(0.1, 1, 4))
X = np.array([-1.0, 0.0, 0.2, 1.0, 2.5, 7.0, 3.3])
XP, FP = np.array([0.0, 1.0, 2.0, 3.3]), np.array([1.0, -1.0, 2.0, 5.0])


@pytest.mark.parametrize("mode", ["full", "same", "valid"])
@pytest.mark.parametrize("name", ["convolve", "correlate"])
def test_products_of_rows_of_any_length(name: str, mode: str) -> None:
    for n in range(1, 6):
        for m in range(1, 6):
            a, v = F.ravel()[:n], F.ravel()[10 : 10 + m]
            found = getattr(signal, name)(a, v, mode)
            np.testing.assert_allclose(found, getattr(np, name)(a, v, mode), atol=1e-13)


CALLS: dict[str, tuple[Callable[..., Any], Callable[..., Any], tuple[np.ndarray, ...]]] = {
    "diff": (signal.diff, np.diff, (F,)),
    "diff twice": (lambda x: signal.diff(x, 2, 0), lambda x: np.diff(x, 2, 0), (F,)),
    "diff with ends": (
        lambda x, e: signal.diff(x, axis=0, prepend=1.0, append=e),
        lambda x, e: np.diff(x, axis=0, prepend=1.0, append=e),
        (F, F[:2]),
    ),
    "ediff1d": (
        lambda x: signal.ediff1d(x, 3.0, [1.0, 2.0]),
        lambda x: np.ediff1d(x, 3.0, [1.0, 2.0]),
        (F,),
    ),
    "trapezoid": (
        lambda y, x: signal.trapezoid(y, x, axis=0),
        lambda y, x: np.trapezoid(y, x, axis=0),
        (F, T),
    ),
    "trapezoid in steps": (
        lambda y: signal.trapezoid(y, dx=0.3),
        lambda y: np.trapezoid(y, dx=0.3),
        (F,),
    ),
    "trapezoid at points of its shape": (signal.trapezoid, np.trapezoid, (F, np.cumsum(F**2, 1))),
    "cumulative trapezoid": (
        lambda y, x: signal.cumulative_trapezoid(y, x, axis=0),
        lambda y, x: cumulative_trapezoid(y, x, axis=0),
        (F, T),
    ),
    "cumulative trapezoid from 0": (
        lambda y: signal.cumulative_trapezoid(y, initial=0),
        lambda y: cumulative_trapezoid(y, initial=0),
        (F,),
    ),
    "gradient": (lambda f: signal.gradient(f)[0], lambda f: np.gradient(f)[0], (F,)),
    "gradient in steps": (
        lambda f, t: signal.gradient(f, t, 0.5, edge_order=2)[0],
        lambda f, t: np.gradient(f, t, 0.5, edge_order=2)[0],
        (F, T),
    ),
    "gradient along the last axis": (
        lambda f, u: signal.gradient(f, u, axis=-1),
        lambda f, u: np.gradient(f, u, axis=-1),
        (F, U),
    ),
    "gradient of two": (signal.gradient, np.gradient, (F[0, :2],)),
    "interp": (signal.interp, np.interp, (X + 0.01, XP, FP)),
    "interp with ends": (
        lambda x, fp: signal.interp(x, [0.0, 1.0, 2.0, 3.3], fp, left=9.0, right=-9.0),
        lambda x, fp: np.interp(x, [0.0, 1.0, 2.0, 3.3], fp, left=9.0, right=-9.0),
        (X + 0.01, FP),
    ),
    "interp with a period": (
        lambda x, xp, fp: signal.interp(x, xp, fp, period=2.7),
        lambda x, xp, fp: np.interp(x, xp, fp, period=2.7),
        (X + 0.01, XP, FP),
    ),
    "interp through one point": (signal.interp, np.interp, (X, XP[:1], FP[:1])),
    "convolve": (signal.convolve, np.convolve, (F[0], T)),
    "convolve, the same size": (
        lambda a, v: signal.convolve(a, v, "same"),
        lambda a, v: np.convolve(a, v, "same"),
        (F.ravel(), T),
    ),
    "correlate": (signal.correlate, np.correlate, (U, F.ravel())),
}


@pytest.mark.parametrize("name", CALLS)
def test_value_and_gradient(name: str) -> None:
    ours, numpy, args = CALLS[name]
    check(ours, numpy, *args)


def test_interp_takes_the_slope_on_the_right_of_a_point() -> None:
    x = Tensor(np.array([0.0, 1.0, 2.0, 3.3, -1.0]), requires_grad=True)
    reducing.sum(signal.interp(x, XP, FP)).backward()
    np.testing.assert_allclose(x.grad.value, [-2.0, 3.0, 3 / 1.3, 3 / 1.3, 0.0])


def test_interp_beyond_the_points_and_at_nan() -> None:
    found = signal.interp(np.array([np.nan, -1.0, 4.0]), XP, FP)
    np.testing.assert_array_equal(found, [np.nan, 1.0, 5.0])
