"""`autograd.Function`: a rule of the user's own; and the checks that tell a right rule."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pytest

from . import Square, check, leaf, torch

Function = torch.autograd.Function
once_differentiable = torch.autograd.function.once_differentiable
gradcheck = torch.autograd.gradcheck
gradgradcheck = torch.autograd.gradgradcheck


class Scale(Function):
    """Times a plain number; a rule that is wrong where `wrong` is true."""

    @staticmethod
    def forward(ctx: Any, x: Any, factor: float, wrong: bool = False) -> Any:
        ctx.factor = factor + wrong
        return x * factor

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * ctx.factor, None, None


class Product(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_backward(x, y)
        return x * y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        x, y = ctx.saved_tensors
        dx = g * y if ctx.needs_input_grad[0] else None
        dy = g * x if ctx.needs_input_grad[1] else None
        return dx, dy


class SumAndDifference(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        return x + y, x - y

    @staticmethod
    def backward(ctx: Any, g: Any, h: Any) -> Any:
        return g + h, g - h


class Once(Function):
    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.save_for_backward(x)
        return x.exp()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * x.exp()


class SetUp(Function):
    """Forward without ctx, which is set up on its own."""

    @staticmethod
    def forward(x: Any, power: int) -> Any:
        return x**power

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, int], output: Any) -> None:
        x, ctx.power = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        (x,) = ctx.saved_tensors
        return g * ctx.power * x ** (ctx.power - 1), None


class TooFew(Function):
    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        return x + y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g


def test_a_rule_is_used() -> None:
    x = leaf([1, 2])
    y = Square.apply(x)
    check(y, [1, 4])
    y.sum().backward()
    check(x.grad, [2, 4])


def test_a_rule_is_one_step_of_many() -> None:
    x = leaf(2)
    (Square.apply(x * 3) + x).backward()
    check(x.grad, 37)


def test_its_node_bears_its_name() -> None:
    y = Square.apply(leaf(1))
    assert y.grad_fn.name() == "SquareBackward"
    assert repr(y) == "tensor(1., grad_fn=<SquareBackward>)"


def test_a_rule_written_with_tensors_has_higher_orders() -> None:
    x = leaf(3)
    (first,) = torch.autograd.grad(Square.apply(x) * x, x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    check(first, 27)
    check(second, 18)


def test_arguments_that_are_no_tensors_get_none() -> None:
    x = leaf([1, 2])
    Scale.apply(x, 3.0).sum().backward()
    check(x.grad, [3, 3])


def test_a_rule_knows_which_gradients_are_needed() -> None:
    x, y = leaf(3), torch.tensor(5.0)
    Product.apply(x, y).backward()
    check(x.grad, 5)
    assert y.grad is None


def test_several_results() -> None:
    x, y = leaf(3), leaf(1)
    total, difference = SumAndDifference.apply(x, y)
    (2 * total + 5 * difference).backward()
    check(x.grad, 7)
    check(y.grad, -3)


def test_a_result_that_was_not_used_counts_as_zero() -> None:
    x, y = leaf(3), leaf(1)
    SumAndDifference.apply(x, y)[1].backward()
    check(x.grad, 1)
    check(y.grad, -1)


def test_a_rule_marked_once_differentiable_refuses_the_second_order() -> None:
    x = leaf(1)
    (first,) = torch.autograd.grad(Once.apply(x) ** 2, x, create_graph=True)
    check(first, 2 * math.e**2)
    with pytest.raises(RuntimeError, match="marked with @once_differentiable"):
        first.backward()


def test_a_context_of_its_own() -> None:
    x = leaf(2)
    SetUp.apply(x, 3).backward()
    check(x.grad, 12)


def test_a_rule_with_too_few_gradients_is_refused() -> None:
    message = r"TooFewBackward returned an incorrect number of gradients \(expected 2, got 1\)"
    with pytest.raises(RuntimeError, match=message):
        TooFew.apply(leaf(1), leaf(1)).backward()


def test_saved_tensors_are_freed() -> None:
    y = Square.apply(leaf(3))
    y.backward()
    with pytest.raises(RuntimeError, match="a second time"):
        y.backward()


def test_no_rule_is_recorded_where_recording_is_off() -> None:
    with torch.no_grad():
        assert not Square.apply(leaf(3)).requires_grad
    assert not Square.apply(torch.tensor(3.0)).requires_grad


def test_forward_itself_is_not_recorded() -> None:
    seen: list[bool] = []

    class Watch(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            seen.append((x * 2).requires_grad)
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * 2

    Watch.apply(leaf(3))
    assert seen == [False]


def test_a_result_may_be_marked_as_without_gradient() -> None:
    class Sorted(Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            values, order = x.sort()
            ctx.mark_non_differentiable(order)
            ctx.save_for_backward(order)
            return values, order

        @staticmethod
        def backward(ctx: Any, g: Any, _: Any) -> Any:
            (order,) = ctx.saved_tensors
            return torch.zeros_like(g).scatter(0, order, g)

    x = leaf([3, 1, 2])
    values, order = Sorted.apply(x)
    assert (values.requires_grad, order.requires_grad) == (True, False)
    (values * torch.tensor([1.0, 10.0, 100.0])).sum().backward()
    check(x.grad, [100, 1, 10])


# gradcheck and gradgradcheck


def test_gradcheck_accepts_a_right_rule() -> None:
    assert gradcheck(Square.apply, (leaf([0.3, -1.2]),))
    assert gradgradcheck(Square.apply, (leaf([0.3, -1.2]),))


def test_gradcheck_refuses_a_wrong_rule() -> None:
    with pytest.raises(
        RuntimeError, match="Jacobian mismatch for output 0 with respect to input 0"
    ):
        gradcheck(lambda x: Scale.apply(x, 3.0, True), (leaf([0.3, -1.2]),))


def test_gradcheck_may_answer_instead() -> None:
    wrong = gradcheck(
        lambda x: Scale.apply(x, 3.0, True), (leaf([0.3, -1.2]),), raise_exception=False
    )
    assert wrong is False


def test_gradcheck_says_that_single_precision_has_too_few_digits() -> None:
    x = torch.ones(2, dtype=torch.float32, requires_grad=True)
    with pytest.warns(UserWarning, match="not a double precision"):
        torch.autograd.gradcheck(lambda x: x * x, x, raise_exception=False)


def test_gradcheck_of_several_inputs_and_outputs() -> None:
    def f(x: Any, y: Any) -> Any:
        return x @ y, torch.sin(x).sum()

    assert gradcheck(f, (leaf([[0.1, 0.2], [0.3, 0.4]]), leaf([1.5, -2.5])), eps=1e-6, atol=1e-5)


# Anomalies


def test_an_anomaly_is_named() -> None:
    x = leaf([0, 4])
    message = "'SqrtBackward0' returned nan values in its 0th output"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyTorch warns that it will be slow
        with torch.autograd.detect_anomaly(), pytest.raises(RuntimeError, match=message):
            (torch.sqrt(x) * 0).sum().backward()


def test_without_anomalies_all_is_as_ever() -> None:
    x = leaf([1, 4])
    with torch.autograd.set_detect_anomaly(True):
        torch.sqrt(x).sum().backward()
    check(x.grad, [0.5, 0.25])


def test_an_anomaly_tells_the_line_of_its_origin() -> None:
    x = leaf([0, 4])
    with torch.autograd.set_detect_anomaly(True):
        y = torch.sqrt(x)  # the line to blame
        with (
            pytest.warns(UserWarning, match=r"y = torch.sqrt\(x\)"),
            pytest.raises(RuntimeError, match="SqrtBackward0"),
        ):
            (y * 0).sum().backward()


def test_anomalies_may_be_looked_for_without_nan() -> None:
    x = leaf([0, 4])
    with torch.autograd.set_detect_anomaly(True, check_nan=False):
        (torch.sqrt(x) * 0).sum().backward()
    assert not torch.is_anomaly_enabled()
    assert math.isnan(x.grad[0].item())


def test_gradcheck_refuses_results_that_lost_their_gradient() -> None:
    x = leaf([1, 2])
    assert not torch.autograd.gradcheck(lambda x: x.detach() * 2, (x,), raise_exception=False)
    assert torch.autograd.gradcheck(lambda x: x.detach() * 0, (x,))


def test_the_step_has_what_forward_left() -> None:
    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, by: float) -> Any:
            ctx.save_for_backward(x)
            ctx.by = by
            return x * by

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.by, None

    x = leaf([1, 2])
    y = Scaled.apply(x, 3.0)
    assert y.grad_fn.by == 3.0
    assert repr(y.grad_fn).startswith("<torch.autograd.function.ScaledBackward object at 0x")
    check(y.grad_fn.saved_tensors[0], [1, 2])


def test_names_and_defaults_of_forward_count_as_arguments() -> None:
    class Power(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, n: int = 2, scale: float = 1.0) -> Any:
            return scale * x**n

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            x, ctx.n, ctx.scale = inputs
            ctx.save_for_backward(x)

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * ctx.scale * ctx.n * x ** (ctx.n - 1), None, None

    for n, slope in ((2, 6.0), (3, 27.0)):
        x = leaf(3)
        Power.apply(x, **({} if n == 2 else {"n": n})).backward()
        check(x.grad, slope)
