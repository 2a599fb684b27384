"""Functions that go when Python ends, after the modules' names have gone, go in silence."""

from __future__ import annotations

import gc
import sys
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from symdiff.handles import snapshots
from symdiff.tracing import traces


def noted_function() -> Any:
    f = lambda x: x
    traces.traces_of(f)
    return f


def noted_array() -> Any:
    array = np.ones(3)
    snapshots.snapshot(array)
    return array


@pytest.mark.parametrize(("module", "made"), [(traces, noted_function), (snapshots, noted_array)])
def test_what_is_known_goes_without_the_modules_names(
    module: ModuleType, made: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Any] = []
    monkeypatch.setattr(sys, "unraisablehook", said.append)
    thing = made()
    monkeypatch.setattr(module, "_known", None)
    del thing
    gc.collect()
    assert not said
