"""Functions by PyTorch's names: values, first and second derivatives and names that PyTorch gave.

They stand in test_functions.json, which PyTorch itself writes by
`SYMDIFF_TEST_FACE=torch python -m tests.face.test_functions`. Derivatives are those of the results
weighted by 1, 2, 3 ... in reading order.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from . import leaf, torch

A = [[0.3, 1.7, 0.9], [1.2, 0.4, 2.6]]
M = [[1.5, 0.2, 0.1], [0.4, 2.0, 0.3], [0.2, 0.1, 1.0]]
V = [0.7, 0.2, 1.3, 0.9]

Case = tuple[Callable[[Any], Any], Any]
C = torch.tensor([[1.5, -0.5, 2.0], [0.5, 1.0, -1.5]])
MASK = torch.tensor([[True, False, True], [False, True, True]])
INDEX = torch.tensor([[0, 2], [1, 0]])


def tensors(y: Any) -> list[Any]:
    return list(y) if isinstance(y, (tuple, list)) else [y]


UNARY = [
    "abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil", "cos", "cosh", "deg2rad",
    "digamma", "erf", "erfc", "erfinv", "exp", "exp2", "expm1", "floor", "frac", "lgamma", "log",
    "log10", "log1p", "log2", "neg", "rad2deg", "reciprocal", "relu", "rsqrt", "sgn", "sigmoid",
    "sign", "sin", "sinc", "sinh", "sqrt", "square", "tan", "tanh", "trunc", "nan_to_num", "i0",
    "round",
]  # fmt: skip

STARTS = {"acos": [0.3, -0.5], "asin": [0.3, -0.5], "atanh": [0.3, -0.5], "erfinv": [0.3, -0.5],
          "acosh": [1.3, 2.5]}  # fmt: skip
ELEMENTWISE: dict[str, Case] = {
    name: (getattr(torch, name), STARTS.get(name, V)) for name in UNARY
} | {
    "add with alpha": (lambda a: torch.add(a, C, alpha=2.5), A),
    "sub with alpha": (lambda a: torch.sub(C, a, alpha=2.5), A),
    "rsub": (lambda a: torch.rsub(a, C), A),
    "div": (lambda a: torch.div(C, a), A),
    "div floored": (lambda a: torch.div(a, 0.7, rounding_mode="trunc"), A),
    "pow of tensors": (lambda a: torch.pow(a, a * 2), A),
    "pow of a number": (lambda a: 2.0**a, A),
    "float_power": (lambda a: torch.float_power(a, 3), A),
    "fmod": (lambda a: torch.fmod(a, 0.7), A),
    "fmod by a tensor": (lambda a: torch.fmod(C, a), A),
    "remainder": (lambda a: torch.remainder(C, a), A),
    "atan2": (lambda a: torch.atan2(a, C), A),
    "hypot": (lambda a: torch.hypot(a, C), A),
    "logaddexp": (lambda a: torch.logaddexp(a, C), A),
    "logaddexp2": (lambda a: torch.logaddexp2(a, C), A),
    "xlogy": (lambda a: torch.xlogy(a, a), A),
    "maximum": (lambda a: torch.maximum(a, C), A),
    "minimum": (lambda a: torch.minimum(a, C), A),
    "fmax": (lambda a: torch.fmax(a, C), A),
    "fmin": (lambda a: torch.fmin(a, C), A),
    "copysign": (lambda a: torch.copysign(a, C), A),
    "addcmul": (lambda a: torch.addcmul(C, a, a, value=1.5), A),
    "addcdiv": (lambda a: torch.addcdiv(C, C, a, value=1.5), A),
    "lerp": (lambda a: torch.lerp(a, C, 0.3), A),
    "lerp by a tensor": (lambda a: torch.lerp(C, a, a), A),
    "ldexp": (lambda a: torch.ldexp(a, torch.tensor([1, 2, 3])), A),
    "clamp": (lambda a: torch.clamp(a, 0.5, 1.5), A),
    "clamp by tensors": (lambda a: torch.clamp(a, C - 1, C), A),
    "clamp_min": (lambda a: torch.clamp_min(a, 0.5), A),
    "clamp_max by a tensor": (lambda a: torch.clamp_max(a, C), A),
    "where": (lambda a: torch.where(MASK, a * a, C), A),
    "masked_fill": (lambda a: a.masked_fill(MASK, 3.0), A),
    "logit": (lambda a: torch.logit(a / 3, 0.2), A),
    "polygamma": (lambda a: torch.polygamma(2, a), A),
    "mvlgamma": (lambda a: torch.mvlgamma(a + 2, 3), A),
    "round to decimals": (lambda a: torch.round(a * a, decimals=1), A),
}

REDUCTIONS: dict[str, Case] = {
    "sum of nothing but numbers": (lambda a: torch.nansum(a, 1), A),
    "nanmean": (lambda a: torch.nanmean(a * a, 0, keepdim=True), A),
    "prod": (lambda a: torch.prod(a), A),
    "prod along an axis": (lambda a: torch.prod(a, 1, keepdim=True), A),
    "amax": (lambda a: torch.amax(a * a, (0, 1)), A),
    "amin": (lambda a: torch.amin(a * a, 1), A),
    "aminmax": (lambda a: torch.aminmax(a * a, dim=1), A),
    "max": (lambda a: torch.max(a * a), A),
    "max along an axis": (lambda a: torch.max(a * a, 0)[0], A),
    "min along an axis": (lambda a: torch.min(a * a, 1, keepdim=True)[0], A),
    "max of two": (lambda a: torch.max(a, C), A),
    "var": (lambda a: torch.var(a), A),
    "var, biased": (lambda a: torch.var(a, 1, False), A),
    "var with a correction": (lambda a: torch.var(a, dim=0, correction=0.5), A),
    "std": (lambda a: torch.std(a, 1), A),
    "var_mean": (lambda a: torch.var_mean(a, 1), A),
    "std_mean": (lambda a: torch.std_mean(a), A),
    "median": (lambda a: torch.median(a * a), A),
    "median along an axis": (lambda a: torch.median(a * a, 1)[0], A),
    "nanmedian": (lambda a: torch.nanmedian(a * a), A),
    "quantile": (lambda a: torch.quantile(a, 0.3), A),
    "quantiles along an axis": (
        lambda a: torch.quantile(a, torch.tensor([0.2, 0.7]), 1, interpolation="midpoint"), A),
    "nanquantile": (lambda a: torch.nanquantile(a, 0.4, 0, keepdim=True), A),
    "kthvalue": (lambda a: torch.kthvalue(a * a, 2)[0], A),
    "mode": (lambda a: torch.mode(a * a)[0], A),
    "logsumexp": (lambda a: torch.logsumexp(a, (0, 1)), A),
    "softmax": (lambda a: torch.softmax(a, 1), A),
    "log_softmax": (lambda a: torch.log_softmax(a, 0), A),
    "norm": (lambda a: torch.norm(a), A),
    "norm of order 3": (lambda a: torch.norm(a, 3, 1), A),
    "dist": (lambda a: torch.dist(a, C, 3), A),
    "renorm": (lambda a: torch.renorm(a, 2, 0, 1.0), A),
    "cumsum": (lambda a: torch.cumsum(a * a, 1), A),
    "cumprod": (lambda a: torch.cumprod(a, 1), A),
    "cummax": (lambda a: torch.cummax(a * a, 1)[0], A),
    "cummin": (lambda a: torch.cummin(a * a, 1)[0], A),
    "logcumsumexp": (lambda a: torch.logcumsumexp(a, 1), A),
    "diff": (lambda a: torch.diff(a * a, dim=1), A),
    "trapezoid": (lambda a: torch.trapezoid(a * a, dx=0.5), A),
    "cumulative_trapezoid": (lambda a: torch.cumulative_trapezoid(a * a, dim=1), A),
    "cov": (lambda a: torch.cov(a), A),
    "corrcoef": (lambda a: torch.corrcoef(a), A),
    "sort": (lambda a: torch.sort(a * a, 1, descending=True)[0], A),
    "msort": (lambda a: torch.msort(a * a), A),
    "topk": (lambda a: torch.topk(a * a, 2, 1, largest=False)[0], A),
}  # fmt: skip

SHAPES: dict[str, Case] = {
    "flatten": (lambda a: torch.flatten(a * a, 0), A),
    "unflatten": (lambda v: torch.unflatten(v * v, 0, (2, -1)), V),
    "movedim": (lambda a: torch.movedim(a * a, 0, 1), A),
    "expand": (lambda v: (v * v).expand(3, 4), V),
    "tile": (lambda v: torch.tile(v * v, (2, 2)), V),
    "repeat": (lambda v: (v * v).repeat(2, 3), V),
    "repeat_interleave": (lambda v: torch.repeat_interleave(v * v, torch.tensor([0, 1, 2, 3])), V),
    "flip": (lambda a: torch.flip(a * a, (0, 1)), A),
    "fliplr": (lambda a: torch.fliplr(a * a), A),
    "roll": (lambda a: torch.roll(a * a, (1, 2), (0, 1)), A),
    "rot90": (lambda a: torch.rot90(a * a, 3), A),
    "cat": (lambda a: torch.cat([a * a, C, a], 1), A),
    "stack": (lambda a: torch.stack([a * a, C], 1), A),
    "hstack": (lambda a: torch.hstack([a * a, C]), A),
    "vstack": (lambda a: torch.vstack([a * a, C[0]]), A),
    "dstack": (lambda a: torch.dstack([a * a, C]), A),
    "column_stack": (lambda v: torch.column_stack([v * v, v]), V),
    "block_diag": (lambda a: torch.block_diag(a * a, C), A),
    "split": (lambda a: torch.split(a * a, 2, 1), A),
    "split with sizes": (lambda a: torch.split(a * a, [1, 2], 1), A),
    "chunk": (lambda a: torch.chunk(a * a, 2, 1), A),
    "tensor_split": (lambda a: torch.tensor_split(a * a, 2, 1), A),
    "unbind": (lambda a: torch.unbind(a * a, 1), A),
    "narrow": (lambda a: torch.narrow(a * a, 1, 1, 2), A),
    "select": (lambda a: torch.select(a * a, 1, -1), A),
    "unfold": (lambda v: (v * v).unfold(0, 3, 1), V),
    "diagonal": (lambda m: torch.diagonal(m * m, 1), M),
    "diag of a vector": (lambda v: torch.diag(v * v, 1), V),
    "diag_embed": (lambda a: torch.diag_embed(a * a, 1), A),
    "diagflat": (lambda a: torch.diagflat(a * a), A),
    "tril": (lambda m: torch.tril(m * m, -1), M),
    "triu": (lambda m: torch.triu(m * m), M),
    "meshgrid": (lambda v: torch.meshgrid(v * v, v, indexing="ij"), V),
    "cartesian_prod": (lambda v: torch.cartesian_prod(v * v, v), V),
    "combinations": (lambda v: torch.combinations(v * v), V),
    "atleast_3d": (lambda a: torch.atleast_3d(a * a), A),
    "broadcast_tensors": (lambda v: torch.broadcast_tensors(v * v, torch.ones(2, 1)), V),
    "sum_to_size": (lambda a: (a * a).sum_to_size(1, 3), A),
}

INDEXING: dict[str, Case] = {
    "gather": (lambda a: torch.gather(a * a, 1, INDEX), A),
    "scatter": (lambda a: torch.scatter(C, 1, INDEX, (a * a)[:, :2]), A),
    "scatter a number": (lambda a: torch.scatter(a * a, 1, INDEX, 4.0), A),
    "scatter_add": (lambda a: torch.scatter_add(C, 1, INDEX, (a * a)[:, :2]), A),
    "index_select": (lambda a: torch.index_select(a * a, 1, torch.tensor([2, 0, 2])), A),
    "index_add": (
        lambda a: torch.index_add(C, 0, torch.tensor([1, 1]), a * a, alpha=0.5), A),
    "index_copy": (lambda a: torch.index_copy(C, 0, torch.tensor([1, 0]), a * a), A),
    "index_fill": (lambda a: torch.index_fill(a * a, 1, torch.tensor([1]), 5.0), A),
    "index_put": (
        lambda a: torch.index_put(C, (torch.tensor([0, 1]), torch.tensor([2, 0])), a[0, :2] ** 2),
        A),
    "index_put adding up": (
        lambda a: torch.index_put(
            C, (torch.tensor([1, 1]), torch.tensor([0, 0])), a[0, :2] ** 2, accumulate=True), A),
    "take": (lambda a: torch.take(a * a, torch.tensor([5, 0, 0])), A),
    "take_along_dim": (lambda a: torch.take_along_dim(a * a, INDEX, 1), A),
    "masked_select": (lambda a: torch.masked_select(a * a, MASK), A),
    "masked_scatter": (lambda a: torch.masked_scatter(C, MASK, a * a), A),
    "select_scatter": (lambda a: torch.select_scatter(C, a[:, 0] ** 2, 1, 1), A),
    "slice_scatter": (lambda a: torch.slice_scatter(C, a[:, :2] ** 2, 1, 1, 3), A),
    "diagonal_scatter": (lambda v: torch.diagonal_scatter(torch.ones(4, 4), v * v), V),
    "an index array and a slice": (lambda a: (a * a)[torch.tensor([1, 0, 1]), 1:], A),
    "a new axis": (lambda a: (a * a)[:, None, ::2], A),
}  # fmt: skip

PRODUCTS: dict[str, Case] = {
    "mm": (lambda m: torch.mm(m, m), M),
    "mv": (lambda m: torch.mv(m, m[0]), M),
    "bmm": (lambda m: torch.bmm(m[None], m[None]), M),
    "dot": (lambda v: torch.dot(v, v), V),
    "outer": (lambda v: torch.outer(v, v), V),
    "inner": (lambda a: torch.inner(a, C), A),
    "addmm": (lambda m: torch.addmm(m, m, m, beta=0.5, alpha=2.0), M),
    "addmv": (lambda m: torch.addmv(m[0], m, m[1], beta=0.5, alpha=2.0), M),
    "addr": (lambda m: torch.addr(m, m[0], m[1]), M),
    "baddbmm": (lambda m: torch.baddbmm(m[None], m[None], m[None], beta=0.5), M),
    "addbmm": (lambda m: torch.addbmm(m, m[None], m[None]), M),
    "einsum": (lambda m: torch.einsum("ij,kj,j->ik", m, m, m[0]), M),
    "tensordot": (lambda m: torch.tensordot(m, m, ([0], [1])), M),
    "kron": (lambda a: torch.kron(a, C), A),
    "cross": (lambda a: torch.cross(a, C, dim=1), A),
    "cdist": (lambda a: torch.cdist(a, C, 3.0), A),
    "trace": (lambda m: torch.trace(m @ m), M),
    "logdet": (torch.logdet, M),
    "det": (torch.det, M),
    "inverse": (torch.inverse, M),
    "matrix_exp": (torch.matrix_exp, M),
    "matrix_power": (lambda m: torch.matrix_power(m, 3), M),
}

CASES = ELEMENTWISE | REDUCTIONS | SHAPES | INDEXING | PRODUCTS
FIRST_ORDER_THERE = {"cdist"}  # PyTorch has no second derivative
RECORD = Path(__file__).with_suffix(".json")


def derivatives(name: str) -> list[Any]:
    """Values, gradient, gradient of the gradient, and the name of the last node."""
    f, start = CASES[name]
    x = leaf(start)
    ys = tensors(f(x))
    (first,) = torch.autograd.grad(total(ys), x, create_graph=True)
    second = torch.zeros_like(x)
    if first.requires_grad and name not in FIRST_ORDER_THERE:
        found = torch.autograd.grad(total([first]), x, allow_unused=True)[0]
        second = second if found is None else second + found
    numbers = [y.detach().tolist() for y in ys]
    return [numbers, (first.detach() + 0).tolist(), second.tolist(), ys[0].grad_fn.name()]


def total(ys: list[Any]) -> Any:
    """The results weighted by 1, 2, 3 ... in reading order, summed."""
    count, out = 1, 0.0
    for y in ys:
        weights = torch.arange(count, count + y.numel(), dtype=torch.float64).reshape(y.shape)
        count, out = count + y.numel(), out + (y * weights).sum()
    return out


NAMED_OTHERWISE = {  # compositions end in another of their steps there
    "inner", "tensordot", "kron", "einsum", "meshgrid", "repeat_interleave", "matrix_power",
    "trapezoid", "cumulative_trapezoid", "quantile", "quantiles along an axis", "nanquantile",
    "cov", "corrcoef", "diff", "block_diag", "cartesian_prod", "combinations", "atleast_3d",
    "sum_to_size", "diag of a vector", "diagflat", "nanmean", "tensor_split", "logdet",
    "mvlgamma", "renorm", "copysign", "a new axis", "addbmm", "ldexp", "aminmax", "round",
    "index_put adding up",
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives(name: str) -> None:
    expected = json.loads(RECORD.read_text())[name]
    got = derivatives(name)
    assert len(got[0]) == len(expected[0])
    for mine, theirs in zip([*got[0], *got[1:3]], [*expected[0], *expected[1:3]]):
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11)
    if name not in NAMED_OTHERWISE:
        assert got[3] == expected[3]


if __name__ == "__main__":
    lines = (f" {json.dumps(k)}: {json.dumps(derivatives(k))}" for k in CASES)
    RECORD.write_text("{\n" + ",\n".join(lines) + "\n}\n")


def test_the_mode_of_a_row_with_nans() -> None:
    values, indices = torch.mode(torch.tensor([2.0, float("nan"), float("nan"), -1.0]))
    assert (values.item(), indices.item()) == (-1, 3)
