"""Tensor methods by the names PyTorch gives them, `dim` and `axis` alike: value and gradient."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from . import check, leaf, torch

A = [[1.0, 2.0, 3.0], [6.0, 5.0, 4.0]]
Case = tuple[Callable[[Any], Any], Any]

SHAPE: dict[str, Case] = {
    "view": (lambda a: a.view(3, 2), [[1, 2], [3, 6], [5, 4]]),
    "view with a free extent": (lambda a: a.view(-1), [1, 2, 3, 6, 5, 4]),
    "view of a tuple": (lambda a: a.view((6,)), [1, 2, 3, 6, 5, 4]),
    "view_as": (lambda a: a.view_as(torch.ones(3, 2)), [[1, 2], [3, 6], [5, 4]]),
    "reshape": (lambda a: a.reshape(3, -1), [[1, 2], [3, 6], [5, 4]]),
    "reshape to a tuple": (lambda a: a.reshape((6,)), [1, 2, 3, 6, 5, 4]),
    "flatten": (lambda a: a.flatten(), [1, 2, 3, 6, 5, 4]),
    "t": (lambda a: a.t(), [[1, 6], [2, 5], [3, 4]]),
    "T": (lambda a: a.T, [[1, 6], [2, 5], [3, 4]]),
    "mT": (lambda a: a.mT, [[1, 6], [2, 5], [3, 4]]),
    "transpose": (lambda a: a.transpose(0, 1), [[1, 6], [2, 5], [3, 4]]),
    "swapaxes": (lambda a: a.swapaxes(0, 1), [[1, 6], [2, 5], [3, 4]]),
    "permute": (lambda a: a.permute(1, 0), [[1, 6], [2, 5], [3, 4]]),
    "unsqueeze": (lambda a: a.unsqueeze(-1)[0], [[1], [2], [3]]),
    "squeeze": (lambda a: a[:, :1].squeeze(1), [1, 6]),
    "squeeze where nothing is to squeeze": (lambda a: a.squeeze(0), A),
    "expand": (lambda a: a[:, :1].expand(2, 2), [[1, 1], [6, 6]]),
    "expand with a kept extent": (lambda a: a[:1].expand(2, -1), [[1, 2, 3], [1, 2, 3]]),
    "expand_as": (lambda a: a[0].expand_as(a), [[1, 2, 3], [1, 2, 3]]),
    "repeat": (lambda a: a[0].repeat(2), [1, 2, 3, 1, 2, 3]),
    "repeat_interleave": (lambda a: a[0].repeat_interleave(2), [1, 1, 2, 2, 3, 3]),
    "flip": (lambda a: a.flip(1), [[3, 2, 1], [4, 5, 6]]),
    "roll": (lambda a: a[0].roll(1), [3, 1, 2]),
    "narrow": (lambda a: a.narrow(1, 1, 2), [[2, 3], [5, 4]]),
    "select": (lambda a: a.select(1, 0), [1, 6]),
    "index_select": (lambda a: a.index_select(1, torch.tensor([2, 0])), [[3, 1], [4, 6]]),
    "gather": (lambda a: a.gather(1, torch.tensor([[0], [2]])), [[1], [4]]),
    "masked_select": (lambda a: a.masked_select(a > 3.5), [6, 5, 4]),
    "masked_fill": (lambda a: a.masked_fill(a > 3.5, 0.0), [[1, 2, 3], [0, 0, 0]]),
    "diagonal": (lambda a: a.diagonal(), [1, 5]),
    "diag": (lambda a: a[0, :2].diag(), [[1, 0], [0, 2]]),
    "tril": (lambda a: a.tril(), [[1, 0, 0], [6, 5, 0]]),
    "triu": (lambda a: a.triu(1), [[0, 2, 3], [0, 0, 4]]),
    "chunk": (lambda a: a.chunk(2, dim=0)[1], [[6, 5, 4]]),
    "split": (lambda a: a.split(2, dim=1)[1], [[3], [4]]),
    "unbind": (lambda a: a.unbind(1)[2], [3, 4]),
    "contiguous": (lambda a: a.contiguous(), A),
}

REDUCE: dict[str, Case] = {
    "sum": (lambda a: a.sum(), 21),
    "sum by dim": (lambda a: a.sum(dim=1), [6, 15]),
    "sum by axis": (lambda a: a.sum(axis=1), [6, 15]),
    "sum by several": (lambda a: a.sum((0, 1)), 21),
    "sum with keepdim": (lambda a: a.sum(1, keepdim=True), [[6], [15]]),
    "mean": (lambda a: a.mean(), 3.5),
    "mean by dim": (lambda a: a.mean(-1), [2, 5]),
    "prod": (lambda a: a.prod(1), [6, 120]),
    "max": (lambda a: a.max(), 6),
    "max by dim": (lambda a: a.max(1)[0], [3, 6]),
    "min by dim": (lambda a: a.min(dim=0).values, [1, 2, 3]),
    "amax": (lambda a: a.amax(dim=1), [3, 6]),
    "amin": (lambda a: a.amin(dim=(0, 1)), 1),
    "var": (lambda a: a.var(), 3.5),
    "var by dim": (lambda a: a.var(dim=1), [1, 1]),
    "var, biased": (lambda a: a.var(unbiased=False), 35 / 12),
    "std": (lambda a: a.std(1), [1, 1]),
    "norm": (lambda a: a.norm(), 91**0.5),
    "logsumexp": (lambda a: a.logsumexp(1), [3.4076059644443806, 6.407605964444381]),
    "cumsum": (lambda a: a.cumsum(1), [[1, 3, 6], [6, 11, 15]]),
    "cumprod": (lambda a: a.cumprod(dim=1), [[1, 2, 6], [6, 30, 120]]),
    "median": (lambda a: a[0].median(), 2),
    "trace": (lambda a: a[:, :2].trace(), 6),
    "sort": (lambda a: a.sort(dim=1)[0], [[1, 2, 3], [4, 5, 6]]),
    "topk": (lambda a: a.topk(2, dim=1)[0], [[3, 2], [6, 5]]),
    "softmax": (lambda a: a.softmax(1) @ torch.ones(3), [1, 1]),
}

ARITHMETIC: dict[str, Case] = {
    "add with alpha": (lambda a: a.add(a, alpha=2), [[3, 6, 9], [18, 15, 12]]),
    "sub": (lambda a: a.sub(1), [[0, 1, 2], [5, 4, 3]]),
    "mul": (lambda a: a.mul(2), [[2, 4, 6], [12, 10, 8]]),
    "div": (lambda a: a.div(2), [[0.5, 1, 1.5], [3, 2.5, 2]]),
    "pow": (lambda a: a.pow(2), [[1, 4, 9], [36, 25, 16]]),
    "square": (lambda a: a.square(), [[1, 4, 9], [36, 25, 16]]),
    "reciprocal": (lambda a: a[0].reciprocal(), [1, 0.5, 1 / 3]),
    "rsqrt": (lambda a: a[0].rsqrt(), [1, 2**-0.5, 3**-0.5]),
    "neg": (lambda a: a[0].neg(), [-1, -2, -3]),
    "clamp": (lambda a: a.clamp(1.5, 4.5), [[1.5, 2, 3], [4.5, 4.5, 4]]),
    "clamp from above": (lambda a: a.clamp(max=3.5), [[1, 2, 3], [3.5, 3.5, 3.5]]),
    "clip": (lambda a: a.clip(min=3.5), [[3.5, 3.5, 3.5], [6, 5, 4]]),
    "maximum": (lambda a: a[0].maximum(a[1] - 3.5), [2.5, 2, 3]),
    "remainder": (lambda a: a % 4.5, [[1, 2, 3], [1.5, 0.5, 4]]),
    "matmul": (lambda a: a.matmul(a.t()), [[14, 28], [28, 77]]),
    "mm": (lambda a: a.mm(a.t()), [[14, 28], [28, 77]]),
    "mv": (lambda a: a.mv(a[0]), [14, 28]),
    "dot": (lambda a: a[0].dot(a[1]), 28),
    "outer": (lambda a: a[0].outer(a[0, :2]), [[1, 2], [2, 4], [3, 6]]),
    "addmm": (lambda a: torch.addmm(torch.eye(2), a, a.t()), [[15, 28], [28, 78]]),
    "where": (lambda a: a.where(a > 2.5, torch.zeros(2, 3)), [[0, 0, 3], [6, 5, 4]]),
    "lerp": (lambda a: a[0].lerp(a[1], 0.5), [3.5, 3.5, 3.5]),
    "clone": (lambda a: a.clone(), A),
    "double": (lambda a: a.double(), A),
    "type_as": (lambda a: a.type_as(torch.ones(1)), A),
    "new_zeros": (lambda a: a + a.new_zeros(3), A),
}

ALL = SHAPE | REDUCE | ARITHMETIC


@pytest.mark.parametrize("name", ALL)
def test_value(name: str) -> None:
    method, expected = ALL[name]
    check(method(leaf(A)), expected)


@pytest.mark.parametrize("name", ALL)
def test_slope_is_the_difference_quotient(name: str) -> None:
    method, expected = ALL[name]
    weight = torch.arange(1.0, np.size(expected) + 1).reshape(np.shape(expected))
    a = leaf(A)
    (method(a) * weight).sum().backward()

    def quotient(direction: Any, step: float = 1e-6) -> float:
        above, below = (method(torch.tensor(A + s * direction)) for s in (step, -step))
        return ((above - below) * weight).sum().item() / (2 * step)

    slopes = [quotient(d.reshape(2, 3)) for d in np.eye(6)]
    np.testing.assert_allclose(a.grad.numpy().ravel(), slopes, rtol=1e-6, atol=1e-7)


# What a tensor tells of itself


def test_size_in_all_ways() -> None:
    a = leaf(A)
    assert a.shape == a.size() == (2, 3)
    assert (a.size(0), a.size(-1), a.shape[1], len(a)) == (2, 3, 3, 2)
    assert (a.dim(), a.ndim, a.ndimension(), a.numel(), a.nelement()) == (2, 2, 2, 6, 6)


def test_conversions() -> None:
    a = leaf(A)
    assert a.tolist() == A
    assert a[0, 1].item() == 2.0
    assert [row.tolist() for row in a] == A
    assert (a.int().tolist(), a.long().dtype) == ([[1, 2, 3], [6, 5, 4]], torch.int64)
    assert (a.float().dtype, a.bool().all().item()) == (torch.float32, True)
    assert a.to(torch.float32).to(torch.float64).requires_grad


def test_a_gradient_passes_through_a_change_of_dtype() -> None:
    a = leaf([1, 2])
    (a.float() * 3).sum().backward()
    assert a.grad.dtype == torch.float64
    check(a.grad, [3, 3])


def test_questions() -> None:
    a = leaf(A)
    assert (a.argmax().item(), a.argmin(dim=1).tolist()) == (3, [0, 2])
    assert (a.eq(1.0).any().item(), a.gt(0).all().item(), a.ne(1).sum().item()) == (True, True, 5)
    assert (a.lt(2).tolist()[0], a.ge(6).tolist()[1]) == (
        [True, False, False],
        [True, False, False],
    )
    assert a.equal(a.clone())
    assert torch.allclose(a, a + 1e-12)
    assert not torch.allclose(a, a + 1)
    assert a.nonzero().shape == (6, 2)
    assert a.isfinite().all()
    assert a.is_floating_point()
    assert torch.is_tensor(a)
    assert a.device.type == "cpu"
    assert a.is_contiguous()


def test_creation_functions() -> None:
    check(torch.zeros(2, 3), np.zeros((2, 3)))
    check(torch.ones((2, 3)), np.ones((2, 3)))
    check(torch.full((2,), 7.0), [7, 7])
    check(torch.linspace(0, 1, 3), [0, 0.5, 1])
    check(torch.arange(1.0, 2.0, 0.5), [1, 1.5])
    check(torch.eye(2), [[1, 0], [0, 1]])
    check(torch.ones_like(leaf(A)), np.ones((2, 3)))
    check(torch.as_tensor(A), A)
    check(torch.zeros_like(leaf(A)), np.zeros((2, 3)))
    assert torch.empty(2, 3).shape == (2, 3)
    assert torch.arange(3).dtype == torch.int64
    assert torch.Tensor([1, 2]).tolist() == [1.0, 2.0]


def test_random_numbers_follow_their_seed() -> None:
    draws = []
    for _ in range(2):
        torch.manual_seed(0)
        draws.append(
            (torch.randn(3).tolist(), torch.rand(2, 2).tolist(), torch.randint(9, (4,)).tolist())
        )
    assert draws[0] == draws[1]
    assert all(0 <= number < 1 for row in draws[0][1] for number in row)
    assert torch.randn_like(leaf(A)).shape == (2, 3)
    assert sorted(torch.randperm(5).tolist()) == [0, 1, 2, 3, 4]


def test_blocks_with_a_label_run_as_they_stand() -> None:
    with torch.autograd.profiler.record_function("square"):
        y = torch.tensor(3.0) ** 2
    assert y.item() == 9


def test_tensors_are_on_the_processor_by_default() -> None:
    torch.set_default_device("cpu")
    assert torch.zeros(2).device.type == "cpu"


def test_the_class_of_tensors_is_told_by_its_public_name() -> None:
    assert repr(type(torch.zeros(2))) == f"<class '{torch.__name__}.Tensor'>"
