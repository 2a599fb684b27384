"""Hessians against jax.hessian under jit and torch.func.hessian: `python -m tests.benchmarks.hessians`.

Times are medians of warm calls, taken in turn; compile time is left out. A ratio is the peer's time
over ours: above 1 we are quicker. A peer that would need more than half of the memory that is free
is not run: the row tells how much, which XLA's own account of the compiled program agrees with.
On a busy machine compare one thread with one thread:
OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 XLA_FLAGS="--xla_cpu_multi_thread_eigen=false".
"""

from __future__ import annotations

import argparse
import os
import pathlib
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
    tangents: Callable[[int], int]  # numbers in the widest intermediate's, for all unit vectors


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


def _square(n: int) -> int:
    return n * n


PROBLEMS = (
    Problem(
        "x @ A @ x", quadratic, lambda r, n: (r.normal(size=n), r.normal(size=(n, n))), _square
    ),
    Problem(
        "logistic, m = 2n",
        logistic,
        lambda r, n: (
            r.normal(size=n) / n,
            r.normal(size=(2 * n, n)),
            1.0 * (r.random(2 * n) < 0.5),
        ),
        lambda n: n * 2 * n,
    ),
    Problem(
        "matrix factorisation, rank 5, by U",
        factorisation,
        lambda r, n: (r.normal(size=(n, 5)), r.normal(size=(n, 5)), r.normal(size=(n, n))),
        lambda n: 5 * n * n * n,
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
        _square,
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


def free_memory() -> int:
    """Bytes that programs may take before others are moved out (Linux tells; else all there are)."""
    page = os.sysconf("SC_PAGE_SIZE")
    status = pathlib.Path("/proc/meminfo")
    if not status.exists():
        return page * os.sysconf("SC_PHYS_PAGES")
    line = next(k for k in status.read_text().splitlines() if k.startswith("MemAvailable"))
    return 1024 * int(line.split()[1])


def medians(calls: dict[str, Callable[[], Any]]) -> dict[str, float]:
    """Median seconds of each call until the budget is spent; every round begins with another."""
    taken: dict[str, list[float]] = {name: [] for name in calls}
    start, order = time.perf_counter(), list(calls)
    while time.perf_counter() - start < BUDGET or len(taken["symdiff"]) < 3:
        for name in order:
            before = time.perf_counter()
            calls[name]()
            taken[name].append(time.perf_counter() - before)
        order = [*order[1:], order[0]]
    return {name: statistics.median(seconds) for name, seconds in taken.items()}


def check(problem: Problem, arrays: tuple[np.ndarray, ...], calls: dict[str, Any]) -> None:
    """All results agree, and along a direction ours with differences of the gradient."""
    x, *rest = arrays
    mine = np.asarray(calls["symdiff"]())
    for name in calls.keys() - {"symdiff"}:
        other = np.asarray(calls[name]())
        np.testing.assert_allclose(other, mine, rtol=1e-6, atol=1e-8, err_msg=name)
    v = np.random.default_rng(1).normal(size=x.shape)
    slope, step = sd.grad(lambda x, *rest: problem.function(np, x, *rest)), 1e-5
    wanted = (slope(x + step * v, *rest) - slope(x - step * v, *rest)) / (2 * step)
    np.testing.assert_allclose(np.tensordot(mine, v, x.ndim), wanted, rtol=1e-4, atol=1e-4)


def row(problem: Problem, n: int) -> str:
    """A line of the table: our time, and each peer's ratio or the memory that it would need."""
    arrays, need = problem.draw(np.random.default_rng(n), n), 8 * problem.tangents(n)
    able = WAYS if 2 * need < free_memory() else {"symdiff": ours}
    calls = {name: way(problem, arrays) for name, way in able.items()}
    check(problem, arrays, calls)
    seconds = medians(calls)
    own = seconds["symdiff"]
    cells = [
        f"{seconds[name] / own:.1f}x" if name in seconds else f"not run: needs {need / 1e9:.0f} GB"
        for name in ("JAX", "PyTorch")
    ]
    return f"| {problem.name} | {n} | {own * 1e3:.3g} ms | {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--only", default="", help="problems whose name holds this text")
    chosen = parser.parse_args()
    print("| Hessian of | n | symdiff | against JAX | against PyTorch |\n|---|---|---|---|---|")
    for problem in (p for p in PROBLEMS if chosen.only in p.name):
        for n in chosen.sizes:
            print(row(problem, n), flush=True)


if __name__ == "__main__":
    main()
