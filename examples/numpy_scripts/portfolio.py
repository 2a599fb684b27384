"""The portfolio of least variance, by solving with the covariance: its Sharpe ratio."""

import numpy as np


def sharpe_ratio(returns, ridge):
    centred = returns - returns.mean(axis=0)
    covariance = centred.T @ centred / (len(returns) - 1)
    covariance = covariance + ridge * np.eye(returns.shape[1])
    weights = np.linalg.solve(covariance, np.ones(returns.shape[1]))
    weights /= weights.sum()
    return weights @ returns.mean(axis=0) / np.sqrt(weights @ covariance @ weights)


def example_arguments():
    rng = np.random.default_rng(7)
    market = rng.standard_normal((20, 1))
    return 0.5 + 0.3 * market + rng.standard_normal((20, 4)), 0.05
