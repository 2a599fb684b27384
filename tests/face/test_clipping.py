"""`nn.utils`: gradients clipped, parameters as one vector."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from . import check, leaf, torch

utils = torch.nn.utils


def trained() -> list[Any]:
    """Parameters with the gradients 3, 4 and 12, and one without."""
    xs = [leaf([3.0, 4.0]), leaf([[12.0]]), leaf([1.0])]
    ((xs[0] ** 2).sum() / 2 + (xs[1] ** 2).sum() / 2).backward()
    return xs


@pytest.mark.parametrize(
    ("kind", "size"), [(2.0, 13.0), (1, 19.0), (float("inf"), 12.0)], ids=["2", "1", "inf"]
)
def test_gradients_are_clipped_to_a_norm(kind: float, size: float) -> None:
    xs = trained()
    check(utils.clip_grad_norm_(xs, 1.0, norm_type=kind), size)
    np.testing.assert_allclose(xs[0].grad.numpy(), np.array([3.0, 4.0]) / size, rtol=1e-6)
    np.testing.assert_allclose(xs[1].grad.numpy(), [[12.0 / size]], rtol=1e-6)
    assert xs[2].grad is None


def test_small_gradients_stay() -> None:
    xs = trained()
    check(utils.clip_grad_norm_(iter(xs), 20.0), 13.0)
    check(xs[0].grad, [3.0, 4.0])


def test_a_norm_without_bounds_is_refused_if_asked() -> None:
    x = leaf([1.0])
    x.grad = torch.tensor([float("inf")])
    with pytest.raises(RuntimeError, match="is non-finite, so it cannot be clipped"):
        utils.clip_grad_norm_(x, 1.0, error_if_nonfinite=True)


def test_gradients_are_clipped_one_by_one() -> None:
    xs = trained()
    utils.clip_grad_value_(xs, 3.5)
    check(xs[0].grad, [3.0, 3.5])
    check(xs[1].grad, [[3.5]])


def test_parameters_are_a_vector_and_back() -> None:
    xs = [leaf([3.0, 4.0]), leaf([[12.0]])]
    row = utils.parameters_to_vector(xs)
    check(row, [3.0, 4.0, 12.0])
    check(torch.autograd.grad((row**2).sum(), xs)[1], [[24.0]])
    utils.vector_to_parameters(row.detach() + 1, xs)
    check(xs[0], [4.0, 5.0])
    assert (xs[1].is_leaf, xs[1].requires_grad) == (True, True)
