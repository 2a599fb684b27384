"""The order in memory: what is computed from a turned tensor is turned, so to reshape it copies."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from . import check, leaf, symdiff_only, torch

TURNED = torch.arange(6.0).reshape(2, 3).t()


def test_a_result_of_a_turned_tensor_is_copied_when_reshaped() -> None:
    y = TURNED * 2
    row = y.reshape(-1)
    row[0] = 100
    check(y, [[0, 6], [2, 8], [4, 10]])
    assert y.stride() == (1, 3)


def test_turned_back_it_is_a_view() -> None:
    x = leaf([[1, 2, 3], [4, 5, 6]])
    y = (x.t() * 2).t()
    y.reshape(-1)[0] = 44
    check(y, [[44, 4, 6], [8, 10, 12]])
    y.sum().backward()
    check(x.grad, [[0, 2, 2], [2, 2, 2]])


def test_writes_leave_the_order() -> None:
    y = TURNED * 2
    y[1] = 5
    y[[0]] = torch.tensor([7.0, 8.0])
    y.mul_(2)
    y.flatten()[0] = -1
    check(y, [[14, 16], [10, 10], [8, 20]])
    assert y.stride() == (1, 3)


def test_a_clone_keeps_the_order_unless_told() -> None:
    assert TURNED.clone().stride() == (1, 3)
    assert TURNED.clone(memory_format=torch.preserve_format).stride() == (1, 3)
    rows = TURNED.clone(memory_format=torch.contiguous_format)
    assert rows.stride() == TURNED.contiguous().stride() == (2, 1)
    assert repr(torch.contiguous_format) == "torch.contiguous_format"


WRITES: dict[str, Any] = {
    "zero_": lambda y: y.zero_(),
    "fill_": lambda y: y.fill_(2),
    "triu_": lambda y: y.triu_(),
    "addmm_": lambda y: y.addmm_(SQUARE, SQUARE),
    "addcmul_": lambda y: y.addcmul_(SQUARE.t().clone(), SQUARE.t().clone()),
    "index_add_": lambda y: y.index_add_(0, torch.tensor([0, 2]), SQUARE[:2]),
    "out=": lambda y: torch.add(SQUARE, SQUARE, out=y),
}
SQUARE = torch.arange(9.0).reshape(3, 3)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("is_leaf", [False, True])
@pytest.mark.parametrize("write", WRITES)
def test_no_write_turns_what_it_writes_to(write: str, is_leaf: bool, turned: bool) -> None:
    x = (SQUARE + 1).requires_grad_(is_leaf)
    with torch.no_grad():
        WRITES[write](x.t() if turned else x)
        row = x.reshape(-1)
        row[1] = 77
    assert x[0, 1].item() == 77
    assert x.stride() == (3, 1)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_clone_of_what_is_spread_stands_row_by_row(axis: int) -> None:
    y = torch.arange(3.0).unsqueeze(axis).expand(3, 3).clone()
    y.reshape(-1)[1] = 77
    assert y[0, 1].item() == 77


def first_of_row(x: Any, turn: bool) -> Any:
    y = (x.T if turn else x) * 2
    row = y.reshape(-1)
    row[0] = 100
    return y


def other_way(x: Any, turn: bool) -> Any:
    y = np.sin(x.T if turn else x)
    row = y.reshape(-1)
    y[0, 0] = 100
    return row


@symdiff_only
@pytest.mark.parametrize("program", [first_of_row, other_way])
@pytest.mark.parametrize("turn", [True, False])
def test_compiled_code_copies_where_numpy_does(program: Any, turn: bool) -> None:
    x = np.arange(6.0).reshape(2, 3)
    expected = program(x, turn)
    np.testing.assert_allclose(torch.jit(lambda x: program(x, turn))(x), expected)
    J = torch.jacobian(lambda x: program(x, turn))(x)
    assert (J.reshape(6, 6)[0] == 0).all() == (expected.ravel()[0] == 100)
