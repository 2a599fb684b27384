"""`autograd.grad` and `autograd.backward` with all their arguments, and higher orders."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from . import check, leaf, torch

autograd = torch.autograd
grad = autograd.grad


def test_the_module_is_found_under_its_name() -> None:
    assert importlib.import_module(torch.__name__ + ".autograd").grad is grad


def test_the_result_is_a_tuple_and_grad_stays_none() -> None:
    x = leaf([1, 2])
    result = grad((x * x).sum(), x)
    assert isinstance(result, tuple)
    check(result[0], [2, 4])
    assert x.grad is None


def test_one_gradient_per_input_in_their_order() -> None:
    x, w = leaf(3), leaf(4)
    dw, dx = grad(x * x * w, [w, x])
    check(dw, 9)
    check(dx, 24)


def test_the_same_input_twice() -> None:
    x = leaf(3)
    for result in grad(x * x, (x, x)):
        check(result, 6)


def test_several_outputs_are_summed() -> None:
    x = leaf(3)
    (dx,) = grad([x * x, 5 * x], x)
    check(dx, 11)


def test_several_outputs_have_several_weights() -> None:
    x = leaf([1, 2])
    weights = [torch.tensor([1.0, 10.0]), torch.tensor(100.0)]
    (dx,) = grad([x * x, x.sum()], x, grad_outputs=weights)
    check(dx, [102, 140])


def test_a_weight_of_none_stands_for_one() -> None:
    x = leaf(3)
    (dx,) = grad([x * x, 5 * x], [x], grad_outputs=[None, torch.tensor(2.0)])
    check(dx, 16)


def test_an_array_without_weight_is_refused() -> None:
    x = leaf([1, 2])
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar"):
        grad(x * x, x)


def test_an_output_is_its_own_input() -> None:
    y = leaf([1, 2]) * 2
    (dy,) = grad(y.sum(), y)
    check(dy, [1, 1])
    (dx,) = grad(y, y, torch.tensor([3.0, 4.0]))
    check(dx, [3, 4])


def test_an_input_within_the_graph() -> None:
    y = leaf(3) ** 2
    (dy,) = grad(y * y, y)
    check(dy, 18)


def test_an_unused_input_is_refused() -> None:
    x, unused = leaf(1), leaf(1)
    message = "appears to not have been used in the graph. Set allow_unused=True if this is"
    with pytest.raises(RuntimeError, match=message):
        grad(x * 2, [x, unused])


def test_an_unused_input_may_be_allowed() -> None:
    x, unused = leaf(1), leaf(1)
    dx, nothing = grad(x * 2, [x, unused], allow_unused=True)
    check(dx, 2)
    assert nothing is None


def test_unused_inputs_may_be_materialized_as_zeros() -> None:
    x, unused = leaf(1), leaf([1, 2])
    _, zeros = grad(x * 2, [x, unused], materialize_grads=True)
    check(zeros, [0, 0])


def test_an_input_without_requires_grad_is_refused() -> None:
    x = leaf(1)
    message = "One of the differentiated Tensors does not require grad"
    with pytest.raises(RuntimeError, match=message):
        grad(x * 2, [x, torch.tensor(1.0)])


def test_an_output_without_history_is_refused() -> None:
    with pytest.raises(RuntimeError, match="element 0 of tensors does not require grad"):
        grad(torch.tensor(1.0), leaf(1))


def test_the_graph_is_freed_unless_retained() -> None:
    x = leaf([1, 2])
    y = (x * x).sum()
    grad(y, x, retain_graph=True)
    grad(y, x)
    with pytest.raises(RuntimeError, match="a second time"):
        grad(y, x)


def test_create_graph_retains_the_graph() -> None:
    x = leaf(2)
    y = x**3
    grad(y, x, create_graph=True)
    (dx,) = grad(y, x)
    check(dx, 12)


def test_without_create_graph_a_gradient_is_a_constant() -> None:
    x = leaf(2)
    (dx,) = grad(x**3, x)
    assert not dx.requires_grad


def test_orders_up_to_four() -> None:
    x = leaf(2)
    y = x**4
    values = []
    for _ in range(4):
        (y,) = grad(y, x, create_graph=True)
        values.append(y.item())
    assert values == pytest.approx([32, 48, 48, 24])


def test_second_derivative_of_a_function_of_a_vector() -> None:
    x = leaf([0.0, 1.0])
    (first,) = grad(torch.exp(x).sum() + (x**3).sum(), x, create_graph=True)
    (second,) = grad(first.sum(), x)
    check(first, [1, 5.718281828459045])
    check(second, [1, 8.718281828459045])


def test_mixed_second_derivatives_agree() -> None:
    x, y = leaf(2), leaf(3)
    dx, dy = grad(x**2 * y**3, [x, y], create_graph=True)
    (dxy,) = grad(dx, y, retain_graph=True)
    (dyx,) = grad(dy, x)
    check(dxy, 108)
    check(dyx, 108)


def test_hessian_times_vector() -> None:
    x = leaf([1, 2])
    (first,) = grad(x[0] ** 2 * x[1], x, create_graph=True)
    (product,) = grad(first, x, grad_outputs=torch.tensor([1.0, 10.0]))
    check(product, [24, 2])


def test_the_weight_itself_may_be_differentiated() -> None:
    x = leaf([1, 2])
    weight = leaf([0, 0])
    (pullback,) = grad(x**2, x, grad_outputs=weight, create_graph=True)
    (pushforward,) = grad(pullback, weight, grad_outputs=torch.tensor([1.0, 1.0]))
    check(pushforward, [2, 4])


def test_a_penalty_on_the_gradient_reaches_the_weights() -> None:
    x, w = leaf([1, 2]), leaf([3, 4])
    (dx,) = grad((w * x**2).sum(), x, create_graph=True)  # 2 w x
    loss = (dx**2).sum()  # 4 w² x²
    loss.backward()
    check(w.grad, [24, 128])
    check(x.grad, [72, 256])


def test_a_constant_gradient_has_no_history() -> None:
    x = leaf(2)
    (first,) = grad(3 * x, x, create_graph=True)
    check(first, 3)
    with pytest.raises(RuntimeError, match="does not require grad"):
        grad(first, x)


def test_grad_works_where_recording_is_off() -> None:
    x = leaf(3)
    y = x * x
    with torch.no_grad():
        (dx,) = grad(y, x)
    check(dx, 6)


def test_create_graph_records_even_where_recording_is_off() -> None:
    x = leaf(3)
    y = x**3
    with torch.no_grad():
        (dx,) = grad(y, x, create_graph=True)
    (second,) = grad(dx, x)
    check(second, 18)


def test_backward_as_a_function() -> None:
    x = leaf([1, 2])
    autograd.backward([(x * x).sum(), x * 3], [None, torch.tensor([1.0, 2.0])])
    check(x.grad, [5, 10])


def test_backward_as_a_function_of_one_tensor() -> None:
    x, w = leaf(2), leaf(3)
    autograd.backward(x * w, retain_graph=True, inputs=[x])
    check(x.grad, 3)
    assert w.grad is None


def test_backward_as_a_function_refuses_arrays_without_weight() -> None:
    with pytest.raises(RuntimeError, match="grad can be implicitly created only for scalar"):
        autograd.backward(leaf([1, 2]) * 2)


def test_a_batch_of_weights_gives_a_batch_of_gradients() -> None:
    x, unused = leaf([1, 2, 3]), leaf([4])
    y = x**2
    (J,) = grad(y, x, torch.eye(3), is_grads_batched=True, create_graph=True)
    check(J, [[2, 0, 0], [0, 4, 0], [0, 0, 6]])
    J.sum().backward(retain_graph=True)
    check(x.grad, [2, 2, 2])
    weights = torch.ones(2, 3)
    many = grad(y, [x, unused], weights, None, False, True, True, True)
    check(many[0], [[2, 4, 6]] * 2)
    assert many[1] is None
    with pytest.raises(RuntimeError, match="not have been used"):
        grad(x**2, [x, unused], weights, is_grads_batched=True)


def test_batches_of_seeds_are_checked_as_single_ones_are() -> None:
    """A result without a seed was left out of the gradient."""
    x, constant, seeds = leaf([1.0, 2.0]), torch.ones(2), torch.eye(2)
    squares, cubes = x**2, x**3

    def refused(told: str, *args: Any) -> None:
        with pytest.raises(RuntimeError, match=told):
            torch.autograd.grad(*args, is_grads_batched=True)

    refused("got 2 tensors and 1 gradients", [squares, cubes], x, [seeds])
    refused("only for scalar outputs", [squares, cubes], x, [seeds, None])
    refused("element 1 of tensors does not require", [squares, constant], x, [seeds, seeds])
    refused("does not require grad", squares, constant, seeds)
    refused("cannot be empty", squares, [], seeds)


def test_inputs_may_come_one_by_one() -> None:
    w = leaf([1.0, 2.0])
    check(torch.autograd.grad((w * 2).sum(), (p for p in [w]))[0], [2.0, 2.0])
