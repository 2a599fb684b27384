"""Hessians against jax.hessian under jit and torch.func.hessian: `python -m tests.benchmarks.hessians`.

Times are medians of warm calls, taken in turn; compile time is left out. A ratio is the peer's time
over ours: above 1 we are quicker. On a busy machine compare one thread with one thread:
OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 XLA_FLAGS="--xla_cpu_multi_thread_eigen=false".
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import symdiff as sd

SIZES = (100, 300, 1000)
BUDGET = 2.0  # seconds for the calls of one function at one size


class Problem(NamedTuple):
    name: str
    function: Callable[..., Any]  # of a library and its arrays: the first is differentiated by
    draw: Callable[[np.random.Generator, int], tuple[np.ndarray, ...]]
    largest: int  # whose Hessian fits into memory for every peer


def quadratic(lib: Any, x: Any, A: Any) -> Any:
    return x @ A @ x


def logistic(lib: Any, w: Any, X: Any, y: Any) -> Any:
    z = X @ w
    return lib.sum(lib.logaddexp(0 * z, z) - y * z)


def factorisation(lib: Any, U: Any, V: Any, M: Any) -> Any:
    r = U @ V.T - M
    return lib.sum(r * r)


def tanh_net(lib: Any, x: Any, A: Any, B: Any, c: Any) -> Any:
    return c @ lib.tanh(B @ lib.tanh(A @ x))


PROBLEMS = (
    Problem("x @ A @ x", quadratic, lambda r, n: (r.normal(size=n), r.normal(size=(n, n))), 1000),
    Problem(
        "logistic, m = 2n",
        logistic,
        lambda r, n: (
            r.normal(size=n) / n,
            r.normal(size=(2 * n, n)),
            1.0 * (r.random(2 * n) < 0.5),
        ),
        1000,
    ),
    Problem(
        "matrix factorisation, rank 5, by U",
        factorisation,
        lambda r, n: (r.normal(size=(n, 5)), r.normal(size=(n, 5)), r.normal(size=(n, n))),
        300,
    ),
    Problem(
        "3-layer tanh net",
        tanh_net,
        lambda r, n: (
            r.normal(size=n),
            r.normal(size=(n, n)) / n**0.5,
            r.normal(size=(n, n)) / n**0.5,
            r.normal(size=n),
        ),
        1000,
    ),
)


def ours(problem: Problem, arrays: tuple[np.ndarray, ...]) -> Callable[[], Any]:
    function = problem.function
    hessian = sd.hessian(lambda x, *rest: function(np, x, *rest))
    return lambda: hessian(*arrays)


def by_jax(problem: Problem, arrays: tuple[np.ndarray, ...]) -> Callable[[], Any]:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    hessian = jax.jit(jax.hessian(lambda x, *rest: problem.function(jnp, x, *rest)))
    own = tuple(map(jnp.asarray, arrays))
    return lambda: hessian(*own).block_until_ready()


def by_torch(problem: Problem, arrays: tuple[np.ndarray, ...]) -> Callable[[], Any]:
    import torch

    hessian = torch.func.hessian(lambda x, *rest: problem.function(torch, x, *rest))
    own = tuple(map(torch.from_numpy, arrays))
    return lambda: hessian(*own)


WAYS = {"symdiff": ours, "JAX": by_jax, "PyTorch": by_torch}


def medians(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median seconds of each call, all taken in turn until the budget is spent."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    results = {name: np.asarray(call()) for name, call in calls.items()}
    for name, result in results.items():
        np.testing.assert_allclose(result, results["symdiff"], rtol=1e-6, atol=1e-8, err_msg=name)
    start = time.perf_counter()
    while time.perf_counter() - start < BUDGET or len(taken["symdiff"]) < 3:
        for name, call in calls.items():
            before = time.perf_counter()
            call()
            taken[name].append(time.perf_counter() - before)
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    sizes = parser.parse_args().sizes
    print("| Hessian of | n | symdiff | against JAX | against PyTorch |\n|---|---|---|---|---|")
    for problem in PROBLEMS:
        for n in (n for n in sizes if n <= problem.largest):
            arrays = problem.draw(np.random.default_rng(n), n)
            seconds = medians({name: way(problem, arrays) for name, way in WAYS.items()})
            own = seconds["symdiff"]
            ratios = " | ".join(f"{seconds[name] / own:.1f}x" for name in ("JAX", "PyTorch"))
            print(f"| {problem.name} | {n} | {own * 1e3:.3g} ms | {ratios} |", flush=True)


if __name__ == "__main__":
    main()
