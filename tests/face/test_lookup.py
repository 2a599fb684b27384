"""Rows of tables, bags of rows and labels along time: numbers PyTorch gave."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from . import check, leaf, symdiff_only, torch

F = torch.nn.functional
W = np.sin(np.arange(12.0)).reshape(4, 3)
READ = torch.tensor([1, 3, 3, 0, 2])


def bag(weights: Any = None, **options: Any) -> tuple[Any, Any, Any]:
    w = leaf(W)
    s = None if weights is None else leaf(weights)
    y = F.embedding_bag(READ, w, torch.tensor([0, 2, 2]), per_sample_weights=s, **options)
    (y * torch.arange(1.0, 10.0).reshape(3, 3)).sum().backward()
    return y, w.grad, s


@pytest.mark.parametrize(
    ("read", "offsets"),
    [([1, 2], [1]), ([1, 2], [0, 5]), ([1, 2], None), ([[1, 2]], [0]), (1, [0])],
)
def test_bags_that_do_not_divide_what_is_read(read: Any, offsets: Any) -> None:
    begins = None if offsets is None else torch.tensor(offsets)
    with pytest.raises((ValueError, RuntimeError), match=r"offsets|1D or 2D"):
        F.embedding_bag(torch.tensor(read), leaf(W), begins)


def test_bags_of_rows_summed() -> None:
    y, g, s = bag([1.0, 2.0, 0.5, -1.0, 3.0], mode="sum")
    check(y[0], W[1] + 2 * W[3])
    check(y[1], np.zeros(3))
    check(y[2], 0.5 * W[3] - W[0] + 3 * W[2])
    check(g, [[-7, -8, -9], [1, 2, 3], [21, 24, 27], [2 + 3.5, 4 + 4, 6 + 4.5]])
    weights = [[1, 2, 3]] * 2 + [[7, 8, 9]] * 3
    check(s.grad, np.sum(W[[1, 3, 3, 0, 2]] * weights, axis=1))


def test_bags_of_rows_averaged_without_padding() -> None:
    y, g, _ = bag(mode="mean", padding_idx=3)
    check(y, [W[1], np.zeros(3), (W[0] + W[2]) / 2])
    check(g, [[3.5, 4, 4.5], [1, 2, 3], [3.5, 4, 4.5], [0, 0, 0]])


def test_the_largest_of_bags() -> None:
    y, g, _ = bag(mode="max")
    check(y, [np.maximum(W[1], W[3]), np.zeros(3), W[[0, 2, 3]].max(axis=0)])
    assert float(g.sum()) == 1 + 2 + 3 + 7 + 8 + 9


def test_rows_are_bags() -> None:
    y = F.embedding_bag(READ[:4].reshape(2, 2), torch.tensor(W), mode="sum")
    check(y, [W[1] + W[3], W[3] + W[0]])


def test_rows_read_are_shortened_in_place() -> None:
    w = leaf(2 * W)
    y = F.embedding(torch.tensor([1, 1]), w, max_norm=1.0)
    size = np.linalg.norm(2 * W[1])
    np.testing.assert_allclose(w.detach().numpy(), np.vstack([2 * W[:1], 2 * W[1:2] / size, 2 * W[2:]]),
                               atol=1e-7)  # fmt: skip
    y.sum().backward()
    check(w.grad, [[0] * 3, [2] * 3, [0] * 3, [0] * 3])


@symdiff_only
def test_what_is_no_gradient_is_refused() -> None:
    with pytest.raises(NotImplementedError, match="scale_grad_by_freq"):
        F.embedding(READ, leaf(W), scale_grad_by_freq=True)


# --- labels along time

LOGITS = 3 * np.cos(1.3 * np.arange(6 * 3 * 4) ** 1.1).reshape(6, 3, 4)
TARGETS = torch.tensor([[1, 1, 2], [3, 1, 0], [2, 0, 0]])


@pytest.mark.parametrize(
    ("reduction", "value", "norm"),
    [
        ("none", [9.27496977104833, 8.094873295497512, 2.126396919844293], 2.8237715705380118),
        ("mean", 3.0884967193141644, 0.5297278727162259),
        ("sum", 19.496239986390133, 2.8237715705380118),
    ],
)
def test_ctc_loss(reduction: str, value: Any, norm: float) -> None:
    x = leaf(LOGITS)
    y = F.ctc_loss(torch.log_softmax(x, -1), TARGETS, (6, 6, 4), (3, 2, 1), reduction=reduction)
    y.sum().backward()
    check(y, value)
    assert float(x.grad.norm()) == pytest.approx(norm, rel=1e-9)


def test_labels_that_do_not_fit_into_time() -> None:
    def loss(x: Any, zero: bool) -> Any:
        return F.ctc_loss(torch.log_softmax(x, -1), TARGETS[:1, :2], (2,), (2,), zero_infinity=zero)

    x = leaf(LOGITS[:, :1])
    assert float(loss(x, False)) == np.inf
    loss(x, True).backward()
    check(x.grad, np.zeros((6, 1, 4)))


@symdiff_only
def test_ctc_loss_twice() -> None:
    x = leaf(LOGITS[:3, :1])
    one = (torch.tensor([1]), (3,), (1,))
    assert torch.autograd.gradgradcheck(lambda x: F.ctc_loss(torch.log_softmax(x, -1), *one), (x,))
    assert torch.autograd.gradcheck(lambda x: F.ctc_loss(x, *one), (x,))
