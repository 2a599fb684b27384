"""`python -m tests.benchmarks.gain [--threads N] [--only TEXT]`: what threads gain, in one run.

One thread and N take turns, some milliseconds each, as in a program that calls in a loop. A ratio
above 1 says that N are the quicker; whether they find the same bits each time is asked, too.
"""

from __future__ import annotations

import argparse
import os
from typing import Any

import numpy as np

import symdiff as sd

from .__main__ import named
from .further_problems import FURTHER
from .peers import Call, by_symdiff
from .problems import PROBLEMS, Problem, normal
from .timing import agree, medians

_TURN = 5e-3  # seconds


def _product(xp: Any, A: Any, B: Any) -> Any:
    return xp.sum((A @ B) ** 2)


PRODUCT = Problem("product of matrices, 500²", _product, normal((500, 500), (500, 500)), wrt=2)


def shared(problem: Problem, threads: int) -> dict[int, Call]:
    """The call with one thread, and with so many."""
    call = by_symdiff(problem, problem.make(np.random.default_rng(0)))
    times = max(1, int(_TURN / medians({"": call})[""]))

    def with_threads(count: int) -> Call:
        def run() -> Any:
            sd.set_num_threads(count)
            return [call() for _ in range(times)][-1]

        return run

    return {count: with_threads(count) for count in (1, threads)}


def same_bits(call: Call) -> bool:
    """Whether two calls give the same to the last bit."""
    (value, first), (again, second) = call(), call()
    pairs = zip(first, second, strict=True) if isinstance(first, tuple) else [(first, second)]
    return value == again and all(np.array_equal(a, b) for a, b in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.gain", description=__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="problems whose name holds this text")
    chosen = parser.parse_args()
    known = [p for p in (PRODUCT, *PROBLEMS, *FURTHER) if not (p.eager or p.unrolled or p.huge)]
    for problem in named(chosen.only, {p.name: p for p in known}):
        calls = shared(problem, chosen.threads)
        if not agree(*(call() for call in calls.values())):
            raise AssertionError(f"{problem.name}: threads find other values")
        times = medians({str(count): call for count, call in calls.items()})
        gain = times["1"] / times[str(chosen.threads)]
        bits = "the same bits" if all(map(same_bits, calls.values())) else "OTHER BITS"
        print(f"{problem.name:36} {gain:5.2f}  {bits}", flush=True)


if __name__ == "__main__":
    main()
