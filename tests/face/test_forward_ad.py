"""Dual tensors: forward mode by `autograd.forward_ad`."""

from __future__ import annotations

import importlib

import pytest

from . import check, leaf, torch

fw = importlib.import_module(torch.__name__ + ".autograd.forward_ad")


def test_a_tangent_goes_through_a_program() -> None:
    x, v = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 4.0])
    with fw.dual_level():
        dual = fw.make_dual(x, v)
        assert fw.unpack_dual(dual).tangent is v
        y = dual**2 + torch.tensor([5.0, 6.0]) ** 2
        primal, tangent = fw.unpack_dual(y)
        check(primal, [26, 40])
        check(tangent, [6, 16])
        assert not tangent.requires_grad
        assert fw.unpack_dual(x).tangent is None
    assert fw.unpack_dual(y).tangent is None


def test_tangents_of_several_duals_are_added() -> None:
    with fw.dual_level():
        a = fw.make_dual(torch.tensor(2.0), torch.tensor(1.0))
        b = fw.make_dual(torch.tensor(5.0), torch.tensor(10.0))
        check(fw.unpack_dual(a * b).tangent, 25)


def test_duals_carry_tangents_where_recording_is_off() -> None:
    with torch.no_grad(), fw.dual_level():
        dual = fw.make_dual(torch.tensor(2.0), torch.tensor(1.0))
        check(fw.unpack_dual(dual**3).tangent, 12)
    assert torch.is_grad_enabled()


def test_reverse_over_forward() -> None:
    x = leaf([1, 2])
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([1.0, 1.0]))
        tangent = fw.unpack_dual((dual**3).sum()).tangent
    tangent.backward()
    check(x.grad, [6, 12])


def test_a_rule_of_ones_own_carries_tangents() -> None:
    class Scaled(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x, y, k):  # type: ignore[no-untyped-def]
            ctx.save_for_backward(x, y)
            ctx.save_for_forward(x, y)
            ctx.k = k
            return x * y * k

        @staticmethod
        def jvp(ctx, x_t, y_t, _):  # type: ignore[no-untyped-def]
            x, y = ctx.saved_tensors
            return ctx.k * (y * x_t + (0 if y_t is None else x * y_t))

        @staticmethod
        def backward(ctx, g):  # type: ignore[no-untyped-def]
            x, y = ctx.saved_tensors
            return ctx.k * g * y, ctx.k * g * x, None

    with fw.dual_level():
        dual = fw.make_dual(torch.tensor(1.0), torch.tensor(3.0))
        check(fw.unpack_dual(Scaled.apply(dual, torch.tensor(2.0), 4)).tangent, 24)


def test_what_duals_cannot_be_made_of_is_refused() -> None:
    x = torch.tensor([1.0])
    with pytest.raises(RuntimeError, match="no level exists"):
        fw.make_dual(x, x)
    with pytest.raises(RuntimeError):
        fw.exit_dual_level()
    with fw.dual_level():
        with pytest.raises(RuntimeError, match="Nested"):
            fw.enter_dual_level()
        with pytest.raises(ValueError, match="floating point"):
            fw.make_dual(torch.tensor([1]), x)
        with pytest.raises(RuntimeError):
            fw.make_dual(x, torch.tensor([1.0, 2.0]))
