"""`python -m tests.benchmarks [--threads N] [--only TEXT] [--peers A,B] [--write]`: one table.

`--further` takes other problems that people try, `--single` single precision: calls alone.

Values are compared before anything is timed; the peers then take turns in one process, and their
columns say how many times as long as symdiff they take. First calls and memory are measured in
processes of their own, medians of several that take turns, and a compiler that needs longer than
fresh.LIMIT seconds for an unrolled program is left out of it and of larger ones.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from . import fresh

MARKS = {
    False: ("<!-- benchmarks -->", "<!-- end of benchmarks -->"),
    True: ("<!-- benchmarks, one thread -->", "<!-- end of benchmarks, one thread -->"),
}
COMPILERS = ("JAX", "torch.compile", "PyTensor", "CasADi")
ROUNDS, LONG = 3, 6.0  # of first calls; after so many seconds there is no further one
Firsts = tuple[fresh.First, fresh.First, fresh.First]
T = TypeVar("T")


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", default="", help="problems whose name holds this text")
    parser.add_argument("--peers", default="", help="a comma-separated choice of peers")
    parser.add_argument("--write", action="store_true", help="put the table into README.md")
    parser.add_argument(
        "--huge", action="store_true", help="with 1e8 elements, 12 GB, and 30,000 ops"
    )
    parser.add_argument("--calls", action="store_true", help="without first calls and memory")
    parser.add_argument(
        "--further", action="store_true", help="calls of problems beyond those of the table"
    )
    parser.add_argument("--single", action="store_true", help="calls in single precision")
    found = parser.parse_args()
    if found.write and (found.further or found.single):
        parser.error("the README has the table of all that is compared, in double precision")
    found.calls = found.calls or found.further or found.single
    return found


def limit_threads(count: int) -> None:
    for name in ("SYMDIFF", "OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{name}_NUM_THREADS"] = str(count)
    if count == 1:
        os.environ["XLA_FLAGS"] = (
            "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        )


def without_the_slow(problem: Any, peers: Mapping[str, Any], slow: set[tuple[str, str]]) -> dict:
    """The peers that come to an end; the others are noted in `slow` with the problem's family."""
    for name in COMPILERS if problem.unrolled else ():
        key = (name, problem.family)
        if name in peers and key not in slow and not fresh.first_call(name, problem.name).taken:
            slow.add(key)
    return {n: p for n, p in peers.items() if (n, problem.family) not in slow}


def first_calls(problem: Any, peers: Mapping[str, Any]) -> Firsts:
    """symdiff with an empty cache, with a filled one, and JAX: medians of some rounds."""
    start, rounds = time.monotonic(), [_first_calls(problem, peers)]
    while len(rounds) < ROUNDS and time.monotonic() - start < LONG:
        rounds.append(_first_calls(problem, peers))
    cold, cached, jax = map(fresh.median, zip(*rounds))
    return cold, cached, jax


def _first_calls(problem: Any, peers: Mapping[str, Any]) -> Firsts:
    with tempfile.TemporaryDirectory() as cache:
        cold = fresh.first_call("symdiff", problem.name, SYMDIFF_CACHE_DIR=cache)
        cached = fresh.first_call("symdiff", problem.name, SYMDIFF_CACHE_DIR=cache)
    jax = fresh.first_call("JAX", problem.name) if "JAX" in peers else fresh.First(taken=False)
    return cold, cached, jax


def asked_for(chosen: argparse.Namespace) -> list[Any]:
    """The problems that are to be measured."""
    from .further_problems import FURTHER
    from .problems import PROBLEMS, in_single

    known = [p for p in (FURTHER if chosen.further else PROBLEMS) if chosen.huge or not p.huge]
    found = named(chosen.only, {p.name: p for p in known})
    return [in_single(p) if chosen.single else p for p in found]


def named(text: str, known: Mapping[str, T]) -> list[T]:
    """Those whose name holds the text; where there are none, an error tells the names."""
    found = [thing for name, thing in known.items() if text in name]
    if not found:
        sys.exit(f"no name holds {text!r}; there are\n" + "\n".join(f"  {n}" for n in known))
    return found


def rows(chosen: argparse.Namespace, peers: Mapping[str, Any]) -> Iterator[Any]:
    from .table import Row
    from .timing import Times, compare

    slow: set[tuple[str, str]] = set()
    for problem in asked_for(chosen):
        quick = without_the_slow(problem, peers, slow)
        times = compare(problem, quick)
        late = {n: f"over {fresh.LIMIT:.0f} s" for n in peers if n not in quick}
        firsts = (fresh.First(),) * 3 if chosen.calls else first_calls(problem, quick)
        yield Row(problem.name, Times(times.median, times.dropped | late), firsts)


def main() -> None:
    chosen = options()
    limit_threads(chosen.threads)
    warnings.simplefilter("ignore")
    from .peers import installed
    from .table import MINE, line, titles, whole

    names = chosen.peers.split(",") if chosen.peers else None
    peers = {n: p for n, p in installed().items() if names is None or n in (MINE, *names)}
    others = [n for n in peers if n != MINE]
    print(" | ".join(titles(others, not chosen.calls)))
    found = []
    for row in rows(chosen, peers):
        print(line(row, others, not chosen.calls), flush=True)
        found.append(row)
    dtype = "float32" if chosen.single else "float64"
    text = whole(found, others, chosen.threads, not chosen.calls, dtype)
    print("\n" + text)
    if chosen.write:
        write(text, *MARKS[chosen.threads == 1])


def write(text: str, start: str, end: str) -> None:
    """Replace what stands between two of the README's markers."""
    path = pathlib.Path(__file__).parent.parent.parent / "README.md"
    before, _, rest = path.read_text().partition(start)
    _, _, after = rest.partition(end)
    path.write_text(f"{before}{start}\n{text}\n{end}{after}")


if __name__ == "__main__":
    main()
