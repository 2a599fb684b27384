"""What a Function of the user's own may be beyond forward and backward: jvp, vmap, any results."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from . import check, leaf, symdiff_only, torch

forward_ad = torch.autograd.forward_ad


def test_what_is_no_tensor_among_the_results_has_its_place_in_backward() -> None:
    class Told(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return "twice", x * 2, None

        @staticmethod
        def backward(ctx: Any, *gs: Any) -> Any:
            assert [g is None for g in gs] == [True, False, True]
            return 2 * gs[1]

    x = leaf([1.0, 2.0])
    Told.apply(x)[1].sum().backward()
    check(x.grad, [2.0, 2.0])


class Exponential(torch.autograd.Function):
    """Its ctx holds the result as an attribute."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        ctx.y = x.exp()
        return ctx.y

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * ctx.y


def test_a_result_that_the_context_holds_has_its_history() -> None:
    x = leaf([0.0, 1.0])
    (slope,) = torch.autograd.grad(Exponential.apply(x).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad((slope**2).sum(), x)
    check(second, 2 * np.exp([0.0, 2.0]))


class Pushed(torch.autograd.Function):
    """It tells tangents only."""

    @staticmethod
    def forward(ctx: Any, x: Any, y: Any) -> Any:
        ctx.save_for_forward(x)
        ctx.result = x * y
        return ctx.result

    @staticmethod
    def jvp(ctx: Any, x_t: Any, y_t: Any) -> Any:
        (x,) = ctx.saved_tensors
        result = ctx.result
        del ctx.result
        return x_t * result / x + y_t * x


def test_a_jvp_alone_gives_tangents() -> None:
    x, y = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(x, torch.ones(2))
        out = Pushed.apply(dual, y)
        check(forward_ad.unpack_dual(out).tangent, [3.0, 4.0])


@symdiff_only
def test_a_jvp_alone_gives_gradients_too() -> None:
    x, y = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    by_x, by_y = torch.autograd.grad((Pushed.apply(x, y) ** 2).sum(), (x, y))
    check(by_x, [18.0, 64.0])
    check(by_y, [6.0, 32.0])


def test_a_vmap_of_the_users_own_takes_whole_batches() -> None:
    batches = []

    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(x: Any, k: float) -> Any:
            return x * k

        @staticmethod
        def setup_context(ctx: Any, inputs: Any, output: Any) -> None:
            ctx.k = inputs[1]

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return g * ctx.k, None

        @staticmethod
        def vmap(info: Any, in_dims: Any, x: Any, k: float) -> Any:
            batches.append((info.batch_size, in_dims))
            return Scaled.apply(x, k), in_dims[0]

    x = torch.arange(6.0).reshape(3, 2)
    check(torch.vmap(lambda row: Scaled.apply(row, 2.0))(x), (2 * x).numpy())
    assert batches == [(3, (0, None))]


def test_a_function_of_the_old_kind_says_so() -> None:
    class Old(torch.autograd.Function):
        def forward(self, x: Any) -> Any:
            return x

    with (
        pytest.warns(DeprecationWarning, match="instantiated"),
        pytest.raises(RuntimeError, match="non-static forward"),
    ):
        Old()(leaf([1.0]))


def test_a_gradient_that_is_no_tensor_is_refused() -> None:
    class Odd(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 2

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            return "word"

    with pytest.raises(RuntimeError, match="expected Variable"):
        Odd.apply(leaf([1.0])).sum().backward()
