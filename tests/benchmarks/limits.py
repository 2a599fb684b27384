"""The value and gradients of each problem as one would write them by hand, with NumPy and Numba."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from scipy.linalg import lapack

Result = tuple[Any, ...]


def chain(x: np.ndarray) -> Result:
    t, e = np.tanh(x), np.exp(-x * x)
    return float(np.sum(t * t + e)), 2 * t * (1 - t * t) - 2 * x * e


def softmax_cross_entropy(W: np.ndarray, X: np.ndarray, Y: np.ndarray) -> Result:
    z = X @ W
    value, seed = _softmax_rows(z, Y)
    return value, X.T @ seed


@numba.njit(cache=False, fastmath={"reassoc", "contract"})
def _softmax_rows(z: np.ndarray, Y: np.ndarray) -> Result:
    n, k = z.shape
    value, seed = 0.0, np.empty_like(z)
    for i in range(n):
        m = z[i].max()
        total = 0.0
        for j in range(k):
            seed[i, j] = np.exp(z[i, j] - m)
            total += seed[i, j]
        value += np.log(total) + m
        for j in range(k):
            value -= z[i, j] * Y[i, j]
            seed[i, j] = (seed[i, j] / total - Y[i, j]) / n
    return value / n, seed


def linear_regression(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> Result:
    r = X @ w - y
    return float(r @ r) / len(y), (2 / len(y)) * (X.T @ r)


def logistic_regression(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> Result:
    z = X @ w
    e = np.exp(-np.abs(z))
    value = np.sum(np.log(1 + e) + np.maximum(z, 0) - y * z)
    return value, X.T @ (np.where(z > 0, 1, e) / (1 + e) - y)


def matrix_factorisation(U: np.ndarray, V: np.ndarray, M: np.ndarray) -> Result:
    r = U @ V.T
    r -= M
    flat = r.ravel()
    return float(flat @ flat), 2 * (r @ V), 2 * (r.T @ U)


def gaussian_process(
    theta: np.ndarray, D: np.ndarray, identity: np.ndarray, y: np.ndarray
) -> Result:
    """∂L/∂θ = sum(W * ∂K/∂θ), with W = (K⁻¹ - αα')/2 and α = K⁻¹y."""
    height, width, noise = theta
    E = np.exp(D * (-0.5 / width**2))
    K = height**2 * E + noise**2 * identity
    L, _ = lapack.dpotrf(K, lower=1)
    lower, _ = lapack.dpotri(L, lower=1)
    inverse = np.tril(lower) + np.tril(lower, -1).T
    alpha = inverse @ y
    W = (inverse - np.outer(alpha, alpha)) / 2
    WE = W * E
    gradient = [2 * height * WE.sum(), height**2 / width**3 * np.vdot(WE, D), 2 * noise * W.trace()]
    return y @ alpha / 2 + np.log(L.diagonal()).sum(), np.array(gradient)


def two_layers(W1: np.ndarray, W2: np.ndarray, X: np.ndarray, Y: np.ndarray) -> Result:
    h = np.tanh(X @ W1)
    r = h @ W2
    r -= Y
    g = r * (2 / r.size)
    return np.mean(r * r), X.T @ ((g @ W2.T) * (1 - h * h)), h.T @ g


@numba.njit(fastmath={"reassoc", "contract"})
def stencil_1d(u: np.ndarray) -> Result:
    n, value, g = len(u), 0.0, np.zeros_like(u)
    for i in range(1, n - 1):
        a = u[i + 1] - 2 * u[i] + u[i - 1]
        value += a * a + u[i] * u[i] * a
    for i in range(2, n - 2):
        before = u[i] - 2 * u[i - 1] + u[i - 2]
        here = u[i + 1] - 2 * u[i] + u[i - 1]
        after = u[i + 2] - 2 * u[i + 1] + u[i]
        slopes = 2 * (before - 2 * here + after)
        g[i] = slopes + u[i - 1] ** 2 - 2 * u[i] ** 2 + u[i + 1] ** 2 + 2 * u[i] * here
    for i in (1, n - 2):
        a = u[i + 1] - 2 * u[i] + u[i - 1]
        s = 2 * a + u[i] * u[i]
        g[i - 1 if i == 1 else i + 1] += s
        g[i] += -2 * s + 2 * u[i] * a
        j = i + 1 if i == 1 else i - 1
        g[i] += 2 * (u[j + 1] - 2 * u[j] + u[j - 1]) + u[j] * u[j]
    return value, g


@numba.njit(fastmath={"reassoc", "contract"})
def stencil_2d(u: np.ndarray) -> Result:
    n, m = u.shape
    value, lap = 0.0, np.zeros((n + 2, m + 2))  # with a frame of zeros around
    for i in range(1, n - 1):
        for j in range(1, m - 1):
            a = u[i + 1, j] + u[i - 1, j] + u[i, j + 1] + u[i, j - 1] - 4 * u[i, j]
            value += a * a
            lap[i + 1, j + 1] = 2 * a
    g = np.empty_like(u)
    for i in range(1, n + 1):
        for j in range(1, m + 1):
            around = lap[i + 1, j] + lap[i - 1, j] + lap[i, j + 1] + lap[i, j - 1]
            g[i - 1, j - 1] = around - 4 * lap[i, j]
    return value, g


@numba.njit
def _pendulum(p: np.ndarray, steps: int) -> Result:
    h, q, v = 0.01, p[0], p[1]
    path = np.empty((steps, 4))
    for k in range(steps):
        qm, vm = q + 0.5 * h * v, v - 0.5 * h * np.sin(q)
        path[k] = q, v, qm, vm
        q, v = q + h * vm, v - h * np.sin(qm)
    gq, gv = 2 * q, 2 * v
    for k in range(steps - 1, -1, -1):
        gqm, gvm = -h * np.cos(path[k, 2]) * gv, h * gq
        gq, gv = (
            gq + gqm - 0.5 * h * np.cos(path[k, 0]) * gvm,
            gv + gvm + 0.5 * h * gqm,
        )
    return q * q + v * v, np.array([gq, gv])


@numba.njit
def rosenbrock(x: np.ndarray) -> Result:
    value, g = 0.0, np.zeros_like(x)
    for i in range(len(x) - 1):
        a, b = x[i + 1] - x[i] * x[i], 1 - x[i]
        value += 100 * a * a + b * b
        g[i] -= 400 * x[i] * a + 2 * b
        g[i + 1] += 200 * a
    return value, g


LIMITS = {
    "elementwise chain": chain,
    "softmax cross-entropy": softmax_cross_entropy,
    "linear regression": linear_regression,
    "logistic regression": logistic_regression,
    "matrix factorisation": matrix_factorisation,
    "Gaussian process": gaussian_process,
    "two layers": two_layers,
    "stencil 1-d": stencil_1d,
    "stencil 2-d": stencil_2d,
    "Rosenbrock": rosenbrock,
    "ODE, 100 steps": lambda p: _pendulum(p, 100),
    "ODE, 1000 steps": lambda p: _pendulum(p, 1000),
}
