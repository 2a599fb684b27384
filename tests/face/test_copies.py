"""Places in memory, parts of numbers, counts and windows by PyTorch's names."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

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


def test_an_offset_counts_from_the_first_element_of_the_storage() -> None:
    x = leaf([[1, 2, 3], [4, 5, 6]])
    row = x[1:]
    assert (row.storage_offset(), x.t().storage_offset(), x[1, 1:].storage_offset()) == (3, 0, 4)
    check(row.as_strided((2,), (2,), 3), [4, 6])
    check(row.as_strided((2,), (2,)), [4, 6])
    y = row.as_strided((2,), (1,), 4)
    check(y, [5, 6])
    (y * y).sum().backward()
    check(x.grad, [[0, 0, 0], [0, 10, 12]])


def test_a_view_that_was_written_to_lies_where_it_did() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    column = x[:, 1]
    column.mul_(2)
    assert (column.stride(), column.is_contiguous()) == ((2,), False)
    column.contiguous().zero_()
    check(x, [[1, 4], [3, 8]])


@symdiff_only  # PyTorch reads what stands before the view, too
def test_what_stands_before_a_view_is_read_from_the_whole() -> None:
    with pytest.raises(RuntimeError, match="2 places before"):
        leaf([1, 2, 3, 4])[2:].as_strided((2,), (1,), 0)


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


# Views that show elements more than once, or in windows


REPEATING: dict[str, Callable[[Any], Any]] = {
    "expand": lambda x: x.expand(2, 4),
    "expand_as": lambda x: x.expand_as(torch.zeros(3, 4)),
    "broadcast_to": lambda x: torch.broadcast_to(x, (2, 4)),
    "broadcast_tensors": lambda x: torch.broadcast_tensors(x, torch.zeros(2, 1))[0],
    "meshgrid": lambda x: torch.meshgrid(x, x[:2] * 0, indexing="ij")[0],
}
SHOWN = REPEATING | {
    "unfold": lambda x: x.unfold(0, 3, 1),
    "as_strided": lambda x: torch.as_strided(x, (2, 2), (1, 2)),
    "a part of an expanded tensor": lambda x: x.expand(2, 4)[0, 1:],
}


@pytest.mark.parametrize("name", SHOWN)
def test_a_view_sees_what_is_written_to_its_base(name: str) -> None:
    view = SHOWN[name]
    x, v = leaf([1, 2, 3, 4]), leaf([5, 6, 7, 8])
    base = x * 1
    y = view(base)
    base.mul_(v)
    check(y, view(base).tolist())
    y.sum().backward()
    counts = torch.bincount(view(torch.arange(4)).flatten(), minlength=4)
    check(v.grad, (x * counts).tolist())
    check(x.grad, (v * counts).tolist())


@pytest.mark.parametrize("name", REPEATING)
def test_what_shows_elements_more_than_once_is_not_written_to(name: str) -> None:
    x = torch.arange(4.0)
    with pytest.raises(RuntimeError, match=r"refers to\s+a single memory location"):
        REPEATING[name](x).add_(1)
    check(x, [0, 1, 2, 3])


def test_what_is_written_to_windows_side_by_side_goes_to_their_base() -> None:
    x = leaf([1, 2, 3, 4])
    base = x * 1
    base.unfold(0, 2, 2).mul_(torch.tensor([10.0, 1.0]))
    torch.as_strided(base, (2,), (3,)).add_(1)
    check(base, [11, 2, 30, 5])
    base.sum().backward()
    check(x.grad, [10, 1, 10, 1])


def test_an_expanded_tensor_without_repeated_elements_may_be_written_to() -> None:
    x = torch.zeros(2)
    x.expand(1, 2).add_(1)
    check(x, [1, 1])


def test_windows_put_in_a_row_are_a_copy() -> None:
    x = torch.zeros(4)
    row = x.unfold(0, 3, 1).reshape(-1)
    x += 1
    check(row, [0] * 6)


def test_a_gradient_with_a_history_is_no_view_of_its_seed() -> None:
    x, seed = leaf([[1, 2], [3, 4]]), torch.ones(4)
    x.view(4).backward(seed, create_graph=True)
    x.grad.detach().zero_()
    check(seed, [1, 1, 1, 1])
    x.grad = None
    x.sum().backward(create_graph=True)
    gradient: Any = x.grad
    with torch.no_grad():
        gradient.add_(1)
    check(gradient, [[2, 2], [2, 2]])


@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 3)])
def test_what_is_repeated_is_a_copy_to_write_to(shape: tuple[int, ...]) -> None:
    x = torch.ones(shape, requires_grad=True)
    for y in (x.repeat(2, 1), x.tile(2), x.repeat_interleave(2)):
        y *= 3
        y.view(-1)[0] = 0.0
        assert y.sum().item() == 3 * (y.numel() - 1)
    check(x, np.ones(shape))


def test_no_differences_are_a_copy() -> None:
    x = torch.ones(3)
    x.diff(n=0).mul_(2)
    check(x, [1, 1, 1])
