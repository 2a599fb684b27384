"""Dropout and drawn slopes: what they keep, by how much, and that gradients follow the draw."""

from __future__ import annotations

import math

import numpy as np
import pytest

from . import leaf, torch

F = torch.nn.functional
LEAST = -1.7580993408473766


@pytest.mark.parametrize("name", ["dropout", "dropout2d", "alpha_dropout", "feature_alpha_dropout"])
def test_off_means_unchanged(name: str) -> None:
    x = leaf(np.arange(6.0).reshape(1, 2, 3))
    for options in ({"training": False}, {"p": 0.0, "training": True}):
        assert getattr(F, name)(x, **options).tolist() == x.tolist()


@pytest.mark.parametrize("name", ["dropout1d", "dropout2d", "dropout3d"])
def test_whole_channels_go(name: str) -> None:
    x = leaf(np.ones((3, 40, 2, 2, 2) if name == "dropout3d" else (3, 40, 2)))
    y = getattr(F, name)(x, 0.25)
    rows = y.detach().numpy().reshape(120, -1)
    assert (np.ptp(rows, axis=1) == 0).all()
    assert set(rows[:, 0].tolist()) == {0.0, 1 / 0.75}
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), y.detach().numpy())


def test_one_sample_alone() -> None:
    y = F.dropout1d(leaf(np.ones((50, 3))), 0.5).detach().numpy()
    assert (np.ptp(y, axis=1) == 0).all()
    assert np.ptp(y[:, 0]) == 2


def test_alpha_dropout_keeps_mean_and_variance() -> None:
    p = 0.3
    x = leaf(np.random.default_rng(0).normal(size=20000))
    y = F.alpha_dropout(x, p, training=True)
    assert abs(float(y.detach().mean())) < 0.05
    assert abs(float(y.detach().std()) - 1) < 0.05
    y.sum().backward()
    a = 1 / math.sqrt((LEAST**2 * p + 1) * (1 - p))
    dropped = x.grad.numpy() == 0
    np.testing.assert_allclose(x.grad.numpy()[~dropped], a)
    np.testing.assert_allclose(y.detach().numpy()[dropped], LEAST * a * (1 - p))


def test_all_is_dropped() -> None:
    for f in (F.dropout, F.dropout2d, F.alpha_dropout):
        y = f(leaf(np.ones((2, 2, 2))), 1.0, True)
        assert y.detach().numpy().tolist() == np.zeros((2, 2, 2)).tolist()
    with pytest.raises(ValueError, match="probability has to be between 0 and 1"):
        F.dropout(leaf([1.0]), 1.5)


def test_rrelu() -> None:
    x = leaf(-np.ones(1000))
    y = F.rrelu(x, 0.1, 0.3, training=True)
    y.sum().backward()
    assert 0.1 <= float(x.grad.min()) < 0.12
    assert 0.28 < float(x.grad.max()) <= 0.3
    np.testing.assert_array_equal(-x.grad.numpy(), y.detach().numpy())
    assert F.rrelu(leaf([-1.0, 2.0]), 0.1, 0.3).tolist() == [-0.2, 2.0]
