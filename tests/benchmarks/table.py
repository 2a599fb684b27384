"""One line for each problem, geometric means at the foot, in Markdown."""

from __future__ import annotations

import math
import os
import pathlib
import platform
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import metadata

from .fresh import First
from .timing import Times

MINE, HAND = "symdiff", "by hand"


@dataclass(frozen=True)
class Row:
    """What was measured on one problem; `first` holds symdiff cold, symdiff cached, JAX."""

    problem: str
    times: Times
    first: tuple[First, First, First]

    @property
    def ratios(self) -> dict[str, float]:
        """How many times as long each peer takes."""
        mine = self.times.median.get(MINE, math.nan)
        return {name: t / mine for name, t in self.times.median.items() if name != MINE}

    @property
    def best(self) -> float:
        return min((r for n, r in self.ratios.items() if n != HAND), default=math.nan)

    @property
    def of_limit(self) -> float:
        return 1 / self.ratios[HAND] if HAND in self.ratios else math.nan


FIRSTS = ("first call", "cached", "JAX's", "memory MB", "JAX's")


def titles(peers: Sequence[str], firsts: bool) -> list[str]:
    return ["problem", "symdiff", *peers, "best peer", "÷ by hand", *(FIRSTS if firsts else ())]


def line(row: Row, peers: Sequence[str], firsts: bool) -> str:
    return cells([*_calls(row, peers), *(_firsts(row) if firsts else ())])


def cells(texts: Iterable[str]) -> str:
    return f"| {' | '.join(texts)} |"


def _calls(row: Row, peers: Sequence[str]) -> list[str]:
    return [
        row.problem,
        duration(row.times.median.get(MINE, math.nan)),
        *(times(row.ratios.get(name, math.nan)) for name in peers),
        bold(row.best),
        times(row.of_limit),
    ]


def _firsts(row: Row) -> list[str]:
    _, cached, jax = row.first
    calls = [duration(f.call) if f.taken else "" for f in row.first]
    return [*calls, megabytes(cached.memory), megabytes(jax.memory)]


def duration(seconds: float) -> str:
    if math.isnan(seconds):
        return ""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{_digits(seconds / size)} {unit}"
    return f"{_digits(seconds / 1e-6)} µs"


def times(ratio: float) -> str:
    return "" if math.isnan(ratio) else _digits(ratio)


def bold(ratio: float) -> str:
    return "" if math.isnan(ratio) else f"**{times(ratio)}**"


def megabytes(size: float) -> str:
    return "" if math.isnan(size) else f"{size / 1e6:.1f}"


def _digits(x: float) -> str:
    return f"{x:.2f}" if x < 10 else f"{x:.1f}" if x < 100 else f"{x:.0f}"


def geometric_mean(values: Iterable[float]) -> float:
    logs = [math.log(v) for v in values if v > 0]
    return math.exp(statistics.fmean(logs)) if logs else math.nan


def means(rows: Sequence[Row], peers: Sequence[str], firsts: bool) -> str:
    columns = [geometric_mean(r.ratios.get(n, math.nan) for r in rows) for n in peers]
    best = geometric_mean(r.best for r in rows)
    of_limit = geometric_mean(r.of_limit for r in rows)
    empty = [""] * len(FIRSTS) if firsts else []
    return cells(["geometric mean", "", *map(times, columns), bold(best), times(of_limit), *empty])


def summary(rows: Sequence[Row], firsts: bool) -> str:
    """The least ratio, first calls beside JAX's, and who took no part in what."""
    least = min((r for r in rows if r.best == r.best), key=lambda r: r.best, default=None)
    parts = [f"Least over the best peer: {least.best:.2f} ({least.problem})."] if least else []
    parts += [first_calls(rows)] if firsts else []
    return "\n\n".join(filter(None, (" ".join(filter(None, parts)), dropped(rows))))


def first_calls(rows: Sequence[Row]) -> str:
    calls = geometric_mean(r.first[2].call / r.first[0].call for r in rows)
    starts = geometric_mean(r.first[2].since_start / r.first[1].since_start for r in rows)
    if math.isnan(calls):  # JAX took no part
        return ""
    return (
        f"First calls, compiling, in {times(1 / calls)} of JAX's time; from the start of the "
        f"process to the first gradient, cached, in {times(1 / starts)} of it (geometric means)."
    )


def dropped(rows: Sequence[Row]) -> str:
    """`PyTensor: no part in … (reason); …`, one item for each peer."""
    found: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        for name, reason in row.times.dropped.items():
            found[name][reason].append(row.problem)
    return "\n".join(f"- {n} took no part in {_reasons(why)}" for n, why in found.items())


def _reasons(why: dict[str, list[str]]) -> str:
    return "; ".join(
        f"{problems[0] if len(problems) == 1 else f'{len(problems)} problems'} ({reason})"
        for reason, problems in why.items()
    )


def machine(threads: int, dtype: str) -> str:
    names = ("symdiff", "numpy", "numba", "jax", "torch", "pytensor", "casadi", "autograd")
    versions = ", ".join(f"{n} {v}" for n in names if (v := _version(n)))
    python = platform.python_version()
    return (
        f"{_processor()}, {os.cpu_count()} cores, {threads} thread{'s' * (threads > 1)}, {dtype}; "
        f"Python {python}, {versions}."
    )


def _processor() -> str:
    """The model's name where Linux tells it."""
    info = pathlib.Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    named = [k.partition(":")[2].strip() for k in lines if k.startswith("model name")]
    return named[0] if named else platform.processor() or platform.machine()


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def whole(rows: Sequence[Row], peers: Sequence[str], threads: int, firsts: bool, dtype: str) -> str:
    head = titles(peers, firsts)
    lines = [cells(head), "|" + "---|" * len(head)]
    lines += [*(line(row, peers, firsts) for row in rows), means(rows, peers, firsts)]
    parts = (machine(threads, dtype), "\n".join(lines), summary(rows, firsts))
    return "\n\n".join(filter(None, parts))
