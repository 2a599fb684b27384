"""Slopes are smooth where their usual forms cancel, and end where SciPy's series do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special as special

import symdiff as sd

# the function, where, its first slope and its second
SMOOTH: dict[str, tuple[Callable[[Any], Any], float, float, float]] = {
    "ellipk": (special.ellipk, 0.0, np.pi / 8, 9 * np.pi / 64),
    "ellipe": (special.ellipe, 0.0, -np.pi / 8, -3 * np.pi / 64),
    "exprel": (special.exprel, 0.0, 1 / 2, 1 / 3),
    "boxcox": (lambda p: special.boxcox(np.e, p), 0.0, 1 / 2, 1 / 3),
    "inv_boxcox": (lambda p: special.inv_boxcox(1.0, p), 0.0, -np.e / 2, 11 * np.e / 12),
}


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("name", SMOOTH)
def test_slopes_at_zero(name: str, compile: bool) -> None:
    f, at, first, second = SMOOTH[name]
    assert sd.nth(f, 1, compile=compile)(at) == pytest.approx(first, rel=1e-14)
    assert sd.nth(f, 2, compile=compile)(at) == pytest.approx(second, rel=1e-14)


@pytest.mark.parametrize("compile", [False, True])
def test_a_slope_beyond_all_numbers_is_infinite(compile: bool) -> None:
    assert sd.grad(special.exprel, compile=compile)(1e300) == np.inf
