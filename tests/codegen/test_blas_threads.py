"""BLAS has one thread within small calls of kernels, and what it had before after them."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from codegen import threads
from codegen.runtime import blas_threads

SMALL, LARGE = 2**20, 2**30  # multiplications
count, give = (blas_threads.openblas(f"{verb}_num_threads") for verb in ("get", "set"))
pytestmark = pytest.mark.skipif(
    count is None or not threads.available, reason="SciPy has no OpenBLAS to ask"
)


@pytest.fixture(autouse=True)
def _two_threads() -> Iterator[None]:
    before, ours = count(), threads.num_threads()
    give(2)
    threads.set_num_threads(2)
    yield
    give(before)
    threads.set_num_threads(ours)


def enter(work: int) -> int:
    address = blas_threads.install().get_function_address(blas_threads.ENTER)
    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(address)(work)


def leave(entered: int) -> None:
    address = blas_threads.install().get_function_address(blas_threads.LEAVE)
    ctypes.CFUNCTYPE(None, ctypes.c_int64)(address)(entered)


def test_one_thread_within_a_small_call_and_all_of_them_after_it():
    entered = enter(SMALL)
    assert entered and count() == 1
    leave(entered)
    assert count() == 2


def test_calls_within_calls_wait_for_the_last():
    outer, inner = enter(SMALL), enter(SMALL)
    leave(outer)
    assert count() == 1
    leave(inner)
    assert count() == 2


@pytest.mark.parametrize("work", [0, 1000, LARGE])
def test_tiny_and_large_calls_change_nothing(work: int):
    entered = enter(work)
    assert not entered and count() == 2
    leave(entered)
    assert count() == 2


def test_large_calls_have_one_thread_where_kernels_have_one():
    threads.set_num_threads(1)
    entered = enter(LARGE)
    assert count() == 1
    leave(entered)
    assert count() == 2


def test_what_users_set_meanwhile_stays():
    outer = enter(SMALL)
    give(3)
    leave(outer)
    assert count() == 3


def test_one_thread_from_the_start_stays_one():
    give(1)
    entered = enter(SMALL)
    leave(entered)
    assert count() == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no forks on this system")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_a_child_forked_within_a_call_has_what_was_there_before():
    entered = enter(SMALL)
    child = os.fork()
    if child == 0:
        os._exit(count())
    leave(entered)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 2


def squares(u: Any, v: Any, m: Any) -> Any:
    return np.sum((u @ v.T - m) ** 2)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("rows", "inner"), [(20, 3), (90, 70), (260, 300)])
def test_products_of_all_sizes_are_right(rows: int, inner: int, dtype: str):
    rng = np.random.default_rng(0)
    u, v, m = (rng.normal(size=s).astype(dtype) for s in ((rows, inner),) * 2 + ((rows, rows),))
    exact = 2 * (u.astype(float) @ v.T.astype(float) - m) @ v.astype(float)
    slack = 1e-11 if dtype == "float64" else 1e-3
    np.testing.assert_allclose(sd.grad(squares)(u, v, m), exact, slack, slack * abs(exact).max())
    assert count() == 2


def likelihood(a: Any, b: Any) -> Any:
    return b @ np.linalg.solve(a, b) + np.linalg.slogdet(a)[1]


def test_linear_algebra_from_many_threads_is_right_and_leaves_blas_as_it_was():
    rng = np.random.default_rng(0)
    roots = [rng.normal(size=(n, n)) for n in (10, 60, 120) * 4]
    slope = sd.grad(likelihood)

    def right(root: Any) -> bool:
        a, b = root @ root.T + len(root) * np.eye(len(root)), np.ones(len(root))
        x = np.linalg.solve(a, b)
        return np.allclose(slope(a, b), np.linalg.inv(a) - np.outer(x, x), 1e-9, 1e-12)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(right, roots))
    assert count() == 2


def test_a_singular_matrix_leaves_blas_as_it_was():
    with pytest.raises(np.linalg.LinAlgError):
        sd.jit(lambda a: np.linalg.solve(a, a))(np.zeros((40, 40)))
    assert count() == 2
