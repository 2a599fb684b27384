"""vecmath against mpmath: at most 2 ulp over the whole range, and exact at every border."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np
import pytest
from numpy.typing import NDArray

from codegen.vecmath import function
from codegen.vecmath.arrays import Numbers, fma

Array = NDArray[Any]
MP = mpmath.MPContext()
MP.prec = 160
NAN, INF, PI = math.nan, math.inf, math.pi
DTYPES = (np.float64, np.float32)

EXACT: dict[str, Callable[[Any], Any]] = {
    "exp": MP.exp,
    "exp2": lambda x: MP.exp(x * MP.ln2),
    "expm1": MP.expm1,
    "log": MP.log,
    "log2": lambda x: MP.log(x) / MP.ln2,
    "log10": lambda x: MP.log(x) / MP.ln10,
    "log1p": MP.log1p,
    "sin": MP.sin,
    "cos": MP.cos,
    "tan": MP.tan,
    "arcsin": MP.asin,
    "arccos": MP.acos,
    "arctan": MP.atan,
    "sinh": MP.sinh,
    "cosh": MP.cosh,
    "tanh": MP.tanh,
    "sigmoid": lambda x: 1 / (1 + MP.exp(-x)),
    "softplus": lambda x: MP.log1p(MP.exp(x)),
    "erf": MP.erf,
    "arcsinh": MP.asinh,
    "cbrt": lambda x: MP.sign(x) * MP.cbrt(abs(x)),
}

BORDERS: dict[str, list[tuple[float, float]]] = {
    "exp": [(0, 1), (-0.0, 1), (INF, INF), (-INF, 0), (1e300, INF), (-1e300, 0), (NAN, NAN)],
    "exp2": [(0, 1), (-0.0, 1), (10, 1024), (INF, INF), (-INF, 0), (1e300, INF), (NAN, NAN)],
    "expm1": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -1), (1e300, INF), (NAN, NAN)],
    "log": [(1, 0), (0, -INF), (-0.0, -INF), (-1, NAN), (-INF, NAN), (INF, INF), (NAN, NAN)],
    "log2": [(2.0**k, k) for k in range(-126, 127)] + [(0, -INF), (-1, NAN), (INF, INF)],
    "log10": [(10.0**k, k) for k in range(11)] + [(-0.0, -INF), (-1, NAN), (INF, INF), (NAN, NAN)],
    "log1p": [(0, 0), (-0.0, -0.0), (-1, -INF), (-2, NAN), (-INF, NAN), (INF, INF), (NAN, NAN)],
    "sin": [(0, 0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "cos": [(0, 1), (-0.0, 1), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "tan": [(0, 0), (-0.0, -0.0), (INF, NAN), (-INF, NAN), (NAN, NAN)],
    "arcsin": [(0, 0), (-0.0, -0.0), (1, PI / 2), (-1, -PI / 2), (2, NAN), (-INF, NAN), (NAN, NAN)],
    "arccos": [(0, PI / 2), (-0.0, PI / 2), (1, 0), (-1, PI), (-2, NAN), (INF, NAN), (NAN, NAN)],
    "cbrt": [(0, 0), (-0.0, -0.0), (27, 3), (-8, -2), (INF, INF), (-INF, -INF), (NAN, NAN)],
    "arcsinh": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (NAN, NAN)],
    "arctan": [(0, 0), (-0.0, -0.0), (INF, PI / 2), (-INF, -PI / 2), (1e300, PI / 2), (NAN, NAN)],
    "sinh": [(0, 0), (-0.0, -0.0), (INF, INF), (-INF, -INF), (-1e300, -INF), (NAN, NAN)],
    "cosh": [(0, 1), (-0.0, 1), (INF, INF), (-INF, INF), (-1e300, INF), (NAN, NAN)],
    "tanh": [(0, 0), (-0.0, -0.0), (INF, 1), (-INF, -1), (1e300, 1), (NAN, NAN)],
    "sigmoid": [(0, 0.5), (-0.0, 0.5), (INF, 1), (-INF, 0), (NAN, NAN)],
    "softplus": [(INF, INF), (-INF, 0), (2.0**99, 2.0**99), (NAN, NAN)],
    "erf": [(0, 0), (-0.0, -0.0), (INF, 1), (-INF, -1), (1e30, 1), (NAN, NAN)],
}


def run(name: str, *arrays: Array) -> Array:
    """The function on arrays, NumPy doing the arithmetic."""
    with np.errstate(all="ignore"):
        return function(name)(*map(Numbers, arrays)).array


def samples(name: str, dtype: type, n: int = 500) -> Array:
    """Numbers of every size, near 0, near 1, near the borders of exp, near multiples of pi/2."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    info = np.finfo(dtype)
    sizes = 2.0 ** rng.uniform(math.log2(info.smallest_subnormal), info.maxexp - 0.01, n)
    turns = rng.integers(1, 10**5, n) * (np.pi / 2)
    wide = np.concatenate(
        [
            sizes,
            -sizes,
            rng.standard_normal(n) * 2.0 ** rng.integers(-8, 5, n),
            1 + rng.standard_normal(n) * 2.0 ** rng.integers(-50, -1, n),
            rng.uniform(1.02, 1.08, n) * np.log(info.smallest_subnormal),
            np.log(info.max) * rng.uniform(0.99, 1.0, n),
            np.log(info.max) + np.log(2) * rng.uniform(-1.0, 1.0, n),
            turns,
        ]
    ).astype(dtype)
    narrow = np.concatenate([wide, np.nextafter(wide, dtype(9)), *_edges(dtype)])
    return narrow[_domain(name)(narrow)]


