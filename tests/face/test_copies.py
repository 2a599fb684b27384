"""Places in memory, parts of numbers, counts and windows by PyTorch's names."""

from __future__ import annotations

import math

import numpy as np
import pytest

from . import check, leaf, symdiff_only, torch


def test_as_strided_reads_overlapping_windows() -> None:
    x = leaf(np.arange(6.0))
    y = torch.as_strided(x, (3, 3), (1, 1), 1)
    check(y, [[1, 2, 3], [2, 3, 4], [3, 4, 5]])
    (y * y).sum().backward()
    check(x.grad, [0, 2, 8, 18, 16, 10])
    with pytest.raises(RuntimeError):
        torch.as_strided(x, (3, 3), (2, 2))


@symdiff_only  # PyTorch sends the gradient to what was overwritten
def test_as_strided_scatter() -> None:
    x, s = leaf([1, 2, 3]), leaf([5, 6])
    y = torch.as_strided_scatter(x, s, (2,), (2,))
    check(y, [5, 2, 6])
    (y * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    check(x.grad, [0, 10, 0])
    check(s.grad, [1, 100])


def test_copies_of_views() -> None:
    x = leaf([[1, 2, 3], [4, 5, 6]])
    y = torch.permute_copy(x, (1, 0))
    with torch.no_grad():
        y += 1
    check(x, [[1, 2, 3], [4, 5, 6]])
    parts = torch.split_with_sizes_copy(x, [1, 2], 1)
    (parts[1] ** 2).sum().backward()
    check(x.grad, [[0, 4, 6], [0, 10, 12]])
    check(torch.narrow_copy(x, 1, 1, 1), [[2], [5]])


def test_frexp() -> None:
    x = leaf([0.3, -5.0, 0.0, 1e-310, np.inf])
    mantissa, exponent = torch.frexp(x)
    check(mantissa, np.frexp(x.detach().numpy())[0])
    assert exponent.tolist()[:4] == [-1, 3, 0, -1029]
    mantissa[:2].sum().backward()
    check(x.grad[:2], [2, 1 / 8])


def test_angle_and_nextafter() -> None:
    x = leaf([-2, 0, 3, np.nan])
    check(torch.angle(x), [math.pi, 0, 0, np.nan])
    x, y = leaf([1.0, -np.inf, 2.0]), leaf([2.0, 0.0, 2.0])
    z = torch.nextafter(x, y)
    check(z, np.nextafter([1.0, -np.inf, 2.0], [2.0, 0.0, 2.0]))
    z.sum().backward()
    check(x.grad[0], 1)


def test_runs_of_equal_elements() -> None:
    x = torch.tensor([[1, 1, 2], [2, 3, 3]])
    values, inverse, counts = torch.unique_consecutive(x, return_inverse=True, return_counts=True)
    assert (values.tolist(), counts.tolist()) == ([1, 2, 3], [2, 2, 2])
    assert inverse.tolist() == [[0, 0, 1], [1, 2, 2]]
    rows = torch.tensor([[1, 1], [1, 1], [2, 1]])
    assert torch.unique_consecutive(rows, dim=0).tolist() == [[1, 1], [2, 1]]
    assert torch.unique_consecutive(torch.tensor(3)).tolist() == [3]


def test_histograms() -> None:
    x = torch.tensor([0.5, 1.5, 1.6, 3.0])
    counts, edges = torch.histogram(x, bins=3, range=(0.0, 3.0))
    assert (counts.tolist(), edges.tolist()) == ([1, 2, 1], [0, 1, 2, 3])
    assert torch.histc(torch.zeros(2, 0), bins=3).tolist() == [0, 0, 0]


def test_windows_that_fade() -> None:
    check(torch.hann_window(4), [0, 0.5, 1, 0.5])
    check(torch.hann_window(3, periodic=False), [0, 1, 0])
    check(torch.hamming_window(4), [0.08, 0.54, 1, 0.54])
    check(torch.bartlett_window(1), [1])
    check(torch.kaiser_window(5, False, 2.0), np.kaiser(5, 2.0))


def test_rank_with_tolerances() -> None:
    a = torch.diag(torch.tensor([4.0, 1.0, 0.1]))
    assert int(torch.linalg.matrix_rank(a, atol=0.5, rtol=0.01)) == 2
    assert int(torch.linalg.matrix_rank(a, atol=0.01, rtol=0.5)) == 1
    pair = torch.linalg.matrix_rank(torch.stack([a, a]), rtol=torch.tensor([0.5, 0.1]))
    assert pair.tolist() == [1, 2]


def test_layers_at_the_top() -> None:
    x = leaf(np.arange(8.0).reshape(1, 2, 4))
    check(torch.conv1d(x, torch.ones(1, 2, 2)), [[[10, 14, 18]]])
    check(torch.layer_norm(x, (4,)).mean(-1), [[0, 0]])
    check(torch.max_pool1d(x, 2), [[[1, 3], [5, 7]]])
