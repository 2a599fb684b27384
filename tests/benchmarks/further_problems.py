"""What people try first beyond the table: layers, distances, likelihoods, losses, filters, bodies.

Written in NumPy's words, which are JAX's too; lists of indices come as arguments.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .problems import Arrays, Problem, distances, normal

_SMOOTH = 1e-3


def batched_products(xp: Any, A: Any, B: Any) -> Any:
    return xp.sum(xp.tanh(A @ B) ** 2)


def filter_1d(xp: Any, w: Any, x: Any) -> Any:
    """A finite impulse response of sixteen numbers."""
    n = x.shape[0] - 15
    y = sum(w[k] * x[k : k + n] for k in range(16))
    return xp.sum(y * y)


def convolution_2d(xp: Any, w: Any, x: Any) -> Any:
    """Eight channels of 3 by 3, on a batch of images."""
    n, m = x.shape[1] - 2, x.shape[2] - 2
    y = sum(
        w[:, k, j, None, None] * x[:, None, k : k + n, j : j + m]
        for k in range(3)
        for j in range(3)
    )
    return xp.sum(xp.maximum(y, 0.0) ** 2)


def attention(xp: Any, Q: Any, K: Any, V: Any) -> Any:
    scores = Q @ xp.swapaxes(K, -1, -2) / Q.shape[-1] ** 0.5
    e = xp.exp(scores - xp.max(scores, -1, keepdims=True))
    return xp.sum((e / xp.sum(e, -1, keepdims=True) @ V) ** 2)


def layer_norm(xp: Any, x: Any, scale: Any, shift: Any, seed: Any) -> Any:
    centred = x - xp.mean(x, -1, keepdims=True)
    spread = xp.sqrt(xp.mean(centred * centred, -1, keepdims=True) + 1e-5)
    return xp.sum((centred / spread * scale + shift) * seed)


def batch_norm(xp: Any, x: Any, scale: Any, shift: Any, seed: Any) -> Any:
    y = (x - xp.mean(x, 0)) / xp.sqrt(xp.var(x, 0) + 1e-5)
    return xp.sum(xp.maximum(y * scale + shift, 0.0) * seed)


def cosine_similarities(xp: Any, x: Any, seed: Any) -> Any:
    unit = x / xp.sqrt(xp.sum(x * x, 1, keepdims=True))
    return xp.sum(unit @ unit.T * seed)


def rbf_kernel(xp: Any, x: Any, width: Any, seed: Any) -> Any:
    """By differences, as one writes it first."""
    squares = xp.sum((x[:, None, :] - x[None, :, :]) ** 2, -1)
    return xp.sum(xp.exp(-squares / (2 * width**2)) * seed)


def rbf_by_products(xp: Any, x: Any, width: Any, seed: Any) -> Any:
    lengths = xp.sum(x * x, 1)
    squares = lengths[:, None] + lengths[None, :] - 2 * x @ x.T
    return xp.sum(xp.exp(-squares / (2 * width**2)) * seed)


def gaussian_mixture(xp: Any, means: Any, widths: Any, weights: Any, x: Any) -> Any:
    """Diagonal Gaussians."""
    z = (x[:, None, :] - means) * xp.exp(-widths)
    logs = -0.5 * xp.sum(z * z, -1) - xp.sum(widths, -1) + weights
    top = xp.max(logs, 1, keepdims=True)
    total = xp.log(xp.sum(xp.exp(logs - top), 1)) + top[:, 0]
    return xp.mean(total) - xp.log(xp.sum(xp.exp(weights)))


def gp_by_cholesky(xp: Any, theta: Any, D: Any, identity: Any, y: Any) -> Any:
    K = theta[0] ** 2 * xp.exp(-D / (2 * theta[1] ** 2)) + theta[2] ** 2 * identity
    L = xp.linalg.cholesky(K)
    v = xp.linalg.solve(L, y)
    return v @ v / 2 + xp.sum(xp.log(xp.diagonal(L)))


def log_determinant(xp: Any, A: Any) -> Any:
    return xp.linalg.slogdet(A)[1]


def inverse(xp: Any, A: Any, seed: Any) -> Any:
    return xp.sum(xp.linalg.inv(A) * seed)


def running_sums(xp: Any, x: Any, seed: Any) -> Any:
    return xp.sum(xp.cumsum(xp.tanh(x)) * seed)


def running_products(xp: Any, x: Any, seed: Any) -> Any:
    return xp.sum(xp.cumprod(1 + 1e-3 * x) * seed)


def sorted_loss(xp: Any, x: Any, y: Any) -> Any:
    """The distance of two distributions on a line."""
    return xp.mean(xp.abs(xp.sort(x) - xp.sort(y)))


def embeddings(xp: Any, table: Any, where: Any) -> Any:
    return xp.sum(xp.tanh(table[where]) ** 2)


def embedded_pairs(xp: Any, table: Any, a: Any, b: Any) -> Any:
    """The skip-gram loss without its negative samples."""
    return xp.sum(xp.log1p(xp.exp(-xp.sum(table[a] * table[b], 1))))


def log_sum_exp_of_columns(xp: Any, x: Any) -> Any:
    top = xp.max(x, 0)
    return xp.sum(xp.log(xp.sum(xp.exp(x - top), 0)) + top)


def middle_axis(xp: Any, x: Any) -> Any:
    """An array of three axes, normalised along the one between."""
    return xp.sum((x / xp.sum(x * x, 1, keepdims=True)) ** 3)


def bodies(xp: Any, x: Any, masses: Any) -> Any:
    """The energy of many bodies that attract each other."""
    d = x[:, None, :] - x[None, :, :]
    return -xp.sum(masses[:, None] * masses / xp.sqrt(xp.sum(d * d, -1) + _SMOOTH))


def polynomial(xp: Any, w: Any, x: Any, y: Any) -> Any:
    p = w[0] + x * 0
    for k in range(1, 8):
        p = p * x + w[k]
    return xp.mean((p - y) ** 2)


def huber(xp: Any, w: Any, X: Any, y: Any) -> Any:
    a = xp.abs(X @ w - y)
    return xp.mean(xp.where(a < 1, 0.5 * a * a, a - 0.5))


def quantile(xp: Any, w: Any, X: Any, y: Any) -> Any:
    r = y - X @ w
    return xp.mean(xp.maximum(0.9 * r, -0.1 * r))


def total_variation(xp: Any, u: Any) -> Any:
    dx, dy = u[1:, :-1] - u[:-1, :-1], u[:-1, 1:] - u[:-1, :-1]
    return xp.sum(xp.sqrt(dx * dx + dy * dy + _SMOOTH))


def divergence_of_rows(xp: Any, a: Any, b: Any) -> Any:
    def logs(z: Any) -> Any:
        z = z - xp.max(z, -1, keepdims=True)
        return z - xp.log(xp.sum(xp.exp(z), -1, keepdims=True))

    p, q = logs(a), logs(b)
    return xp.mean(xp.sum(xp.exp(p) * (p - q), -1))


def sweeps(xp: Any, x: Any, f: Any) -> Any:
    """Twenty sweeps of Jacobi's for a tridiagonal system."""
    u = 0 * f
    for _ in range(20):
        inner = (f[1:-1] * x[1:-1] + u[2:] + u[:-2]) / 2
        u = xp.concatenate([f[:1], inner, f[-1:]])
    return xp.sum(u * u)


