"""The programs that eager speed is measured on have PyTorch's values and gradients."""

from __future__ import annotations

import pytest

import symdiff as sd
from tests.benchmarks.eager_programs import PROGRAMS
from tests.benchmarks.timing import agree

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", PROGRAMS)
def test_values_and_gradients_are_pytorchs(name: str) -> None:
    torch = pytest.importorskip("torch")
    steps = PROGRAMS[name](torch), PROGRAMS[name](sd)
    for _ in range(2):  # what is remembered the first time serves the second
        assert agree(*(step() for step in steps))
