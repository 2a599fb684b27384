"""Distributions of scipy.stats are followed, with SciPy's values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.stats import norm

import symdiff as sd
from symdiff.derivatives.runs import recorded
from symdiff.handles.stand_ins import stand_in

P = np.array([0.4, 1.3, 0.7])
Z = np.array([-0.5, 0.3, 0.8, 2.0])
K = np.array([0.0, 1.0])

FOLLOWED: dict[str, Callable[[Any], Any]] = {
    "norm.cdf": lambda p: norm.cdf(p) + stats.norm.sf(p) ** 2 + norm.logcdf(p) * norm.logsf(p),
    "norm.logpdf": lambda p: stats.norm.logpdf(Z, loc=p[0], scale=p[1]),
    "norm.ppf": lambda p: norm.ppf(p[0], p[1], scale=p[2]),
    "frozen": lambda p: norm(p[0], p[1]).pdf(Z),
    "t": lambda p: stats.t.logpdf(Z, p[1], p[0], p[2]),
    "gamma": lambda p: stats.gamma.logpdf(2.5, a=p[0], scale=p[1]) + stats.gamma.pdf(p, 2.0),
    "beta": lambda p: stats.beta.logpdf(0.3, p[0], p[1]),
    "chi2": lambda p: stats.chi2.logpdf(p, 3),
    "expon": lambda p: stats.expon.pdf(p, scale=p[1]) + stats.expon.cdf(p),
    "lognorm": lambda p: stats.lognorm.logpdf(p, p[0]),
    "laplace": lambda p: stats.laplace.logpdf(Z, p[0], p[1]),
    "logistic": lambda p: stats.logistic.logpdf(p) + stats.logistic.cdf(p),
    "cauchy": lambda p: stats.cauchy.pdf(p) + stats.cauchy.cdf(p),
    "poisson": lambda p: stats.poisson.logpmf(K, p[1]) + stats.poisson.pmf(2, p[0]),
    "binom": lambda p: stats.binom.logpmf(K, 3, p[0]) + stats.bernoulli.logpmf(K, p[2]),
    "uniform": lambda p: stats.uniform.logpdf(0.5, p[0], p[1]) + stats.uniform.cdf(p, 0.2, 3.0),
    "weibull_min": lambda p: (
        stats.weibull_min.logpdf(p, p[1], scale=p[0]) + stats.weibull_min.cdf(p, 2.0)
    ),
    "weibull_min.sf": lambda p: stats.weibull_min.sf(p, p[0]),
    "pareto": lambda p: stats.pareto.logpdf(p + 1, p[1]),
    "rayleigh": lambda p: stats.rayleigh.logpdf(p, 0.1, p[1]) + stats.halfnorm.pdf(p, scale=p[0]),
    "invgamma": lambda p: stats.invgamma.logpdf(p, p[0], scale=2.0),
    "gumbel": lambda p: stats.gumbel_r.logpdf(Z, p[0], p[1]) * stats.gumbel_l.logpdf(Z, p[0]),
    "gumbel_r.cdf": lambda p: stats.gumbel_r.cdf(Z, p[0], p[1]),
    "vonmises": lambda p: stats.vonmises.logpdf(Z, p[1], p[0]),
    "geom": lambda p: stats.geom.logpmf([1, 2, 5], p / 2) + stats.nbinom.pmf(2, p * 3, p / 3),
    "distribution functions": lambda p: (
        stats.gamma.cdf(p, 2.0, scale=p[1]) + stats.gamma.sf(p, 1.5) ** 2 + stats.chi2.sf(p, 3)
    ),
    "more of them": lambda p: (
        stats.chi2.cdf(p, 3) * stats.beta.cdf(p / 2, 2, 3) + stats.lognorm.cdf(p, p[1])
    ),
    "scores": lambda p: stats.zscore(p, ddof=1) * stats.skew(p) + stats.kurtosis(p, fisher=False),
    "means": lambda p: stats.gmean(p) + stats.hmean(np.outer(p, p), axis=1) + stats.sem(p),
    "moments": lambda p: stats.moment(p, 3) + stats.variation(p) + stats.moment(p, 2, center=0.5),
    "entropy": lambda p: stats.entropy(p, base=2) + stats.entropy(p, [0.2, 0.3, 0.5]),
    "multivariate_normal": lambda p: stats.multivariate_normal.logpdf(
        np.stack([Z[:3], Z[1:]]), p, np.eye(3) + np.outer(p, p)
    ),
}


@pytest.mark.parametrize("name", FOLLOWED)
def test_it_is_followed(name: str) -> None:
    distribution = FOLLOWED[name]

    def f(p: Any) -> Any:
        return np.sum(np.sin(distribution(p)))

    steps = 1e-6 * np.eye(3)
    slopes = [(f(P + step) - f(P - step)) / 2e-6 for step in steps]
    value, gradient = sd.value_and_grad(f)(P)
    assert value == pytest.approx(f(P))
    np.testing.assert_allclose(gradient, slopes, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(sd.grad(f, compile=False)(P), gradient, rtol=1e-9)


OUTSIDE = {
    "expon": (), "gamma": (2.0,), "beta": (2.0, 3.0), "lognorm": (0.5,), "chi2": (3.0,),
    "uniform": (), "halfnorm": (), "rayleigh": (), "weibull_min": (1.5,), "pareto": (2.0,),
    "invgamma": (1.5,),
}  # fmt: skip


@pytest.mark.parametrize("name", OUTSIDE)
def test_outside_its_support_a_density_is_zero(name: str) -> None:
    theirs, x = getattr(stats, name), np.array([-1.0, 0.5])
    ours = stand_in(theirs).logpdf(recorded(x, True), *OUTSIDE[name])
    np.testing.assert_allclose(ours.value, theirs.logpdf(x, *OUTSIDE[name]))


FUNCTIONS = ["uniform", "gamma", "chi2", "beta", "weibull_min", "lognorm"]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_outside_its_support_a_distribution_function_is_constant(name: str) -> None:
    theirs, x = getattr(stats, name), np.array([-1.0, 0.5, 7.0])
    value, slope = sd.jvp(lambda x: theirs.cdf(x, *OUTSIDE[name]), (x,), (np.ones(3),))
    np.testing.assert_allclose(value, theirs.cdf(x, *OUTSIDE[name]))
    np.testing.assert_allclose(slope, theirs.pdf(x, *OUTSIDE[name]), atol=1e-12)


EDGES = {
    "expon": (), "gamma": (1.0,), "beta": (1.0, 1.0), "lognorm": (0.5,), "chi2": (2.0,),
    "uniform": (), "halfnorm": (), "rayleigh": (), "weibull_min": (1.0,), "pareto": (2.0,),
    "invgamma": (1.5,),
}  # fmt: skip


@pytest.mark.parametrize("name", EDGES)
def test_at_the_edge_of_its_support_a_density_is_scipys(name: str) -> None:
    theirs, x = getattr(stats, name), np.array([0.0, 1.0])
    ours = stand_in(theirs).pdf(recorded(x, True), *EDGES[name])
    np.testing.assert_allclose(ours.value, theirs.pdf(x, *EDGES[name]))


WHOLE: dict[str, Callable[[Any, Any], Any]] = {
    "poisson": lambda d, p: d.pmf(COUNTS, 2 * p),
    "bernoulli": lambda d, p: d.pmf(COUNTS, p),
    "binom": lambda d, p: d.pmf(COUNTS, 3, p),
    "geom": lambda d, p: d.pmf(COUNTS, p),
    "nbinom": lambda d, p: d.pmf(COUNTS, 2, p),
}
COUNTS = np.array([-1.0, 0.0, 0.5, 1.0, 2.0, 4.0])


@pytest.mark.parametrize("name", WHOLE)
def test_other_than_its_whole_numbers_have_no_probability(name: str) -> None:
    theirs, p = getattr(stats, name), np.array(0.3)
    ours = WHOLE[name](stand_in(theirs), recorded(p, True))
    np.testing.assert_allclose(ours.value, WHOLE[name](theirs, p))


def test_plain_numbers_go_to_scipy() -> None:
    assert stand_in(norm).cdf(0.3) == norm.cdf(0.3)
    assert stand_in(norm).rvs(random_state=1) == norm.rvs(random_state=1)
    assert stand_in(stats).levy is stats.levy
