"""scipy.stats' common distributions for handles: densities, and the distribution functions that have
a closed form. Each formula is that of the standard distribution; location and scale come after it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from math import log, pi
from typing import Any

import numpy as np

from ..functions import linear
from ..ops.bessel import i0e
from ..ops.special import (
    betainc,
    betaln,
    gammainc,
    gammaincc,
    gammaln,
    log_ndtr,
    ndtr,
    ndtri,
    xlog1py,
    xlogy,
)
from .instead import holds_handle, instead
from .operands import operand

Formula = Callable[..., Any]


def _positive(formula: Formula, is_inside: Formula = np.greater_equal) -> Formula:
    """log of a density that is 0 below 0; with np.greater, at 0 as well."""

    def everywhere(z: Any, *shapes: Any) -> Any:
        inside = is_inside(z, 0)
        return np.where(inside, formula(np.where(inside, z, 1.0), *shapes), -np.inf)

    return everywhere


def _beta(z: Any, a: Any, b: Any) -> Any:
    inside = np.logical_and(np.greater_equal(z, 0), np.less_equal(z, 1))
    z = np.where(inside, z, 0.5)
    y = xlogy(a - 1, z) + xlog1py(b - 1, -z) - betaln(a, b)
    return np.where(inside, y, -np.inf)


def _first_success(k: Any, p: Any) -> Any:
    return np.where(k >= 1, np.log(p) + xlog1py(k - 1, -p), -np.inf)


def _whole(formula: Formula, most: Callable[..., Any]) -> Formula:
    """log of a probability that is 0 but at 0, 1, 2 ... and the most that the shapes allow."""

    def everywhere(k: Any, *shapes: Any) -> Any:
        inside = (k == np.floor(k)) & np.greater_equal(k, 0) & np.less_equal(k, most(*shapes))
        return np.where(inside, formula(np.where(inside, k, 0.0), *shapes), -np.inf)

    return everywhere


def _student(z: Any, df: Any) -> Any:
    factor = gammaln((df + 1) / 2) - gammaln(df / 2) - np.log(df * pi) / 2
    return factor - (df + 1) / 2 * np.log1p(z * z / df)


# --- logarithms of densities, and of probabilities of whole numbers

_DENSITIES: dict[str, Formula] = {
    "norm": lambda z: -z * z / 2 - log(2 * pi) / 2,
    "expon": _positive(lambda z: -z),
    "gamma": _positive(lambda z, a: xlogy(a - 1, z) - z - gammaln(a)),
    "chi2": _positive(
        lambda z, df: xlogy(df / 2 - 1, z) - z / 2 - df / 2 * log(2) - gammaln(df / 2)
    ),
    "beta": _beta,
    "t": _student,
    "cauchy": lambda z: -np.log1p(z * z) - log(pi),
    "laplace": lambda z: -np.abs(z) - log(2),
    "logistic": lambda z: z - 2 * np.logaddexp(0, z),
    "lognorm": _positive(
        lambda z, s: -((np.log(z) / s) ** 2) / 2 - np.log(s * z) - log(2 * pi) / 2, np.greater
    ),
    "uniform": _positive(lambda z: np.where(z <= 1, 0.0 * z, -np.inf)),
    "halfnorm": _positive(lambda z: -z * z / 2 + log(2 / pi) / 2),
    "rayleigh": _positive(lambda z: xlogy(1, z) - z * z / 2),
    "weibull_min": _positive(lambda z, c: np.log(c) + xlogy(c - 1, z) - z**c),
    "pareto": _positive(
        lambda z, b: np.where(z >= 1, np.log(b) - (b + 1) * np.log(z), -np.inf), np.greater
    ),
    "invgamma": _positive(lambda z, a: -(a + 1) * np.log(z) - gammaln(a) - 1 / z, np.greater),
    "gumbel_r": lambda z: -z - np.exp(-z),
    "gumbel_l": lambda z: z - np.exp(z),
    "vonmises": lambda z, kappa: kappa * (np.cos(z) - 1) - np.log(2 * pi * i0e(kappa)),
}
_CHANCES: dict[str, Formula] = {
    "poisson": _whole(lambda k, mu: xlogy(k, mu) - gammaln(k + 1) - mu, lambda mu: np.inf),
    "bernoulli": _whole(lambda k, p: xlogy(k, p) + xlog1py(1 - k, -p), lambda p: 1),
    "binom": _whole(
        lambda k, n, p: (
            gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + xlogy(k, p) + xlog1py(n - k, -p)
        ),
        lambda n, p: n,
    ),
    "geom": _whole(_first_success, lambda p: np.inf),
    "nbinom": _whole(
        lambda k, n, p: (
            gammaln(k + n) - gammaln(k + 1) - gammaln(n) + n * np.log(p) + xlog1py(k, -p)
        ),
        lambda n, p: np.inf,
    ),
}

# --- distribution functions

_DISTRIBUTIONS: dict[tuple[str, str], Formula] = {
    ("norm", "cdf"): ndtr,
    ("norm", "logcdf"): log_ndtr,
    ("norm", "sf"): lambda z: ndtr(-z),
    ("norm", "logsf"): lambda z: log_ndtr(-z),
    ("expon", "cdf"): lambda z: -np.expm1(-np.maximum(z, 0)),
    ("expon", "sf"): lambda z: np.exp(-np.maximum(z, 0)),
    ("logistic", "cdf"): lambda z: np.exp(-np.logaddexp(0, -z)),
    ("cauchy", "cdf"): lambda z: np.arctan(z) / pi + 0.5,
    ("uniform", "cdf"): lambda z: np.clip(z, 0, 1),
    ("gamma", "cdf"): lambda z, a: gammainc(a, np.maximum(z, 0)),
    ("gamma", "sf"): lambda z, a: gammaincc(a, np.maximum(z, 0)),
    ("chi2", "cdf"): lambda z, df: gammainc(df / 2, np.maximum(z, 0) / 2),
    ("chi2", "sf"): lambda z, df: gammaincc(df / 2, np.maximum(z, 0) / 2),
    ("beta", "cdf"): lambda z, a, b: betainc(a, b, np.clip(z, 0, 1)),
    ("weibull_min", "cdf"): lambda z, c: -np.expm1(-(np.maximum(z, 0) ** c)),
    ("weibull_min", "sf"): lambda z, c: np.exp(-(np.maximum(z, 0) ** c)),
    ("gumbel_r", "cdf"): lambda z: np.exp(-np.exp(-z)),
    ("lognorm", "cdf"): lambda z, s: np.where(z > 0, ndtr(np.log(np.where(z > 0, z, 1)) / s), 0),
}
_QUANTILES: dict[str, Formula] = {
    "norm": ndtri,
    "expon": lambda q: -np.log1p(-q),
    "logistic": lambda q: np.log(q) - np.log1p(-q),
}


class Distribution:
    """A distribution of SciPy's, with formulas for handles."""

    def __init__(self, theirs: Any, name: str, shapes: tuple[str, ...]) -> None:
        self._theirs, self._name, self._shapes = theirs, name, shapes

    def __getattr__(self, method: str) -> Any:
        theirs = getattr(self._theirs, method)
        ours = self._formula(method)
        return theirs if ours is None else instead(theirs, ours)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        known = not any(map(holds_handle, (*args, *kwargs.values())))
        return _Frozen(self, self._theirs(*args, **kwargs) if known else None, args, kwargs)

    def _formula(self, method: str) -> Formula | None:
        name = self._name
        if method in ("logpdf", "pdf") and name in _DENSITIES:
            return self._taking("scaled", functools.partial(_scaled, _DENSITIES[name], method))
        if method in ("logpmf", "pmf") and name in _CHANCES:
            return self._taking("moved", functools.partial(_moved, _CHANCES[name], method))
        if (name, method) in _DISTRIBUTIONS:
            formula = _DISTRIBUTIONS[name, method]
            return self._taking("scaled", lambda x, *rest: formula(*_standard(x, *rest)))
        if method == "ppf" and name in _QUANTILES:
            return self._taking("scaled", lambda q, loc, scale: loc + scale * _QUANTILES[name](q))
        return None

    def _taking(self, kind: str, formula: Formula) -> Formula:
        """The formula, called as SciPy's methods are: x, shapes, location and scale."""
        usual = {"loc": 0, "scale": 1} if kind == "scaled" else {"loc": 0}
        names = ["x", *self._shapes, *usual]

        def called(*args: Any, **kwargs: Any) -> Any:
            given = dict(zip(names, args, strict=False)) | kwargs
            given = {("x" if k in ("q", "k") else k): v for k, v in given.items()}
            return formula(*(operand(given.get(n, usual.get(n))) for n in names))

        return called


