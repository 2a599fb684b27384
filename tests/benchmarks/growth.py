"""`python -m tests.benchmarks.growth [--huge]`: calls by the size of arrays, first calls by ops.

An element should cost the same however many there are, and so should compiling an operation of a
long scalar program. Times are the processors', whatever else runs on the machine.
"""

from __future__ import annotations

import argparse
import os
from unittest import mock

import numpy as np

import symdiff as sd

from .derivation import growth, quickest
from .problems import chain, scalar_graph

ELEMENTS = (100_000, 1_000_000, 10_000_000)
OPERATIONS = (1_000, 3_000, 10_000)
HUGE_ELEMENTS, HUGE_OPERATIONS = 100_000_000, 30_000
_CALLS = 20_000_000  # elements that are gone through at the least, in several calls


def seconds_an_element(count: int) -> float:
    """Of a call that gives value and gradient."""
    gradient = sd.value_and_grad(lambda x: chain(np, x))
    x = np.random.default_rng(0).normal(size=count)
    gradient(x)
    return quickest(lambda: gradient(x), max(5, _CALLS // count)) / count


def seconds_to_compile(operations: int) -> float:
    """Of the first call: tracing, deriving and compiling, with no cache."""
    graph = scalar_graph(operations)
    gradient = sd.value_and_grad(lambda x: graph(np, x))
    with mock.patch.dict(os.environ, SYMDIFF_CACHE="off"):
        return quickest(lambda: gradient(np.ones(8)), 1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.growth", description=__doc__)
    parser.add_argument("--huge", action="store_true", help="with 1e8 elements and 30,000 ops")
    huge = parser.parse_args().huge
    for count in (*ELEMENTS, HUGE_ELEMENTS) if huge else ELEMENTS:
        print(f"{count:>11,} elements {1e9 * seconds_an_element(count):6.2f} ns each", flush=True)
    seconds_to_compile(10)  # what is made once
    taken = {}
    for count in (*OPERATIONS, HUGE_OPERATIONS) if huge else OPERATIONS:
        taken[count] = seconds_to_compile(count)
        print(f"{count:>11,} ops {1e6 * taken[count] / count:6.0f} µs each", flush=True)
    print(f"first calls grow with the ops to the power of {growth(taken):.2f}")


if __name__ == "__main__":
    main()
