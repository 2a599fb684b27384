"""Hooks: a say in the gradient on its way back."""

from __future__ import annotations

from typing import Any

import pytest

from . import check, leaf, torch


def test_a_hook_sees_the_gradient() -> None:
    x = leaf([1, 2])
    seen: list[list[float]] = []
    x.register_hook(lambda g: seen.append(g.tolist()))
    (x * x).sum().backward()
    assert seen == [[2, 4]]
    check(x.grad, [2, 4])


def test_a_hook_that_returns_nothing_changes_nothing() -> None:
    x = leaf(3)
    x.register_hook(lambda g: None)
    (x * x).backward()
    check(x.grad, 6)


def test_the_result_of_a_hook_replaces_the_gradient() -> None:
    x = leaf(3)
    x.register_hook(lambda g: g * 100)
    (x * x).backward()
    check(x.grad, 600)


def test_a_hook_within_the_graph_changes_what_flows_on() -> None:
    x = leaf(3)
    y = x * x
    y.register_hook(lambda g: -g)
    (y * 5).backward()
    check(x.grad, -30)


def test_hooks_run_in_the_order_they_were_registered() -> None:
    x = leaf(1)
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    (x * 2).backward()
    check(x.grad, 30)


def test_a_hook_runs_once_with_the_whole_gradient() -> None:
    x = leaf(2)
    y = x * x
    seen: list[float] = []
    y.register_hook(lambda g: seen.append(g.item()))
    (y + 3 * y + y * y).backward()
    assert seen == [12]


def test_a_hook_runs_before_gradients_accumulate() -> None:
    x = leaf(1)
    x.register_hook(lambda g: g * 2)
    for _ in range(2):
        (x * 3).backward()
    check(x.grad, 12)


def test_a_removed_hook_is_silent() -> None:
    x = leaf(3)
    first = x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    first.remove()
    (x * x).backward()
    check(x.grad, 60)


def test_removing_twice_is_harmless() -> None:
    x = leaf(3)
    handle = x.register_hook(lambda g: g * 0)
    handle.remove()
    handle.remove()
    (x * x).backward()
    check(x.grad, 6)


def test_a_hook_is_refused_where_no_gradient_is_required() -> None:
    message = "cannot register a hook on a tensor that doesn't require gradient"
    with pytest.raises(RuntimeError, match=message):
        torch.ones(2).register_hook(print)
    with pytest.raises(RuntimeError, match=message):
        leaf(1).detach().register_hook(print)


def test_autograd_grad_runs_hooks_too() -> None:
    x = leaf(3)
    y = x * x
    y.register_hook(lambda g: g * 2)
    x.register_hook(lambda g: g + 1)
    (dx,) = torch.autograd.grad(y, x)
    check(dx, 13)


