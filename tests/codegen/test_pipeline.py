"""Kernels are optimised once, into a library that other compiled code can still link."""

from __future__ import annotations

import numba
import pytest

from codegen.runtime.kept import kept
from codegen.runtime.pipeline import Library


def cubed_for_pipeline(x: float) -> float:
    return x * x * x


def test_a_routine_compiles_into_our_library_and_can_be_called_from_compiled_code(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE", "0")
    kernel = kept(cubed_for_pipeline, "cubed for the test of the pipeline")
    caller = numba.njit(lambda x: kernel(x) + 1.0)
    assert caller(2.0) == 9.0
    assert all(isinstance(done.library, Library) for done in kernel.overloads.values())
