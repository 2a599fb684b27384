"""Gaussian process regression: how unlikely the data are, given three hyperparameters."""

import numpy as np


def negative_log_likelihood(log_params, X, y):
    length, amplitude, noise = np.exp(log_params)
    squared = np.sum((X[:, None, :] - X[None, :, :]) ** 2, axis=-1)
    K = amplitude**2 * np.exp(-0.5 * squared / length**2) + noise**2 * np.eye(len(X))
    L = np.linalg.cholesky(K)
    alpha = np.linalg.solve(L.T, np.linalg.solve(L, y))
    return 0.5 * y @ alpha + np.sum(np.log(np.diag(L))) + 0.5 * len(y) * np.log(2 * np.pi)


def example_arguments():
    rng = np.random.default_rng(2)
    X = rng.uniform(-2, 2, (12, 2))
    return np.array([0.1, 0.2, -1.0]), X, np.sin(X[:, 0]) + 0.1 * rng.standard_normal(12)
