"""One agreed slope at every corner, tie and pole; and no NaN where the limit is finite."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.functions import activations, elementary, norms, reducing, statistics
from symdiff.graph.op import NoDerivative
from symdiff.handles.backprop import grad
from symdiff.ops import bessel, rounding, special
from symdiff.ops import elementwise as ew
from symdiff.tensors.torch_face import Tensor

inf, nan = math.inf, math.nan


def slopes(f: Callable[..., Any], *args: Any) -> list[np.ndarray]:
    """The gradient of sum(f) by each argument."""
    leaves = [Tensor(np.asarray(a, float), requires_grad=True) for a in args]
    with np.errstate(all="ignore"):
        return [g.value for g in grad([reducing.sum(f(*leaves))], leaves)]


def curvature(f: Callable[..., Any], x: Any) -> np.ndarray:
    """The gradient of the sum of the gradient of sum(f)."""
    leaf = Tensor(np.asarray(x, float), requires_grad=True)
    with np.errstate(all="ignore"):
        (first,) = grad([reducing.sum(f(leaf))], [leaf], create_graph=True)
        if not first.requires_grad:
            return np.zeros(leaf.shape)
        return grad([reducing.sum(first)], [leaf])[0].value


ONE: dict[str, tuple[Callable[[Any], Any], list[float], list[float]]] = {
    "abs": (ew.abs, [-2, 0, 3], [-1, 0, 1]),
    "relu": (ew.relu, [-2, 0, 3, nan], [0, 0, 1, 1]),
    "sign": (ew.sign, [-2, 0, 3], [0, 0, 0]),
    "expm1": (ew.expm1, [-40, 0], [math.exp(-40), 1]),
    "floor": (rounding.floor, [0.5, 1], [0, 0]),
    "rint": (rounding.rint, [0.5, 1], [0, 0]),
    "round to decimals": (lambda x: elementary.round(x, 1), [0.55, 1], [0, 0]),
    "sqrt": (ew.sqrt, [0, 4], [inf, 0.25]),
    "cbrt": (ew.cbrt, [0, 8], [inf, 1 / 12]),
    "log": (ew.log, [0, 4], [inf, 0.25]),
    "sinc": (special.sinc, [0, 1, 2], [0, -1, 0.5]),
    "j1": (bessel.j1, [0], [0.5]),
    "i1": (bessel.i1, [0], [0.5]),
    "i0e": (bessel.i0e, [0], [0]),
    "i1e": (bessel.i1e, [0], [0.5]),
    "entr": (special.entr, [0, 1], [inf, -1]),
    "clip": (lambda x: elementary.clip(x, 0, 1), [-1, 0, 0.5, 1, 2], [0, 1, 1, 1, 0]),
    "clip from below": (lambda x: elementary.clip(x, 0), [-1, 0, 1], [0, 1, 1]),
    "clip from above": (lambda x: elementary.clip(x, None, 0), [-1, 0, 1], [1, 1, 0]),
    "nan_to_num": (elementary.nan_to_num, [nan, inf, -inf, 2], [0, 0, 0, 1]),
    "zeroth power": (lambda x: x**0, [0, 2], [0, 0]),
    "first power": (lambda x: x**1, [0, 2], [1, 1]),
    "square": (lambda x: x**2, [0, 2], [0, 4]),
    "powers by an array": (lambda x: x ** np.array([0, 1, 2.0]), [0, 0, 0], [0, 1, 0]),
    "leaky_relu": (lambda x: activations.leaky_relu(x, 0.1), [-1, 0, 1], [0.1, 0.1, 1]),
    "elu": (lambda x: activations.elu(x, 2.0), [-1000, 0, 1000], [0, 2, 1]),
    "hardtanh": (activations.hardtanh, [-2, -1, 0, 1, 2], [0, 0, 1, 0, 0]),
    "relu6": (activations.relu6, [0, 3, 6], [0, 1, 0]),
    "hardsigmoid": (activations.hardsigmoid, [-3, 0, 3], [0, 1 / 6, 0]),
    "hardswish": (activations.hardswish, [-3, 0, 3], [0, 0.5, 1]),
    "hardshrink": (activations.hardshrink, [-1, 0.5, 1], [1, 0, 1]),
    "softshrink": (activations.softshrink, [-1, 0.5, 1], [1, 0, 1]),
    "threshold": (lambda x: activations.threshold(x, 1, 7), [0, 1, 2], [0, 0, 1]),
    "silu": (activations.silu, [-1000, 0, 1000], [0, 0.5, 1]),
    "softplus": (activations.softplus, [-1000, 0, 1000], [0, 0.5, 1]),
    "logsigmoid": (activations.logsigmoid, [-1000, 0, 1000], [1, 0.5, 0]),
    "gelu": (activations.gelu, [-1000, 0, 1000], [0, 0.5, 1]),
    "sigmoid": (ew.sigmoid, [-1000, 0, 1000], [0, 0.25, 0]),
    "tanh": (ew.tanh, [-1000, 0, 1000], [0, 1, 0]),
    "arccosh": (ew.arccosh, [1, 1e300], [inf, 1e-300]),
    "log_ndtr": (special.log_ndtr, [-1e4, 40], [1e4 + 1e-4, 0]),
    "amax over ties": (reducing.amax, [1, 3, 3], [0, 0.5, 0.5]),
    "amin over ties": (reducing.amin, [1, 1, 1, 1], [0.25, 0.25, 0.25, 0.25]),
    "amax over NaNs": (reducing.amax, [nan, inf, nan], [0.5, 0, 0.5]),
    "amin over a NaN": (reducing.amin, [-inf, nan, 1], [0, 1, 0]),
    "ptp": (reducing.ptp, [1, 3, 3], [-1, 0.5, 0.5]),
    "cummax over ties": (reducing.cummax, [1, 1, 0, 2, 2], [1, 2, 0, 1, 1]),
    "cummin over ties": (reducing.cummin, [2, 2, 3], [1, 2, 0]),
    "cummax from a NaN on": (reducing.cummax, [1, nan, 2], [1, 2, 0]),
    "prod with a zero": (reducing.prod, [0, 2, 3], [6, 0, 0]),
    "prod with two zeros": (reducing.prod, [0, 0, 3], [0, 0, 0]),
    "prod near the end of the range": (reducing.prod, [1e300, 1e-300, 2], [2e-300, 2e300, 1]),
    "cumprod with a zero": (reducing.cumprod, [2, 0, 3], [1, 2 + 6, 0]),
    "std of equal elements": (statistics.std, [2, 2, 2], [0, 0, 0]),
    "std of equal elements whose mean is rounded": (statistics.std, [0.1] * 3, [0] * 3),
    "nanstd of equal elements": (statistics.nanstd, [2, nan, 2], [0, 0, 0]),
    "nansum": (reducing.nansum, [1, nan, 2], [1, 0, 1]),
    "nanmax": (reducing.nanmax, [1, nan, 2], [0, 0, 1]),
    "logsumexp": (reducing.logsumexp, [-1000, 1000, 1000], [0, 0.5, 0.5]),
    "logsumexp beside -inf": (reducing.logsumexp, [-inf, 1], [0, 1]),
    "logcumsumexp": (reducing.logcumsumexp, [1000, -1000, 1000], [2.5, 0, 0.5]),
    "log_softmax": (lambda x: activations.log_softmax(x)[0], [1000, -1000], [0, 0]),
    "softmax": (lambda x: activations.softmax(x)[0], [1000, -1000], [0, 0]),
    "median of ties": (statistics.median, [1, 2, 2, 3], [0, 0.5, 0.5, 0]),
}


@pytest.mark.parametrize("name", ONE)
def test_slope_of_one(name: str) -> None:
    f, x, expected = ONE[name]
    np.testing.assert_allclose(slopes(f, x)[0], expected, rtol=1e-7, atol=1e-300)


Two = tuple[Callable[[Any, Any], Any], list[float], list[float], list[float], list[float]]
TWO: dict[str, Two] = {
    "maximum": (ew.maximum, [1, 1, 2, nan], [2, 1, 1, 1], [0, 0.5, 1, 1], [1, 0.5, 0, 1]),
    "minimum": (ew.minimum, [1, 1, 2, nan], [2, 1, 1, 1], [1, 0.5, 0, 1], [0, 0.5, 1, 1]),
    "fmax": (ew.fmax, [1, nan, 3], [1, 2, nan], [1, 0, 1], [0, 1, 0]),
    "fmin": (ew.fmin, [1, nan, 3], [1, 2, nan], [1, 0, 1], [0, 1, 0]),
    "hypot": (ew.hypot, [0, 3], [0, 4], [0, 0.6], [0, 0.8]),
    "arctan2": (ew.arctan2, [0, 0], [0, -1], [0, -1], [0, 0]),
    "copysign": (ew.copysign, [0, 2, -3], [1, -1, 0.0], [0, -1, -1], [0, 0, 0]),
    "heaviside": (ew.heaviside, [0, 1], [2, 3], [0, 0], [1, 0]),
    "power": (ew.pow, [0, 0, 2], [2, 3, 3], [0, 0, 12], [0, 0, 8 * math.log(2)]),
    "power 0 of 0": (ew.pow, [0], [0], [0], [0]),
    "remainder": (rounding.remainder, [5, -5], [3, 3], [1, 1], [-1, 2]),
    "fmod": (rounding.fmod, [5, -5], [3, 3], [1, 1], [-1, 1]),
    "floor_divide": (rounding.floor_divide, [5], [3], [0], [0]),
    "xlogy": (special.xlogy, [0, 0, 0], [0, 2, 1], [0, math.log(2), 0], [0, 0, 0]),
    "xlog1py": (special.xlog1py, [0, 0], [-1, 1], [0, math.log(2)], [0, 0]),
    "logaddexp": (ew.logaddexp, [1000, -inf], [-1000, 0], [1, 0], [0, 1]),
    "logaddexp2": (ew.logaddexp2, [5000, 0], [-5000, 0], [1, 0.5], [0, 0.5]),
    "clip by its bounds": (
        lambda low, high: elementary.clip(np.array([-1, 0, 5, 1.0]), low, high),
        [0, 0, 0, 3], [2, 2, 2, 2], [1, 0, 0, 0], [0, 0, 1, 1],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TWO)
def test_slopes_of_two(name: str) -> None:
    f, a, b, *expected = TWO[name]
    for found, want in zip(slopes(f, a, b), expected):
        np.testing.assert_allclose(found, want, rtol=1e-12)


SECOND: dict[str, tuple[Callable[[Any], Any], list[float], list[float]]] = {
    "sinc": (special.sinc, [0], [-(math.pi**2) / 3]),
    "prod with a zero": (reducing.prod, [0, 2, 3], [5, 3, 2]),
    "prod with two zeros": (reducing.prod, [0, 0, 3], [3, 3, 0]),
    "prod with three zeros": (reducing.prod, [0, 0, 0], [0, 0, 0]),
    "cumprod with a zero": (lambda x: reducing.cumprod(x)[2], [0, 2, 3], [5, 3, 2]),
    "zeroth power": (lambda x: x**0, [0], [0]),
    "square": (lambda x: x**2, [0], [2]),
    "tanh": (ew.tanh, [-1000, 0, 1000], [0, 0, 0]),
    "softplus": (ew.softplus, [-1000, 0, 1000], [0, 0.25, 0]),
    "logsumexp": (reducing.logsumexp, [-1000, 1000], [0, 0]),
    "std of equal elements": (statistics.std, [0.1] * 3, [0] * 3),
    "norm": (norms.norm, [0, 0], [0, 0]),
    "hypot": (lambda x: ew.hypot(x, 0 * x), [0], [0]),
    "arctan2": (lambda x: ew.arctan2(x, 0 * x), [0], [0]),
}


@pytest.mark.parametrize("name", SECOND)
def test_second_derivative(name: str) -> None:
    f, x, expected = SECOND[name]
    np.testing.assert_allclose(curvature(f, x), expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("f", [activations.softmax, activations.log_softmax])
@pytest.mark.parametrize("row", [[1, inf, 2], [-inf, -inf]])
def test_shares_of_what_is_infinite_are_not_known(f: Callable[..., Any], row: list[float]) -> None:
    """All are NaN, as in PyTorch: the finite ones beside an infinite one were 0."""
    x = np.array(row, float)
    with np.errstate(all="ignore"):
        for y in (f(x), sd.jit(f)(x), slopes(f, x)[0], sd.grad(lambda x: reducing.sum(f(x)))(x)):
            assert np.isnan(y).all()


def test_curvature_of_the_logarithm_of_a_small_probability() -> None:
    """d2 log_ndtr = -h*(x + h), where x + h cancels: by Mills' ratio -1 + 1/x**2 - ..."""
    x = np.array([-1e4, -1e3, -100.0])
    expected = -1 + x**-2 - 6 * x**-4
    np.testing.assert_allclose(curvature(special.log_ndtr, x), expected, rtol=1e-7)
    kernel = sd.grad(
        lambda x: reducing.sum(sd.grad(lambda x: reducing.sum(special.log_ndtr(x)))(x))
    )
    np.testing.assert_allclose(kernel(x), expected, rtol=1e-7)


