"""`x.data = y`: x has y's numbers, where y has them, and the history that it had."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from . import check, leaf, symdiff_only, torch


def test_writes_to_either_are_seen_in_both() -> None:
    p, q = leaf([0, 0]), torch.ones(2)
    p.data = q
    q[0] = 5
    check(p, [5, 1])
    with torch.no_grad():
        p[1] = 7
    check(q, [5, 7])
    (p * p).sum().backward()
    check(p.grad, [10, 14])
    assert p.is_leaf and p.requires_grad


def test_a_part_of_another_tensor() -> None:
    q = torch.arange(4.0)
    p = torch.zeros(2)
    p.data = q[:2]
    p[0] = 9
    check(q, [9, 1, 2, 3])
    q[1] = 8
    check(p, [9, 8])


def swapped_at_once(p: Any, q: Any) -> None:
    p.data, q.data = q.data, p.data


def swapped_by_a_third(p: Any, q: Any) -> None:
    t = p.data
    p.data = q.data
    q.data = t


@pytest.mark.parametrize("swap", [swapped_at_once, swapped_by_a_third])
def test_two_tensors_swap_their_numbers(swap: Any) -> None:
    p, q = torch.zeros(2), torch.ones(2)
    swap(p, q)
    p[0] = 9
    q.mul_(2).sub_(1)
    check(p, [9, 1])
    check(q, [-1, -1])


def test_what_took_the_numbers_of_another_keeps_them() -> None:
    p, q = torch.zeros(2), torch.ones(2)
    p.data = q
    q.mul_(3)
    q.data = torch.full((2,), 5.0)
    q.mul_(2)
    check(p, [3, 3])
    check(q, [10, 10])


def test_its_own_numbers() -> None:
    p = leaf([0, 0])
    p.data = p.data * 2 + 1
    p.data -= 0.5
    p.data[0] = 7
    p.data = p.data
    check(p, [7, 0.5])


def test_views_from_before_keep_the_numbers_from_before() -> None:
    p = torch.zeros(4)
    part = p[:2]
    p.data = torch.ones(4)
    part[0] = 5
    check(part, [5, 0])
    check(p, [1, 1, 1, 1])


@symdiff_only
def test_a_view_that_would_show_numbers_nobody_has_any_more_is_refused() -> None:
    p = torch.zeros(4)
    part = p[:2]
    p.add_(1)
    p.data = torch.ones(4)
    with pytest.raises(RuntimeError, match="given other data"):
        part.sum()


def test_a_view_gets_numbers_of_its_own() -> None:
    p = torch.zeros(3)
    part = p[:2]
    part.data = torch.ones(2)
    part[0] = 3
    check(p, [0, 0, 0])
    check(part, [3, 1])


def test_views_of_shared_numbers_have_their_history() -> None:
    x = leaf([1, 2])
    y, z = x * 1, torch.zeros(2)
    z.data = y.data
    y[:1].mul_(3)
    check(z, [3, 2])
    y.sum().backward()
    check(x.grad, [3, 1])


def test_integers_have_no_gradient() -> None:
    p = leaf([0, 0])
    with pytest.raises(RuntimeError, match="must be floating point"):
        p.data = torch.ones(2, dtype=torch.int64)


def test_a_part_of_its_own_numbers() -> None:
    x = torch.arange(4.0)
    part = x[:2]
    x.data = part.data
    x[0] = 9
    part[1] = 8
    check(x, [9, 8])
    check(part, [9, 8])


def test_its_own_numbers_turned() -> None:
    w = leaf([[1, 2, 3], [4, 5, 6]])
    w.data = w.data.t()
    check(w, [[1, 4], [2, 5], [3, 6]])
    (w * w).sum().backward()
    check(w.grad, [[2, 8], [4, 10], [6, 12]])
    w.data = w.data.t()
    check(w, [[1, 2, 3], [4, 5, 6]])


@symdiff_only
def test_a_result_keeps_the_shape_that_its_gradient_has() -> None:
    y = leaf([1, 2]).sum()
    with pytest.raises(RuntimeError, match="its gradient would not fit"):
        y.data = torch.ones(3)


def test_deep_copies_of_what_shares_numbers_share_theirs() -> None:
    p, q = leaf([[1, 2], [3, 4]]), leaf([[0, 0], [0, 0]])
    q.data = p.data.t()
    twin, turned, row = copy.deepcopy([p, q, p.detach()[0]])
    (twin * turned).sum().backward()
    with torch.no_grad():
        twin -= 1
    check(turned, [[0, 2], [1, 3]])
    check(row, [0, 1])
    check(twin.grad, [[1, 3], [2, 4]])
    check(p, [[1, 2], [3, 4]])
    assert turned.is_leaf and turned.requires_grad and not row.requires_grad
