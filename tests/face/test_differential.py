"""Random programs, run here and by PyTorch: equal values, gradients and second derivatives.

A program is made of 3 to 30 operations that its seed chooses by the shapes at hand, views, writes
and indexing among them. PyTorch refuses a few, for a value that is needed was overwritten. Left out
is what PyTorch computes to ten digits only: the derivatives of digamma.
"""

from __future__ import annotations

import importlib
import importlib.util
import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

pytestmark = [
    pytest.mark.skipif(
        importlib.util.find_spec("torch") is None, reason="PyTorch is not installed"
    ),
    pytest.mark.filterwarnings("ignore:Using a target size"),
]
Module = Any
Tensor = Any
Step = Callable[[Module, list[Tensor], random.Random], Tensor]

UNARY: dict[str, Callable[[Module, Tensor], Tensor]] = {
    "sin": lambda m, x: m.sin(x),
    "cos": lambda m, x: x.cos(),
    "tanh": lambda m, x: m.tanh(x),
    "sigmoid": lambda m, x: m.sigmoid(x),
    "exp of tanh": lambda m, x: m.exp(m.tanh(x)),
    "log1p of a square": lambda m, x: m.log1p(x * x),
    "sqrt": lambda m, x: m.sqrt(x * x + 1),
    "rsqrt": lambda m, x: m.rsqrt(x**2 + 0.5),
    "atan": lambda m, x: m.atan(x),
    "asinh": lambda m, x: m.asinh(x),
    "erf": lambda m, x: m.erf(x),
    "relu": lambda m, x: m.relu(x),
    "abs": lambda m, x: abs(x),
    "leaky relu": lambda m, x: m.nn.functional.leaky_relu(x, 0.1),
    "softplus": lambda m, x: m.nn.functional.softplus(x),
    "gelu": lambda m, x: m.nn.functional.gelu(x),
    "elu": lambda m, x: m.nn.functional.elu(x),
    "square": lambda m, x: m.tanh(x).square(),
    "cube": lambda m, x: m.tanh(x) ** 3,
    "power": lambda m, x: (x * x + 0.3) ** 1.5 / (x * x + 1),
    "reciprocal": lambda m, x: 1 / (1 + x * x),
    "negative": lambda m, x: -x,
    "clamp": lambda m, x: x.clamp(-0.8, 0.9),
    "remainder": lambda m, x: m.remainder(x, 1.3),
    "where": lambda m, x: m.where(x > 0.1, x * x, m.sin(x)),
    "masked_fill": lambda m, x: x.masked_fill(x < -0.5, 0.25),
    "nan_to_num": lambda m, x: m.nan_to_num(x),
    "expm1": lambda m, x: m.expm1(m.sin(x)),
    "logit": lambda m, x: m.logit(m.sigmoid(x) * 0.8 + 0.1),
    "clone": lambda m, x: x.clone(),
    "detached factor": lambda m, x: x * x.detach(),
    "to single and back": lambda m, x: x + x.double(),
}
BINARY: dict[str, Callable[[Module, Tensor, Tensor], Tensor]] = {
    "add": lambda m, x, y: x + y,
    "sub": lambda m, x, y: m.sub(x, y, alpha=0.7),
    "mul": lambda m, x, y: x * m.tanh(y),
    "div": lambda m, x, y: x / (1.5 + y * y),
    "pow": lambda m, x, y: (m.sigmoid(x) + 0.5) ** m.tanh(y),
    "atan2": lambda m, x, y: m.atan2(x, y * y + 0.1),
    "hypot": lambda m, x, y: m.hypot(x, y + 0.01),
    "maximum": lambda m, x, y: m.maximum(x, y),
    "minimum": lambda m, x, y: m.minimum(x, y),
    "where": lambda m, x, y: m.where(x > y, x, y * 0.5),
    "lerp": lambda m, x, y: m.lerp(x, y, 0.3),
    "addcmul": lambda m, x, y: m.addcmul(x, m.sin(x), m.cos(y), value=0.4),
    "logaddexp": lambda m, x, y: m.logaddexp(x, y),
    "mse": lambda m, x, y: m.nn.functional.mse_loss(x, y, reduction="none"),
    "huber": lambda m, x, y: m.nn.functional.huber_loss(x, y, reduction="none"),
    "xlogy": lambda m, x, y: m.xlogy(x, y * y + 0.5),
}
REDUCTIONS: dict[str, Callable[[Module, Tensor, int], Tensor]] = {
    "sum": lambda m, x, d: m.tanh(x.sum(d)),
    "sum kept": lambda m, x, d: x.sum(d, keepdim=True) * 0.3,
    "mean": lambda m, x, d: x.mean(dim=d),
    "prod": lambda m, x, d: m.tanh(x).prod(d),
    "amax": lambda m, x, d: x.amax(d),
    "max": lambda m, x, d: x.max(d)[0],
    "min kept": lambda m, x, d: x.min(d, keepdim=True).values,
    "var": lambda m, x, d: x.var(d, unbiased=False),
    "logsumexp": lambda m, x, d: x.logsumexp(d),
    "norm": lambda m, x, d: (x + 0.01).norm(dim=d),
    "cumsum": lambda m, x, d: m.tanh(x.cumsum(d)),
    "cumprod": lambda m, x, d: m.tanh(x).cumprod(d),
    "softmax": lambda m, x, d: x.softmax(d),
    "log_softmax": lambda m, x, d: m.tanh(m.log_softmax(x, d)),
    "sort": lambda m, x, d: x.sort(d)[0],
    "flip": lambda m, x, d: x.flip(d),
    "roll": lambda m, x, d: x.roll(1, d),
    "unsqueeze": lambda m, x, d: x.unsqueeze(d).squeeze(d),
    "stack": lambda m, x, d: m.stack([x, m.sin(x)], d).mean(d),
    "cat": lambda m, x, d: m.cat([x, m.cos(x)], d).narrow(d, 0, x.shape[d]),
    "half": lambda m, x, d: x.narrow(d, 0, (x.shape[d] + 1) // 2),
    "chunk": lambda m, x, d: x.chunk(2, d)[0],
    "index_select": lambda m, x, d: x.index_select(d, m.tensor([x.shape[d] - 1, 0, 0])),
    "diff": lambda m, x, d: m.cat([x, x], d).diff(dim=d),
}


def unary(m: Module, xs: list[Tensor], rng: random.Random) -> Tensor:
    return UNARY[rng.choice(list(UNARY))](m, rng.choice(xs))


def binary(m: Module, xs: list[Tensor], rng: random.Random) -> Tensor:
    x = rng.choice(xs)
    y = rng.choice([y for y in xs if _fit(tuple(x.shape), tuple(y.shape))])
    return BINARY[rng.choice(list(BINARY))](m, x, y)


def _fit(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether they broadcast, to something not too large."""
    fits = all(p == q or 1 in (p, q) for p, q in zip(a[::-1], b[::-1]))
    return fits and np.prod(np.broadcast_shapes(a, b)) <= 60


def reduction(m: Module, xs: list[Tensor], rng: random.Random) -> Tensor:
    x = rng.choice([x for x in xs if x.ndim])
    return REDUCTIONS[rng.choice(list(REDUCTIONS))](m, x, rng.randrange(x.ndim))


def product(m: Module, xs: list[Tensor], rng: random.Random) -> Tensor:
    x = rng.choice([x for x in xs if x.ndim])
    n = x.shape[-1]
    found = [y for y in xs if y.ndim and y.shape[-min(y.ndim, 2)] == n and y.ndim <= 2]
    y = rng.choice(found) if found else m.sin(m.arange(1.0, 2.0 * n + 1).reshape(n, 2))
    return m.tanh(x @ y)


def shape(m: Module, xs: list[Tensor], rng: random.Random) -> Tensor:
    x = rng.choice(xs)
    options = [
        lambda: x.reshape(-1), lambda: x.flatten(), lambda: x[..., None],
        lambda: x.expand(2, *x.shape) if x.numel() < 20 else x, lambda: x.ravel()[::2],
    ]  # fmt: skip
    if x.ndim >= 2:
        options += [
            lambda: x.transpose(0, 1), lambda: x.mT, lambda: x.permute(*range(x.ndim)[::-1]),
            lambda: x.diagonal(), lambda: x.tril(), lambda: x[0], lambda: x[:, -1], lambda: x[1:],
        ]  # fmt: skip
    if x.ndim == 1 and x.shape[0]:
        options += [
            lambda: x[0], lambda: x[-1:], lambda: x[m.tensor([0, 0, x.shape[0] - 1])],
            lambda: m.outer(x, x[:2]), lambda: x.repeat(2)[: x.shape[0]],
        ]  # fmt: skip
    y = rng.choice(options)()
    return y if y.numel() else x


def write(m: Module, xs: list[Tensor], rng: random.Random) -> Tensor:
    """A fresh tensor, or a view of it, is written in place."""
    x = rng.choice(xs)
    y = x * 1.0
    part = y[..., : (y.shape[-1] + 1) // 2] if y.ndim and rng.random() < 0.5 else y
    steps = [
        lambda: part.mul_(0.5), lambda: part.add_(m.sin(x).sum()), lambda: part.neg_(),
        lambda: part.sub_(x.mean()), lambda: part.zero_(), lambda: y.fill_(0.5),
        lambda: part.copy_(part.detach() * 0.5),
    ]  # fmt: skip
    rng.choice(steps)()
    if y.ndim and rng.random() < 0.5:
        y[rng.choice([0, -1, slice(None, None, 2)])] = x.mean() if rng.random() < 0.5 else 0.25
    return y


KINDS: list[tuple[Step, int]] = [
    (unary, 5), (binary, 5), (reduction, 4), (product, 2), (shape, 3), (write, 2),
]  # fmt: skip


def program(m: Module, seed: int, leaves: list[Tensor]) -> Tensor:
    """What the seed's program makes of the leaves: a number."""
    rng = random.Random(seed)
    xs = list(leaves)
    for _ in range(rng.randint(3, 30)):
        (step,) = rng.choices([k for k, _ in KINDS], [w for _, w in KINDS])
        y = step(m, xs, rng)
        if 0 < y.numel() <= 120 and y.ndim <= 4:
            xs.append(y)
    return sum((m.tanh(x) * 0.7**k).sum() for k, x in enumerate(reversed(xs)))


SHAPES = [(), (3,), (2, 3), (3, 3), (1, 3), (4,), (2, 1)]


def results(m: Module, seed: int) -> list[np.ndarray]:
    """Value, gradients, and gradients of the sum of the gradients' sines."""
    rng = np.random.default_rng(seed)
    picked = rng.choice(len(SHAPES), 3, replace=False)
    arrays = [rng.uniform(-1.5, 1.5, SHAPES[k]) for k in picked]
    leaves = [m.tensor(a, dtype=m.float64, requires_grad=True) for a in arrays]
    y = program(m, seed, leaves)
    first = m.autograd.grad(y, leaves, create_graph=True, allow_unused=True)
    total = sum(m.sin(g).sum() for g in first if g is not None and g.requires_grad)
    second: tuple[Any, ...] = (None,) * len(leaves)
    if not isinstance(total, int):
        second = m.autograd.grad(total, leaves, allow_unused=True)
    return [
        np.asarray(y.item()),
        *(np.zeros(a.shape) if g is None else np.array(g.detach().tolist())
          for g, a in zip((*first, *second), arrays * 2)),
    ]  # fmt: skip


def compare(seed: int) -> None:
    torch = importlib.import_module("torch")
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        expected = results(torch, seed)
    except RuntimeError as error:
        assert "modified by an inplace operation" in str(error)  # noqa: PT017
        results(sd, seed)
        return
    finally:
        torch.set_default_dtype(before)
    for got, want in zip(results(sd, seed), expected):
        scale = max(1.0, float(np.max(np.abs(want), initial=0.0)))
        np.testing.assert_allclose(got, want, rtol=1e-9, atol=1e-11 * scale)


@pytest.mark.parametrize("seed", range(0, 200, 20))
def test_programs_agree_with_pytorch(seed: int) -> None:
    for s in range(seed, seed + 20):
        compare(s)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(200, 2600, 100))
def test_many_programs_agree_with_pytorch(seed: int) -> None:
    for s in range(seed, seed + 100):
        compare(s)