def test_mixed_second_derivative_of_a_power_at_exponent_0() -> None:
    """d2/(da db) a**b = a**(b - 1)*(1 + b*log(a)) is 1/a there, not 0."""
    a, b = (Tensor(np.array([v]), requires_grad=True) for v in (2.0, 0.0))
    (first,) = grad([reducing.sum(a**b)], [a], create_graph=True)
    np.testing.assert_allclose(grad([reducing.sum(first)], [b])[0].value, [0.5])


# --- kernels agree at every kink

Kinks = dict[str, tuple[Callable[..., Any], list[np.ndarray]]]
KINKS: Kinks = {
    **{name: (f, [np.array(x, float)]) for name, (f, x, _) in (ONE | SECOND).items()},
    **{name: (f, [np.array(a, float), np.array(b, float)]) for name, (f, a, b, *_) in TWO.items()},
}
del KINKS["log_ndtr"]  # at -1e4 eight digits of it are certain: compared above
SIXTEEN = [list(KINKS)[k : k + 16] for k in range(0, len(KINKS), 16)]


@pytest.mark.parametrize("names", SIXTEEN, ids=lambda names: f"{names[0]} to {names[-1]}")
def test_kernels_have_the_same_slopes_and_curvatures(names: list[str]) -> None:
    def total(xs: dict[str, list[Any]]) -> Any:
        return sum(reducing.sum(KINKS[name][0](*xs[name])) for name in names)

    def slopes(xs: dict[str, list[Any]]) -> Any:
        parts = sd.grad(total, compile=False)(xs)
        return sum(reducing.sum(g) for gs in parts.values() for g in gs)

    xs = {name: KINKS[name][1] for name in names}
    for f, order in ((total, "first"), (slopes, "second")):
        with np.errstate(all="ignore"):
            found, expected = sd.grad(f)(xs), sd.grad(f, compile=False)(xs)
        for name in names:
            for g, e in zip(found[name], expected[name]):
                np.testing.assert_allclose(g, e, 1e-11, 1e-300, err_msg=f"{order} of {name}")


