"""Elements gathered into places: what arrives at one place is added, multiplied, compared."""

from __future__ import annotations

from typing import Any

import pytest

from . import check, leaf, torch

PLACES = [0, 0, 2, 0]


def gathered(reduce: str, include_self: bool) -> tuple[Any, Any, Any]:
    """The result, and the gradients by what was there and by what arrived."""
    x, source = leaf([2, 5, 7]), leaf([2, 3, 0, 3])
    y = x.scatter_reduce(0, torch.tensor(PLACES), source, reduce, include_self=include_self)
    (y * torch.tensor([1.0, 2.0, 6.0])).sum().backward()
    return y, x.grad, source.grad


@pytest.mark.parametrize(
    ("reduce", "include_self", "value", "own", "theirs"),
    [
        ("sum", True, [10, 5, 7], [1, 2, 6], [1, 1, 6, 1]),
        ("sum", False, [8, 5, 0], [0, 2, 0], [1, 1, 6, 1]),
        ("mean", True, [10 / 4, 5, 3.5], [0.25, 2, 3], [0.25, 0.25, 3, 0.25]),
        ("mean", False, [8 / 3, 5, 0], [0, 2, 0], [1 / 3, 1 / 3, 6, 1 / 3]),
        ("prod", True, [36, 5, 0], [18, 2, 0], [18, 12, 42, 12]),
        ("prod", False, [18, 5, 0], [0, 2, 0], [9, 6, 6, 6]),
        ("amax", True, [3, 5, 7], [0, 2, 6], [0, 0.5, 0, 0.5]),
        ("amax", False, [3, 5, 0], [0, 2, 0], [0, 0.5, 6, 0.5]),
        ("amin", True, [2, 5, 0], [0.5, 2, 0], [0.5, 0, 6, 0]),
    ],
)
def test_scatter_reduce(reduce: str, include_self: bool, value: Any, own: Any, theirs: Any) -> None:
    y, of_own, of_theirs = gathered(reduce, include_self)
    check(y, value)
    check(of_own, own)
    check(of_theirs, theirs)


def test_index_reduce_takes_whole_slices() -> None:
    x, source = leaf([[1, 2], [3, 4]]), leaf([[5, 1], [2, 6], [7, 0]])
    y = x.index_reduce(0, torch.tensor([0, 1, 0]), source, "prod")
    check(y, [[35, 0], [6, 24]])
    y.sum().backward()
    check(x.grad, [[35, 0], [2, 6]])
    check(source.grad, [[7, 0], [3, 4], [5, 2]])


def test_places_beyond_the_end() -> None:
    with pytest.raises(RuntimeError):
        leaf([1, 2]).scatter_reduce(0, torch.tensor([2]), leaf([1]), "sum")


def test_searching_in_rows() -> None:
    rows = torch.tensor([[1.0, 3.0, 5.0], [2.0, 4.0, 6.0]])
    wanted = torch.tensor([[3.0, 9.0], [3.0, 4.0]])
    assert torch.searchsorted(rows, wanted).tolist() == [[1, 3], [1, 1]]
    assert torch.searchsorted(rows, wanted, side="right").tolist() == [[2, 3], [1, 2]]
    assert torch.bucketize(torch.tensor(4), rows[0], out_int32=True).dtype == torch.int32


def test_a_nan_among_what_is_compared_has_the_gradient() -> None:
    source = leaf([2, float("nan"), 4])
    y = torch.zeros(1, dtype=torch.float64).scatter_reduce(0, torch.tensor([0] * 3), source, "amax")
    y.sum().backward()
    assert y.isnan().all()
    assert not (source.grad == 0)[1]  # PyTorch has NaN throughout
