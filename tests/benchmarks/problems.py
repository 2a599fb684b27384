"""What is timed: each problem is one function, written once for every array library.

`f(xp, *args)` gets the library's NumPy-like namespace; the first `wrt` arguments are differentiated.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

Arrays = tuple[np.ndarray, ...]


@dataclass(frozen=True)
class Problem:
    name: str
    f: Callable[..., Any]
    make: Callable[[np.random.Generator], Arrays]
    wrt: int = 1
    eager: bool = False  # asks for the tape: nothing is compiled ahead
    unrolled: bool = False  # a scalar program, on which some compilers do not come to an end
    huge: bool = False  # only on demand
    tolerance: float = 1e-7  # by how much values may differ

    @property
    def family(self) -> str:
        return self.name.partition(",")[0]


def in_single(problem: Problem) -> Problem:
    """The problem in single precision."""

    def make(rng: np.random.Generator) -> Arrays:
        given = problem.make(rng)
        return tuple(a.astype(np.float32) if a.dtype == np.float64 else a for a in given)

    return replace(problem, make=make, tolerance=2e-3)


def chain(xp: Any, x: Any) -> Any:
    return xp.sum(xp.tanh(x) ** 2 + xp.exp(-x * x))


def softmax_cross_entropy(xp: Any, W: Any, X: Any, Y: Any) -> Any:
    z = X @ W
    m = xp.max(z, 1).reshape((-1, 1))
    logsum = xp.log(xp.sum(xp.exp(z - m), 1)) + m[:, 0]
    return xp.mean(logsum - xp.sum(z * Y, 1))


def linear_regression(xp: Any, w: Any, X: Any, y: Any) -> Any:
    r = X @ w - y
    return xp.sum(r * r) / y.shape[0]


def logistic_regression(xp: Any, w: Any, X: Any, y: Any) -> Any:
    z = X @ w
    return xp.sum(xp.log(1 + xp.exp(-xp.abs(z))) + xp.maximum(z, 0 * z) - y * z)


def matrix_factorisation(xp: Any, U: Any, V: Any, M: Any) -> Any:
    r = U @ V.T - M
    return xp.sum(r * r)


def gaussian_process(xp: Any, theta: Any, D: Any, identity: Any, y: Any) -> Any:
    """Minus the log likelihood (without its constant); `D` holds squared distances."""
    height, width, noise = theta[0], theta[1], theta[2]
    K = height**2 * xp.exp(-D / (2 * width**2)) + noise**2 * identity
    return (y @ xp.linalg.solve(K, y) + xp.linalg.slogdet(K)[1]) / 2


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


def eager_chain(xp: Any, x: Any) -> Any:
    """Fifty operations one after the other, each of them run on its own."""
    y = x
    for _ in range(10):
        y = xp.sin(y) * 0.5 + x * xp.cos(y)
    return xp.sum(y)


def normal(*shapes: tuple[int, ...]) -> Callable[[np.random.Generator], Arrays]:
    return lambda rng: tuple(rng.normal(size=s) for s in shapes)


def one_hot(n: int, d: int, k: int) -> Callable[[np.random.Generator], Arrays]:
    def make(rng: np.random.Generator) -> Arrays:
        Y = np.eye(k)[rng.integers(0, k, n)]
        return rng.normal(size=(d, k)) * 0.1, rng.normal(size=(n, d)), Y

    return make


def labelled(n: int, d: int) -> Callable[[np.random.Generator], Arrays]:
    return lambda rng: (rng.normal(size=d), rng.normal(size=(n, d)), 1.0 * (rng.random(n) > 0.5))


def distances(n: int) -> Callable[[np.random.Generator], Arrays]:
    def make(rng: np.random.Generator) -> Arrays:
        x = rng.uniform(-3, 3, n)
        return np.array([1.2, 0.8, 0.3]), np.square(x[:, None] - x), np.eye(n), np.sin(x)

    return make


PROBLEMS = [
    *(
        Problem(f"elementwise chain, 1e{k}", chain, normal((10**k,)), huge=k == 8)
        for k in range(3, 9)
    ),
    Problem("softmax cross-entropy, 1000×50×10", softmax_cross_entropy, one_hot(1000, 50, 10)),
    Problem("linear regression, 2000×100", linear_regression, normal((100,), (2000, 100), (2000,))),
    Problem("logistic regression, 2000×100", logistic_regression, labelled(2000, 100)),
    Problem(
        "matrix factorisation, 500², rank 5",
        matrix_factorisation,
        normal((500, 5), (500, 5), (500, 500)),
        wrt=2,
    ),
    Problem("Gaussian process, 200 points", gaussian_process, distances(200)),
    Problem(
        "two layers, 256×64×32×8",
        two_layers,
        normal((64, 32), (32, 8), (256, 64), (256, 8)),
        wrt=2,
    ),
    Problem("stencil 1-d, 1e5", stencil_1d, normal((100_000,))),
    Problem("stencil 2-d, 500²", stencil_2d, normal((500, 500))),
    *(Problem(f"ODE, {n} steps", ode(n), normal((2,)), unrolled=True) for n in (100, 1000)),
    *(Problem(f"Rosenbrock, {n}", rosenbrock, normal((n,))) for n in (2, 10, 20)),
    *(
        Problem(
            f"scalar graph, {n} ops",
            scalar_graph(n),
            normal((8,)),
            unrolled=True,
            huge=n > 10_000,
        )
        for n in (300, 3000, 30_000)
    ),
    *(
        Problem(f"eager chain, {n} numbers", eager_chain, normal((n,)), eager=True)
        for n in (10, 10_000)
    ),
]
