"""The first call in a process of its own: `python -m tests.benchmarks.fresh PEER PROBLEM SINCE`.

It prints the seconds since the process was started, those of the first call (tracing and
compiling, without the import), and by how many bytes a later call lifts the memory of the process.
"""

from __future__ import annotations

import compileall
import ctypes
import functools
import gc
import importlib
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

LIMIT = 20.0  # seconds until a compiler is given up


@dataclass(frozen=True)
class First:
    """Times in seconds, memory in bytes; `taken` is False where the limit was passed."""

    since_start: float = math.nan
    call: float = math.nan
    memory: float = math.nan
    taken: bool = True


@functools.cache
def with_bytecode() -> None:
    """Gives our sources what installed packages come with."""
    root = pathlib.Path(__file__).parents[2]
    for package in ("symdiff", "codegen", "tests/benchmarks"):
        compileall.compile_dir(root / package, quiet=1)


def first_call(peer: str, problem: str, **environment: str) -> First:
    with_bytecode()
    command = [sys.executable, "-m", "tests.benchmarks.fresh", peer, problem]
    start = str(time.monotonic())
    try:
        done = subprocess.run(
            [*command, start],
            env={**os.environ, **environment},
            capture_output=True,
            timeout=LIMIT,
            check=True,
        )
    except subprocess.TimeoutExpired:
        return First(taken=False)
    except subprocess.CalledProcessError:
        return First()
    return First(**json.loads(done.stdout.splitlines()[-1]))


def median(firsts: Sequence[First]) -> First:
    """Field by field; one that came to no end stands for all."""
    failed = next((f for f in firsts if math.isnan(f.call)), None)
    if failed is not None:
        return failed
    columns = zip(*((f.since_start, f.call, f.memory) for f in firsts))
    return First(*map(statistics.median, columns))


def measure(peer: str, name: str, start: float) -> First:
    import numpy as np

    from .peers import PEERS
    from .problems import PROBLEMS

    problem = next(p for p in PROBLEMS if p.name == name)
    args = problem.make(np.random.default_rng(0))
    module, prepare = PEERS[peer]
    importlib.import_module(module)
    begin = time.perf_counter()
    call = prepare(problem, args)
    call()
    took = time.perf_counter() - begin
    return First(time.monotonic() - start, took, lifted_memory(call))


def lifted_memory(call: Callable[[], Any]) -> float:
    """Bytes by which a call lifts the resident memory at its peak (Linux tells)."""
    status = pathlib.Path("/proc/self/status")
    if not status.exists():
        return math.nan
    call()
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    pathlib.Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = _kilobytes(status, "VmRSS")
    call()
    return 1024.0 * (_kilobytes(status, "VmHWM") - before)


def _kilobytes(status: pathlib.Path, key: str) -> int:
    line = next(k for k in status.read_text().splitlines() if k.startswith(key))
    return int(line.split()[1])


if __name__ == "__main__":
    print(json.dumps(asdict(measure(sys.argv[1], sys.argv[2], float(sys.argv[3])))))
