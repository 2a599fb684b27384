"""Averages, spread and quantiles against NumPy's, with their gradients."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.functions import reducing, statistics
from symdiff.tensors.torch_face import Tensor

from . import check_gradient

RNG = np.random.default_rng(0)
X = RNG.normal(size=(4, 3, 5))
HOLES = np.where(RNG.uniform(size=X.shape) < 0.2, np.nan, X)
GONE = X.copy()
GONE[0, :, 0] = np.nan
AXES = [None, 0, -1, (0, 2), (1,)]


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["var", "std", "nanvar", "nanstd"])
def test_spread(name: str, axis: Any, keepdims: bool) -> None:
    for ddof in (0, 1, 1.5, 9):
        found = getattr(statistics, name)(HOLES, axis, ddof=ddof, keepdims=keepdims)
        numpys = getattr(np, name)(HOLES, axis, ddof=ddof, keepdims=keepdims)
        np.testing.assert_allclose(found, numpys)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("name", ["median", "nanmedian"])
def test_median(name: str, axis: Any, keepdims: bool) -> None:
    for x in (X, HOLES, GONE, X[:3]):
        found = getattr(statistics, name)(x, axis, keepdims=keepdims)
        np.testing.assert_allclose(found, getattr(np, name)(x, axis, keepdims=keepdims))


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("method", statistics.METHODS)
@pytest.mark.parametrize("name", ["quantile", "nanquantile"])
def test_quantiles_by_every_method(name: str, method: str, axis: Any) -> None:
    for q in (0.3, [0.0, 0.25, 1.0]):
        for x in (X, HOLES, GONE):
            found = getattr(statistics, name)(x, q, axis, method=method, keepdims=True)
            numpys = getattr(np, name)(x, q, axis, method=method, keepdims=True)
            np.testing.assert_allclose(found, numpys)


def test_percentiles_of_a_table_of_shares() -> None:
    q = np.array([[10.0, 90.0, 50.0]])
    np.testing.assert_allclose(statistics.percentile(X, q, 1), np.percentile(X, q, 1))


def test_a_share_beyond_1_is_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 1"):
        statistics.quantile(X, 1.5)


CALLS: dict[str, tuple[Callable[..., Any], Callable[..., Any]]] = {
    "var": (lambda x: statistics.var(x, 1, ddof=1), lambda x: np.var(x, 1, ddof=1)),
    "std": (lambda x: statistics.std(x, 1, ddof=1), lambda x: np.std(x, 1, ddof=1)),
    "median": (lambda x: statistics.median(x, (0, 2)), lambda x: np.median(x, (0, 2))),
    "quantile": (
        lambda x: statistics.quantile(x, [0.3, 0.8], 0),
        lambda x: np.quantile(x, [0.3, 0.8], 0),
    ),
    "average": (
        lambda x: statistics.average(x, 1, [1.0, 2.0, 5.0]),
        lambda x: np.average(x, 1, [1.0, 2.0, 5.0]),
    ),
    "average of all": (
        lambda x: statistics.average(x, weights=x * x),
        lambda x: np.average(x, weights=x * x),
    ),
    "cov": (
        lambda x: statistics.cov(x[0], x[1], rowvar=False),
        lambda x: np.cov(x[0], x[1], rowvar=False),
    ),
    "cov of one": (lambda x: statistics.cov(x[0, 0]), lambda x: np.cov(x[0, 0])),
    "corrcoef": (lambda x: statistics.corrcoef(x[0]), lambda x: np.corrcoef(x[0])),
}


@pytest.mark.parametrize("name", CALLS)
def test_value_and_gradient(name: str) -> None:
    ours, numpy = CALLS[name]
    np.testing.assert_allclose(ours(X), numpy(X), rtol=1e-13)
    check_gradient(ours, X)


@pytest.mark.parametrize("name", ["nanvar", "nanmedian"])
def test_gradient_passes_by_what_is_not_a_number(name: str) -> None:
    x = Tensor(HOLES, requires_grad=True)
    reducing.sum(getattr(statistics, name)(x, 0)).backward()
    g = x.grad.value
    assert np.isfinite(g).all()
    assert (g[np.isnan(HOLES)] == 0).all()
    np.testing.assert_allclose(g.sum(0), 0 if name == "nanvar" else 1, atol=1e-12)


def test_the_share_has_a_slope_too() -> None:
    check_gradient(lambda q: statistics.quantile(X, q, 1), np.array([0.3, 0.6]))


def test_returned_weights() -> None:
    found = statistics.average(X, 1, [1.0, 2.0, 5.0], returned=True)
    for ours, numpys in zip(found, np.average(X, 1, [1.0, 2.0, 5.0], returned=True)):
        np.testing.assert_allclose(ours, numpys)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", ["var", "std", "cov"])
def test_fewer_elements_than_ddof_have_an_infinite_spread(name: str) -> None:
    def f(x: Any) -> Any:
        return getattr(np, name)(x, ddof=5)

    x = np.array([1.0, 2.0, 4.0])
    assert f(x) == sd.jit(f)(x) == np.inf
    for compile in (True, False):
        value, slope = sd.value_and_grad(f, compile=compile)(x)
        assert value == np.inf
        assert not np.isfinite(slope).any()


@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.parametrize("name", ["var", "std", "nanvar", "nanstd"])
def test_ddof_may_be_any_number_and_has_a_slope(name: str, compile: bool) -> None:
    def f(x: Any, ddof: Any) -> Any:
        return getattr(np, name)(x, ddof=ddof)

    x = np.array([1.0, 2.0, 4.0, 8.0])
    step = np.array([-1e-5, 1e-5])
    below, above = (f(x, 1.5 + d) for d in step)
    slope = sd.grad(f, argnums=1, compile=compile)(x, 1.5)
    np.testing.assert_allclose(slope, (above - below) / 2e-5, rtol=1e-6)
    fixed = sd.grad(lambda x: f(x, 1.5), compile=compile)(x)
    np.testing.assert_allclose(sd.grad(f, compile=compile)(x, 1.5), fixed)
    check_gradient(lambda x: f(x, 1.5), x)


@pytest.mark.parametrize("row", [[-np.inf, 1, 2], [1, 2, np.inf], [-np.inf, 0, 1, np.inf]])
@pytest.mark.parametrize("q", [0.3, 0.5, 0.6])
def test_quantiles_beside_infinity(row: list[float], q: float) -> None:
    """A finite quantile stays finite however far its neighbours are."""
    x = np.array(row)
    with np.errstate(invalid="ignore"):
        y, k = np.quantile(x, q), q * (len(x) - 1)
        expected = x[int(k)] if k == int(k) else y
        for found in (statistics.quantile(x, q), sd.jit(lambda x: np.quantile(x, q))(x)):
            np.testing.assert_allclose(found, expected)
        slopes = sd.grad(lambda x: np.quantile(x, q))(x)
        np.testing.assert_allclose(np.sum(slopes), 1)


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize(
    "row", [[np.inf, 1], [-np.inf, -np.inf, 1, 2], [1, np.inf, np.nan, np.inf, np.inf]]
)
def test_nanmedian_of_infinities(row: list[float], compiled: bool) -> None:
    """What lies between two equal infinities is one of them: it was NaN."""
    x = np.array(row)
    y, slopes = sd.value_and_grad(np.nanmedian, compile=compiled)(x)
    assert y == np.nanmedian(x)
    assert sorted(slopes)[-2:] == [0.5, 0.5]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("of_variance", [np.std, lambda x: np.sqrt(np.var(x))])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_slopes_of_the_spread_of_almost_equal_elements(
    dtype: Any, of_variance: Callable[[Any], Any], compiled: bool
) -> None:
    """They have length 1/sqrt(n): a rounded mean beside an exact spread made it a hundred times."""
    x = np.full(1000, 0.7, dtype)
    x[500] = np.nextafter(x[0], dtype(1))
    slopes = sd.grad(of_variance, compile=compiled)(x)
    np.testing.assert_allclose(np.linalg.norm(slopes), 1000**-0.5, rtol=1e-5)
    assert slopes[500] > 0.99 * np.linalg.norm(slopes)


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.int8])
def test_compiled_statistics_of_whole_numbers(dtype: Any) -> None:
    """Their sums and differences wrap around, or are refused."""
    x = np.array([100, 0, 120, 110], dtype)
    for f in (np.var, np.std, np.median, np.nanmedian):
        np.testing.assert_allclose(sd.jit(f)(x), f(x))


def test_a_large_mean_takes_no_digits_of_a_variance() -> None:
    x = (10_000 + np.arange(64) / 64).astype(np.float32)
    for found in (statistics.var(x), sd.jit(np.var)(x)):
        np.testing.assert_allclose(found, np.var(x.astype(float)), rtol=1e-5)


@pytest.mark.parametrize("f", [np.var, np.std])
def test_a_number_alone_does_not_vary(f: Callable[..., Any]) -> None:
    """On the tape this was an error."""
    for compiled in (True, False):
        assert sd.value_and_grad(f, compile=compiled)(np.array(2.0)) == (0, 0)


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("nanmedian", [1, 0, 0], [0, 0, 1]),
        ("mode", [0, 1, 0], [1, 0, 0]),
        ("cummax", [2, 0, 1], [1, 2, 0]),
    ],
)
def test_pytorchs_places_in_arrays_that_are_differentiated(
    name: str, first: list[int], second: list[int]
) -> None:
    """They asked an array for a tensor's method; the places are those of each call."""
    slopes = sd.grad(lambda x: reducing.sum(getattr(sd, name)(x, 0)[0]))
    np.testing.assert_array_equal(slopes(np.array([2.0, 1.0, 3.0])), first)
    np.testing.assert_array_equal(slopes(np.array([1.0, 3.0, 2.0])), second)
