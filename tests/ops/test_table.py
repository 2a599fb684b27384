"""What every op owes: value, first and second derivative, in any shape, layout and dtype."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import scipy.special

from symdiff.graph.op import OPS, aval_of
from symdiff.handles.backprop import grad
from symdiff.tensors.torch_face import Tensor

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
ELEMENTWISE = [n for n in NAMES if OPS[n].elementwise and not OPS[n].example]


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
        some = call.replaced(lambda x, dtype=dtype: x.astype(dtype))
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
        close(part, gradient(lambda z, j=j: first(*xs[:j], z, *xs[j + 1 :]), x))


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


# --- layouts and batches


@pytest.mark.parametrize("name", NAMES)
def test_memory_layout_does_not_matter(name: str) -> None:
    call = call_of(OPS[name])
    for layout in (np.asfortranarray, _backwards, _every_second):
        other = call.replaced(layout)
        for y, expected in zip(other.results, call.results):
            close(y, expected)
        if any(differentiable(call)):
            g = seeds(call, np.random.default_rng(3))
            for part, expected in zip(*(c.pull(g, differentiable(call)) for c in (other, call))):
                if expected is not None:
                    close(part, expected)


def _backwards(x: np.ndarray) -> np.ndarray:
    """The same numbers, stored from the end."""
    return np.flip(np.flip(x).copy())


def _every_second(x: np.ndarray) -> np.ndarray:
    """The same numbers with gaps between them."""
    return np.repeat(x, 2, axis=-1)[..., ::2] if x.ndim else x


@pytest.mark.parametrize("name", SMOOTH)
def test_a_batch_of_cotangents_is_a_stack_of_pullbacks(name: str) -> None:
    call = call_of(OPS[name])
    g = seeds(call, np.random.default_rng(4), lead=(3,))
    for k, needed in needs(call):
        whole = call.pull(g, needed)[k]
        parts = [call.pull(_nth(g, i), needed)[k] for i in range(3)]
        close(np.broadcast_to(whole, np.shape(parts)), np.stack(parts))


@pytest.mark.parametrize("name", SMOOTH)
def test_a_batch_of_arguments_is_a_stack_of_calls(name: str) -> None:
    calls = [call_of(OPS[name], seed) for seed in range(3)]
    columns = list(zip(*(c.args for c in calls)))
    if any(not is_float(c[0]) and np.any(np.not_equal(c[0], c[-1])) for c in columns):
        pytest.skip("what is not a float differs from call to call")
    rank = max(np.ndim(a) for a in calls[0].args) if OPS[name].elementwise else 0
    batch = Call(OPS[name], tuple(_stacked(c, rank) for c in columns), calls[0].params)
    for k, y in enumerate(batch.results):
        close(y, np.stack([c.results[k] for c in calls]))
    g = seeds(batch, np.random.default_rng(5))
    for k, needed in needs(batch):
        whole = batch.pull(g, needed)[k]
        parts = [c.pull(_nth(g, i), needed)[k] for i, c in enumerate(calls)]
        close(np.reshape(whole, np.shape(parts)), np.stack(parts))


def _stacked(column: tuple[Any, ...], rank: int) -> Any:
    """Float arrays as one with a leading axis, lined up by axes of size 1 where ops broadcast."""
    if not is_float(column[0]):
        return column[0]
    stack = np.stack(column)
    return stack.reshape(3, *[1] * (rank - column[0].ndim), *column[0].shape)


def _nth(g: Any, i: int) -> Any:
    return tuple(v[i] for v in g) if isinstance(g, tuple) else g[i]


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("shape", [(), (0, 3), (1,)])
def test_scalars_and_empty_arrays(name: str, shape: tuple[int, ...]) -> None:
    op = OPS[name]
    rng = np.random.default_rng(6)
    call = Call(op, tuple(rng.uniform(*domain, size=shape) for domain in op.domain), {})
    (y,) = call.results
    assert np.shape(y) == shape
    for k, needed in needs(call):
        assert np.shape(call.pull(np.ones(shape), needed)[k]) == shape


# --- dtypes


@pytest.mark.parametrize("name", SMOOTH)
def test_float32_stays_float32(name: str) -> None:
    call = call_of(OPS[name])
    single = call.replaced(lambda x: x.astype(np.float32))
    g = seeds(single, np.random.default_rng(7))
    wide = tuple(v.astype(float) for v in g) if isinstance(g, tuple) else g.astype(float)
    for y, expected in zip(single.results, call.results):
        close(y, expected, CLOSE32)
    for k, needed in needs(single):
        part = np.asarray(single.pull(g, needed)[k])
        assert part.dtype == np.float32
        close(part, call.pull(wide, needed)[k], CLOSE32)


@pytest.mark.parametrize("name", [n for n in ELEMENTWISE if len(OPS[n].domain) > 1 and n in SMOOTH])
def test_a_number_beside_float32_is_weak(name: str) -> None:
    call = call_of(OPS[name]).replaced(lambda x: x.astype(np.float32))
    for k, needed in needs(call):
        for j in set(range(len(call.args))) - {k}:
            args = tuple(float(np.mean(a)) if i == j else a for i, a in enumerate(call.args))
            mixed = Call(OPS[name], args, {})
            (y,) = mixed.results
            part = mixed.pull(np.ones_like(y), needed)[k]
            assert (np.asarray(y).dtype, np.asarray(part).dtype) == (np.float32, np.float32)


# --- values


def _reference(name: str) -> Callable[..., Any] | None:
    """NumPy's or SciPy's function of that name, unless it is the op's own."""
    renamed = {
        "sigmoid": "expit",
        "sub": "subtract",
        "mul": "multiply",
        "div": "true_divide",
        "pow": "power",
        "neg": "negative",
    }
    name = renamed.get(name, name)
    return getattr(np, name, None) or getattr(scipy.special, name, None)


