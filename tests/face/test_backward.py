"""`backward()`: what it fills, what it refuses, and when a second one is allowed."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from . import check, leaf, torch

SECOND_TIME = "Trying to backward through the graph a second time"


def test_a_scalar_needs_no_weight() -> None:
    x = leaf([1, 2, 3])
    (x * x).sum().backward()
    check(x.grad, [2, 4, 6])


def test_a_scalar_takes_a_weight() -> None:
    x = leaf(3)
    (x * x).backward(torch.tensor(10.0))
    check(x.grad, 60)


def test_one_element_counts_as_scalar() -> None:
    x = leaf([3])
    (x * x).backward()
    check(x.grad, [6])


def test_an_array_is_weighted_element_by_element() -> None:
    x = leaf([1, 2, 3])
    (x * x).backward(torch.tensor([1.0, 0.1, 0.01]))
    check(x.grad, [2, 0.4, 0.06])


def test_the_weight_has_a_name() -> None:
    x = leaf([1, 2])
    (x * 3).backward(gradient=torch.ones(2))
    check(x.grad, [3, 3])


def test_an_array_without_weight_is_refused() -> None:
    x = leaf([1, 2])
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar"):
        (x * 3).backward()


def test_a_weight_of_another_shape_is_refused() -> None:
    x = leaf([1, 2])
    message = r"Mismatch in shape: grad_output\[0\] has a shape of"
    with pytest.raises(RuntimeError, match=message):
        (x * 3).backward(torch.ones(3))


def test_a_constant_has_no_backward() -> None:
    message = "element 0 of tensors does not require grad and does not have a grad_fn"
    with pytest.raises(RuntimeError, match=message):
        torch.ones(2).sum().backward()


def test_a_leaf_takes_its_weight_as_gradient() -> None:
    x = leaf([1, 2])
    x.backward(torch.tensor([5.0, 7.0]))
    x.backward(torch.tensor([5.0, 7.0]))
    check(x.grad, [10, 14])


def test_grad_is_none_before() -> None:
    assert leaf([1, 2]).grad is None


def test_grad_is_set_anew_after_none() -> None:
    x = leaf([1, 2])
    for _ in range(2):
        x.grad = None
        (x * x).sum().backward()
    check(x.grad, [2, 4])


def test_grad_is_added_to_what_was_assigned() -> None:
    x = leaf([1, 2])
    x.grad = torch.tensor([10.0, 10.0])
    (x * x).sum().backward()
    check(x.grad, [12, 14])


def test_zeroed_in_place_it_stays_the_same_tensor() -> None:
    x = leaf([1, 2])
    (x * x).sum().backward()
    kept = x.grad
    x.grad.zero_()
    check(kept, [0, 0])
    (x * x).sum().backward()
    assert kept is x.grad
    check(kept, [2, 4])


def test_a_gradient_has_no_history() -> None:
    x = leaf([1, 2])
    (x * x).sum().backward()
    assert (x.grad.requires_grad, x.grad.grad_fn) == (False, None)


def test_a_leaf_used_in_many_places_gets_the_sum() -> None:
    x = leaf(2)
    y = x * x
    (y * x + y + x).backward()  # x³ + x² + x
    check(x.grad, 3 * 4 + 2 * 2 + 1)


def test_a_deep_chain_needs_no_deep_stack() -> None:
    x = leaf(1)
    y = x
    for _ in range(5000):
        y = y * 1.0
    y.backward()
    check(x.grad, 1)


def test_a_diamond_of_many_storeys_is_walked_once() -> None:
    x = leaf(1)
    y = x
    for _ in range(60):
        y = y + y
    y.backward()
    check(x.grad, 2.0**60)


def test_a_broadcast_leaf_gets_the_sum_over_what_it_was_spread_to() -> None:
    row, column, scalar = leaf([1, 2, 3]), leaf([[1], [2]]), leaf(5)
    (row * column + scalar).sum().backward()
    check(row.grad, [3, 3, 3])
    check(column.grad, [[6], [6]])
    check(scalar.grad, 6)


def test_a_leaf_that_was_not_used_keeps_none() -> None:
    x, unused = leaf(1), leaf(1)
    (x * 2).backward()
    assert unused.grad is None


def test_only_the_inputs_named_are_filled() -> None:
    x, w = leaf(3), leaf(4)
    (x * w).backward(inputs=[w])
    assert x.grad is None
    check(w.grad, 3)


def test_inputs_may_be_a_single_tensor_within_the_graph() -> None:
    x = leaf(3)
    y = x * x
    (y * y).backward(inputs=[x, y])
    check(x.grad, 108)
    check(y.grad, 18)


def test_no_inputs_at_all_are_refused() -> None:
    with pytest.raises(RuntimeError, match="cannot be empty"):
        (leaf(1) * 2).backward(inputs=[])


def test_a_gradient_has_the_dtype_of_its_leaf() -> None:
    x = torch.ones(2, dtype=torch.float32, requires_grad=True)
    (x * torch.ones(2, dtype=torch.float64)).sum().backward()
    assert x.grad.dtype == torch.float32


def test_a_gradient_of_zero_elements() -> None:
    x = torch.zeros(0, 3, requires_grad=True)
    (x * 2).sum().backward()
    assert x.grad.shape == (0, 3)


def test_history_of_a_gradient_on_request() -> None:
    x = leaf(2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns of the reference cycle
        (x**3).backward(create_graph=True)
    assert x.grad.requires_grad
    (second,) = torch.autograd.grad(x.grad, x)
    check(second, 12)


# What may go backward twice: whatever needs no value that the first pass freed.

FREED: dict[str, Callable[[Any], Any]] = {
    "square": lambda x: (x * x).sum(),
    "power": lambda x: (x**2).sum(),
    "exp": lambda x: x.exp().sum(),
    "sin": lambda x: x.sin().sum(),
    "dot": lambda x: torch.dot(x, x),
    "quotient": lambda x: (1 / x).sum(),
    "below a sum": lambda x: ((x * x) + 1).sum(),
}

LINEAR: dict[str, Callable[[Any], Any]] = {
    "sum": lambda x: x.sum(),
    "mean": lambda x: x.mean(),
    "plus": lambda x: (x + 1).sum(),
    "minus": lambda x: (2 - x).sum(),
    "negative": lambda x: (-x).sum(),
    "reshape": lambda x: x.reshape(3, 1).t().sum(),
    "slice": lambda x: x[1:].sum(),
    "concatenate": lambda x: torch.cat([x, x]).sum(),
    "stack": lambda x: torch.stack([x, x]).sum(),
}


@pytest.mark.parametrize("name", FREED)
def test_a_second_backward_is_refused_where_values_were_freed(name: str) -> None:
    y = FREED[name](leaf([1, 2, 3]))
    y.backward()
    with pytest.raises(RuntimeError, match=SECOND_TIME):
        y.backward()


@pytest.mark.parametrize("name", FREED)
def test_a_retained_graph_may_go_again(name: str) -> None:
    x = leaf([1, 2, 3])
    y = FREED[name](x)
    y.backward(retain_graph=True)
    once = x.grad.tolist()
    y.backward()
    check(x.grad, 2 * np.array(once))


@pytest.mark.parametrize("name", LINEAR)
def test_a_second_backward_is_fine_where_no_value_is_needed(name: str) -> None:
    x = leaf([1, 2, 3])
    y = LINEAR[name](x)
    y.backward()
    once = x.grad.tolist()
    y.backward()
    check(x.grad, 2 * np.array(once))


def test_a_shared_part_is_freed_for_both_ends() -> None:
    shared = leaf([1, 2]) ** 2
    first, second = shared.sum(), (shared * 3).sum()
    first.backward()
    with pytest.raises(RuntimeError, match=SECOND_TIME):
        second.backward()


def test_a_shared_part_without_values_serves_both_ends() -> None:
    x = leaf([1, 2])
    shared = x + 1
    shared.sum().backward()
    (shared * shared).sum().backward()
    check(x.grad, [5, 7])


def test_a_graph_made_anew_each_time_is_never_freed() -> None:
    x = leaf(2)
    for _ in range(3):
        (x * x).backward()
    check(x.grad, 12)


def test_inputs_above_the_freed_part_are_still_reached() -> None:
    x = leaf([1, 2])
    y = x * x
    z = y + 1
    z.sum().backward()
    (grad,) = torch.autograd.grad(z.sum(), y)
    check(grad, [1, 1])
