"""Kernels for the rules of large arrays: what the rule gives, in the same shapes, by size alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.graph.op import OPS, Op
from symdiff.handles import large
from symdiff.handles.large import pulled
from symdiff.ops.large import SMALLEST

RULES = [op for op in OPS.values() if op.elementwise and op.pullback and op.domain]


def _arguments(op: Op, shape: tuple[int, ...], dtype: Any = np.float64) -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    return [rng.uniform(low, high, shape).astype(dtype) for low, high in op.domain]


def _both(op: Op, xs: Any, g: Any = None, masked: bool = False, needed: Any = None) -> Any:
    """What the kernel gives, and the rule."""
    needed = needed or (True,) * len(xs)
    with np.errstate(all="ignore"):
        y = op.evaluate(*xs)
        g = np.random.default_rng(1).normal(size=y.shape).astype(y.dtype) if g is None else g
        times = {"times": OPS["strongmul"]} if masked and not op.masking else {}
        rule = op.pullback(g, y, *xs, needed=needed, **times)  # type: ignore[misc]
    return pulled(op, g, y, xs, needed, masked), rule


@pytest.mark.parametrize("op", RULES, ids=lambda op: op.name)
def test_a_kernel_gives_what_the_rule_gives(op: Op) -> None:
    try:
        made, rule = _both(op, _arguments(op, (SMALLEST,)))
    except NotImplementedError:  # no derivative by one of the arguments
        return
    if made is not None:
        for a, b in zip(made, rule, strict=True):
            assert a.dtype == b.dtype
            assert np.allclose(a, b, rtol=1e-13, atol=1e-15)


def test_most_rules_of_several_steps_have_one() -> None:
    names = "sin cos tanh sigmoid relu log sqrt abs div maximum minimum erf arctan softplus".split()
    assert all(_both(OPS[n], _arguments(OPS[n], (SMALLEST,)))[0] is not None for n in names)


@pytest.mark.parametrize("name", ["tanh", "maximum", "sqrt"])
def test_shapes_and_single_precision_are_kept(name: str) -> None:
    op = OPS[name]
    made, rule = _both(op, _arguments(op, (2, SMALLEST), np.float32))
    for a, b in zip(made, rule, strict=True):
        assert (a.shape, a.dtype) == (b.shape, np.float32)
        assert np.allclose(a, b, rtol=1e-5, atol=1e-7)


def test_other_shapes_numbers_dtypes_and_layouts_go_the_usual_way() -> None:
    x, row = np.ones((3, SMALLEST)), np.full(SMALLEST, 2.0)
    div = OPS["div"]
    g = np.ones((3, SMALLEST))
    assert pulled(div, g, x / row, (x, row), (True, True), False) is None
    assert pulled(div, g, row / x, (row, x), (True, False), False) is None
    assert pulled(div, g, 2 / x, (2.0, x), (False, True), False) is not None
    assert pulled(div, g, x / 2, (x, 2.0), (True, False), False) is None
    assert pulled(div, g, x / x, (x, x.astype(np.float32)), (True, True), False) is None
    assert pulled(div, g.T, (x / x).T, (x.T, x.T), (True, True), False) is None
    assert pulled(div, np.stack([g, g]), x / x, (x, x), (True, True), False) is None


def test_a_dead_branch_stays_dead() -> None:
    x = np.zeros(SMALLEST)
    made, rule = _both(OPS["sqrt"], [x], g=np.zeros(SMALLEST), masked=True)
    assert np.array_equal(made[0], rule[0])
    assert not made[0].any()
    leaf = sd.tensor(np.linspace(-1, 1, SMALLEST), requires_grad=True)
    with np.errstate(invalid="ignore"):
        sd.where(leaf > 0, sd.sqrt(leaf), 0.0).sum().backward()
    assert np.isfinite(leaf.grad.numpy()).all()


def test_the_same_bits_each_time_and_higher_orders(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(5)
    x = sd.tensor(rng.normal(size=SMALLEST), requires_grad=True)

    def twice() -> list[np.ndarray]:
        (g,) = sd.autograd.grad((sd.tanh(x) * sd.sin(x)).sum(), x, create_graph=True)
        (h,) = sd.autograd.grad((g * g).sum(), x)
        return [g.detach().numpy(), h.numpy()]

    first, second = twice(), twice()
    assert all(map(np.array_equal, first, second))
    monkeypatch.setattr(large, "SMALLEST", 10**9)
    assert all(np.allclose(a, b, rtol=1e-12, atol=1e-14) for a, b in zip(first, twice()))


def test_rules_of_users_are_asked_each_time() -> None:
    scale = [2.0]
    op = sd.declare("scaled_sine", value=np.sin, slope=lambda y, x: scale[0] * sd.cos(x) * x)
    x = np.linspace(0.1, 1, SMALLEST)
    assert pulled(op, np.ones(SMALLEST), np.sin(x), (x,), (True,), False) is None
    del OPS["scaled_sine"]


def test_rules_with_parameters_keep_them() -> None:
    x = sd.tensor(np.linspace(0.1, 3, SMALLEST), requires_grad=True)
    (g,) = sd.autograd.grad(sd.sinc(x).sum(), x, create_graph=True)
    (h,) = sd.autograd.grad(g.sum(), x)
    v = np.pi * x.detach().numpy()
    want = np.pi**2 * ((2 - v * v) * np.sin(v) - 2 * v * np.cos(v)) / v**3
    assert np.allclose(h.numpy(), want, rtol=1e-9, atol=1e-9)
