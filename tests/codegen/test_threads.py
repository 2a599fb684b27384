"""Threads share loops: the same values as without, the same every time, and no harm by forks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from random_programs import INPUTS, programs

import symdiff as sd
from codegen import build, threads
from codegen.fuse import fuse
from codegen.index import Apply, Buffer, Const, Define, Program, Read, Reduce, Var
from codegen.kernel import Kernel
from codegen.loops import loops
from codegen.targets import llvm, llvm_chunks

pytestmark = pytest.mark.skipif(not threads.available, reason="no threads on this system")
N, M, HERE, J = Var("n"), Var("m"), Var("i"), Var("j")


@pytest.fixture(autouse=True)
def _three_threads_for_everything(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SYMDIFF_CACHE", "0")
    monkeypatch.setattr(llvm_chunks, "_LEAST_WORK", 0)
    before = threads.num_threads()
    threads.set_num_threads(3)
    yield
    threads.set_num_threads(before)


def compiled(program: Program) -> Any:
    """A kernel of its own, not one that was built with another least work."""
    return Kernel.of(program, loops(fuse(program)), llvm.load)


def a(name: str, *args: Any) -> Any:
    return Apply(name, args)


def regression() -> Program:
    """The loss of a linear model, its gradient, and the residuals."""
    row = Reduce("add", (("j", M),), a("mul", Read("x", (HERE, J)), Read("w", (J,))))
    residual = Read("r", (HERE,))
    back = Reduce("add", (("i", N),), a("mul", residual, Read("x", (HERE, J))))
    body = (
        Define(Buffer("r", (N,)), ("i",), a("tanh", row)),
        Define(Buffer("s", ()), (), Reduce("add", (("i", N),), a("mul", residual, residual))),
        Define(Buffer("g", (M,)), ("j",), back),
        Define(Buffer("t", ()), (), Reduce("maximum", (("i", N),), residual)),
    )
    inputs = (Buffer("x", (N, M)), Buffer("w", (M,)))
    return Program("regression", (("n", "x", 0), ("m", "x", 1)), inputs, body, ("r", "s", "g", "t"))


@pytest.mark.parametrize("n", [0, 1, 2, 11, 12, 13, 1000])
@pytest.mark.parametrize("m", [1, 7, 40])
def test_sums_maxima_and_array_sums_of_chunks_are_combined(n: int, m: int) -> None:
    rng = np.random.default_rng(n)
    x, w = rng.normal(size=(n, m)), rng.normal(size=m)
    r, s, g, t = compiled(regression())(x, w)
    wanted = np.tanh(x @ w)
    np.testing.assert_allclose(r, wanted, rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(s, wanted @ wanted, rtol=1e-12)
    np.testing.assert_allclose(g, wanted @ x, rtol=1e-11, atol=1e-12)
    assert t == (wanted.max() if n else -np.inf) or abs(t - wanted.max()) < 1e-14


def test_the_same_bits_every_time_and_alone() -> None:
    function = compiled(regression())
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(5000, 20)), rng.normal(size=20)
    first = function(x, w)
    for _ in range(30):
        for again, value in zip(function(x, w), first, strict=True):
            np.testing.assert_array_equal(again, value)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(most=6), st.sampled_from((1, 4, 13)), st.sampled_from((1, 5, 20)))
def test_random_programs_with_threads(program: Program, n: int, m: int) -> None:
    rng = np.random.default_rng(n * m)
    shapes = {"n": n, "m": m}
    arrays = [
        rng.normal(size=[shapes[e.name] for e in b.shape]).astype(b.dtype) for b in INPUTS[:-1]
    ]
    arrays.append(rng.integers(0, n, n))
    found, wanted = compiled(program)(*arrays), build(program, "python")(*arrays)
    for value, right in zip(found, wanted, strict=True):
        digits = 1e-4 if np.asarray(right).dtype == "float32" else 1e-9
        np.testing.assert_allclose(value, right, rtol=digits, atol=digits)


def test_many_callers_share_the_pool() -> None:
    function = compiled(regression())
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(2000, 10)), rng.normal(size=10)
    right, wrong = function(x, w), []

    def work() -> None:
        for _ in range(50):
            for again, value in zip(function(x, w), right, strict=True):
                if not np.array_equal(again, value):
                    wrong.append(again)

    callers = [threading.Thread(target=work) for _ in range(8)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert not wrong


def test_a_row_that_every_turn_fills_anew_is_each_chunks_own() -> None:
    row = Buffer("row", (N, M))
    element = a("exp", a("sub", Read("x", (HERE, J)), Const(1.0)))
    total = Reduce("add", (("j", M),), Read("row", (HERE, J)))
    share = a("div", Read("row", (HERE, J)), Read("sum", (HERE,)))
    body = (
        Define(row, ("i", "j"), element),
        Define(Buffer("sum", (N,)), ("i",), total),
        Define(Buffer("y", (N, M)), ("i", "j"), share),
    )
    inputs = (Buffer("x", (N, M)),)
    program = Program("softmax", (("n", "x", 0), ("m", "x", 1)), inputs, body, ("y",))
    x = np.random.default_rng(0).normal(size=(400, 30))
    e = np.exp(x)
    for _ in range(20):
        (y,) = compiled(program)(x)
        np.testing.assert_allclose(y, e / e.sum(1, keepdims=True), rtol=1e-12)


def test_the_number_of_threads() -> None:
    assert threads.num_threads() == 3
    threads.set_num_threads(1)
    assert threads.num_threads() == 1
    with pytest.raises(ValueError, match="must be positive"):
        threads.set_num_threads(0)
    others: tuple[Any, ...] = (2.5, "3", None)
    for other in others:
        with pytest.raises(TypeError, match="as an integer"):
            threads.set_num_threads(other)
    assert threads.num_threads() == 1


def test_where_no_thread_is_to_be_had_the_others_do_its_share(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Not even the caller's kernels fail: a process may have all the threads it is allowed."""

    def refused(pool: threads.Pool, number: int) -> None:
        raise RuntimeError("can't start new thread")

    function, rng = compiled(regression()), np.random.default_rng(0)
    x, w = rng.normal(size=(500, 10)), rng.normal(size=10)
    many = threads.install().workers + 3
    with monkeypatch.context() as patched:
        patched.setattr(threads.Pool, "_start", refused)
        threads.set_num_threads(many)
        found = function(x, w)
    assert threads.install().workers == many - 3
    threads.set_num_threads(many)
    for value, wanted in zip(found, function(x, w), strict=True):
        np.testing.assert_array_equal(value, wanted)


