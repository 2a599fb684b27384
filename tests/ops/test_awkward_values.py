"""Every elementwise op at zeros, infinities, NaN and far out: kernels as the tape, both as PyTorch.

Slopes are compared where the value is a number; PyTorch's only where they are numbers, too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.functions import reducing
from symdiff.graph.op import OPS

from . import call_of, covered, differentiable

inf, nan = np.inf, np.nan
SPECIAL = np.array([0.0, -0.0, inf, -inf, nan, 1.0, -1.0, 2.5, -0.5, 1e100, -1e100])
ENDLESS = {"hyp1f1", "hyp2f1"}  # SciPy does not come back from 1e100, or ends the process
CANCELLING = {"log_ndtr"}  # far below 0 its curvature, -1, is the difference of two squares
NAMES = [
    name
    for name in covered()
    if OPS[name].elementwise and OPS[name].domain and name not in ENDLESS
    if any(differentiable(call_of(OPS[name])))
]
Function = Callable[..., Any]


def some_always(names: list[str], every: int) -> Any:
    """A test for all of the names, of which most are for the slow run."""
    return pytest.mark.parametrize(
        "name",
        [pytest.param(n, marks=[pytest.mark.slow] * (k % every > 0)) for k, n in enumerate(names)],
    )


def grid(count: int) -> list[np.ndarray]:
    """All combinations of awkward values."""
    return [x.ravel() for x in np.meshgrid(*[SPECIAL] * count, indexing="ij")]


def same(ours: Any, theirs: Any, where: np.ndarray, args: list[np.ndarray], why: str) -> None:
    """Equal to rounding in these places, NaN and infinity included."""
    near = np.isclose(ours, theirs, rtol=1e-9, atol=1e-12, equal_nan=True)
    bad = where & ~near
    at = [tuple(float(x[k]) for x in args) for k in np.flatnonzero(bad)[:3]]
    assert not bad.any(), f"{why} at {at}: {ours[bad][:3]}, not {theirs[bad][:3]}"


def derivatives(op: Any, which: tuple[int, ...]) -> tuple[Function, Function]:
    """Sums whose gradients by `which` are the op's slopes, and the slopes of these."""

    def total(*xs: Any) -> Any:
        return reducing.sum(op(*xs))

    def slopes(*xs: Any) -> Any:
        return sum(reducing.sum(g) for g in sd.grad(total, which, compile=False)(*xs))

    return total, slopes


@some_always(NAMES, 20)
def test_kernels_are_like_the_tape(name: str) -> None:
    op = OPS[name]
    args = grid(len(op.domain))
    which = tuple(k for k, has in enumerate(differentiable(call_of(op))) if has)
    with np.errstate(all="ignore"):
        y = op.evaluate(*args)
        same(sd.jit(op)(*args), y, np.full(y.shape, True), args, f"{name}'s value")
        orders = ("slope",) if name in CANCELLING else ("slope", "curvature")
        for f, what in zip(derivatives(op, which), orders):
            pairs = zip(*(sd.grad(f, which, compile=c)(*args) for c in (True, False)))
            for k, (kernel, tape) in zip(which, pairs):
                same(kernel, tape, ~np.isnan(y), args, f"{name}'s {what} by {k}")


ONE = (
    "abs acos acosh asin asinh atan atanh ceil floor round trunc cos cosh deg2rad digamma erf erfc "
    "erfinv exp exp2 expm1 lgamma log log10 log1p log2 logit neg reciprocal relu rsqrt sigmoid sin "
    "sinc sinh sqrt square tan tanh nan_to_num i0 special.entr special.erfcx special.i0e "
    "special.i1 special.log_ndtr special.ndtr special.ndtri nn.functional.elu nn.functional.selu "
    "nn.functional.celu nn.functional.gelu nn.functional.silu nn.functional.mish "
    "nn.functional.softplus nn.functional.softsign nn.functional.logsigmoid "
    "nn.functional.hardswish nn.functional.hardtanh nn.functional.hardshrink "
    "nn.functional.softshrink nn.functional.tanhshrink nn.functional.relu6 "
    "nn.functional.leaky_relu"
).split()
TWO = (
    "add sub mul div maximum minimum fmax fmin atan2 hypot logaddexp logaddexp2 copysign xlogy "
    "special.xlog1py fmod remainder"
).split()


# SciPy's sign; 1/-0.0; the logarithm's slope, which is -x there, beyond the range of PyTorch's exp
OURS_ALONE = {"lgamma": -inf, "logit": 0.0, "special.log_ndtr": -1e100}


def called(module: Any, name: str, arrays: list[np.ndarray]) -> tuple[np.ndarray, list[np.ndarray]]:
    """The value of the function of that name, and its slopes."""
    f = module
    for part in name.split("."):
        f = getattr(f, part)
    xs = [module.tensor(x, dtype=module.float64, requires_grad=True) for x in arrays]
    y = f(*xs)
    y.sum().backward()
    return y.detach().numpy(), [x.grad.numpy() for x in xs]


@some_always([*ONE, *TWO], 1)
def test_slopes_are_pytorchs(name: str) -> None:
    torch, args = pytest.importorskip("torch"), grid(1 if name in ONE else 2)
    with np.errstate(all="ignore"):
        (y, ours), (expected, theirs) = called(sd, name, args), called(torch, name, args)
    are_numbers = ~np.isnan(y) & ~np.isnan(expected) & (args[0] != OURS_ALONE.get(name))
    same(y, expected, are_numbers, args, f"{name}'s value")
    for k, (found, want) in enumerate(zip(ours, theirs)):
        same(found, want, are_numbers & ~np.isnan(want), args, f"{name}'s slope by {k}")
