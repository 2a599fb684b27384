"""An element costs the same in all large arrays, an operation in all long programs."""

from __future__ import annotations

import pytest

from tests.benchmarks.derivation import growth
from tests.benchmarks.growth import (
    ELEMENTS,
    OPERATIONS,
    seconds_an_element,
    seconds_to_compile,
)

pytestmark = pytest.mark.slow


def test_an_element_costs_the_same_in_all_large_arrays() -> None:
    taken = {count: count * seconds_an_element(count) for count in ELEMENTS}
    assert growth(taken) < 1.1


def test_first_calls_grow_in_proportion_to_the_operations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE", "off")
    seconds_to_compile(10)  # what is made once
    assert growth({count: seconds_to_compile(count) for count in OPERATIONS}) < 1.15