# --- a zero gradient stays one, whatever stands below

BELOW: dict[str, tuple[Callable[[Any], Any], list[float], list[float], list[float]]] = {
    "where": (
        lambda x: ew.where(x > 0, ew.sqrt(x), 0.0),
        [0, 4],
        [0, 0.25],
        [0, -1 / 32],
    ),
    "where, twice below": (
        lambda x: ew.where(x > 0, ew.exp(ew.log(x) * 0.5), 0.0),
        [0, 4],
        [0, 0.25],
        [0, -1 / 32],
    ),
    "clip": (lambda x: elementary.clip(ew.log(x), -1.0), [0, 4], [0, 0.25], [0, -1 / 16]),
    "maximum": (lambda x: ew.maximum(ew.log(x), -1.0), [0, 4], [0, 0.25], [0, -1 / 16]),
    "relu": (lambda x: ew.relu(ew.log(x)), [0, 4], [0, 0.25], [0, -1 / 16]),
    "amax": (lambda x: reducing.amax(ew.log(x)), [0, 4], [0, 0.25], [0, -1 / 16]),
    "cummax": (lambda x: reducing.cummax(ew.log(x)), [4, 0], [0.5, 0], [-1 / 8, 0]),
    "arcsin": (
        lambda x: ew.where(ew.abs(x) < 1, ew.arcsin(x), 0.0),
        [1, 0],
        [0, 1],
        [0, 0],
    ),
}


