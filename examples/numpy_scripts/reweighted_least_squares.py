"""Logistic regression by iteratively reweighted least squares: the fit as the ridge changes."""

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.special import expit


def fitted(X, y, ridge):
    w = np.zeros(X.shape[1])
    for _ in range(25):
        p = expit(X @ w)
        hessian = X.T @ (X * (p * (1 - p))[:, None]) + ridge * np.eye(len(w))
        change = cho_solve(cho_factor(hessian), X.T @ (y - p) - ridge * w)
        w = w + change
        if np.linalg.norm(change) < 1e-12:
            break
    return w


def validation_loss(ridge, X, y, X_new, y_new):
    z = X_new @ fitted(X, y, ridge)
    return np.mean(np.logaddexp(0, z) - y_new * z)


def example_arguments():
    rng = np.random.default_rng(6)
    X, X_new = rng.standard_normal((2, 12, 2))
    y, y_new = (X[:, 0] > 0.3) * 1.0, (X_new[:, 0] > 0.1) * 1.0
    return 0.7, X, y, X_new, y_new
