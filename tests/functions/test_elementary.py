"""Compositions of elementwise ops against NumPy's and SciPy's, with their gradients."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

import symdiff as sd
from symdiff.functions import elementary

from . import check_gradient, check_on_a_tensor

X = np.random.default_rng(0).uniform(0.6, 2.4, size=(3, 4))
B = np.array([0.7, 1.3, 2.0, 0.9])

CALLS: dict[str, Callable[..., Any]] = {
    "clip": lambda x: np.clip(x, 1.0, B),
    "clip by keyword": lambda x: np.clip(x, max=1.5),
    "nan_to_num": lambda x: np.nan_to_num(np.log(x)),
    "deg2rad": np.deg2rad,
    "radians": np.radians,
    "rad2deg": np.rad2deg,
    "degrees": np.degrees,
    "float_power": lambda x: np.float_power(x, B),
    "modf": lambda x: np.modf(x)[0],
    "divmod": lambda x: np.divmod(x, 0.7)[1],
    "sinc": np.sinc,
    "i0": np.i0,
    "fix": np.fix,
    "psi": scipy.special.psi,
    "expit": scipy.special.expit,
    "kn": lambda x: scipy.special.kn(1, x),
    "rel_entr": lambda x: scipy.special.rel_entr(x, B),
    "kl_div": lambda x: scipy.special.kl_div(B, x),
    "log_expit": scipy.special.log_expit,
    "heaviside": lambda x: np.heaviside(x - 1, 0.5) * x,
}


@pytest.mark.parametrize("name", CALLS)
def test_on_a_tensor(name: str) -> None:
    check_on_a_tensor(CALLS[name], X)


def test_multigammaln() -> None:
    f = elementary.multigammaln
    np.testing.assert_allclose(f(X + 1, 3), scipy.special.multigammaln(X + 1, 3), rtol=1e-13)
    check_gradient(lambda x: f(x + 1, 3), X)


def test_rel_entr_at_the_border() -> None:
    a, b = np.meshgrid([0.0, 1.0], [0.0, 2.0])
    np.testing.assert_allclose(elementary.rel_entr(a, b), scipy.special.rel_entr(a, b))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtypes(dtype: Any) -> None:
    x = np.array([np.nan, np.inf, -np.inf, 2.55], dtype)
    for f in (np.nan_to_num, lambda x: np.round(x, 1), np.deg2rad, lambda x: np.clip(x, 0, 1)):
        found = f(sd.Tensor.of(None, x))
        np.testing.assert_allclose(found.value, f(x), rtol=1e-6)
        assert found.value.dtype == dtype


def test_integers_round_to_integers() -> None:
    x = np.array([1234, 1250, 1350])
    for decimals in (0, 1, -2):
        found = elementary.round(x, decimals)
        np.testing.assert_array_equal(found, np.round(x, decimals))
        assert found.dtype == x.dtype


def test_whether_numbers_are_close() -> None:
    a = np.array([1.0, 1.0, np.nan, np.inf, 0.0])
    b = np.array([1.0 + 1e-9, 1.1, np.nan, np.inf, -0.0])
    for equal_nan in (False, True):
        found = elementary.isclose(a, b, equal_nan=equal_nan)
        np.testing.assert_array_equal(found, np.isclose(a, b, equal_nan=equal_nan))
    np.testing.assert_array_equal(elementary.signbit(b - 1.05), np.signbit(b - 1.05))


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64])
def test_truth_values_and_whole_numbers_are_close_as_in_numpy(dtype):
    a, b = np.array([1, 0, 1], dtype), np.array([0, 1, 1], dtype)
    np.testing.assert_array_equal(elementary.isclose(a, b), np.isclose(a, b))


def test_orders_of_kn_and_yn_are_cut_to_whole_numbers() -> None:
    for f in (scipy.special.kn, scipy.special.yn):
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cut = sd.grad(lambda x, f=f: f(2.5, x))(1.5)
        assert cut == sd.grad(lambda x, f=f: f(2, x))(1.5)
