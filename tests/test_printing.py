"""Texts of arrays, each pinned to what PyTorch prints for the same numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff.tensors.printing import dtype_name, tensor_text

NAN, INF = np.nan, np.inf

NUMBERS: list[tuple[Any, str]] = [
    (28.0, "tensor(28.)"),
    (-0.0, "tensor(-0.)"),
    (0.5, "tensor(0.5000)"),
    (1e-4, "tensor(0.0001)"),
    (9.9e-5, "tensor(9.9000e-05)"),
    (1e8, "tensor(100000000.)"),
    (1.1e8, "tensor(1.1000e+08)"),
    (NAN, "tensor(nan)"),
    (-INF, "tensor(-inf)"),
    ([0.0, 4.0, 8.0, 12.0], "tensor([ 0.,  4.,  8., 12.])"),
    ([-1.0, 0.0, 10.0], "tensor([-1.,  0., 10.])"),
    ([1.5, -10.25], "tensor([  1.5000, -10.2500])"),
    ([1000.0, 1.0], "tensor([1000.,    1.])"),
    ([1001.0, 1.0], "tensor([1.0010e+03, 1.0000e+00])"),
    ([1000.5, 1.0005], "tensor([1000.5000,    1.0005])"),
    ([100.1, 0.1], "tensor([1.0010e+02, 1.0000e-01])"),
    ([1e308, 1e-308], "tensor([1.0000e+308, 1.0000e-308])"),
    ([1e-5, -0.5], "tensor([ 1.0000e-05, -5.0000e-01])"),
    ([NAN, 1.0, INF], "tensor([nan, 1., inf])"),
    ([NAN, 1.5, -INF], "tensor([   nan, 1.5000,   -inf])"),
    ([0.0, 0.0], "tensor([0., 0.])"),
]

OTHER_DTYPES: list[tuple[Any, str, str]] = [
    ([1, -20, 300], "int64", "tensor([  1, -20, 300])"),
    (7, "int64", "tensor(7)"),
    ([10000000, 1], "int64", "tensor([10000000,        1])"),
    ([True, False], "bool", "tensor([ True, False])"),
    (True, "bool", "tensor(True)"),
    ([1.0, 2.5], "float32", "tensor([1.0000, 2.5000], dtype=torch.float32)"),
    ([0.1], "float16", "tensor([0.1000], dtype=torch.float16)"),
    ([1, 2], "int32", "tensor([1, 2], dtype=torch.int32)"),
    ([200], "uint8", "tensor([200], dtype=torch.uint8)"),
]

EMPTY: list[tuple[tuple[int, ...], str, str]] = [
    ((0,), "float64", "tensor([])"),
    ((0,), "int64", "tensor([], dtype=torch.int64)"),
    ((0,), "bool", "tensor([], dtype=torch.bool)"),
    ((0, 3), "float64", "tensor([], size=(0, 3))"),
    ((2, 0), "float32", "tensor([], size=(2, 0), dtype=torch.float32)"),
]


@pytest.mark.parametrize(("numbers", "text"), NUMBERS)
def test_floats(numbers: Any, text: str) -> None:
    assert tensor_text(np.array(numbers)) == text


@pytest.mark.parametrize(("numbers", "dtype", "text"), OTHER_DTYPES)
def test_other_dtypes(numbers: Any, dtype: str, text: str) -> None:
    assert tensor_text(np.array(numbers, dtype)) == text


@pytest.mark.parametrize(("shape", "dtype", "text"), EMPTY)
def test_empty_arrays_tell_shape_and_dtype(shape: tuple[int, ...], dtype: str, text: str) -> None:
    assert tensor_text(np.zeros(shape, dtype)) == text


def test_the_suffix_follows_on_the_same_line() -> None:
    text = "tensor([[3., 3.],\n        [3., 3.]], grad_fn=<AddBackward0>)"
    assert tensor_text(np.full((2, 2), 3.0), "grad_fn=<AddBackward0>") == text


def test_the_suffix_takes_a_new_line_where_the_last_is_full() -> None:
    text = (
        "tensor([0., 1., 2., 3., 4., 5., 6., 7., 8., 9., 0., 1., 2., 3.],\n"
        "       requires_grad=True)"
    )
    assert tensor_text(np.arange(14.0) % 10, "requires_grad=True") == text


def test_dtype_stands_before_the_suffix() -> None:
    text = "tensor([1.], dtype=torch.float32, requires_grad=True)"
    assert tensor_text(np.ones(1, np.float32), "requires_grad=True") == text


def test_the_default_dtype_is_not_named() -> None:
    assert tensor_text(np.ones(1, np.float32), default_dtype=np.float32) == "tensor([1.])"
    text = "tensor([1.], dtype=torch.float64)"
    assert tensor_text(np.ones(1), default_dtype=np.float32) == text


def test_long_rows_are_broken_at_eighty_columns() -> None:
    text = (
        "tensor([ 0,  1,  2,  3,  4,  5,  6,  7,  8,  9, 10, 11, 12, 13, 14, 15, 16, 17,\n"
        "        18, 19])"
    )
    assert tensor_text(np.arange(20)) == text


def test_three_axes_are_parted_by_empty_lines() -> None:
    text = "tensor([[[0, 1],\n         [2, 3]],\n\n        [[4, 5],\n         [6, 7]]])"
    assert tensor_text(np.arange(8).reshape(2, 2, 2)) == text


def test_a_thousand_elements_are_shown_and_one_more_summarised() -> None:
    assert "..." not in tensor_text(np.zeros(1000))
    text = "tensor([   0.,    1.,    2.,  ...,  998.,  999., 1000.])"
    assert tensor_text(np.arange(1001.0)) == text


def test_a_summarised_matrix_shows_its_edges() -> None:
    text = (
        "tensor([[1., 1., 1.,  ..., 1., 1., 1.],\n"
        "        [1., 1., 1.,  ..., 1., 1., 1.],\n"
        "        [1., 1., 1.,  ..., 1., 1., 1.],\n"
        "        ...,\n"
        "        [1., 1., 1.,  ..., 1., 1., 1.],\n"
        "        [1., 1., 1.,  ..., 1., 1., 1.],\n"
        "        [1., 1., 1.,  ..., 1., 1., 1.]])"
    )
    assert tensor_text(np.ones((40, 40))) == text


def test_hidden_elements_have_no_say_in_the_style() -> None:
    values = np.ones(2000)
    values[1000] = 1e-9
    assert tensor_text(values) == "tensor([1., 1., 1.,  ..., 1., 1., 1.])"


def test_a_negative_stride_prints_as_it_reads() -> None:
    assert tensor_text(np.arange(3.0)[::-1]) == "tensor([2., 1., 0.])"


def test_names_of_dtypes() -> None:
    assert dtype_name(np.float32) == "torch.float32"
    assert dtype_name("bool") == "torch.bool"
