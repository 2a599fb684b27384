"""Bad input is refused in words that name it; odd but good input passes."""

from __future__ import annotations

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from . import check, leaf, symdiff_only, torch

MISFIT = (RuntimeError, ValueError)  # PyTorch raises the first, NumPy the second


@pytest.mark.parametrize("junk", ["text", [1.0, "text"], object(), [object()], {"a": 1}])
def test_what_is_not_a_number_is_refused(junk: Any) -> None:
    with pytest.raises((TypeError, ValueError, RuntimeError)):
        torch.tensor(junk)


def test_ragged_lists_are_refused() -> None:
    with pytest.raises(ValueError, match=r"expected sequence of length|inhomogeneous"):
        torch.tensor([[1.0, 2.0], [3.0]])


SHAPES_THAT_DO_NOT_FIT: dict[str, Callable[[], Any]] = {
    "add": lambda: leaf([1, 2]) + leaf([1, 2, 3]),
    "matmul": lambda: torch.ones(3, 4) @ torch.ones(5, 2),
    "dot": lambda: torch.dot(torch.ones(2), torch.ones(3)),
    "cat": lambda: torch.cat([torch.ones(2, 3), torch.ones(2, 2)]),
    "stack": lambda: torch.stack([torch.ones(2), torch.ones(3)]),
    "reshape": lambda: torch.ones(6).reshape(4, 2),
    "view": lambda: torch.ones(6).view(4),
    "expand": lambda: torch.ones(2).expand(3),
    "where": lambda: torch.where(torch.ones(2) > 0, torch.ones(3), torch.ones(2)),
    "setitem": lambda: torch.ones(3).__setitem__(slice(0, 2), torch.ones(3)),
    "solve": lambda: torch.linalg.solve(torch.ones(2, 2), torch.ones(3)),
}


@pytest.mark.parametrize("name", SHAPES_THAT_DO_NOT_FIT)
def test_shapes_that_do_not_fit_are_refused(name: str) -> None:
    with pytest.raises(MISFIT):
        SHAPES_THAT_DO_NOT_FIT[name]()


@symdiff_only
def test_the_misfit_is_named() -> None:
    with pytest.raises(MISFIT, match=r"matmul: .*\(3, 4\).*\(5, 2\)"):
        torch.ones(3, 4) @ torch.ones(5, 2)
    with pytest.raises(MISFIT, match=r"add: .*\(2,\).*\(3,\)"):
        leaf([1, 2]) + leaf([1, 2, 3])


def test_an_index_out_of_bounds() -> None:
    x = leaf([1, 2, 3])
    with pytest.raises(IndexError, match="index 5 is out of bounds"):
        x[5]
    with pytest.raises(IndexError):
        x[0, 0]


def test_an_axis_out_of_range() -> None:
    message = r"Dimension out of range \(expected to be in range of \[-1, 0\], but got 3\)"
    with pytest.raises(IndexError, match=message):
        leaf([1, 2]).sum(3)


def test_a_number_has_no_length_and_no_items() -> None:
    with pytest.raises(TypeError, match="len\\(\\) of a 0-d tensor"):
        len(leaf(1))
    with pytest.raises(TypeError, match="iteration over a 0-d tensor"):
        list(leaf(1))


def test_many_elements_are_not_one_number() -> None:
    message = "a Tensor with 3 elements cannot be converted to Scalar"
    with pytest.raises(RuntimeError, match=message):
        torch.ones(3).item()
    for convert in (float, int):
        with pytest.raises(ValueError, match="only one element tensors can be converted"):
            convert(torch.ones(3))


def test_many_elements_are_neither_true_nor_false() -> None:
    message = "Boolean value of Tensor with more than one value is ambiguous"
    with pytest.raises(RuntimeError, match=message):
        bool(leaf([1, 2]) > 0)


def test_one_element_is_a_number() -> None:
    x = torch.tensor([2.5])
    assert (x.item(), float(x), int(x), bool(x)) == (2.5, 2.5, 2, True)
    assert leaf(2.5).item() == 2.5
    assert range(10)[torch.tensor(3)] == 3


def test_a_plain_array_of_what_requires_grad_is_refused() -> None:
    message = r"Can't call numpy\(\) on Tensor that requires grad"
    with pytest.raises(RuntimeError, match=message):
        leaf([1, 2]).numpy()
    with pytest.raises(RuntimeError, match=message):
        np.asarray(leaf([1, 2]))
    with pytest.raises(RuntimeError, match=message):
        (leaf([1, 2]) * 2).numpy()


def test_a_plain_array_of_a_constant() -> None:
    x = torch.tensor([1.0, 2.0])
    assert isinstance(x.numpy(), np.ndarray)
    np.testing.assert_array_equal(np.asarray(x), [1, 2])
    np.testing.assert_array_equal(leaf([1, 2]).detach().numpy(), [1, 2])


