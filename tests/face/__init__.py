"""The PyTorch face, tested against texts and numbers that PyTorch itself gave.

`SYMDIFF_TEST_FACE=torch pytest tests/face` runs the same tests on PyTorch, which passes them too.
"""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np
import pytest
from numpy.typing import ArrayLike

torch: Any = importlib.import_module(os.environ.get("SYMDIFF_TEST_FACE", "symdiff"))

if torch.__name__ == "torch":  # symdiff starts out with float64, as NumPy does
    torch.set_default_dtype(torch.float64)

symdiff_only = pytest.mark.skipif(torch.__name__ == "torch", reason="PyTorch differs by design")


def leaf(numbers: ArrayLike) -> Any:
    """A float Tensor that gathers a gradient."""
    return torch.tensor(np.asarray(numbers, np.float64).tolist(), requires_grad=True)


def check(x: Any, expected: ArrayLike) -> None:
    """Assert shape and numbers of a Tensor, to rounding."""
    assert tuple(x.shape) == np.shape(expected)
    np.testing.assert_allclose(x.detach().numpy(), expected, rtol=1e-10, atol=1e-13)


class Square(torch.autograd.Function):
    """A rule of the user's own that saves its argument."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * 2 * x