def _scaled(formula: Formula, method: str, x: Any, *rest: Any) -> Any:
    y = formula(*_standard(x, *rest)) - np.log(rest[-1])
    return np.exp(y) if method == "pdf" else y


def _standard(x: Any, *rest: Any) -> tuple[Any, ...]:
    *shapes, loc, scale = rest
    return (x - loc) / scale, *shapes


def _moved(formula: Formula, method: str, k: Any, *rest: Any) -> Any:
    *shapes, loc = rest
    y = formula(k - loc, *shapes)
    return np.exp(y) if method == "pmf" else y


class _Frozen:
    """A distribution with its parameters, and SciPy's if none of them is followed."""

    def __init__(
        self, of: Distribution, theirs: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> None:
        self._of, self._theirs, self._args, self._kwargs = of, theirs, args, kwargs

    def __getattr__(self, method: str) -> Any:
        if self._theirs is None:
            return self._of_theirs(method)
        plain = getattr(self._theirs, method)
        return instead(plain, self._of_theirs(method)) if callable(plain) else plain

    def _of_theirs(self, method: str) -> Any:
        """The distribution's method, called with the parameters."""
        return lambda x: getattr(self._of, method)(x, *self._args, **self._kwargs)


# --- several variables


class Gaussian(Distribution):
    """scipy.stats.multivariate_normal."""

    def _formula(self, method: str) -> Formula | None:
        if method == "pdf":
            return lambda *args, **kwargs: np.exp(_log_density(*args, **kwargs))
        return _log_density if method == "logpdf" else None


def _log_density(x: Any, mean: Any = 0.0, cov: Any = 1.0, **checks: Any) -> Any:
    """-|z|**2/2 - log det L - n/2 log(2 pi) with L z = x - mean, L L.T = cov."""
    x, cov = operand(x) - operand(mean), operand(cov)
    factor = linear.cholesky(cov)
    z = linear.solve_triangular(factor, x.T, True)
    return (
        -np.sum(z * z, 0) / 2 - np.sum(np.log(np.diagonal(factor))) - len(factor) * log(2 * pi) / 2
    )


def distribution(value: Any) -> Any:
    """What stands in for a distribution of SciPy's; None for what is none, or has no formula."""
    kind = type(value)
    if not kind.__module__.startswith("scipy.stats."):
        return None
    name = kind.__name__.removesuffix("_gen")
    if name == "multivariate_normal":
        return Gaussian(value, name, ())
    if name not in _DENSITIES and name not in _CHANCES:
        return None
    shapes = value.shapes.split(", ") if value.shapes else ()
    return Distribution(value, name, tuple(shapes))