def test_a_hook_is_differentiated_with_the_rest() -> None:
    x = leaf(3)
    y = x * x
    y.register_hook(lambda g: g * x)
    (first,) = torch.autograd.grad(y, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    check(first, 18)  # 2 x²
    check(second, 12)


def test_a_hook_on_the_output_sees_the_weight() -> None:
    x = leaf([1, 2])
    y = x * 2
    y.register_hook(lambda g: g * torch.tensor([1.0, 0.0]))
    y.backward(torch.tensor([5.0, 7.0]))
    check(x.grad, [10, 0])


def test_an_error_in_a_hook_comes_through() -> None:
    x = leaf(3)

    def fail(g: object) -> None:
        raise ValueError("not this one")

    x.register_hook(fail)
    with pytest.raises(ValueError, match="not this one"):
        (x * x).backward()
    assert x.grad is None


def test_a_hook_on_a_branch_leaves_the_other_alone() -> None:
    x = leaf(3)
    left, right = x * 2, x * 5
    left.register_hook(torch.zeros_like)
    (left + right).backward()
    check(x.grad, 5)


def test_a_hook_set_before_an_in_place_step_sees_the_gradient_of_the_old_value() -> None:
    x = leaf(3)
    y = x * 1
    seen: list[float] = []
    y.register_hook(lambda g: seen.append(g.item()))
    y.mul_(10)
    y.backward()
    assert seen == [10]


def test_a_hook_set_after_an_in_place_step_sees_the_gradient_of_the_new_value() -> None:
    x = leaf(3)
    y = x * 1
    y.mul_(10)
    seen: list[float] = []
    y.register_hook(lambda g: seen.append(g.item()))
    y.backward()
    assert seen == [1]


def test_retain_grad_keeps_the_gradient_of_a_result() -> None:
    x = leaf(3)
    y = x * x
    y.retain_grad()
    assert (x.retains_grad, y.retains_grad) == (False, True)
    (y * 5).backward()
    check(y.grad, 5)


def test_a_retained_gradient_accumulates() -> None:
    y = leaf(3) * 2
    y.retain_grad()
    z = y + 1
    z.backward(retain_graph=True)
    z.backward()
    check(y.grad, 2)


def test_a_retained_gradient_that_someone_holds_stays_as_it_is() -> None:
    y = leaf(3) * 2
    y.retain_grad()
    z = y * y
    z.backward(retain_graph=True)
    held = y.grad
    z.backward()
    check(held, 12)
    check(y.grad, 24)


def test_gradients_are_retained_whatever_is_asked_for() -> None:
    x = leaf(3)
    y = x * 2
    y.retain_grad()
    z = y * y
    torch.autograd.grad(z, x, retain_graph=True)
    check(y.grad, 12)
    torch.autograd.grad(z, y, retain_graph=True)
    check(y.grad, 24)
    z.backward(inputs=[x], retain_graph=True)
    check(y.grad, 36)
    z.backward(inputs=[x, y])
    check(y.grad, 48)


def test_a_retained_gradient_is_the_one_after_the_hooks() -> None:
    y = leaf(3) * 2
    y.retain_grad()
    y.register_hook(lambda g: g * 7)
    y.backward()
    check(y.grad, 7)


def test_after_an_in_place_step_the_gradient_of_the_new_value_is_retained() -> None:
    y = leaf([1, 2]) * 3
    y.retain_grad()
    before = y.sum()
    y.add_(2)
    (before + (y * 5).sum()).backward()
    assert y.retains_grad
    check(y.grad, [5, 5])


def test_a_leaf_retains_its_gradient_anyway() -> None:
    x = leaf(3)
    x.retain_grad()
    (x * 2).backward()
    check(x.grad, 2)


def test_retain_grad_is_refused_where_no_gradient_is_required() -> None:
    with pytest.raises(RuntimeError, match="can't retain_grad on Tensor that has requires_grad"):
        torch.ones(2).retain_grad()


def test_a_hook_after_the_gradient_was_added() -> None:
    x = leaf(3)
    seen: list[float] = []
    handle = x.register_post_accumulate_grad_hook(lambda x: seen.append(x.grad.item()))
    for _ in range(2):
        (x * 2).backward()
    handle.remove()
    (x * 2).backward()
    assert seen == [2, 4]
    with pytest.raises(RuntimeError, match="non-leaf"):
        (x * 2).register_post_accumulate_grad_hook(print)


def test_a_hook_must_keep_the_shape() -> None:
    x = leaf([1, 2])
    x.register_hook(lambda g: g.sum())
    with pytest.raises(RuntimeError, match="size"):
        (x * 2).sum().backward()


def test_a_leaf_has_its_gradient_as_soon_as_its_last_user_has_spoken() -> None:
    x, late = leaf(2), leaf(3)
    early = x * x
    y = early * 5
    order: list[str] = []
    x.register_hook(lambda g: order.append("x"))
    late.register_hook(lambda g: order.append("late"))
    early.register_hook(lambda g: order.append(f"early, late.grad {late.grad.item()}"))
    (y + late * 7).backward()
    assert order == ["late", "early, late.grad 7.0", "x"]


def test_a_leaf_waits_for_all_its_users() -> None:
    x = leaf(2)
    early = x * x
    seen: list[object] = []
    early.register_hook(lambda g: seen.append(x.grad))
    (early + x * 7).backward()
    assert seen == [None]
    check(x.grad, 11)


def test_a_leaf_among_the_roots_is_whole_at_once_unless_others_use_it() -> None:
    x, y = leaf(2), leaf(3)
    order: list[str] = []
    x.register_hook(lambda g: order.append(f"x {g.item()}"))
    y.register_hook(lambda g: order.append(f"y {g.item()}"))
    torch.autograd.backward([x * 2, x, y])
    assert order == ["y 1.0", "x 3.0"]


def test_a_hook_before_a_step_sees_and_replaces_its_gradient() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    seen = []
    handle = y.grad_fn.register_prehook(lambda gs: seen.append(gs[0].tolist()))
    y.grad_fn.register_prehook(lambda gs: (gs[0] * 3,))
    y.sum().backward()
    assert (seen, x.grad.tolist()) == ([[1.0, 1.0]], [6.0, 6.0])
    handle.remove()
    (x * 2).sum().backward()
    assert seen == [[1.0, 1.0]]


def test_a_hook_after_a_step_sees_and_replaces_what_was_pulled_back() -> None:
    x, y = leaf(2), leaf(3)
    z = x * y
    seen: list[list[float]] = []
    handle = z.grad_fn.register_hook(
        lambda inward, outward: seen.append([g.item() for g in (*inward, *outward)])
    )
    z.grad_fn.register_hook(lambda inward, outward: (inward[0] * 10, None))
    z.backward(retain_graph=True)
    assert seen == [[3, 2, 1]]
    check(x.grad, 30)
    assert y.grad is None
    handle.remove()
    z.backward()
    assert len(seen) == 1


def test_a_hook_after_a_step_is_differentiated_with_the_rest() -> None:
    x = leaf(3)
    y = x**2
    y.grad_fn.register_hook(lambda inward, outward: (inward[0] * x,))
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    check(g, 18)
    check(torch.autograd.grad(g, x)[0], 12)


def test_a_hook_after_a_step_gets_nothing_where_no_gradient_is_wanted() -> None:
    seen: list[object] = []
    y = leaf(3) * torch.tensor(2.0)
    y.grad_fn.register_hook(lambda inward, outward: seen.append(inward[1]))
    y.backward()
    assert seen == [None]


def test_one_hook_on_several_tensors_is_called_once_a_backward_pass() -> None:
    a = leaf(2)
    b, c = a * 2, a * 3
    d, other = b * c, c + 1
    seen: list[list[bool]] = []
    handle = torch.autograd.graph.register_multi_grad_hook(
        (b, c, other), lambda grads: seen.append([g is not None for g in grads])
    )
    d.backward(retain_graph=True)
    torch.autograd.grad(d, b, retain_graph=True)
    (other * 1).backward(retain_graph=True)
    handle.remove()
    d.backward()
    assert seen == [[True, True, False], [True, False, False], [False, True, True]]


def test_a_hook_on_the_first_of_several_gradients() -> None:
    a, b = leaf(2), leaf(3)
    seen: list[Any] = []
    torch.autograd.graph.register_multi_grad_hook((a, b), seen.append, mode="any")
    (a * 7).backward()
    ((a + b) * 5).backward()
    assert [g.item() for g in seen] == [7, 5]
    with pytest.raises(ValueError, match="one of"):
        torch.autograd.graph.register_multi_grad_hook((a, b), print, mode="some")


def test_a_step_shows_what_it_keeps() -> None:
    x = leaf([1, 2])
    y = x.pow(2)
    assert y.grad_fn._saved_self is x
    assert y.grad_fn._saved_exponent == 2
    z = y.exp()
    check(z.grad_fn._saved_result, z.tolist())
    check(torch.autograd.grad((y * x).grad_fn._saved_self.sum(), x, retain_graph=True)[0], [2, 4])
    z.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        _ = z.grad_fn._saved_result
    with pytest.raises(AttributeError, match="_saved_self"):
        _ = (x + 1).grad_fn._saved_self


def test_a_hook_must_keep_the_kind_of_numbers() -> None:
    x = leaf([1, 2])
    y = x * 3
    y.register_hook(lambda g: g.to(torch.float32))
    with pytest.raises(RuntimeError, match="has changed the type of value"):
        y.sum().backward()


def test_a_hook_after_a_step_gives_a_gradient_for_each_argument() -> None:
    x, w = leaf([1, 2]), leaf([3, 4])
    y = x * w
    y.grad_fn.register_hook(lambda given, outer: (given[0] * 10,))
    with pytest.raises(RuntimeError, match="an incorrect number of values"):
        y.sum().backward()
    z = x.exp()
    z.grad_fn.register_hook(lambda given, outer: given[0] * 0)
    with pytest.raises(TypeError, match="expected tuple"):
        z.sum().backward()


def test_a_hook_on_a_leaf_sees_what_used_it_before_a_write_too() -> None:
    x = leaf([1, 2])
    first = x[:1]
    with torch.no_grad():
        first.mul_(3)
    x.register_hook(lambda g: g * 3)
    (x.sum() + (first * first).sum()).backward()
    check(x.grad, [21, 3])


def test_a_view_keeps_its_gradient_after_a_write_to_its_base() -> None:
    base = leaf([1, 2]) * 1
    view = base.view(2)
    view.retain_grad()
    base.neg_()
    (view * view).sum().backward()
    check(view.grad, [-2, -4])


def test_hooks_of_a_tensor_come_before_those_of_its_step() -> None:
    x = leaf([1, 2])
    y = x * 2
    y.retain_grad()
    seen: list[str] = []

    def doubled(gs: Any) -> Any:
        seen.append("step")
        return (gs[0] * 2,)

    y.grad_fn.register_prehook(doubled)
    y.register_hook(lambda g: seen.append("tensor"))
    y.sum().backward()
    assert seen == ["tensor", "step"]
    check(y.grad, [1, 1])
    check(x.grad, [4, 4])


def test_a_hook_before_a_leaf_gathers_a_gradient() -> None:
    x = leaf([1, 2])
    step = (x * 2).grad_fn.next_functions[0][0]
    step.register_prehook(lambda gs: (gs[0] * 3,))
    (x * x).sum().backward()
    check(x.grad, [6, 12])
