"""Central differences, against which gradients are held."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def slopes(f: Callable[[Any], Any], x: Any, step: float = 1e-6) -> np.ndarray:
    """What f changes by with each element of x: the axes of x, then those of f's result."""
    x = np.asarray(x)
    ends = step * np.eye(x.size).reshape(x.size, *x.shape)
    rows = [(f(x + end) - f(x - end)) / (2 * step) for end in ends]
    return np.reshape(rows, x.shape + np.shape(rows[0] if rows else 0.0))
