"""`python -m tests.benchmarks.derivation [--plot FILE]`: how long deriving takes, by the graph's size.

The time is the processor's; the plot has both axes logarithmic, where proportional is a slope of 1.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from symdiff.calculus.derivative import value_and_gradient
from symdiff.graph.op import aval_of
from symdiff.tracing.graphs import Graph, inputs_for, trace

SIZES = (100, 300, 1_000, 3_000, 10_000, 30_000)
_WIDTH = 60  # columns of the plot in text


def quickest(work: Callable[[], Any], times: int = 3) -> float:
    """Seconds of the processor that it takes, whatever else runs on the machine."""
    taken = []
    for _ in range(times):
        start = time.process_time()
        work()
        taken.append(time.process_time() - start)
    return min(taken)


def long_graph(count: int) -> Graph:
    """A sum of products and sines of `count` nodes."""

    def f(x: Any) -> Any:
        y = x
        for k in range(count // 3):
            y = np.sin(y) * x + k % 7
        return np.sum(y)

    return trace("long", f, inputs_for(["x"], [aval_of(np.ones(3))]))


def seconds_to_differentiate(count: int) -> float:
    graph = long_graph(count)
    return quickest(lambda: value_and_gradient(graph, [0]))


def growth(seconds: Mapping[int, float]) -> float:
    """The power of the size that the time grows by: the slope of a line through the logarithms."""
    return float(np.polyfit(np.log(list(seconds)), np.log(list(seconds.values())), 1)[0])


def as_text(seconds: Mapping[int, float]) -> str:
    """A row for each size; a bar grows with the logarithm of the time."""
    low, high = np.log(min(seconds.values())), np.log(max(seconds.values()))
    rows = []
    for count, taken in seconds.items():
        bar = "█" * (1 + round((_WIDTH - 1) * (np.log(taken) - low) / (high - low)))
        rows.append(f"{count:>7,} nodes {taken:8.4f} s {1e6 * taken / count:6.1f} µs a node {bar}")
    return "\n".join([*rows, f"time grows with size to the power of {growth(seconds):.2f}"])


def draw(seconds: Mapping[int, float], path: str) -> None:
    """The same as a picture; needs matplotlib."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4), layout="constrained")
    axes = figure.subplots()
    axes.loglog(list(seconds), list(seconds.values()), marker="o")
    axes.set(xlabel="nodes", ylabel="seconds", title="from a graph to its gradient's graph")
    figure.savefig(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.derivation")
    parser.add_argument("--plot", default="", help="a file for the picture, .svg or .png")
    asked = parser.parse_args()
    measured = {count: seconds_to_differentiate(count) for count in SIZES}
    print(as_text(measured))
    if asked.plot:
        draw(measured, asked.plot)
