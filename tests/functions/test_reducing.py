"""Reductions and running totals against NumPy's, as np functions see them, with their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import logsumexp

import symdiff as sd
from symdiff.functions import reducing

from . import check_gradient, check_on_a_tensor

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3, 5))
HOLES = np.where(RNG.uniform(size=X.shape) < 0.2, np.nan, X)
WHERE = (X > 0) | (np.arange(3) == 1)[:, None]
FUNCTIONS = "sum prod mean max min ptp any all nansum nanprod nanmean nanmax nanmin count_nonzero"


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("axis", [None, 0, -1, (0, 2), ()])
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", FUNCTIONS.split())
def test_value(name: str, axis: Any, keepdims: bool) -> None:
    for x in (X, HOLES, WHERE):
        if x is WHERE and name in ("ptp", "nanmax", "nanmin"):
            continue
        found = getattr(reducing, name)(x, axis, keepdims=keepdims)
        numpys = getattr(np, name)(x, axis, keepdims=keepdims)
        np.testing.assert_allclose(found, numpys, rtol=1e-13)
        assert found.dtype == numpys.dtype


CALLS: dict[str, Callable[[Any], Any]] = {
    "sum": lambda x: np.sum(x, (0, 2), keepdims=True),
    "sum where": lambda x: np.sum(x, 1, initial=2.0, where=WHERE),
    "sum in single precision": lambda x: np.sum(x, dtype=np.float64),
    "prod": lambda x: np.prod(x, (0, 1)),
    "prod where": lambda x: np.prod(x, 2, where=WHERE),
    "mean where": lambda x: np.mean(x, 1, where=WHERE),
    "max": lambda x: np.max(x, 0),
    "max where": lambda x: np.max(x, 0, initial=0.5, where=WHERE),
    "ptp": lambda x: np.ptp(x, -1),
    "nanmean": lambda x: np.nanmean(x, 0),
    "cumsum": lambda x: np.cumsum(x, 1),
    "cumsum of all": lambda x: np.cumsum(x),
    "cumprod": lambda x: np.cumprod(x, -1),
    "cumulative_sum": lambda x: np.cumulative_sum(x, axis=1, include_initial=True),
    "cumulative_prod": lambda x: np.cumulative_prod(x, axis=0),
    "add.reduce": lambda x: np.add.reduce(x),
    "multiply.reduce": lambda x: np.multiply.reduce(x, axis=1),
    "maximum.accumulate": lambda x: np.maximum.accumulate(x, axis=1),
}


@pytest.mark.parametrize("name", CALLS)
def test_numpys_function_on_a_tensor(name: str) -> None:
    check_on_a_tensor(CALLS[name], X)


def test_logsumexp_with_weights() -> None:
    b = np.array([1.0, 2.0, 0.5, 1.0, 3.0])
    np.testing.assert_allclose(reducing.logsumexp(X, 2, b=b), logsumexp(X, 2, b=b))
    check_gradient(lambda x: reducing.logsumexp(x, (0, 2), b=b), X)


def test_long_rows_use_a_banded_solver_with_the_same_result() -> None:
    x = RNG.normal(size=(2, 100))
    x[0, 40] = 0
    check_gradient(lambda x: reducing.cumprod(1 + 0.1 * x, 1), x)
    check_gradient(lambda x: reducing.logcumsumexp(x, 0), RNG.normal(size=(100, 2)))


def test_an_empty_array_has_no_extremum() -> None:
    with pytest.raises(ValueError, match="max: an empty array has no extremum"):
        reducing.amax(np.zeros((0, 3)), 0)
    np.testing.assert_array_equal(reducing.amax(np.zeros((0, 3)), 1), np.zeros(0))
    np.testing.assert_array_equal(reducing.amin(np.zeros((0, 2)), 0, initial=7.0), [7, 7])


@pytest.mark.parametrize("name", ["sum", "prod", "mean", "any", "all", "logsumexp"])
def test_reductions_of_nothing(name: str) -> None:
    with np.errstate(all="ignore"), pytest.warns(RuntimeWarning) if name == "mean" else _quiet():
        found = getattr(reducing, name)(np.zeros((0, 2)), 0)
    expected = {"sum": 0, "prod": 1, "mean": np.nan, "any": 0, "all": 1, "logsumexp": -np.inf}
    np.testing.assert_array_equal(found, [expected[name]] * 2)


def _quiet() -> Any:
    return np.errstate()


@pytest.mark.parametrize("name", ["cumsum", "cumprod", "cummax", "logcumsumexp"])
def test_running_over_nothing(name: str) -> None:
    x = sd.Tensor(np.zeros((3, 0)), requires_grad=True)
    y = getattr(reducing, name)(x, 1)
    reducing.sum(y).backward()
    assert (y.shape, x.grad.shape) == ((3, 0), (3, 0))


def test_out_is_refused() -> None:
    with pytest.raises(TypeError, match="cannot hold what is differentiated"):
        np.sum(sd.Tensor(X, requires_grad=True), out=np.zeros(()))


@pytest.mark.parametrize("name", ["sum", "prod", "max", "any"])
@pytest.mark.parametrize("axis", [0, -1])
def test_a_number_is_reduced_along_the_axis_it_does_not_have(name: str, axis: int) -> None:
    f = getattr(np, name)
    assert sd.jit(lambda x: f(x, axis=axis))(2.0) == f(np.float64(2.0), axis=axis)
    with pytest.raises(np.exceptions.AxisError):
        sd.jit(lambda x: f(x, axis=1))(2.0)


@pytest.mark.parametrize("f", [np.mean, np.var, np.std])
def test_numbers_have_no_axis_to_take_means_over(f: Any) -> None:
    for compile in (True, False):
        with pytest.raises(np.exceptions.AxisError):
            sd.grad(lambda x: f(x, axis=0), compile=compile)(np.float64(2.0))
    assert sd.grad(lambda x: np.sum(x, axis=0) * np.max(x, axis=-1))(np.float64(2.0)) == 4