def _edges(dtype: type) -> list[Array]:
    """Where a formula changes over: 2**k and its neighbours, and the first denormals."""
    edges = np.concatenate([2.0 ** np.arange(-60, 45), [0.92, 2**-0.5, 2**0.5, 6.0]]).astype(dtype)
    steps = [edges, np.nextafter(edges, dtype(0)), np.nextafter(edges, dtype(INF))]
    first = np.arange(1, 9).astype(dtype) * np.finfo(dtype).smallest_subnormal
    return [*steps, *(-s for s in steps), first, -first]


def _domain(name: str) -> Callable[[Array], Array]:
    lows = {"log": 0.0, "log2": 0.0, "log10": 0.0, "log1p": -1.0}
    highs = {"arcsin": 1.0, "arccos": 1.0}
    return lambda x: np.isfinite(x) & (x > lows.get(name, -INF)) & (abs(x) <= highs.get(name, INF))


def ulps(value: float, exact: Any, dtype: type) -> float:
    """The distance in units of the last place of the exact value; infinite where only one is."""
    nearest = dtype(float(exact))
    if not np.isfinite(nearest) or not np.isfinite(value):
        return 0.0 if value == nearest else INF
    return float(abs(MP.mpf(float(value)) - exact) / float(np.spacing(abs(nearest))))


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", EXACT)
def test_within_two_ulp_everywhere(name: str, dtype: type) -> None:
    x = samples(name, dtype)
    y = run(name, x)
    assert y.dtype == dtype
    with np.errstate(over="ignore"):
        errors = np.array(
            [ulps(b, EXACT[name](MP.mpf(float(a))), dtype) for a, b in zip(x, y, strict=True)]
        )
    worst = int(np.argmax(errors))
    assert errors[worst] <= 2, (x[worst], y[worst], errors[worst])
    assert np.mean(errors <= 1) > 0.97
    assert np.mean(errors) < 0.4


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", BORDERS)
def test_borders(name: str, dtype: type) -> None:
    with np.errstate(over="ignore"):
        x, expected = np.array(BORDERS[name]).astype(dtype).T.copy()
    assert_same(run(name, x), expected)


def assert_same(value: Array, expected: Array) -> None:
    """Equal with the sign of zero."""
    np.testing.assert_array_equal(value, expected)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(value[numbers]), np.signbit(expected[numbers]))


def assert_near(value: Array, expected: Array) -> None:
    """Equal to the last digits, with the sign of zero."""
    np.testing.assert_allclose(value, expected, rtol=2 * np.finfo(value.dtype).eps)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(value[numbers]), np.signbit(expected[numbers]))