SPECIAL_VALUES = np.array([np.nan, np.inf, -np.inf, 0.0, -0.0, 1.0, -1.0, 1e300, -1e-300, 2.5])


ENDLESS = {"hyp1f1"}  # SciPy does not come back from 1e300


@pytest.mark.parametrize("name", [n for n in ELEMENTWISE if _reference(n) and n not in ENDLESS])
def test_value_at_special_numbers_is_numpys(name: str) -> None:
    reference = _reference(name)
    assert reference is not None
    args = np.meshgrid(*[SPECIAL_VALUES] * len(OPS[name].domain), indexing="ij", sparse=True)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(OPS[name].evaluate(*args), reference(*args))


AXES = {"axes": (-3, -1)}
REDUCTIONS: dict[str, Callable[[np.ndarray], Any]] = {
    "sum": lambda x: np.sum(x, (0, 2)),
    "mean": lambda x: np.mean(x, (0, 2)),
    "prod": lambda x: np.prod(x, (0, 2)),
    "amax": lambda x: np.max(x, (0, 2)),
    "amin": lambda x: np.min(x, (0, 2)),
    "logsumexp": lambda x: scipy.special.logsumexp(x, (0, 2)),
    "softmax": lambda x: scipy.special.softmax(x, (0, 2)),
    "log_softmax": lambda x: scipy.special.log_softmax(x, (0, 2)),
    "any": lambda x: np.any(x, (0, 2)),
    "all": lambda x: np.all(x, (0, 2)),
}


@pytest.mark.parametrize("name", REDUCTIONS)
def test_value_of_reductions_is_numpys(name: str) -> None:
    x = np.random.default_rng(8).normal(size=(2, 3, 4))
    infinite = np.where(np.arange(3)[:, None] == 1, x - np.inf, x)
    for some in (x, 1000 * x, infinite):
        with np.errstate(all="ignore"):
            close(OPS[name].evaluate(some, **AXES), REDUCTIONS[name](some), {"rtol": 1e-13})


# --- formulas


def _sympy_function(name: str) -> Any:
    for module in ("sympy", "sympy.codegen.cfunctions"):
        found = getattr(importlib.import_module(module), name, None)
        if found is not None:
            return found
    raise LookupError(name)


FORMED = [n for n in ELEMENTWISE if n in SMOOTH and OPS[n].sympy and OPS[n].family != "rounding"]


@pytest.mark.parametrize("name", FORMED)
def test_slope_is_sympys(name: str) -> None:
    """The form named in the record, differentiated by SymPy, at the op's own arguments."""
    import sympy

    op, call = OPS[name], call_of(OPS[name])
    symbols = sympy.symbols(f"x0:{len(call.args)}", real=True)
    form = _sympy_function(op.sympy)(*symbols)
    args = tuple(a.ravel()[:3] for a in np.broadcast_arrays(*call.args))
    places = [dict(zip(symbols, map(float, place))) for place in zip(*args)]
    for k, needed in needs(call):
        slope = form.diff(symbols[k])
        part = Call(op, args, {}).pull(np.ones(len(places)), needed)[k]
        close(part, [float(slope.evalf(subs=p)) for p in places], {"rtol": 1e-12, "atol": 1e-14})
