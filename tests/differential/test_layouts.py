"""Kernels and the tape agree however arguments lie in memory, in any order of calls."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd

from .checking import near
from .expressions import arrays, function, source
from .layouts import LAYOUTS, repeated

SIZES = [{"n": 7, "m": 11}, {"n": 4, "m": 5}, {"n": 7, "m": 7}, {"n": 3, "m": 2}]
DIGITS = {"f8": 1e-9, "f4": 2e-3}


def laid_out(values: list[Any], rng: np.random.Generator) -> list[Any]:
    """Each array in a layout of its own; the number as an array, of NumPy or of Python."""
    made = [
        repeated(v, rng) if rng.random() < 0.1 else LAYOUTS[rng.choice(list(LAYOUTS))](v)
        for v in values[:-1]
    ]
    number = values[-1]
    return [*made, (number, number[()], float(number))[int(rng.integers(3))]]


def check(seed: int, dtype: str, calls: int) -> None:
    """One function, called with arguments of ever changing layouts and sizes."""
    f, rng = function(seed), np.random.default_rng([seed, 3])
    pairs = [
        (sd.value_and_grad(f, argnums), sd.value_and_grad(f, argnums, compile=False))
        for argnums in ((0, 1, 2, 3), (2, 0))
    ]
    for k in range(calls):
        sizes = SIZES[0 if k < 3 else int(rng.integers(len(SIZES)))]
        values = [v.astype(dtype) for v in arrays(sizes, seed + k).values()]
        args = laid_out(values, rng)
        plain = [np.array(v, dtype) if isinstance(v, np.ndarray) else v for v in args]
        for kernel, tape in pairs:
            (value, slopes), (wanted, theirs) = kernel(*args), tape(*plain)
            near(value, wanted, DIGITS[dtype], source(seed))
            for ours, other in zip(slopes, theirs, strict=True):
                near(ours, other, DIGITS[dtype], source(seed))
                assert np.asarray(ours).dtype == np.asarray(other).dtype
        near(sd.jit(f)(*args), f(*plain), DIGITS[dtype], source(seed))


@pytest.mark.parametrize(("seed", "dtype"), [(1003, "f8"), (1009, "f4")])
def test_arguments_in_any_layout(seed: int, dtype: str) -> None:
    check(seed, dtype, calls=6)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(1000, 1080), ids="seed{}".format)
def test_many_functions_of_arguments_in_any_layout(seed: int) -> None:
    check(seed, ("f8", "f4")[seed % 2], calls=14)


@pytest.mark.parametrize("way", LAYOUTS)
def test_gradients_into_arrays_that_arguments_share_memory_with(way: str) -> None:
    """What is read is read before what shares its memory is written."""

    def f(x: Any, y: Any) -> Any:
        return np.sum(x[1:] * y[:-1] ** 2) + np.sum(np.cumsum(x) * y)

    call, tape = sd.grad(f, (0, 1)), sd.grad(f, (0, 1), compile=False)
    rng = np.random.default_rng(0)
    for start in (0, 1, 3, 0, 5):
        memory = rng.normal(size=20)
        x, y = LAYOUTS[way](rng.normal(size=6)), memory[5:11]
        wanted = tape(x, y.copy())
        outs = (memory[start : start + 6], np.empty(6))
        call(x, y, out=outs)
        for ours, other in zip(outs, wanted, strict=True):
            np.testing.assert_allclose(ours, other, rtol=1e-12, atol=1e-12)


def test_one_array_for_both_arguments() -> None:
    def f(x: Any, y: Any) -> Any:
        return np.sum(np.sin(x) * y) + x @ y

    call, x = sd.grad(f, (0, 1)), np.linspace(0.0, 1.0, 9)
    for a, b in ((x, x), (x, x[::-1]), (x[:5], x[4:]), (x, x.copy()), (x[::2], x[4:])):
        found, wanted = call(a, b), (np.cos(a) * b + b, np.sin(a) + a)
        for ours, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(ours, other, rtol=1e-14, atol=1e-15)
