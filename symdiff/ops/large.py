"""Elementwise functions of large arrays, where a kernel is several times as quick as NumPy or SciPy.

Size, layout and dtype alone decide who computes, so the same array gives the same bits each time.
A kernel is read from the disk, or compiled once, in hundredths of a second: as much as NumPy loses
in some hundred calls.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

import codegen
from codegen.index import Apply, Buffer, Const, Define, Program, Read, Reduce, Scalar, Var

SMALLEST = 4096  # numbers; at 200 both take the same time
Function = Callable[[Any], Any]


class _Elements(NamedTuple):
    """An argument as `Op.at` sees it."""

    shape: tuple[Scalar, ...]
    dtype: np.dtype[Any]

    def __call__(self, *index: Scalar) -> Scalar:
        return Read("x", index)


def large_by_kernel(
    name: str, numpy: Function, at: Callable[..., Scalar], dtypes: Sequence[str]
) -> Function:
    """`numpy`, a function of one array; large ones of these dtypes go to a kernel."""

    kinds = tuple(map(np.dtype, dtypes))

    def evaluate(x: Any) -> Any:
        if type(x) is np.ndarray and x.size >= SMALLEST and x.dtype in kinds and is_plain(x):
            return _by_kernel(name, numpy, at, x)
        return numpy(x)

    return evaluate


def is_plain(x: np.ndarray) -> bool:
    return x.flags.c_contiguous and x.flags.aligned


def _by_kernel(name: str, numpy: Function, at: Callable[..., Scalar], x: np.ndarray) -> Any:
    """Where a result is not finite, NumPy says what it has to say about that."""
    y, finite = _kernel(name, at, x.dtype)(x if x.ndim == 1 else x.reshape(-1))
    if finite != 0:
        return numpy(x)
    return y if x.ndim == 1 else y.reshape(x.shape)


@functools.cache
def _kernel(name: str, at: Callable[..., Scalar], kind: np.dtype[Any]) -> Callable[..., Any]:
    """x -> (y, 0 if all of y is finite, else NaN)."""
    dtype = kind.name
    keep_freed_memory()
    n, k = Var("n"), Var("k")
    x, y, finite = Buffer("x", (n,), dtype), Buffer("y", (n,), dtype), Buffer("finite", (), dtype)
    zero = Apply("mul", (Read("y", (k,)), Const(0.0, dtype)))
    body = (
        Define(y, ("i",), at((Var("i"),), _Elements((n,), kind))),
        Define(finite, (), Reduce("add", (("k", n),), zero)),
    )
    program = Program(name, (("n", "x", 0),), (x,), body, ("y", "finite"))
    return codegen.build(program, target="llvm").function


@functools.cache
def keep_freed_memory() -> None:
    """Have the C library keep what is freed for the arrays to come, up to twice this block.

    It gives memory back to the system, and a tape that takes it again waits for every page, until a
    block was freed that is as large as what glibc still counts as a usual size. Costs no memory.
    """
    np.empty((1 << 25) - (1 << 13), np.uint8)
