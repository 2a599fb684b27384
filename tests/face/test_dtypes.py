"""dtypes, sizes, devices, promotion: as PyTorch has them."""

from __future__ import annotations

import itertools
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from . import check, leaf, symdiff_only, torch

DTYPES = {
    "bool": torch.bool, "uint8": torch.uint8, "int32": torch.int32, "int64": torch.int64,
    "float32": torch.float32, "float64": torch.float64,
}  # fmt: skip


@pytest.mark.parametrize("name", DTYPES)
def test_a_dtype_prints_its_name(name: str) -> None:
    assert repr(DTYPES[name]) == f"torch.{name}"
    assert torch.zeros(2, dtype=DTYPES[name]).dtype == DTYPES[name]


def test_dtypes_have_other_names() -> None:
    assert (torch.double, torch.float, torch.half) == (torch.float64, torch.float32, torch.float16)
    assert (torch.long, torch.int, torch.short) == (torch.int64, torch.int32, torch.int16)
    assert torch.float32.is_floating_point
    assert not torch.int64.is_floating_point
    assert torch.float32.itemsize == 4


@symdiff_only
def test_numpy_takes_a_dtype_for_its_own() -> None:
    assert np.zeros(2, torch.float32).dtype == np.float32
    assert torch.float32 == np.float32
    assert np.dtype("float32") == torch.float32
    assert np.finfo(torch.float32).eps == np.finfo(np.float32).eps
    assert {np.dtype("float32"): 1}[torch.float32] == 1


def test_dtypes_are_one_after_pickling() -> None:
    assert pickle.loads(pickle.dumps(torch.float32)) is torch.float32


@symdiff_only
def test_dtypes_that_no_tensor_holds_are_named() -> None:
    with pytest.raises(TypeError, match="complex128 is not supported"):
        _ = torch.from_numpy(np.zeros(2, complex)).dtype


def test_sizes() -> None:
    size = torch.zeros(2, 3).size()
    assert repr(size) == "torch.Size([2, 3])"
    assert (size == (2, 3), size.numel(), size[1:], size + size[:1]) == (
        True, 6, torch.Size([3]), torch.Size([2, 3, 2]),
    )  # fmt: skip
    assert repr(size[1:]) == "torch.Size([3])"
    rows, columns = torch.zeros(2, 3).shape
    assert (rows, columns) == (2, 3)
    assert torch.zeros(2, 3).size(-1) == 3


def test_devices() -> None:
    x = torch.zeros(2, device="cpu")
    assert repr(x.device) == "device(type='cpu')"
    assert x.to(torch.device("cpu")).device == torch.device("cpu")
    assert str(torch.device("cuda:1")) == "cuda:1"
    assert x.cpu() is x


@symdiff_only
def test_no_other_device_is_there() -> None:
    with pytest.raises(RuntimeError, match="no device 'cuda'"):
        torch.zeros(2, device="cuda")


def test_conversions() -> None:
    x = torch.tensor([1.7, -2.2])
    assert x.int().tolist() == [1, -2]
    assert x.to(torch.float32).dtype == torch.float32
    assert x.type(torch.int64).dtype == torch.int64
    assert x.type() == "torch.DoubleTensor"
    assert (x.double() is x, x.to(x) is x, x.to(x, copy=True) is x) == (True, True, False)
    assert (x > 0).long().tolist() == [1, 0]
    assert x.bool().tolist() == [True, True]
    assert x.type_as(torch.ones(1, dtype=torch.float32)).dtype == torch.float32


def test_a_conversion_is_differentiated() -> None:
    x = leaf([1, 2])
    y = x.float() * 3
    assert y.dtype == torch.float32
    y.sum().backward()
    assert (x.grad.dtype, x.grad.tolist()) == (torch.float64, [3, 3])


# The dtype of a sum of tensors with (1) and without (0) axes, as PyTorch has it
KINDS = ["bool", "int32", "int64", "float32", "float64"]


def result_of(left: str, right: str, axes: tuple[int, int]) -> str:
    """PyTorch's rule, in words of its documentation."""
    rank = {"b": 0, "i": 1, "f": 2}
    if axes[0] != axes[1]:
        large, small = (left, right) if axes[0] else (right, left)
        if rank[large[0]] >= rank[small[0]]:
            return large
        return small
    if left[0] != right[0]:
        return left if rank[left[0]] > rank[right[0]] else right
    return max(left, right, key=KINDS.index)


