"""`python -m tests.benchmarks [--threads N] [--only TEXT] [--peers A,B] [--write]`: one table."""

from __future__ import annotations

import argparse
import math
import os
import pathlib
import platform
import statistics
import sys
import time
from collections.abc import Sequence
from importlib import metadata
from typing import Any

BUDGET = 0.6  # seconds of timing for each cell
SLOWEST_FIRST_CALL = 60.0


def timed(call: Any) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def median_times(calls: dict[str, Any]) -> dict[str, float]:
    """All peers in turn, again and again, so that noise strikes all alike."""
    once = {name: min(timed(call) for _ in range(3)) for name, call in calls.items()}
    batch = {name: max(1, int(2e-4 / max(t, 1e-9))) for name, t in once.items()}
    rounds = max(5, min(60, int(BUDGET / max(max(once.values()), 2e-4))))
    samples: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            count = batch[name]
            start = time.perf_counter()
            for _ in range(count):
                call()
            samples[name].append((time.perf_counter() - start) / count)
    return {name: statistics.median(s) for name, s in samples.items()}


def agree(got: Any, want: Any) -> bool:
    import numpy as np

    def plain(x: Any) -> Any:
        return np.asarray(x.detach() if hasattr(x, "detach") else x, dtype=float)

    def flat(result: Any) -> Any:
        value, gradients = result[0], result[1:] if len(result) > 2 else result[1]
        parts = gradients if isinstance(gradients, (tuple, list)) else [gradients]
        return np.concatenate([plain(value).ravel(), *(plain(g).ravel() for g in parts)])

    return bool(np.allclose(flat(got), flat(want), rtol=1e-7, atol=1e-8))


def run(problem: Any, peers: dict[str, Any]) -> dict[str, Any]:
    """First-call time and median time of every peer that can take the problem."""
    import numpy as np

    args = problem.make(np.random.default_rng(0))
    calls: dict[str, Any] = {}
    first: dict[str, float] = {}
    reference = None
    for name, prepare in peers.items():
        start = time.perf_counter()
        try:
            call = prepare(problem, args)
            result = call()
        except Exception as error:
            print(f"  {name}: {type(error).__name__} {str(error)[:80]}", file=sys.stderr)
            continue
        first[name] = time.perf_counter() - start
        reference = result if reference is None else reference
        if agree(result, reference):
            calls[name] = call
        else:
            print(f"  {name}: other values on {problem.name}", file=sys.stderr)
    return {"first": first, "median": median_times(calls)}


def row(
    name: str, times: dict[str, Any], names: Sequence[str]
) -> tuple[str, float | None, float | None]:
    median, first = times["median"], times["first"]
    mine = median["symdiff"]
    rivals = {n: t for n, t in median.items() if n not in ("symdiff", "by hand")}
    best = min(rivals.values()) / mine if rivals else None
    limit = mine / median["by hand"] if "by hand" in median else None
    cells = [f"{median[n] / mine:.2f}" if n in median else "" for n in names if n != "symdiff"]
    cells += [
        f"{best:.2f}" if best else "",
        f"{first['symdiff']:.2f}",
        f"{first.get('JAX', math.nan):.2f}",
    ]
    return f"| {name} | {mine * 1e6:.1f} | " + " | ".join(cells) + " |", best, limit


def geometric_mean(values: Sequence[float]) -> float:
    return math.exp(statistics.fmean(map(math.log, values))) if values else math.nan


def table(rows: Sequence[str], names: Sequence[str], threads: int) -> str:
    others = [n for n in names if n != "symdiff"]
    titles = [
        "problem",
        "symdiff µs",
        *(f"{n} ÷" for n in others),
        "best peer ÷",
        "first call s",
        "JAX first s",
    ]
    versions = ", ".join(f"{n} {metadata.version(n)}" for n in ("numpy", "numba", "jax", "torch", "pytensor", "casadi")  # noqa: E501
                         if _has(n))  # fmt: skip
    head = f"{platform.processor() or platform.machine()}, {os.cpu_count()} cores, {threads} thread(s); {versions}."  # noqa: E501
    lines = [head, "", "| " + " | ".join(titles) + " |", "|" + "---|" * len(titles), *rows]
    return "\n".join(lines)


def _has(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def limit_threads(count: int) -> None:
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS"):
        os.environ[name] = str(count)
    if count == 1:
        os.environ["XLA_FLAGS"] = (
            "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="problems whose name holds this text")
    parser.add_argument("--peers", default="", help="a comma-separated choice of peers")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    options = parser.parse_args()
    limit_threads(options.threads)
    from .peers import installed
    from .problems import PROBLEMS

    peers = installed()
    if options.peers:
        peers = {n: p for n, p in peers.items() if n in ("symdiff", *options.peers.split(","))}
    rows, bests, limits = [], [], []
    for problem in PROBLEMS:
        if options.only not in problem.name:
            continue
        line, best, limit = row(problem.name, run(problem, peers), list(peers))
        print(line, flush=True)
        rows.append(line)
        bests += [best] if best else []
        limits += [limit] if limit else []
    summary = (
        f"Geometric mean over the best peer: {geometric_mean(bests):.2f}; "
        f"least: {min(bests, default=math.nan):.2f}; over the hand-written limit: {geometric_mean(limits):.2f}."  # noqa: E501
    )
    text = table(rows, list(peers), options.threads) + "\n\n" + summary
    print("\n" + text)
    if options.write:
        write(text)


def write(text: str) -> None:
    """Replace what stands between the README's markers."""
    path = pathlib.Path(__file__).parent.parent.parent / "README.md"
    before, _, rest = path.read_text().partition("<!-- benchmarks -->")
    _, _, after = rest.partition("<!-- end of benchmarks -->")
    path.write_text(f"{before}<!-- benchmarks -->\n{text}\n<!-- end of benchmarks -->{after}")


if __name__ == "__main__":
    main()