def indexed(rows: int, columns: int, *counts: int) -> Any:
    def make(rng: np.random.Generator) -> Arrays:
        return rng.normal(size=(rows, columns)), *(rng.integers(0, rows, n) for n in counts)

    return make


def near_identity(n: int, *others: tuple[int, ...]) -> Any:
    def make(rng: np.random.Generator) -> Arrays:
        A = np.eye(n) + rng.normal(size=(n, n)) / (3 * n**0.5)
        return A, *(rng.normal(size=s) for s in others)

    return make


def points(n: int, d: int) -> Any:
    return lambda rng: (rng.normal(size=(n, d)), np.array(1.3), rng.normal(size=(n, n)))


FURTHER = [
    Problem("batched products, 1000×8×8", batched_products, normal(*[(1000, 8, 8)] * 2), wrt=2),
    Problem("filter of 16, 1e5", filter_1d, normal((16,), (100_000,)), wrt=2),
    Problem("convolution 2-d, 8 of 8×64²", convolution_2d, normal((8, 3, 3), (8, 64, 64)), wrt=2),
    Problem("attention, 4×64×32", attention, normal(*[(4, 64, 32)] * 3), wrt=3),
    Problem(
        "layer norm, 1000×256",
        layer_norm,
        normal((1000, 256), (256,), (256,), (1000, 256)),
        wrt=3,
    ),
    Problem(
        "batch norm, 1000×256",
        batch_norm,
        normal((1000, 256), (256,), (256,), (1000, 256)),
        wrt=3,
    ),
    Problem("cosine similarities, 300×40", cosine_similarities, normal((300, 40), (300, 300))),
    Problem("distances, 300×3", rbf_kernel, points(300, 3), wrt=2),
    Problem("distances, 200×30", rbf_kernel, points(200, 30), wrt=2),
    Problem("distances by products, 300×30", rbf_by_products, points(300, 30), wrt=2),
    Problem(
        "Gaussian mixture, 2000×5×4",
        gaussian_mixture,
        normal((5, 4), (5, 4), (5,), (2000, 4)),
        wrt=3,
    ),
    Problem("Cholesky, 50 points", gp_by_cholesky, distances(50)),
    Problem("log determinant, 100", log_determinant, near_identity(100)),
    Problem("inverse, 100", inverse, near_identity(100, (100, 100))),
    Problem("running sums, 1e5", running_sums, normal((100_000,), (100_000,))),
    Problem("running products, 1e4", running_products, normal((10_000,), (10_000,))),
    Problem("sorted, 1e4", sorted_loss, normal((10_000,), (10_000,)), wrt=2),
    Problem("embeddings, 5000 of 1000×32", embeddings, indexed(1000, 32, 5000)),
    Problem("pairs of embeddings, 5000", embedded_pairs, indexed(1000, 32, 5000, 5000)),
    Problem("log-sum-exp of columns, 1000×200", log_sum_exp_of_columns, normal((1000, 200))),
    Problem("middle axis, 30×40×50", middle_axis, normal((30, 40, 50))),
    Problem("bodies, 100×3", bodies, normal((100, 3), (100,)), wrt=2),
    Problem("polynomial, 1e5", polynomial, normal((8,), (100_000,), (100_000,))),
    Problem("Huber, 2000×50", huber, normal((50,), (2000, 50), (2000,))),
    Problem("quantile, 2000×50", quantile, normal((50,), (2000, 50), (2000,))),
    Problem("total variation, 500²", total_variation, normal((500, 500))),
    Problem("divergence of rows, 1000×20", divergence_of_rows, normal(*[(1000, 20)] * 2), wrt=2),
    Problem("sweeps, 1e4", sweeps, normal((10_000,), (10_000,)), wrt=2),
]
