"""`python -m tests.benchmarks.eager [--threads N] [--only TEXT]`: ordinary programs on PyTorch.

Each program is written once and given the library, PyTorch or symdiff. Both take turns in one
process; a ratio above 1 says that symdiff is the quicker one. Values are compared first. Where
other programs run on the machine, measure with one thread: two of PyTorch's wait for each other.
"""

from __future__ import annotations

import argparse
import os

from .__main__ import limit_threads, named


def ratios(text: str, threads: int) -> None:
    """Print how many times as long PyTorch takes for the programs whose name holds the text."""
    import torch

    import symdiff

    from .eager_programs import PROGRAMS
    from .timing import agree, medians

    torch.set_num_threads(threads)
    for name in named(text, {name: name for name in PROGRAMS}):
        steps = {"torch": PROGRAMS[name](torch), "symdiff": PROGRAMS[name](symdiff)}
        if not agree(*(step() for step in steps.values())):
            raise AssertionError(f"{name}: the values differ")
        times = medians(steps)
        print(f"{name:30} {times['torch'] / times['symdiff']:.2f}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.eager", description=__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="programs whose name holds this text")
    chosen = parser.parse_args()
    limit_threads(chosen.threads)
    ratios(chosen.only, chosen.threads)


if __name__ == "__main__":
    main()
