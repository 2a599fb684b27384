"""What every op in the table owes: its value, first and second derivative, in any shape and dtype."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff.backprop import grad
from symdiff.op import OPS, Aval, NoDerivative, aval_of, is_differentiable, strong_dtype
from symdiff.torch_face import Tensor

from . import (
    CLOSE,
    CLOSE32,
    Call,
    call_of,
    covered,
    differentiable,
    gradient,
    is_float,
    seeds,
    total,
)

NAMES = covered()
SMOOTH = [n for n in NAMES if any(differentiable(call_of(OPS[n])))]
ELEMENTWISE = [n for n in NAMES if OPS[n].elementwise]


def needs(call: Call) -> list[tuple[int, tuple[bool, ...]]]:
    """Each differentiable argument with the `needed` that asks for it alone."""
    which = differentiable(call)
    return [(k, tuple(j == k for j in range(len(which)))) for k, yes in enumerate(which) if yes]


def close(a: Any, b: Any, tolerance: dict[str, float] = CLOSE) -> None:
    np.testing.assert_allclose(a, b, **tolerance)


@pytest.mark.parametrize("name", NAMES)
def test_infer_agrees_with_evaluate(name: str) -> None:
    call = call_of(OPS[name])
    for dtype in (np.float64, np.float32):
        some = call.replaced(lambda x: x.astype(dtype))  # noqa: B023
        inferred = OPS[name].infer(*map(aval_of, some.args), **some.params)
        for y, aval in zip(some.results, inferred if OPS[name].results > 1 else [inferred]):
            assert (np.shape(y), np.asarray(y).dtype) == (aval.shape, aval.dtype)


@pytest.mark.parametrize("name", SMOOTH)
def test_slope_by_finite_differences(name: str) -> None:
    call = call_of(OPS[name])
    g = seeds(call, np.random.default_rng(1))
    for k, needed in needs(call):

        def f(x: np.ndarray, k: int = k) -> float:
            return total(g, call.value(*call.args[:k], x, *call.args[k + 1 :]))

        part = call.pull(g, needed)[k]
        assert np.shape(part) == np.shape(call.args[k])
        close(part, gradient(f, call.args[k]))


@pytest.mark.parametrize("name", SMOOTH)
def test_slope_of_slope_by_finite_differences(name: str) -> None:
    call = call_of(OPS[name])
    rng = np.random.default_rng(2)
    g = seeds(call, rng)
    which = [k for k, _ in needs(call)]
    weights = [rng.normal(size=call.args[k].shape) for k in which]

    def first(*xs: np.ndarray) -> float:
        args = list(call.args)
        for k, x in zip(which, xs):
            args[k] = x
        parts = call.pull(g, differentiable(call), *args)
        return sum(float(np.sum(w * parts[k])) for k, w in zip(which, weights))

    xs = [call.args[k] for k in which]
    for j, (x, part) in enumerate(zip(xs, taped_second(call, g, which, weights))):
        close(part, gradient(lambda z: first(*xs[:j], z, *xs[j + 1 :]), x))  # noqa: B023


def taped_second(call: Call, g: Any, which: list[int], weights: list[np.ndarray]) -> list[Any]:
    """The gradient of sum(weights * gradient) by the tape."""
    leaves = {k: Tensor(call.args[k], requires_grad=True) for k in which}
    args = [leaves.get(k, a) for k, a in enumerate(call.args)]
    y = call.op(*args, **call.params)
    roots = list(y) if call.op.results > 1 else [y]
    gs = [Tensor(v) for v in (g if call.op.results > 1 else [g])]
    xs = list(leaves.values())
    firsts = grad(roots, xs, gs, create_graph=True)
    live = [(f, Tensor(w)) for f, w in zip(firsts, weights) if f.requires_grad]
    if not live:
        return [np.zeros(x.shape) for x in xs]
    found = grad([f for f, _ in live], xs, [w for _, w in live], allow_unused=True)
    return [np.zeros(x.shape) if z is None else z.value for x, z in zip(xs, found)]