@pytest.mark.parametrize(("left", "right"), list(itertools.product(KINDS, KINDS)))
@pytest.mark.parametrize("axes", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_promotion(left: str, right: str, axes: tuple[int, int]) -> None:
    a = torch.ones([2] * axes[0], dtype=DTYPES[left])
    b = torch.ones([2] * axes[1], dtype=DTYPES[right])
    wanted = DTYPES[result_of(left, right, axes)]
    assert (a * b).dtype == wanted
    assert torch.where(torch.tensor(True), a, b).dtype == wanted


def test_python_numbers_are_weak() -> None:
    single = torch.ones(2, dtype=torch.float32, requires_grad=True)
    for y in (single * 2, 2.5 + single, single**2, 1 / single, torch.maximum(single, single) - 1):
        assert y.dtype == torch.float32
    (single**3).sum().backward()
    assert single.grad.dtype == torch.float32
    assert (torch.tensor([1, 2]) * 2).dtype == torch.int64
    assert (torch.tensor([1, 2]) * 2.0).dtype == torch.float64
    assert (torch.tensor([1, 2]) / 2).dtype == torch.float64


def test_the_default_dtype() -> None:
    assert torch.get_default_dtype() == torch.float64
    try:
        torch.set_default_dtype(torch.float32)
        assert torch.zeros(2).dtype == torch.tensor(1.5).dtype == torch.float32
        assert torch.tensor(np.array([1.5])).dtype == torch.float64
        assert repr(torch.ones(1)) == "tensor([1.])"
        assert repr(torch.ones(1).double()) == "tensor([1.], dtype=torch.float64)"
        assert torch.rand(2).dtype == torch.arange(0.0, 2.0).dtype == torch.float32
    finally:
        torch.set_default_dtype(torch.float64)
    with pytest.raises(TypeError, match="only floating-point types are supported"):
        torch.set_default_dtype(torch.int64)


def test_limits() -> None:
    assert torch.finfo(torch.float32).eps == np.finfo(np.float32).eps
    assert torch.iinfo(torch.int32).max == 2**31 - 1


def test_questions_about_a_tensor() -> None:
    x: Any = torch.zeros(2, 3)
    assert (x.dim(), x.ndim, x.numel(), x.nelement(), x.element_size()) == (2, 2, 6, 6, 8)
    assert (x.is_floating_point(), torch.is_tensor(x), torch.is_tensor(1.0)) == (True, True, False)
    assert (x.stride(), x.t().is_contiguous(), x.t().contiguous().is_contiguous()) == (
        (3, 1), False, True,
    )  # fmt: skip


def test_a_program_may_ask_for_a_device() -> None:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    assert torch.zeros(2).to(device).device == device


@pytest.fixture
def single() -> Iterator[None]:
    torch.set_default_dtype(torch.float32)
    yield
    torch.set_default_dtype(torch.float64)


@pytest.mark.usefixtures("single")
def test_whole_numbers_become_floats_of_the_default_dtype() -> None:
    for dtype in (torch.int64, torch.int32, torch.uint8, torch.bool):
        x = torch.tensor([1, 0], dtype=dtype)
        results = [x / 2, 1 / (x + 1), x * 1.5, x.sqrt(), torch.sin(x), torch.atan2(x, x)]
        results += [torch.logaddexp(x.float(), x), torch.deg2rad(x), torch.rsqrt(x)]
        assert [y.dtype for y in results] == [torch.float32] * len(results)
    assert (torch.tensor([1, 2]) + torch.tensor(0.5, dtype=torch.float64)).dtype == torch.float64


def test_small_integers_become_floats_of_the_default_dtype() -> None:
    x = torch.tensor([1, 3], dtype=torch.uint8)
    assert torch.exp(x).dtype == x.sqrt().dtype == torch.float64
    check(x.log(), [0, np.log(3)])


@pytest.mark.parametrize("join", [torch.cat, torch.stack, torch.vstack, torch.hstack])
def test_what_is_joined_is_of_the_float_among_integers(join: Any) -> None:
    x = torch.tensor([1.5, 2.5], dtype=torch.float32, requires_grad=True)
    y = join([torch.tensor([1, 2]), x])
    assert y.dtype == torch.float32
    (y * y).sum().backward()
    check(x.grad, [3, 5])


def test_a_number_that_a_small_kind_does_not_hold_divides_as_it_is() -> None:
    small = torch.tensor([3, 2], dtype=torch.uint8)
    for number in (-1, 300):
        assert (small / torch.tensor(number)).tolist() == pytest.approx([3 / number, 2 / number])
        assert (torch.tensor(number) / small).tolist() == pytest.approx([number / 3, number / 2])


def test_sums_of_unsigned_integers_are_whole_numbers_with_a_sign() -> None:
    x = torch.tensor([200, 100], dtype=torch.uint8)
    for y in (x.sum(), x.prod(), x.cumsum(0)):
        assert y.dtype == torch.int64
    assert x.sum().item() == 300
    assert torch.tensor([3, 1, 2], dtype=torch.int32).median().dtype == torch.int32
    rounded = torch.round(torch.tensor([3, 1], dtype=torch.int32))
    assert rounded.dtype == torch.int32


def test_gradients_are_as_precise_as_the_result() -> None:
    x = leaf([0.3, 0.7])
    w = torch.tensor([3.0, 7.0], dtype=torch.float32, requires_grad=True)
    (x / w).sum().backward()
    check(x.grad, [1 / 3, 1 / 7])
    assert w.grad.dtype == torch.float32
    truth = torch.tensor([1, 0])
    slope = torch.autograd.grad(torch.atan2(truth, w).sum(), w)[0]
    assert slope.dtype == torch.float32
    check(slope.double(), np.float32([-1 / 10, 0]))
