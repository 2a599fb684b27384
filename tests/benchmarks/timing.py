"""Medians of calls that take turns in one process, after their values have been compared."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .peers import NotTaken, Prepare
from .problems import Problem

BUDGET = 0.5  # seconds of timing for each cell
SHORTEST = 3e-4  # a sample lasts at least this long, seconds
ROUNDS = 3, 40  # at least, at most


@dataclass(frozen=True)
class Times:
    """Seconds by peer, and for those that have none the reason."""

    median: dict[str, float]
    dropped: dict[str, str] = field(default_factory=dict)


def compare(problem: Problem, peers: Mapping[str, Prepare]) -> Times:
    """The median time of every peer that takes the problem and finds the same values."""
    args = problem.make(np.random.default_rng(0))
    calls: dict[str, Callable[[], Any]] = {}
    dropped: dict[str, str] = {}
    reference = None
    for name, prepare in peers.items():
        try:
            call = prepare(problem, args)
            result = call()
        except NotTaken as reason:
            dropped[name] = str(reason)
        except Exception as error:  # whatever a foreign compiler comes up with
            dropped[name] = type(error).__name__
        else:
            reference = result if reference is None else reference
            if agree(result, reference, tolerance=problem.tolerance):
                calls[name] = call
            else:
                dropped[name] = "other values"
    return Times(medians(calls), dropped)


def agree(got: tuple[Any, ...], want: tuple[Any, ...], *, tolerance: float = 1e-7) -> bool:
    return bool(np.allclose(_flat(got), _flat(want), rtol=tolerance, atol=tolerance / 10))


def _flat(result: tuple[Any, ...]) -> np.ndarray:
    value, *gradients = result
    if len(gradients) == 1 and isinstance(gradients[0], (tuple, list)):
        gradients = list(gradients[0])
    parts = [x.detach() if hasattr(x, "detach") else x for x in (value, *gradients)]
    return np.concatenate([np.asarray(x, dtype=float).ravel() for x in parts])


def medians(calls: Mapping[str, Callable[[], Any]]) -> dict[str, float]:
    """All in turn, again and again, so that noise strikes all alike."""
    count = {name: max(1, int(SHORTEST / _once(call))) for name, call in calls.items()}
    samples: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(ROUNDS[1]):
        for name, call in calls.items():
            if _wants_more(samples[name], count[name]):
                samples[name].append(_sample(call, count[name]))
    return {name: statistics.median(s) for name, s in samples.items()}


def _wants_more(samples: list[float], count: int) -> bool:
    return len(samples) < ROUNDS[0] or count * sum(samples) < BUDGET


def _sample(call: Callable[[], Any], count: int) -> float:
    """Seconds a call, after one that brings its own threads and data back into the caches."""
    call()
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count


def _once(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return max(time.perf_counter() - start, 1e-9)
