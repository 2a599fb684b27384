"""Tensors print to the letter as PyTorch prints them (its default dtype set to float64)."""

from __future__ import annotations

import math

import pytest

from . import leaf, torch

nan, inf = math.nan, math.inf


def test_a_constant() -> None:
    assert repr(torch.tensor([1.0, 2.5])) == "tensor([1.0000, 2.5000])"
    assert str(torch.tensor([1.0, 2.5])) == "tensor([1.0000, 2.5000])"


def test_a_leaf() -> None:
    assert repr(leaf([1, 2])) == "tensor([1., 2.], requires_grad=True)"


def test_a_result() -> None:
    assert repr(leaf([1, 2]) * 2) == "tensor([2., 4.], grad_fn=<MulBackward0>)"


def test_a_detached_result() -> None:
    assert repr((leaf([1, 2]) * 2).detach()) == "tensor([2., 4.])"


def test_a_view_of_a_result() -> None:
    assert repr((leaf([1, 2]) * 2)[0]) == "tensor(2., grad_fn=<SelectBackward0>)"
    assert repr((leaf([1, 2]) * 2)[:1]) == "tensor([2.], grad_fn=<SliceBackward0>)"


def test_a_gradient_with_history() -> None:
    x = leaf(3)
    (dx,) = torch.autograd.grad(x * x * x, x, create_graph=True)
    assert repr(dx) == "tensor(27., grad_fn=<AddBackward0>)"


def test_the_class_of_a_step_bears_its_name() -> None:
    x = leaf([1.0])
    y = (x * 3).exp()
    step = y.grad_fn
    assert str(type(step)) == "<class 'ExpBackward0'>"
    assert type(step.next_functions[0][0]).__name__ == "MulBackward0"
    assert type((x * 3).exp().grad_fn) is type(step)
    assert isinstance(step, torch.autograd.graph.Node)


def test_an_integer_tensor() -> None:
    assert repr(torch.arange(3)) == "tensor([0, 1, 2])"
    assert repr(torch.tensor([-1, 20])) == "tensor([-1, 20])"


def test_truth_values() -> None:
    assert repr(torch.tensor([1.0, 2.0]) > 1) == "tensor([False,  True])"
    assert repr(leaf([1, 2]) > 1) == "tensor([False,  True])"


def test_another_float_dtype_is_named() -> None:
    x = torch.tensor([1.0, 2.5], dtype=torch.float32)
    assert repr(x) == "tensor([1.0000, 2.5000], dtype=torch.float32)"
    x.requires_grad_()
    assert repr(x) == "tensor([1.0000, 2.5000], dtype=torch.float32, requires_grad=True)"
    text = "tensor([2., 5.], dtype=torch.float32, grad_fn=<MulBackward0>)"
    assert repr(x * 2) == text


def test_another_integer_dtype_is_named() -> None:
    assert repr(torch.tensor([1, 2], dtype=torch.int32)) == "tensor([1, 2], dtype=torch.int32)"


def test_numbers_without_axes() -> None:
    assert repr(torch.tensor(3.0)) == "tensor(3.)"
    assert repr(torch.tensor(3)) == "tensor(3)"
    assert repr(torch.tensor(True)) == "tensor(True)"
    assert repr(leaf(0.5)) == "tensor(0.5000, requires_grad=True)"


def test_empty_tensors() -> None:
    assert repr(torch.tensor([])) == "tensor([])"
    assert repr(torch.zeros(0, 3)) == "tensor([], size=(0, 3))"
    text = "tensor([], size=(2, 0), requires_grad=True)"
    assert repr(torch.zeros(2, 0, requires_grad=True)) == text
    assert repr(torch.zeros(0, dtype=torch.int64)) == "tensor([], dtype=torch.int64)"


def test_matrices_are_aligned() -> None:
    text = "tensor([[  1.0000,  -2.5000],\n        [100.0000,   0.0000]])"
    assert repr(torch.tensor([[1.0, -2.5], [100.0, 0.0]])) == text


def test_three_axes() -> None:
    text = (
        "tensor([[[0., 1.],\n"
        "         [2., 3.]],\n"
        "\n"
        "        [[4., 5.],\n"
        "         [6., 7.]]], requires_grad=True)"
    )
    x = torch.arange(8.0).reshape(2, 2, 2).requires_grad_()
    assert repr(x) == text


