"""In-place operators and item assignment: the gradient follows every write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import check, leaf, symdiff_only, torch

# In-place operators


def test_an_in_place_operator_keeps_the_tensor() -> None:
    x = leaf([1, 2])
    y = kept = x * 1
    y += 10
    y *= 3
    assert y is kept
    check(kept, [33, 36])
    y.sum().backward()
    check(x.grad, [3, 3])


IN_PLACE: dict[str, tuple[Callable[[Any], Any], list[float], list[float]]] = {
    "add_": (lambda y: y.add_(1), [3, 5], [1, 1]),
    "add_ scaled": (lambda y: y.add_(torch.ones(2), alpha=5), [7, 9], [1, 1]),
    "sub_": (lambda y: y.sub_(1), [1, 3], [1, 1]),
    "mul_": (lambda y: y.mul_(3), [6, 12], [3, 3]),
    "div_": (lambda y: y.div_(4), [0.5, 1], [0.25, 0.25]),
    "pow_": (lambda y: y.pow_(2), [4, 16], [4, 8]),
    "neg_": (lambda y: y.neg_(), [-2, -4], [-1, -1]),
    "clamp_": (lambda y: y.clamp_(max=3), [2, 3], [1, 0]),
    "relu_": (lambda y: y.relu_(), [2, 4], [1, 1]),
    "zero_": (lambda y: y.zero_(), [0, 0], [0, 0]),
    "fill_": (lambda y: y.fill_(5), [5, 5], [0, 0]),
    "copy_": (lambda y: y.copy_(torch.tensor([8.0, 9.0])), [8, 9], [0, 0]),
}


@pytest.mark.parametrize("name", IN_PLACE)
def test_in_place_methods_give_back_their_tensor(name: str) -> None:
    write, value, slope = IN_PLACE[name]
    x = leaf([2, 4])
    y = x * 1
    assert write(y) is y
    check(y, value)
    y.sum().backward()
    check(x.grad, slope)


def test_a_leaf_that_requires_grad_refuses_to_be_written() -> None:
    x = leaf([1, 2])
    message = "a leaf Variable that requires grad is being used in an in-place operation"
    with pytest.raises(RuntimeError, match=message):
        x += 1
    with pytest.raises(RuntimeError, match=message):
        x.zero_()
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        x[0] = 1
    check(x, [1, 2])


def test_a_view_of_a_leaf_refuses_to_be_written() -> None:
    x = leaf([1, 2])
    message = "a view of a leaf Variable that requires grad is being used in an in-place"
    with pytest.raises(RuntimeError, match=message):
        x[:1].mul_(2)


def test_a_constant_may_be_written_and_begins_a_history() -> None:
    x = leaf([1, 2])
    total = torch.zeros(2)
    total += x
    total += x * x
    assert total.requires_grad
    total.sum().backward()
    check(x.grad, [3, 5])


def test_an_in_place_result_may_not_grow() -> None:
    y = torch.ones(1)
    with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
        y += torch.ones(3)


def test_an_integer_tensor_takes_no_fraction() -> None:
    n = torch.tensor([1, 2])
    n += 1
    assert n.tolist() == [2, 3]
    with pytest.raises(RuntimeError, match="can't be cast to the desired output type"):
        n += 0.5


def test_each_write_counts_up_the_version() -> None:
    y = torch.ones(2)
    before = y._version
    y += 1
    y[0] = 5
    assert y._version == before + 2


# Item assignment


def test_assigning_an_item_sends_its_gradient_to_the_new_value() -> None:
    x, v = leaf([1, 2, 3]), leaf(10)
    y = x * 1
    y[1] = v
    check(y, [1, 10, 3])
    (y * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    check(x.grad, [1, 0, 3])
    check(v.grad, 2)


def test_assigning_a_slice_of_another_tensor() -> None:
    x, v = leaf([1, 2, 3, 4]), leaf([5, 6])
    y = x * x
    y[1:3] = v * v
    y.sum().backward()
    check(x.grad, [2, 0, 0, 8])
    check(v.grad, [10, 12])


def test_assigning_a_broadcast_value() -> None:
    v = leaf([1, 2])
    y = torch.zeros(3, 2)
    y[:] = v
    y[0] = 5.0
    check(y, [[5, 5], [1, 2], [1, 2]])
    y.sum().backward()
    check(v.grad, [2, 2])


def test_assigning_by_a_mask() -> None:
    x = leaf([-1, 2, -3])
    y = x * 1
    y[y < 0] = 0.0
    check(y, [0, 2, 0])
    y.sum().backward()
    check(x.grad, [0, 1, 0])


def test_assigning_by_a_list_of_indices() -> None:
    x, v = leaf([1, 2, 3]), leaf([10, 20])
    y = x * 1
    y[[2, 0]] = v
    check(y, [20, 2, 10])
    (y * torch.tensor([1.0, 2.0, 3.0])).sum().backward()
    check(x.grad, [0, 2, 0])
    check(v.grad, [3, 1])


def test_adding_to_a_slice() -> None:
    x = leaf([1, 2, 3, 4])
    y = x * 1
    y[1:-1] += 10 * (y[2:] - 2 * y[1:-1] + y[:-2])
    y[0] *= 5
    y.sum().backward()
    check(x.grad, [5 + 10, 1 - 10, 1 - 10, 1 + 10])


# Programs that PyTorch refuses with a version error simply work


@symdiff_only
def test_a_value_that_was_needed_may_be_overwritten() -> None:
    x = leaf([1, 2])
    y = x * x
    z = (y * y).sum()
    y += 100
    z.backward()
    check(x.grad, [4, 32])


@symdiff_only
def test_a_result_that_its_own_slope_needs_may_be_overwritten() -> None:
    x = leaf([0.0])
    y = x.exp()
    y += 5
    y.backward()
    check(x.grad, [1])


@symdiff_only
def test_a_slice_may_be_written_while_its_old_value_is_needed() -> None:
    x = leaf([1, 2, 3])
    y = x * 1
    square = y * y
    y[0] = 7.0
    (square + y).sum().backward()
    check(x.grad, [2, 5, 7])


@symdiff_only
def test_a_step_of_the_heat_equation_may_be_squared() -> None:
    u0 = leaf([0, 1, 0, 0])
    u = u0 * 1
    for _ in range(2):
        u[1:-1] += 0.25 * (u[2:] - 2 * u[1:-1] + u[:-2]) * u[1:-1]
    u.sum().backward()
    check(u0.grad, [1.25, 0, 1.6875, 1])


@symdiff_only
def test_exp_and_sqrt_in_place() -> None:
    x = leaf([4.0])
    y = x * 1
    y.sqrt_()
    y.exp_()
    y.backward()
    check(x.grad, [7.38905609893065 / 4])


@symdiff_only
def test_assigning_within_a_matrix() -> None:
    x = leaf([[1, 2], [3, 4]])
    y = x * 1
    y[:, 0] = y[:, 1] ** 2
    check(y, [[4, 2], [16, 4]])
    y.sum().backward()
    check(x.grad, [[0, 5], [0, 9]])


@symdiff_only
def test_filling_an_empty_array_one_by_one() -> None:
    x = leaf(2)
    powers = torch.zeros(4)
    powers[0] = 1.0
    for i in range(1, 4):
        powers[i] = powers[i - 1] * x
    check(powers, [1, 2, 4, 8])
    powers.sum().backward()
    check(x.grad, 1 + 4 + 12)


@pytest.mark.parametrize("key", [slice(None), None, (slice(None), None), (None, ...)])
def test_what_is_wholly_overwritten_still_has_a_gradient(key: Any) -> None:
    x = leaf([1, 2, 3])
    y = x * 2
    y[key] = 5.0
    assert y.requires_grad
    y.sum().backward()
    check(x.grad, [0, 0, 0])
