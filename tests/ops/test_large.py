"""Large arrays go to kernels: the same function, the same bits each time, NumPy's warnings."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import symdiff as sd
from symdiff.graph.op import OPS
from symdiff.ops.large import SMALLEST

NAMES = ("sin", "cos", "sigmoid", "softplus", "erf")


def _spread(rng: np.random.Generator, n: int) -> np.ndarray:
    return rng.normal(size=n) * 10.0 ** rng.integers(-3, 3, n)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("name", NAMES)
def test_two_units_in_the_last_place_from_the_small_way(name: str, dtype: type) -> None:
    evaluate = OPS[name].evaluate
    x = _spread(np.random.default_rng(1), 2 * SMALLEST).astype(dtype)
    with np.errstate(all="ignore"):
        whole = evaluate(x)
        parts = np.concatenate([evaluate(part) for part in np.split(x, 16)])
        exact = np.concatenate([evaluate(part) for part in np.split(x.astype(np.float64), 16)])
    assert whole.dtype == dtype
    unit = np.spacing(np.abs(parts).astype(dtype))
    allowed = 4 if dtype is np.float64 else 2  # SciPy's sigmoid itself is two off
    normal = np.abs(exact) > np.finfo(dtype).tiny
    reference = parts if dtype is np.float64 else exact
    assert np.all(np.abs(whole - reference)[normal] <= allowed * unit[normal])


@pytest.mark.parametrize("name", NAMES)
def test_shape_is_kept_and_bits_do_not_depend_on_the_call(name: str) -> None:
    evaluate = OPS[name].evaluate
    x = np.random.default_rng(2).normal(size=(3, SMALLEST))
    y = evaluate(x)
    assert y.shape == x.shape
    assert np.array_equal(y, evaluate(x.copy()))
    assert np.array_equal(y.reshape(-1), evaluate(x.reshape(-1)))
    assert np.allclose(evaluate(x.T), y.T, rtol=1e-14)
    assert np.allclose(evaluate(x[:, ::2]), y[:, ::2], rtol=1e-14)


def test_numpy_warns_of_what_has_no_value() -> None:
    x = np.ones(SMALLEST)
    x[5] = np.inf
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        y = OPS["sin"].evaluate(x)
    assert [str(w.message) for w in told] == ["invalid value encountered in sin"]
    assert np.isnan(y).tolist() == (x == np.inf).tolist()


def test_gradients_of_large_tensors() -> None:
    x = sd.tensor(np.random.default_rng(3).normal(size=SMALLEST), requires_grad=True)
    (sd.sin(x) * sd.cos(x) + sd.sigmoid(x)).sum().backward()
    with np.errstate(all="ignore"):
        v = x.detach().numpy()
        s = 1 / (1 + np.exp(-v))
    assert np.allclose(x.grad.numpy(), np.cos(2 * v) + s * (1 - s), rtol=1e-12, atol=1e-15)


def test_other_byte_orders_and_empty_arrays_are_numpys() -> None:
    x = np.linspace(-3, 3, SMALLEST)
    assert np.allclose(OPS["sin"].evaluate(x.astype(">f8")), np.sin(x), rtol=1e-14)
    assert OPS["sin"].evaluate(np.empty(0)).shape == (0,)
