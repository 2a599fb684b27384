"""Windows that fade a signal in and out, by PyTorch's names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...graph.naming import named
from ..dtypes import get_default_dtype
from .creation import finished
from .table import offer


def _hamming(n: int, alpha: float = 0.54, beta: float = 0.46) -> np.ndarray:
    return alpha - beta * np.cos(2 * np.pi * np.arange(n) / max(n - 1, 1))


def _kaiser(n: int, beta: float = 12.0) -> np.ndarray:
    return np.kaiser(n, beta)


def _window(name: str, shape: Callable[..., np.ndarray]) -> None:
    def window(
        window_length: int, periodic: bool = True, *options: float, dtype: Any = None,
        device: Any = None, requires_grad: bool = False, **named: float,
    ) -> Any:  # fmt: skip
        n = int(window_length)
        whole = shape(n + 1, *options, **named)[:n] if periodic else shape(n, *options, **named)
        y = np.ones(n) if n == 1 else whole
        return finished(y.astype(dtype or get_default_dtype()), requires_grad, device)

    doc = f"A {name.capitalize()} window; a periodic one leaves out its last element."
    offer(method=False, grad_fn="")(named(window, f"{name}_window", doc))


for _name, _shape in {
    "bartlett": np.bartlett, "blackman": np.blackman, "hamming": _hamming, "hann": np.hanning,
    "kaiser": _kaiser,
}.items():  # fmt: skip
    _window(_name, _shape)
