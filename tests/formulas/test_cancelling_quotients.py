"""Quotients cancel only against what is read along the same indices."""

from __future__ import annotations

import numpy as np

import symdiff as sd
from symdiff.ops.running import others


def test_a_sum_of_quotients_over_an_index_of_its_own_is_kept():
    x = sd.tensor([[1.5, -2.0, 0.5], [3.0, 1.0, -1.0]], requires_grad=True)
    y = (others(x, axis=-1) ** 2).sum()
    y.backward()
    np.testing.assert_allclose(sd.formula(y).derive("x")(), x.grad.numpy(), rtol=1e-12)
