"""NumPy's functions on awkward arrays: the tape and kernels give what NumPy gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.derivatives.runs import recorded

Function = Callable[[Any], Any]
ONE, NOTHING = np.array([[0.3]]), np.zeros((3, 0))
HOLED = np.array([[1.0, np.nan, 3.0], [np.inf, 5.0, 2.0]])
SINGLE = np.array([[1.0, 2.0, 4.0]], np.float32)
CASES: dict[str, tuple[Function, np.ndarray]] = {
    "cumsum of one": (lambda x: np.cumsum(x, 0) ** 2, ONE),
    "prod of one": (lambda x: np.prod(x, 0) ** 2, ONE),
    "cummax of one": (lambda x: np.maximum.accumulate(x, 0) ** 2, ONE),
    "fmax of one": (lambda x: np.fmax(x, 0.1), ONE),
    "fmin with a NaN": (lambda x: np.fmin(x, 2.5), HOLED),
    "nanmean of a number": (np.nanmean, np.array(0.7)),
    "ravel nothing": (lambda x: np.ravel(x) * 2.0, NOTHING),
    "tile nothing": (lambda x: np.tile(x, 2), NOTHING),
    "median of no columns": (lambda x: np.median(x, 0), NOTHING),
    "nansum": (np.nansum, HOLED[:1]),
    "sum of the finite ones": (lambda x: np.sum(np.where(np.isfinite(x), x, 0.0)), HOLED),
    "product with the finite ones": (
        lambda x: np.where(np.isfinite(x), x, 0.0) @ np.ones(3),
        HOLED,
    ),
    "nanvar of rows": (lambda x: np.nanvar(x, 1), HOLED[:1]),
    "gradient beside a NaN": (lambda x: np.gradient(x, 0.5, axis=-1), HOLED),
    "fractions": (lambda x: np.modf(x)[0], HOLED),
    "divided by zero": (lambda x: x / 0, SINGLE),
    "unwrap": (lambda x: np.unwrap(3.0 * x), SINGLE.astype(float)),
    "unwrap with a period": (lambda x: np.unwrap(x, period=1.5), SINGLE.astype(float)),
    "ldexp": (lambda x: np.ldexp(x, 3), SINGLE),
    "ldexp by an array": (lambda x: np.ldexp(x, np.array([1, -1, 0])), SINGLE),
    "angle": (lambda x: np.angle(x - 2.5, deg=True), SINGLE.astype(float)),
    "nanmean of singles": (lambda x: np.nanmean(x, 0), SINGLE),
    "exp in singles": (lambda x: np.exp(x, dtype=np.float32), SINGLE),
    "halves of singles": (lambda x: np.divide(x, 2, dtype=float), SINGLE),
    "shifted": (lambda x: np.fft.fftshift(x) ** 2, np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])),
    "shifted back": (lambda x: np.fft.ifftshift(x, axes=1) ** 2, SINGLE),
    "insert into singles": (lambda x: np.insert(x, 0, 5.5), SINGLE),
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_numpy_tape_and_kernel_agree(case: tuple[Function, np.ndarray]) -> None:
    f, x = case
    expected, y = np.asarray(f(x)), f(recorded(x, True))
    assert (y.shape, y.dtype) == (expected.shape, expected.dtype)
    tolerance = {"rtol": 1e-6 if x.dtype == np.float32 else 1e-12}
    np.testing.assert_allclose(y.value, expected, **tolerance)
    np.testing.assert_allclose(sd.jit(f)(x), expected, **tolerance)

    def total(x: Any) -> Any:
        return np.sum(f(x))

    found, wanted = sd.grad(total)(x), sd.grad(total, compile=False)(x)
    assert found.dtype == wanted.dtype == x.dtype
    np.testing.assert_allclose(found, wanted, **tolerance)


def test_whole_numbers_become_floats_where_numpys_do() -> None:
    n = np.arange(6).reshape(2, 3)
    for f in (lambda n: np.gradient(n, axis=1), lambda n: np.linalg.norm(n, 1, 1)):
        found = sd.jit(f)(n)
        assert found.dtype == f(n).dtype == float
        np.testing.assert_allclose(found, f(n))
