"""Kernels are optimised once, into a library that other compiled code can still link."""

from __future__ import annotations

import numba
import numpy as np
import pytest

from codegen.runtime.pipeline import Library
from codegen.targets.compiled import dispatcher


def cubed_for_pipeline(x: float) -> float:
    return x * x * x


def test_a_dispatcher_compiles_into_our_library_and_can_be_called_from_compiled_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE", "0")
    kernel = dispatcher(cubed_for_pipeline, "cubed for the test of the pipeline")
    caller = numba.njit(lambda x: kernel(x) + 1.0)
    assert caller(2.0) == 9.0
    assert kernel(np.float64(3.0)) == 27.0
    assert all(isinstance(done.library, Library) for done in kernel.overloads.values())
