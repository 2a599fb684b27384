"""What is timed: each problem is one function, written once for every array library.

`f(xp, *args)` gets the library's NumPy-like namespace; the first `wrt` arguments are differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Problem:
    name: str
    f: Callable[..., Any]
    make: Callable[[np.random.Generator], Arrays]
    wrt: int = 1
    limit: Callable[..., Any] | None = None  # value and gradients, by hand
    kind: str = "gradient"


def chain(xp: Any, x: Any) -> Any:
    return xp.sum(xp.tanh(x) ** 2 + xp.exp(-x * x))


def chain_by_hand(x: np.ndarray) -> tuple[float, np.ndarray]:
    t, e = np.tanh(x), np.exp(-x * x)
    return float(np.sum(t * t + e)), 2 * t * (1 - t * t) - 2 * x * e


def softmax_cross_entropy(xp: Any, W: Any, X: Any, Y: Any) -> Any:
    z = X @ W
    m = xp.max(z, 1).reshape(-1, 1)
    logsum = xp.log(xp.sum(xp.exp(z - m), 1)) + m[:, 0]
    return xp.mean(logsum - xp.sum(z * Y, 1))


def linear_regression(xp: Any, w: Any, X: Any, y: Any) -> Any:
    r = X @ w - y
    return xp.sum(r * r) / y.shape[0]


def linear_by_hand(w: np.ndarray, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    r = X @ w - y
    return float(r @ r) / len(y), (2 / len(y)) * (X.T @ r)


def logistic_regression(xp: Any, w: Any, X: Any, y: Any) -> Any:
    z = X @ w
    return xp.sum(xp.log(1 + xp.exp(-xp.abs(z))) + xp.maximum(z, 0 * z) - y * z)


def matrix_factorisation(xp: Any, U: Any, V: Any, M: Any) -> Any:
    r = U @ V.T - M
    return xp.sum(r * r)


def two_layers(xp: Any, W1: Any, W2: Any, X: Any, Y: Any) -> Any:
    r = xp.tanh(X @ W1) @ W2 - Y
    return xp.mean(r * r)


def stencil_1d(xp: Any, u: Any) -> Any:
    lap = u[2:] - 2 * u[1:-1] + u[:-2]
    return xp.sum(lap * lap) + xp.sum(u[1:-1] ** 2 * lap)


def stencil_2d(xp: Any, u: Any) -> Any:
    lap = u[2:, 1:-1] + u[:-2, 1:-1] + u[1:-1, 2:] + u[1:-1, :-2] - 4 * u[1:-1, 1:-1]
    return xp.sum(lap * lap)


def ode(steps: int) -> Callable[..., Any]:
    """A pendulum by the explicit midpoint rule, unrolled."""

    def unrolled(xp: Any, p: Any) -> Any:
        q, v, h = p[0], p[1], 0.01
        for _ in range(steps):
            qm, vm = q + 0.5 * h * v, v - 0.5 * h * xp.sin(q)
            q, v = q + h * vm, v - h * xp.sin(qm)
        return q * q + v * v

    return unrolled


def rosenbrock(xp: Any, x: Any) -> Any:
    return xp.sum(100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2)


def scalar_graph(operations: int) -> Callable[..., Any]:
    """Straight-line code on eight numbers, always the same for the same size."""
    choice = np.random.default_rng(1).integers(0, 1 << 30, (operations, 3))

    def graph(xp: Any, x: Any) -> Any:
        values = [x[k] for k in range(8)]
        for kind, i, j in choice.tolist():
            a, b = values[-1 - i % 8], values[-1 - j % 8]
            values.append((a + b) * 0.5 if kind % 3 else xp.sin(a) * b if kind % 2 else a - 0.3 * b)
        return sum(values[-8:])

    return graph


def normal(*shapes: tuple[int, ...]) -> Callable[[np.random.Generator], Arrays]:
    return lambda rng: tuple(rng.normal(size=s) for s in shapes)


def one_hot(rng: np.random.Generator, n: int, d: int, k: int) -> Arrays:
    Y = np.eye(k)[rng.integers(0, k, n)]
    return rng.normal(size=(d, k)) * 0.1, rng.normal(size=(n, d)), Y


def labelled(rng: np.random.Generator, n: int, d: int) -> Arrays:
    return rng.normal(size=d), rng.normal(size=(n, d)), (rng.random(n) > 0.5).astype(float)


def factors(rng: np.random.Generator, n: int, rank: int) -> Arrays:
    U, V = rng.normal(size=(n, rank)), rng.normal(size=(n, rank))
    return U, V, rng.normal(size=(n, n))


PROBLEMS = [
    *(
        Problem(f"elementwise chain, {n:.0e}".replace("e+0", "e"), chain, normal((n,)), limit=chain_by_hand)
        for n in (10**3, 10**4, 10**5, 10**6, 10**7)
    ),
    Problem("softmax cross-entropy, 1000×50×10", softmax_cross_entropy, lambda r: one_hot(r, 1000, 50, 10)),
    Problem("linear regression, 2000×100", linear_regression, normal((100,), (2000, 100), (2000,)),
            limit=linear_by_hand),
    Problem("logistic regression, 2000×100", logistic_regression, lambda r: labelled(r, 2000, 100)),
    Problem("matrix factorisation, 500², rank 5", matrix_factorisation, lambda r: factors(r, 500, 5), wrt=2),
    Problem("two layers, 256×64×32×8", two_layers, normal((64, 32), (32, 8), (256, 64), (256, 8)), wrt=2),
    Problem("stencil 1-d, 1e5", stencil_1d, normal((100_000,))),
    Problem("stencil 2-d, 500²", stencil_2d, normal((500, 500))),
    Problem("ODE, 100 steps", ode(100), normal((2,))),
    Problem("ODE, 1000 steps", ode(1000), normal((2,))),
    Problem("Rosenbrock, 2", rosenbrock, normal((2,))),
    Problem("Rosenbrock, 10", rosenbrock, normal((10,))),
    Problem("Rosenbrock, 20", rosenbrock, normal((20,))),
    Problem("scalar graph, 300 ops", scalar_graph(300), normal((8,))),
    Problem("scalar graph, 3000 ops", scalar_graph(3000), normal((8,))),
]  # fmt: skip
