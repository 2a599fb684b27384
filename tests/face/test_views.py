"""Views: a write through one is seen through all, and the gradient follows."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from . import check, leaf, symdiff_only, torch


def test_a_write_through_a_view_reaches_the_base() -> None:
    x = leaf([1, 2, 3])
    y = x * 1
    middle = y[1:2]
    middle.mul_(10)
    check(y, [1, 20, 3])
    y.sum().backward()
    check(x.grad, [1, 10, 1])


def test_a_write_to_the_base_reaches_its_views() -> None:
    x = leaf([1, 2, 3])
    y = x * 1
    tail = y[1:]
    y *= 2
    check(tail, [4, 6])
    tail.sum().backward()
    check(x.grad, [0, 2, 2])


def test_two_views_of_one_base_see_each_other() -> None:
    x = leaf([1, 2, 3])
    y = x * 1
    left, right = y[:2], y[1:]
    left += 10
    check(right, [12, 3])
    right *= 2
    check(left, [11, 24])
    left.sum().backward()
    check(x.grad, [1, 2, 0])


def test_a_view_of_a_view() -> None:
    x = leaf([[1, 2], [3, 4]])
    y = x * 1
    y[1][0] = 30.0
    y[0][1:].mul_(5)
    check(y, [[1, 10], [30, 4]])
    y.sum().backward()
    check(x.grad, [[1, 5], [0, 1]])


VIEWS: dict[str, Callable[[Any], Any]] = {
    "t": lambda y: y.t(),
    "T": lambda y: y.T,
    "transpose": lambda y: y.transpose(0, 1),
    "permute": lambda y: y.permute(1, 0),
    "view": lambda y: y.view(3, 2),
    "flattened view": lambda y: y.view(-1),
    "reshape": lambda y: y.reshape(6),
    "unsqueeze": lambda y: y.unsqueeze(0),
    "squeeze": lambda y: y.squeeze(),
    "row": lambda y: y[0],
    "column": lambda y: y[:, 1],
    "block": lambda y: y[:, 1:],
    "newaxis": lambda y: y[:, None],
    "ellipsis": lambda y: y[..., 0],
    "diagonal": lambda y: y.diagonal(),
    "narrow": lambda y: y.narrow(1, 0, 2),
}


@pytest.mark.parametrize("name", VIEWS)
def test_a_write_through_any_view_reaches_the_base(name: str) -> None:
    x = leaf([[1, 2, 3], [4, 5, 6]])
    y = x * 1
    view = VIEWS[name](y)
    number = view.numel()
    view.mul_(10)
    assert y.sum().item() == pytest.approx(21 + 9 * view.sum().item() / 10)
    y.sum().backward()
    assert x.grad.sum().item() == 6 + 9 * number


def test_an_index_by_a_list_is_a_copy() -> None:
    y = torch.zeros(3)
    y[[0, 1]].add_(5)
    check(y, [0, 0, 0])


TURNED: dict[str, Callable[[Any], Any]] = {
    "flip": lambda x: x.flip(0),
    "fliplr": torch.fliplr,
    "flipud": torch.flipud,
    "rot90": torch.rot90,
    "rot90 all the way": lambda x: torch.rot90(x, 4),
    "diag": torch.diag,
}


@pytest.mark.parametrize("name", TURNED)
def test_what_is_turned_round_is_a_copy(name: str) -> None:
    for _ in range(2):  # the second time it may be remembered
        x = torch.ones(2, 2)
        y = TURNED[name](x)
        x[0, 0] = 5.0
        assert y.max() == 1
        y.zero_()
        assert x.max() == 5


def test_clone_is_a_copy() -> None:
    y = torch.zeros(2)
    y.clone().add_(1)
    check(y, [0, 0])


def test_writes_between_detached_twins_are_shared() -> None:
    y = leaf([1, 2]) * 2
    y.detach().mul_(10)
    check(y, [20, 40])


def test_a_detached_twin_is_no_view() -> None:
    x = leaf([1, 2])
    for twin in (x.detach(), x.data):
        assert twin._base is None and not twin._is_view()


def test_the_view_knows_its_base() -> None:
    y = torch.zeros(3)
    assert y[1:]._base is y
    assert y._base is None


def test_unbound_rows_are_views() -> None:
    x = leaf([[1, 2], [3, 4]])
    y = x * 1
    for row in y.detach():
        row += 1
    check(y, [[2, 3], [4, 5]])


def test_a_slice_assignment_is_recorded_as_copy_slices() -> None:
    y = leaf([1, 2]) * 1
    y[0] = 5.0
    assert repr(y.grad_fn).startswith("<CopySlices object at 0x")


def test_an_axis_exchanged_with_itself_gives_a_view() -> None:
    y = leaf([1, 2]) * 1
    y.transpose(0, -1).add_(1)
    check(y, [2, 3])


WITHOUT_A_CHANGE: dict[str, Any] = {
    "T": lambda x: x.T, "t": lambda x: x.t(), "permute": lambda x: x.permute(0),
    "movedim": lambda x: x.movedim(0, -1), "expand": lambda x: x.expand(3),
    "expand_as": lambda x: x.expand_as(x), "broadcast_to": lambda x: x.broadcast_to((3,)),
}  # fmt: skip


@pytest.mark.filterwarnings("ignore:The use of `x.T`")
@pytest.mark.parametrize("name", WITHOUT_A_CHANGE)
def test_a_view_that_leaves_all_in_place_has_hooks_of_its_own(name: str) -> None:
    x = leaf([1, 2, 3])
    y = WITHOUT_A_CHANGE[name](x)
    y.register_hook(lambda g: 10 * g)
    (x + y).sum().backward()
    check(x.grad, [11, 11, 11])
    assert y.grad_fn.next_functions[0][0].variable is x
    with torch.no_grad():
        y.mul_(2)
    check(x, [2, 4, 6])


def test_what_is_given_back_as_it_is() -> None:
    x = leaf([1, 2, 3])
    assert all(y is x for y in (+x, x.positive(), x.flatten(), x.contiguous()))


def test_a_number_has_no_axes_to_move_or_turn() -> None:
    x = leaf(2)
    check(x.movedim(0, -1) + x.flip(0), 4)


def test_a_shallow_copy_shares_the_numbers_and_a_deep_one_does_not() -> None:
    x = torch.zeros(2)
    x.note = "kept"
    shallow, deep = copy.copy(x), copy.deepcopy(x)
    shallow[0] = 5
    assert x.tolist() == [5, 0]
    assert deep.tolist() == [0, 0]
    assert deep.note == "kept"


def test_a_copy_of_a_leaf_is_a_leaf_without_its_gradient() -> None:
    x = leaf([1, 2])
    (x * x).sum().backward()
    twin = copy.copy(x)
    assert twin.is_leaf
    assert twin.requires_grad
    assert twin.grad is None
    (twin * 3).sum().backward()
    check(twin.grad, [3, 3])
    check(x.grad, [2, 4])


def test_a_row_has_no_diagonal() -> None:
    with pytest.raises(IndexError, match=r"Dimension out of range .*, but got 1"):
        leaf([1, 2]).diagonal()


def test_whether_a_tensor_is_a_view() -> None:
    x = torch.zeros(2)
    assert [y._is_view() for y in (x, x[:1], x + 1, x.clone())] == [False, True, False, False]


def test_a_view_whose_shape_is_changed_in_place_stays_a_view() -> None:
    x = leaf([[1, 2], [3, 4]])
    y = x * 1
    row = y[0]
    row.unsqueeze_(0)
    row.mul_(3)
    check(y, [[3, 6], [3, 4]])
    (y * y).sum().backward()
    check(x.grad, [[18, 36], [6, 8]])


def test_a_leaf_whose_shape_is_changed_in_place_is_still_a_leaf() -> None:
    x = leaf([[1, 2, 3]])
    with torch.no_grad():
        x.transpose_(dim0=0, dim1=1)
    assert x.requires_grad and x.is_leaf
    (x * x).sum().backward()
    check(x.grad, [[2], [4], [6]])


def test_shapes_are_changed_in_place_below_vmap() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    check(torch.func.vmap(lambda row: (row * 1).unsqueeze_(0))(x), [[[1, 2]], [[3, 4]]])


@symdiff_only
def test_a_view_taken_before_the_shape_changed_refuses_later_writes() -> None:
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    row = x[0]
    x.t_()
    check(row, [1, 2])
    with pytest.raises(RuntimeError, match="take the view after the change"):
        row.mul_(2)
    x.mul_(2)
    with pytest.raises(RuntimeError, match="take the view after the change"):
        row.sum()


def test_what_is_written_to_a_detached_tensor_gives_it_a_history() -> None:
    w = leaf([1, 2])
    state = (leaf([3, 4]) * 1).detach()
    state += w
    state *= 2
    (state * state).sum().backward()
    check(w.grad, [32, 48])


def test_a_leaf_is_written_to_through_its_detached_twin() -> None:
    x, w = leaf([1, 2]), leaf([5, 5])
    twin = x.detach()
    twin *= w
    twin += 1
    twin.sum().backward()
    check(x, [6, 11])
    check(w.grad, [1, 2])
    assert x.grad is None


def test_a_view_read_where_nothing_is_recorded_keeps_its_history() -> None:
    x = leaf([1, 2])
    y = x * 1
    part = y[:1]
    y.mul_(2)
    with torch.no_grad():
        assert part.sum().item() == 2
    part.sum().backward()
    check(x.grad, [2, 0])


def test_a_hook_on_a_view_that_was_written_to_sees_the_gradient_of_the_view_alone() -> None:
    x = leaf([1, 2])
    y = x * 1
    part = y[:1]
    part.mul_(3)
    part.register_hook(lambda g: g * 10)
    part.retain_grad()
    (y.sum() + part.sum()).backward()
    check(x.grad, [33, 1])
    check(part.grad, [10])


def test_views_may_stand_on_many_others() -> None:
    x = leaf([1, 2, 3])
    base = x * 1
    y = base
    for _ in range(500):
        y = y.reshape(3, 1).T[0]
    base.mul_(2)
    check(y, [2, 4, 6])
    y.sum().backward()
    check(x.grad, [2, 2, 2])


def test_loops_that_reshape_and_write_share_with_all_that_was_before() -> None:
    x = leaf([1, 2, 3, 4])
    base = x * 1
    y, between = base, base.view(2, 2)
    for _ in range(200):
        y = y.view(2, 2).view(4)
        y += 1
    check(base, [201, 202, 203, 204])
    check(between, [[201, 202], [203, 204]])
    base.mul_(2)
    check(y, [402, 404, 406, 408])
    (y.sum() + between.sum()).backward()
    check(x.grad, [4, 4, 4, 4])


def test_a_reshaped_view_of_what_was_turned_in_place_keeps_its_order() -> None:
    base = torch.arange(6.0).view(2, 3) * 1
    flat = base.view(6)
    turned = base.t_()
    check(flat.view(3, 2), [[0, 1], [2, 3], [4, 5]])
    check(turned, [[0, 3], [1, 4], [2, 5]])


def test_taking_from_the_front_until_nothing_is_left_is_quick_and_sees_writes() -> None:
    x = leaf(range(1500))
    base = x * 1
    rest, heads = base, []
    while len(rest):
        heads.append(rest[0])
        rest = rest[1:]
    base.mul_(2)
    rest = base[1:][1:]
    rest[0] = x[0]
    assert heads[2].item() == 0 and heads[3].item() == 6
    (heads[1] + 3 * heads[2]).backward()
    check(x.grad[:3], [3, 2, 0])