def test_four_axes() -> None:
    text = "tensor([[[[1., 1.]]],\n\n\n        [[[1., 1.]]]])"
    assert repr(torch.ones(2, 1, 1, 2)) == text


def test_small_and_large_numbers() -> None:
    assert repr(torch.tensor([1e-5, 1.0])) == "tensor([1.0000e-05, 1.0000e+00])"
    assert repr(torch.tensor([0.5, 1e3])) == "tensor([5.0000e-01, 1.0000e+03])"
    assert repr(torch.tensor(123456789.0)) == "tensor(1.2346e+08)"
    assert repr(torch.tensor([12345.0, 99999.0])) == "tensor([12345., 99999.])"


def test_numbers_that_are_none() -> None:
    assert repr(torch.tensor([1.0, nan, -inf])) == "tensor([1., nan, -inf])"
    assert repr(torch.tensor([0.5, nan, inf])) == "tensor([0.5000,    nan,    inf])"


def test_a_long_vector_is_broken() -> None:
    text = (
        "tensor([ 0.,  1.,  2.,  3.,  4.,  5.,  6.,  7.,  8.,  9., 10., 11., 12., 13.,\n"
        "        14., 15., 16., 17.], requires_grad=True)"
    )
    assert repr(torch.arange(18.0, requires_grad=True)) == text


def test_a_suffix_that_does_not_fit_takes_its_own_line() -> None:
    text = (
        "tensor([ 0.,  2.,  4.,  6.,  8., 10., 12., 14., 16., 18., 20., 22., 24.],\n"
        "       grad_fn=<MulBackward0>)"
    )
    assert repr(torch.arange(13.0, requires_grad=True) * 2) == text


def test_many_elements_are_summarised() -> None:
    text = "tensor([0., 0., 0.,  ..., 0., 0., 0.], requires_grad=True)"
    assert repr(torch.zeros(1001, requires_grad=True)) == text


def test_a_summarised_matrix() -> None:
    text = (
        "tensor([[1., 1., 1.,  ..., 1., 1., 1.],\n"
        "        [1., 1., 1.,  ..., 1., 1., 1.],\n"
        "        [1., 1., 1.,  ..., 1., 1., 1.],\n"
        "        ...,\n"
        "        [1., 1., 1.,  ..., 1., 1., 1.],\n"
        "        [1., 1., 1.,  ..., 1., 1., 1.],\n"
        "        [1., 1., 1.,  ..., 1., 1., 1.]], grad_fn=<MulBackward0>)"
    )
    assert repr(torch.ones(30, 40, requires_grad=True) * 1) == text


def test_rows_are_summarised_one_by_one() -> None:
    text = "tensor([[0, 0, 0,  ..., 0, 0, 0],\n        [0, 0, 0,  ..., 0, 0, 0]])"
    assert repr(torch.zeros(2, 600, dtype=torch.int64)) == text


def test_a_number_formats_as_a_number() -> None:
    loss = (leaf([1, 2]) ** 2).sum()
    assert f"{loss:.3f}" == "5.000"
    assert f"{loss.item()}" == "5.0"
    assert f"{torch.tensor(3.0)}" == "3.0"
    assert f"{torch.tensor(7):>3}" == "  7"


def test_an_array_formats_as_it_prints() -> None:
    assert f"{leaf([1, 2])}" == "tensor([1., 2.], requires_grad=True)"
    with pytest.raises(TypeError, match="unsupported format string"):
        f"{leaf([1, 2]):.3f}"


def test_a_pair_of_tensors_prints_as_a_pair() -> None:
    x = leaf([1, 2])
    pair = torch.autograd.grad((x * x).sum(), [x])
    assert repr(pair) == "(tensor([2., 4.]),)"


def test_nothing_yet_prints_none() -> None:
    assert f"{leaf(1).grad}" == "None"


def test_the_results_of_a_reduction_along_an_axis() -> None:
    x = torch.tensor([[1.0, 5.0], [7.0, 2.0]])
    values, indices = x.max(dim=1)
    assert repr(values) == "tensor([5., 7.])"
    assert repr(indices) == "tensor([1, 0])"