def test_numpy_and_from_numpy_share_their_numbers() -> None:
    array = np.array([1.0, 2.0])
    x = torch.from_numpy(array)
    array[0] = 7
    check(x, [7, 2])
    x.numpy()[1] = 8
    check(x, [7, 8])


def test_tensor_copies_its_argument() -> None:
    array = np.array([1.0, 2.0])
    x = torch.tensor(array)
    array[0] = 7
    check(x, [1, 2])


def test_a_leaf_is_copied_deeply_a_result_is_not() -> None:
    x = leaf([1, 2])
    (x * x).sum().backward()
    twin = copy.deepcopy(x)
    assert twin is not x
    assert twin.requires_grad
    check(twin.grad, [2, 4])
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(x * 2)


def test_a_leaf_goes_through_pickle() -> None:
    twin = pickle.loads(pickle.dumps(leaf([1, 2])))
    assert twin.requires_grad
    check(twin, [1, 2])


def test_tensors_are_keys_by_identity() -> None:
    x, twin = leaf([1, 2]), leaf([1, 2])
    table = {x: "x", twin: "twin"}
    assert table[x] == "x"
    assert len(table) == 2


def test_an_unknown_attribute_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError):
        _ = leaf(1).no_such_thing
    assert not hasattr(torch, "no_such_function")


def test_comparison_with_none() -> None:
    x = leaf(1)
    assert (x is None) is False
    assert (x == None) is False  # noqa: E711
    assert (x != None) is True  # noqa: E711


def test_nan_and_infinity_are_ordinary_input() -> None:
    x = leaf([math.nan, math.inf, 1])
    (2 * x).sum().backward()
    check(x.grad, [2, 2, 2])


def test_reductions_of_nothing() -> None:
    x = torch.zeros(0, requires_grad=True)
    assert x.sum().item() == 0
    assert x.prod().item() == 1
    assert math.isnan(x.mean().item())
    with pytest.raises((RuntimeError, ValueError, IndexError)):
        x.max()


def test_no_axes_at_all() -> None:
    x = leaf(3)
    (x.sum() + x.mean() + x.reshape(1)[0] + x.reshape(())).backward()
    check(x.grad, 4)


def test_python_lists_do_not_pass_for_tensors() -> None:
    with pytest.raises((TypeError, AssertionError)):
        torch.autograd.grad([1.0], [leaf(1)])


def test_errors_are_caught_as_runtime_errors() -> None:
    with pytest.raises(RuntimeError):
        torch.ones(2) + torch.ones(3)
    for f in (torch.linalg.cholesky, torch.linalg.inv):
        with pytest.raises(torch.linalg.LinAlgError):
            f(-torch.ones(2, 2))
        with pytest.raises(RuntimeError):
            f(-torch.ones(2, 2))


@symdiff_only
def test_names_that_are_not_offered_tell_what_does_their_work() -> None:
    with pytest.raises(AttributeError, match="step by hand"):
        _ = torch.optim
    with pytest.raises(AttributeError, match=r"nn\.functional"):
        _ = torch.nn.Module
    with pytest.raises(AttributeError, match="eigh"):
        _ = torch.linalg.eigvals
    with pytest.raises(AttributeError, match=r"has no attribute 'nothing'$"):
        _ = torch.nothing


def test_sizes_that_differ_are_told_in_pytorchs_words() -> None:
    x = leaf([[1, 2, 3], [4, 5, 6]])
    sizes = r"size of tensor a \(3\) must match the size of tensor b \(2\) at non-singleton "
    for other, at in ((torch.ones(2), 1), (torch.ones(5, 1, 2), 2)):
        with pytest.raises(RuntimeError, match=f"{sizes}dimension {at}"):
            x * other
    with pytest.raises(RuntimeError, match=f"{sizes}dimension 1"):
        torch.where(x > 0, x, torch.ones(2, 2))
    with pytest.raises(RuntimeError, match=r"shape '\[-1, 4\]' is invalid for input of size 6"):
        x.view(-1, 4)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (3, "index 3 is out of bounds for dimension 0 with size 2"),
        ((0, -4), "index -4 is out of bounds for dimension 1 with size 3"),
        ((0, 0, 0), "too many indices for tensor of dimension 2"),
    ],
)
def test_indices_that_do_not_fit_are_told_in_pytorchs_words(key: Any, message: str) -> None:
    with pytest.raises(IndexError, match=message):
        torch.ones(2, 3)[key]


def test_a_number_has_no_parts() -> None:
    with pytest.raises(IndexError, match="invalid index of a 0-dim tensor"):
        torch.tensor(1.0)[0]