@pytest.mark.parametrize("name", BELOW)
def test_no_nan_below_what_is_not_chosen(name: str) -> None:
    f, x, first, second = BELOW[name]
    np.testing.assert_allclose(slopes(f, x)[0], first, atol=1e-15)
    np.testing.assert_allclose(curvature(f, x), second, atol=1e-15)


# --- what is not provided says so

REFUSED: dict[str, tuple[Callable[..., Any], str]] = {
    "polygamma": (special.polygamma, "n"),
    "zeta": (special.zeta, "s"),
    "gammainc": (special.gammainc, "a"),
    "gammaincc": (special.gammaincc, "a"),
    "jv": (bessel.jv, "v"),
    "yv": (bessel.yv, "v"),
    "iv": (bessel.iv, "v"),
    "ive": (bessel.ive, "v"),
    "kv": (bessel.kv, "v"),
    "kve": (bessel.kve, "v"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_derivative_that_is_not_provided_names_the_argument(name: str) -> None:
    f, argument = REFUSED[name]
    with pytest.raises(NoDerivative, match=f"{name}: no derivative by its argument {argument} "):
        slopes(f, [2.0], [1.5])


def test_the_other_argument_has_its_derivative() -> None:
    v, x = (Tensor(np.array([s]), requires_grad=True) for s in (1.0, 1.5))
    (g,) = grad([reducing.sum(bessel.jv(v, x))], [x])
    np.testing.assert_allclose(g.value, (bessel.j0(1.5) - bessel.jv(2, 1.5)) / 2)
