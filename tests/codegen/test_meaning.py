"""Whatever fuse and loops choose, a program keeps its meaning."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from index_interpreter import run
from random_programs import inputs, programs

from codegen import build
from codegen.check import check
from codegen.index import Program

SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


def agrees(program: Program, target: str, arrays: tuple[Any, ...]) -> None:
    check(program)
    wanted = run(program, *arrays)
    for given_, right in zip(build(program, target)(*arrays), wanted, strict=True):
        assert np.shape(given_) == np.shape(right)
        digits = 1e-4 if right.dtype == "float32" else 1e-9
        np.testing.assert_allclose(given_, right, rtol=digits, atol=digits)


@settings(max_examples=250, deadline=None, suppress_health_check=SLOW)
@given(programs(), inputs())
def test_random_programs_in_python(program: Program, arrays: tuple[Any, ...]) -> None:
    agrees(program, "python", arrays)


@settings(max_examples=6, deadline=None, suppress_health_check=SLOW)
@given(programs(most=20), inputs())
def test_random_programs_in_numba(program: Program, arrays: tuple[Any, ...]) -> None:
    agrees(program, "numba", arrays)
