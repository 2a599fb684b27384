"""Kernels and the tape agree at sizes around every edge of blocks, on one thread and on two."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import symdiff as sd

from .by_size import OF_MATRICES, OF_VECTORS, Function

LENGTHS = [*range(1, 41), 63, 64, 65, 127, 128, 129, 255, 256, 257, 1000, 1023, 1024, 1025, 4095,
           4096, 4097, 50_000, 100_001]  # fmt: skip
SHORT = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 63, 64, 65, 100, 129]
SHAPES = [(300, 70, 5), (5, 300, 70), (1, 257, 1), (257, 1, 1), (1, 1, 257), (400, 400, 3)]
DIGITS = {"f8": 1e-10, "f4": 2e-3}


@pytest.fixture(autouse=True)
def _threads() -> Iterator[None]:
    before = sd.get_num_threads()
    yield
    sd.set_num_threads(before)


def summed(f: Function) -> Function:
    """A number out of whatever f gives; of a number itself."""
    return lambda x, y: np.sum(np.sin(f(x, y))) if np.ndim(f(x, y)) else f(x, y)


def check(f: Function, shapes: list[tuple[Any, Any]], dtype: str) -> None:
    """All sizes in a row by the same compiled functions, every second time on two threads."""
    rng, digits = np.random.default_rng(0), DIGITS[dtype]
    scalar = summed(f)
    value, kernel = sd.jit(f), sd.value_and_grad(scalar, (0, 1))
    tape = sd.value_and_grad(scalar, (0, 1), compile=False)
    for k, (first, second) in enumerate(shapes):
        sd.set_num_threads(1 + k % 2)
        x, y = (rng.uniform(-1, 1, shape).astype(dtype) for shape in (first, second))
        try:
            wanted, theirs = tape(x, y)
        except (ValueError, IndexError) as error:  # too short for this function
            with pytest.raises(type(error)):
                kernel(x, y)
            continue
        found, ours = kernel(x, y)
        for a, b in ((found, wanted), *zip(ours, theirs, strict=True), (value(x, y), f(x, y))):
            scale = float(np.max(np.abs(b), initial=1e-3))
            np.testing.assert_allclose(a, b, rtol=0, atol=digits * scale, err_msg=f"{first}")


def lengths(values: list[int]) -> list[tuple[Any, Any]]:
    order = np.random.default_rng(1).permutation(values)
    return [((int(n),), (int(n),)) for n in order]


def shapes(count: int) -> list[tuple[Any, Any]]:
    drawn = np.random.default_rng(2).choice(SHORT, (count, 3)).tolist()
    return [((n, m), (m, k)) for n, m, k in [(5, 4, 3), *drawn, *SHAPES]]


@pytest.mark.parametrize("name", ["a chain", "a softmax", "running sums", "a stencil", "joined"])
def test_vectors_of_lengths_around_the_edges(name: str) -> None:
    check(OF_VECTORS[name], lengths(LENGTHS), "f8")


@pytest.mark.parametrize("name", ["two layers", "softmax of rows", "a stencil", "across"])
def test_matrices_of_sizes_around_the_edges(name: str) -> None:
    check(OF_MATRICES[name], shapes(30), "f8")


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DIGITS)
@pytest.mark.parametrize("name", OF_VECTORS)
def test_all_functions_of_vectors(name: str, dtype: str) -> None:
    check(OF_VECTORS[name], lengths(LENGTHS), dtype)


@pytest.mark.slow
@pytest.mark.parametrize("dtype", DIGITS)
@pytest.mark.parametrize("name", OF_MATRICES)
def test_all_functions_of_matrices(name: str, dtype: str) -> None:
    check(OF_MATRICES[name], shapes(60), dtype)
