"""Tensors made from nothing but numbers and shapes, and random ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from . import check, leaf, symdiff_only, torch

PRINTED: dict[str, Callable[[], Any]] = {
    "tensor([0., 0.])": lambda: torch.zeros(2),
    "tensor([[1., 1.]])": lambda: torch.ones((1, 2)),
    "tensor([7, 7])": lambda: torch.full((2,), 7),
    "tensor([0.5000, 0.5000])": lambda: torch.full([2], 0.5),
    "tensor([True])": lambda: torch.full((1,), True),
    "tensor([0, 1, 2])": lambda: torch.arange(3),
    "tensor([1., 2.])": lambda: torch.arange(1.0, 3.0),
    "tensor([3, 2])": lambda: torch.arange(3, 1, -1),
    "tensor([0.0000, 0.5000])": lambda: torch.arange(0, 1, 0.5),
    "tensor([0.0000, 0.2500, 0.5000])": lambda: torch.linspace(0, 0.5, 3),
    "tensor([ 1., 10.])": lambda: torch.logspace(0, 1, 2),
    "tensor([[1., 0., 0.],\n        [0., 1., 0.]])": lambda: torch.eye(2, 3),
    "tensor([[0, 1, 1],\n        [0, 0, 1]])": lambda: torch.tril_indices(2, 2),
    "tensor([[0, 0, 1],\n        [0, 1, 1]])": lambda: torch.triu_indices(2, 2),
    "tensor([1., 2.], requires_grad=True)": lambda: torch.tensor([1.0, 2], requires_grad=True),
    "tensor(3, dtype=torch.int32)": lambda: torch.tensor(3, dtype=torch.int32),
    "tensor([3., 4.])": lambda: torch.Tensor([3, 4]),
    "tensor([1, 2])": lambda: torch.LongTensor([1, 2]),
}  # fmt: skip


@pytest.mark.parametrize("text", PRINTED)
def test_it_prints_as(text: str) -> None:
    assert repr(PRINTED[text]()) == text


def test_like_another() -> None:
    x = torch.ones(2, 3, dtype=torch.float32)
    for y in (torch.zeros_like(x), torch.full_like(x, 2.5), torch.rand_like(x), x.new_ones(2, 3)):
        assert (y.shape, y.dtype) == (x.shape, torch.float32)
    assert torch.ones_like(x, dtype=torch.int64).dtype == torch.int64
    assert x.new_tensor([1, 2]).tolist() == [1, 2]
    assert x.new_full((2,), 3.0).tolist() == [3, 3]
    assert x.new_zeros((2, 1)).shape == (2, 1)


def test_a_tensor_like_another_has_no_history() -> None:
    x = leaf([1, 2])
    assert not torch.zeros_like(x * 2).requires_grad
    assert torch.ones_like(x, requires_grad=True).requires_grad


def test_asking_for_a_gradient_at_once() -> None:
    made = [
        torch.zeros(2, requires_grad=True),
        torch.eye(2, requires_grad=True),
        torch.linspace(0, 1, 3, requires_grad=True),
        torch.rand(2, requires_grad=True),
    ]
    assert all(x.requires_grad and x.is_leaf for x in made)


def test_as_tensor_copies_only_where_it_must() -> None:
    array = np.array([1.0, 2.0])
    shared = torch.as_tensor(array)
    array[0] = 5
    check(shared, [5, 2])
    assert torch.as_tensor(shared) is shared
    assert torch.as_tensor([1, 2]).tolist() == [1, 2]


def test_lists_of_tensors() -> None:
    x = torch.tensor([torch.tensor(1.0), torch.tensor(2.0)])
    assert x.tolist() == [1, 2]


def test_bad_sizes_are_refused() -> None:
    with pytest.raises(RuntimeError):
        torch.zeros(-1)
    with pytest.raises(TypeError):
        torch.zeros(1.5)
    with pytest.raises(RuntimeError, match="inconsistent with step sign"):
        torch.arange(0, 1, -1)
    with pytest.raises(TypeError, match="expected np"):
        torch.from_numpy([1.0])


# Random numbers


def test_equal_seeds_give_equal_numbers() -> None:
    draws: list[Callable[[], Any]] = [
        lambda: torch.rand(3), lambda: torch.randn(2, 2), lambda: torch.randint(0, 9, (4,)),
        lambda: torch.randperm(5), lambda: torch.normal(0.0, 1.0, (2,)),
        lambda: torch.zeros(3).normal_(), lambda: torch.zeros(3).uniform_(1, 2),
        lambda: torch.bernoulli(torch.full((5,), 0.5)),
        lambda: torch.multinomial(torch.tensor([1.0, 2.0, 3.0]), 2),
    ]  # fmt: skip
    for draw in draws:
        torch.manual_seed(3)
        first = draw().tolist()
        torch.manual_seed(3)
        assert draw().tolist() == first


def test_random_numbers_lie_where_they_should() -> None:
    torch.manual_seed(0)
    u, n = torch.rand(1000), torch.randn(1000)
    assert 0 <= u.min().item() <= u.max().item() < 1
    assert abs(n.mean().item()) < 0.2
    assert abs(n.std().item() - 1) < 0.2
    k = torch.randint(3, 6, (100,))
    assert set(k.tolist()) == {3, 4, 5}
    assert k.dtype == torch.int64
    assert sorted(torch.randperm(5).tolist()) == [0, 1, 2, 3, 4]


def test_filling_in_place_keeps_the_tensor() -> None:
    x = torch.zeros(3)
    assert x.uniform_(5, 6) is x
    assert x.min().item() >= 5


@symdiff_only
def test_noise_has_no_gradient() -> None:
    mean = leaf([1, 2])
    assert not torch.normal(mean, 1.0).requires_grad


def test_places_in_a_row_as_places_along_axes() -> None:
    rows, columns = torch.unravel_index(torch.tensor([4, 1]), (3, 2))
    assert (rows.tolist(), columns.tolist()) == ([2, 0], [0, 1])
    assert [int(k) for k in torch.unravel_index(torch.tensor(4), (3, 2))] == [2, 0]


def test_constants_and_casts() -> None:
    assert (torch.pi, torch.e, torch.inf) == (np.pi, np.e, np.inf)
    assert torch.newaxis is None and torch.nan != torch.nan
    assert torch.can_cast(torch.float64, torch.float32)
    assert not torch.can_cast(torch.float32, torch.int32)


def test_linspace_is_as_symmetric_as_what_is_asked() -> None:
    x = torch.linspace(-1, 1, 10)
    assert (x == -x.flip(0)).all()
    assert torch.linspace(3, 5, 1).tolist() == [3.0]
