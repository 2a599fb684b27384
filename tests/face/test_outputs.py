"""Results written into a tensor that is given as `out`."""

from __future__ import annotations

import pytest

from . import check, leaf, torch


def test_a_result_is_written_where_it_is_asked_for() -> None:
    x, place = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.zeros(2, 2)
    assert torch.exp(x, out=place) is place
    check(place, x.exp().numpy())
    torch.add(x, x, alpha=3, out=place)
    check(place, [[4, 8], [12, 16]])
    torch.mul(x[0], 2, out=place[1])
    check(place, [[4, 8], [2, 4]])
    check(torch.linalg.inv(torch.eye(2) * 2, out=place), [[0.5, 0], [0, 0.5]])


def test_an_empty_place_takes_the_shape_of_the_result() -> None:
    x, place = torch.tensor([1.0, 2.0]), torch.empty(0)
    torch.cat([x, x], out=place)
    check(place, [1, 2, 1, 2])
    truth = torch.empty(0, dtype=torch.bool)
    assert torch.gt(x, 1, out=truth).tolist() == [False, True]


def test_several_results_have_several_places() -> None:
    values, indices = torch.empty(2), torch.empty(2, dtype=torch.int64)
    found = torch.max(torch.tensor([[1.0, 2.0], [4.0, 3.0]]), dim=1, out=(values, indices))
    assert found.values is values
    check(values, [2, 4])
    assert indices.tolist() == [1, 0]


def test_what_requires_grad_is_not_written_elsewhere() -> None:
    x, place = leaf([1, 2]), torch.zeros(2)
    for f in (torch.exp, torch.cumsum):
        with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
            f(x, *((0,) if f is torch.cumsum else ()), out=place)
    with torch.no_grad():
        check(torch.neg(x, out=place), [-1, -2])
    with pytest.raises(RuntimeError, match="can't be cast"):
        torch.add(x.detach(), 1, out=torch.zeros(2, dtype=torch.int64))