@pytest.mark.parametrize("dtype", DTYPES)
def test_pow_within_two_ulp(dtype: type) -> None:
    base = np.abs(samples("pow", dtype))
    base = base[base > 0]
    rng = np.random.default_rng(0)
    largest = np.log(np.finfo(dtype).max)
    size = rng.uniform(-1.07, 1.01, base.size) * largest
    size = np.where(rng.random(base.size) < 0.3, size * rng.random(base.size) ** 9, size)
    with np.errstate(all="ignore"):
        y = (size / np.log(base.astype(np.float64))).astype(dtype)
        usable = np.isfinite(y)
        base, y = base[usable], y[usable]
        value = run("pow", base, y)
        exact = [
            MP.exp(MP.mpf(float(b)) * MP.log(MP.mpf(float(a))))
            for a, b in zip(base, y, strict=True)
        ]
        errors = np.array([ulps(v, e, dtype) for v, e in zip(value, exact, strict=True)])
    worst = int(np.argmax(errors))
    assert errors[worst] <= 2, (base[worst], y[worst], value[worst], errors[worst])
    assert np.mean(errors) < 0.4


@pytest.mark.parametrize("dtype", DTYPES)
def test_pow_at_every_border_as_in_c(dtype: type) -> None:
    edge = [0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 2.0**60, 2.0**70, INF, NAN]
    edge = [*edge, *(-e for e in edge), float(np.finfo(dtype).smallest_subnormal)]
    x, y = (a.ravel() for a in np.meshgrid(np.array(edge, dtype), np.array(edge, dtype)))
    with np.errstate(all="ignore"):
        expected = np.array([dtype(_c_pow(float(a), float(b))) for a, b in zip(x, y, strict=True)])
    assert_near(run("pow", x, y), expected)


def _c_pow(a: float, b: float) -> float:
    """math.pow, with C's results where it raises."""
    try:
        return math.pow(a, b)
    except OverflowError:
        return -INF if a < 0 and b % 2 == 1 else INF
    except ValueError:
        return NAN if a else math.copysign(INF, a) if b % 2 == 1 else INF


@pytest.mark.parametrize("dtype", DTYPES)
def test_arctan2_within_two_ulp_of_points_everywhere(dtype: type) -> None:
    y = samples("arctan2", dtype)
    rng = np.random.default_rng(0)
    x = np.where(rng.random(y.size) < 0.5, rng.permutation(y), y * rng.normal(size=y.size))
    x = np.clip(x, -np.finfo(dtype).max, np.finfo(dtype).max).astype(dtype)
    value = run("arctan2", y, x)
    exact = [MP.atan2(MP.mpf(float(a)), MP.mpf(float(b))) for a, b in zip(y, x, strict=True)]
    errors = np.array([ulps(v, e, dtype) for v, e in zip(value, exact, strict=True)])
    worst = int(np.argmax(errors))
    assert errors[worst] <= 2, (y[worst], x[worst], value[worst], errors[worst])
    assert np.mean(errors) < 0.4


@pytest.mark.parametrize("dtype", DTYPES)
def test_arctan2_at_every_border_as_in_c(dtype: type) -> None:
    edge = [0.0, float(np.finfo(dtype).smallest_subnormal), 1.0, 2.0, 2.0**100, INF, NAN]
    edge = [*edge, *(-e for e in edge)]
    y, x = (a.ravel() for a in np.meshgrid(np.array(edge, dtype), np.array(edge, dtype)))
    expected = np.array([math.atan2(a, b) for a, b in zip(y, x, strict=True)]).astype(dtype)
    assert_near(run("arctan2", y, x), expected)


def test_fma_rounds_once() -> None:
    rng = np.random.default_rng(1)
    for dtype in DTYPES:
        a, b = (rng.standard_normal(2000).astype(dtype) for _ in range(2))
        c = (-a * b * (1 + rng.integers(-2, 3, 2000) * 2.0 ** -rng.integers(1, 80, 2000))).astype(
            dtype
        )
        exact = [MP.mpf(float(p)) * float(q) + float(r) for p, q, r in zip(a, b, c, strict=True)]
        with MP.workprec(np.finfo(dtype).nmant + 1):
            expected = np.array([float(+e) for e in exact], dtype)
        np.testing.assert_array_equal(fma(a, b, c), expected)
