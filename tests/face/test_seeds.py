"""The programs of tutorials that users bring, with the output they are used to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from . import check, leaf, torch

autograd = torch.autograd
Variable = autograd.Variable


def test_backward_with_weight_and_autograd_grad_agree() -> None:
    x = torch.randn(3, 4).requires_grad_(True)
    y = x**2
    weight = torch.ones(y.size())
    y.backward(weight, retain_graph=True)
    (first,) = autograd.grad(
        outputs=y,
        inputs=x,
        grad_outputs=weight,
        retain_graph=True,
        create_graph=True,
        only_inputs=True,
    )
    (second,) = autograd.grad(
        outputs=first,
        inputs=x,
        grad_outputs=weight,
        retain_graph=True,
        create_graph=True,
        only_inputs=True,
    )
    check(x.grad, (2 * x).detach().numpy())
    check(first, x.grad.numpy())
    assert repr(first).endswith(", grad_fn=<MulBackward0>)")
    assert repr(second) == (
        "tensor([[2., 2., 2., 2.],\n"
        "        [2., 2., 2., 2.],\n"
        "        [2., 2., 2., 2.]], grad_fn=<MulBackward0>)"
    )


def test_dot_product_of_a_vector_with_itself() -> None:
    x = torch.arange(4.0)
    assert repr(x) == "tensor([0., 1., 2., 3.])"
    x.requires_grad_(True)
    assert x.grad is None
    y = 2 * torch.dot(x, x)
    assert repr(y) == "tensor(28., grad_fn=<MulBackward0>)"
    y.backward()
    assert repr(x.grad) == "tensor([ 0.,  4.,  8., 12.])"
    assert repr(x.grad == 4 * x) == "tensor([True, True, True, True])"


def test_gradients_accumulate_until_zeroed() -> None:
    x = torch.arange(4.0, requires_grad=True)
    (2 * torch.dot(x, x)).backward()
    x.sum().backward()
    assert repr(x.grad) == "tensor([ 1.,  5.,  9., 13.])"
    x.grad.zero_()
    x.sum().backward()
    assert repr(x.grad) == "tensor([1., 1., 1., 1.])"


def test_sum_of_a_batch_of_squares() -> None:
    x = torch.arange(4.0, requires_grad=True)
    (x * x).sum().backward()
    assert repr(x.grad) == "tensor([0., 2., 4., 6.])"


def test_a_detached_factor_counts_as_constant() -> None:
    x = torch.arange(4.0, requires_grad=True)
    y = x * x
    u = y.detach()
    torch.sum(y).backward()
    assert repr(x.grad) == "tensor([0., 2., 4., 6.])"
    x.grad.zero_()
    (u * x).sum().backward()
    assert repr(x.grad) == "tensor([0., 1., 4., 9.])"
    assert repr(x.grad == u) == "tensor([True, True, True, True])"


def test_detaching_one_of_two_terms() -> None:
    x = torch.tensor(2.0, requires_grad=True)
    y = torch.tensor(2.0, requires_grad=True)
    output1 = x**2
    output2 = y**2
    output3 = 0.5 * output1 + 0.5 * output2.detach()
    output4 = 0.5 * output1.detach() + 0.5 * output2
    output3.backward()
    assert (repr(x.grad), repr(y.grad)) == ("tensor(2.)", "None")
    output4.backward()
    assert (repr(x.grad), repr(y.grad)) == ("tensor(2.)", "tensor(2.)")


def test_a_retained_graph_goes_backward_twice() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = torch.dot(x, x)
    y.backward(retain_graph=True)
    y.backward()
    assert repr(x.grad) == "tensor([4., 8.])"


def test_several_variables_and_what_happens_between() -> None:
    m1 = Variable(torch.ones((3, 2)), requires_grad=True)
    m2 = Variable(torch.ones((3, 2)) * 2, requires_grad=True)
    m3 = Variable(torch.ones((3, 2)) * 4, requires_grad=True)
    x1 = m1 * m2
    x2 = x1 * m3
    y = x1 + x2
    y.backward(torch.ones((3, 2)))
    check(m1.grad, np.full((3, 2), 10.0))
    check(m2.grad, np.full((3, 2), 5.0))
    check(m3.grad, np.full((3, 2), 2.0))
    with pytest.warns(UserWarning, match="not a leaf Tensor"):
        assert [v.grad for v in (x1, x2, y)] == [None, None, None]


def test_a_hook_doubles_the_gradient() -> None:
    v = torch.tensor([0.0, 0.0, 0.0], requires_grad=True)
    handle = v.register_hook(lambda grad: grad * 2)
    v.backward(torch.tensor([1.0, 2.0, 3.0]))
    assert repr(v.grad) == "tensor([2., 4., 6.])"
    handle.remove()
    v.backward(torch.tensor([1.0, 2.0, 3.0]))
    assert repr(v.grad) == "tensor([3., 6., 9.])"


def test_hooked_gradients_accumulate() -> None:
    v = Variable(torch.Tensor([2, 2, 2]), requires_grad=True)
    handle = v.register_hook(lambda grad: grad * grad)
    v.backward(torch.Tensor([1, 1, 2]))
    assert v.grad.data.tolist() == [1.0, 1.0, 4.0]
    v.backward(torch.Tensor([1, 1, 1]))
    assert v.grad.data.tolist() == [2.0, 2.0, 5.0]
    handle.remove()


def test_gradient_descent_through_data() -> None:
    number = 100
    X = Variable(torch.ones((1, number)) * number, requires_grad=False)
    b = torch.ones(X.shape[0])
    b.requires_grad = True
    for _ in range(200):
        loss = torch.sum((b - X) ** 2)
        b.grad = Variable(torch.zeros(X.shape[0]))
        loss.backward()
        b.data = b.data - b.grad * (1 / number) / 10
    assert b.requires_grad
    check(b, [100 - 99 * 0.8**200])


def test_gradient_descent_prints_its_first_step() -> None:
    b = torch.ones(1, requires_grad=True)
    torch.sum((b - torch.ones(1, 100) * 100) ** 2).backward()
    assert f"b.grad is: {b.grad}" == "b.grad is: tensor([-19800.])"


def make_ones() -> Any:
    return torch.ones(2, 2, requires_grad=True)


def test_each_step_prints_its_origin() -> None:
    x = make_ones()
    y = x + 2
    z = y * y * 3
    assert repr(x) == "tensor([[1., 1.],\n        [1., 1.]], requires_grad=True)"
    assert repr(y) == "tensor([[3., 3.],\n        [3., 3.]], grad_fn=<AddBackward0>)"
    assert repr(z) == "tensor([[27., 27.],\n        [27., 27.]], grad_fn=<MulBackward0>)"
    assert repr(z.mean()) == "tensor(27., grad_fn=<MeanBackward0>)"


def test_grad_fn_prints_its_name_and_address() -> None:
    assert repr((make_ones() + 2).grad_fn).startswith("<AddBackward0 object at 0x")


def test_backward_from_a_mean() -> None:
    x = make_ones()
    y = x + 2
    (y * y * 3).mean().backward()
    assert repr(x.grad) == "tensor([[4.5000, 4.5000],\n        [4.5000, 4.5000]])"


def test_backward_from_a_mean_of_other_numbers() -> None:
    x = leaf([[1, 2], [3, 4]])
    y = x + 2
    (y * y * 3).mean().backward()
    assert repr(x.grad) == "tensor([[4.5000, 6.0000],\n        [7.5000, 9.0000]])"


def test_requires_grad_is_switched_on_in_place() -> None:
    a = torch.randn(2, 2)
    a = (a * 3) / (a - 1)
    assert a.requires_grad is False
    a.requires_grad_(True)
    assert a.requires_grad is True
    b = (a * a).sum()
    assert repr(b.grad_fn).startswith("<SumBackward0 object at 0x")


def test_no_grad_leaves_the_tensor_as_it_is() -> None:
    x = torch.randn(3, requires_grad=True)
    assert (x**2).requires_grad
    with torch.no_grad():
        assert not (x**2).requires_grad
        assert x.requires_grad


def test_detach_gives_equal_content_without_gradient() -> None:
    x = torch.randn(3, requires_grad=True)
    y = x.detach()
    assert (x.requires_grad, y.requires_grad) == (True, False)
    assert repr(y.eq(x).all()) == "tensor(True)"
