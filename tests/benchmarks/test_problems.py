"""What is timed has the right values, and as many threads as were asked for."""

from __future__ import annotations

import os

import numpy as np
import pytest

import symdiff as sd
from codegen import threads
from tests.benchmarks.__main__ import limit_threads
from tests.benchmarks.further_problems import FURTHER
from tests.benchmarks.peers import by_symdiff
from tests.benchmarks.problems import Problem, in_single
from tests.benchmarks.timing import agree


def test_symdiff_has_as_many_threads_as_its_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "environ", dict(os.environ))
    monkeypatch.setattr(threads, "_wanted", None)
    limit_threads(1)
    assert threads.num_threads() == 1


@pytest.mark.slow
@pytest.mark.parametrize("problem", FURTHER, ids=lambda p: p.name)
def test_further_problems_have_the_tapes_values(problem: Problem) -> None:
    for asked in (problem, in_single(problem)):
        args = asked.make(np.random.default_rng(0))
        wrt = tuple(range(asked.wrt))
        by_tape = sd.value_and_grad(lambda *a: problem.f(np, *a), argnums=wrt, compile=False)
        assert agree(by_symdiff(asked, args)(), by_tape(*args), tolerance=asked.tolerance)
