"""Subgradients: one agreed value where there is a corner, a tie or a pole."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from . import check, leaf, symdiff_only, torch

inf = math.inf

CORNERS: dict[str, tuple[Callable[[Any], Any], list[float], list[float]]] = {
    "abs": (torch.abs, [-2, 0, 3], [-1, 0, 1]),
    "relu": (torch.relu, [-2, 0, 3], [0, 0, 1]),
    "sign": (torch.sign, [-2, 0, 3], [0, 0, 0]),
    "floor": (torch.floor, [0.5, 1], [0, 0]),
    "round": (torch.round, [0.5, 1], [0, 0]),
    "sqrt": (torch.sqrt, [0, 4], [inf, 0.25]),
    "log": (torch.log, [0, 4], [inf, 0.25]),
    "clamp": (lambda x: x.clamp(0, 1), [-1, 0, 0.5, 1, 2], [0, 1, 1, 1, 0]),
    "clamp above": (lambda x: x.clamp(min=0), [-1, 0, 1], [0, 1, 1]),
    "max over ties": (lambda x: x.max(), [1, 3, 3], [0, 0.5, 0.5]),
    "min over ties": (lambda x: x.min(), [1, 1, 1, 1], [0.25, 0.25, 0.25, 0.25]),
    "max over NaNs": (lambda x: x.max(), [math.nan, 3, math.nan], [0.5, 0, 0.5]),
    "median with a NaN": (lambda x: x.median(), [1, math.nan, 3], [0, 1, 0]),
    "median of infinities": (lambda x: x.median(), [-inf, -inf, 1], [0.5, 0.5, 0]),
    "nanmedian of infinities": (lambda x: x.nanmedian(), [inf, 1, inf, math.nan], [0.5, 0, 0.5, 0]),
    "amax over ties": (lambda x: x.amax(0), [3, 3, 0], [0.5, 0.5, 0]),
    "norm at zero": (lambda x: x.norm(), [0, 0], [0, 0]),
    "norm": (lambda x: x.norm(), [3, 4], [0.6, 0.8]),
    "norm of order one": (lambda x: x.norm(1), [-2, 0, 2], [-1, 0, 1]),
    "prod with a zero": (lambda x: x.prod(), [0, 2, 3], [6, 0, 0]),
    "prod with two zeros": (lambda x: x.prod(), [0, 0, 3], [0, 0, 0]),
    "zeroth power": (lambda x: x**0, [0, 2], [0, 0]),
    "first power": (lambda x: x**1, [0, 2], [1, 1]),
    "square": (lambda x: x**2, [0, 2], [0, 4]),
    "leaky relu": (lambda x: torch.nn.functional.leaky_relu(x, 0.1), [-1, 0, 1], [0.1, 0.1, 1]),
    "softplus": (torch.nn.functional.softplus, [-1000, 0, 1000], [0, 0.5, 1]),
    "sigmoid": (torch.sigmoid, [-1000, 0, 1000], [0, 0.25, 0]),
    "tanh": (torch.tanh, [-1000, 0, 1000], [0, 1, 0]),
}


@pytest.mark.parametrize("name", CORNERS)
def test_slope(name: str) -> None:
    f, numbers, slope = CORNERS[name]
    x = leaf(numbers)
    f(x).sum().backward()
    check(x.grad, slope)


@pytest.mark.parametrize("f", [torch.maximum, torch.minimum])
def test_a_tie_of_two_gives_half_to_each(f: Callable[[Any, Any], Any]) -> None:
    x, y = leaf([1, 2]), leaf([1, 2])
    f(x, y).sum().backward()
    check(x.grad, [0.5, 0.5])
    check(y.grad, [0.5, 0.5])


def test_the_larger_one_takes_all() -> None:
    x, y = leaf([1, 5]), leaf([3, 2])
    torch.maximum(x, y).sum().backward()
    check(x.grad, [0, 1])
    check(y.grad, [1, 0])


def test_max_along_an_axis_picks_one_of_the_ties() -> None:
    x = leaf([[1, 3, 3], [4, 0, 0]])
    values, indices = x.max(dim=1)
    check(values, [3, 4])
    assert indices.tolist() == [1, 0]
    values.sum().backward()
    check(x.grad, [[0, 1, 0], [1, 0, 0]])


def test_base_and_exponent_of_a_power() -> None:
    x, p = leaf([0, 2]), leaf([2, 3])
    (x**p).sum().backward()
    check(x.grad, [0, 12])
    check(p.grad, [0, 8 * math.log(2)])


def test_arctan2_on_its_cut() -> None:
    y, x = leaf(0.0), leaf(-1.0)
    torch.atan2(y, x).backward()
    check(y.grad, -1)
    check(x.grad, 0)


def test_a_nan_passes_through() -> None:
    x = leaf([math.nan, 1])
    (x * x).sum().backward()
    assert math.isnan(x.grad[0].item())
    assert x.grad[1].item() == 2


def test_where_sends_the_gradient_to_the_branch_taken() -> None:
    x, y = leaf([1, 2]), leaf([3, 4])
    torch.where(torch.tensor([True, False]), x * x, y * y).sum().backward()
    check(x.grad, [2, 0])
    check(y.grad, [0, 8])


@symdiff_only
def test_the_branch_not_taken_makes_no_nan() -> None:
    x = leaf([0, 4])
    torch.where(x > 0, torch.sqrt(x), torch.zeros(2)).sum().backward()
    check(x.grad, [0, 0.25])


@symdiff_only
def test_no_nan_below_a_clamp() -> None:
    x = leaf([0, 4])
    torch.log(x).clamp(min=-1).sum().backward()
    check(x.grad, [0, 0.25])


@symdiff_only
def test_no_nan_below_a_where_in_the_second_order() -> None:
    x = leaf([0, 4])
    y = torch.where(x > 0, torch.sqrt(x), torch.zeros(2)).sum()
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first.sum(), x)
    check(second, [0, -1 / 32])