def test_users_reach_the_number_by_pytorchs_names() -> None:
    sd.set_num_threads(2)
    assert sd.get_num_threads() == threads.num_threads() == 2


def test_the_environment_gives_the_number() -> None:
    text = "from codegen import threads; print(threads.num_threads())"
    env = {**os.environ, "SYMDIFF_NUM_THREADS": "7"}
    done = subprocess.run([sys.executable, "-c", text], env=env, capture_output=True, text=True)
    assert done.stdout == "7\n"


def test_threads_that_ask_at_once_get_one_pool() -> None:
    text = """
import sys, threading
from codegen import threads
sys.setswitchinterval(1e-6)
pools, start = [], threading.Barrier(8)
def ask():
    start.wait()
    pools.append(threads.install())
asking = [threading.Thread(target=ask) for _ in range(8)]
for thread in asking: thread.start()
for thread in asking: thread.join()
print(len(set(map(id, pools))))
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True)
    assert done.stdout == "1\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_forked_child_goes_on() -> None:
    function = compiled(regression())
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(500, 10)), rng.normal(size=10)
    wanted = function(x, w)
    child = os.fork()
    if child == 0:
        same = all(np.allclose(u, v) for u, v in zip(function(x, w), wanted, strict=True))
        threads.set_num_threads(2)
        same = same and np.allclose(function(x, w)[0], wanted[0])
        os._exit(0 if same else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_fork_asks_nothing_of_llvm(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lock may be held by a thread that compiles, and that no child has: fork did not return."""
    threads.install()
    with monkeypatch.context() as patched:
        patched.setattr(threads.machine, "function", lambda *args: os._exit(1))
        child = os.fork()
        if child == 0:
            os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
