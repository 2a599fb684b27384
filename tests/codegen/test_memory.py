"""Large blocks are used again, never twice at once, and given back when there are too many."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest

from codegen import build
from codegen.index import Apply, Buffer, Const, Define, Program, Read, Var
from codegen.runtime import memory

pytestmark = pytest.mark.skipif(not memory.available, reason="the system's own allocator is used")
N, HERE = Var("n"), Var("i")


def doubled() -> Any:
    value = Apply("mul", (Read("x", (HERE,)), Const(2.0)))
    body = (Define(Buffer("y", (N,)), ("i",), value),)
    return build(Program("doubled", (("n", "x", 0),), (Buffer("x", (N,)),), body, ("y",)), "llvm")


def test_a_freed_block_is_used_again_and_a_live_one_is_not() -> None:
    kernel, x = doubled(), np.ones(500_000)
    first = kernel(x)[0]
    second = kernel(x)[0]
    assert not np.shares_memory(first, second)
    place = first.ctypes.data
    del first
    third = kernel(x)[0]
    assert third.ctypes.data == place
    assert not np.shares_memory(third, second)
    np.testing.assert_array_equal(second, 2.0)


def test_a_view_keeps_its_block() -> None:
    kernel, x = doubled(), np.ones(500_000)
    part = kernel(x)[0][1000:1010]
    kernel(3 * x)
    np.testing.assert_array_equal(part, 2.0)


def test_blocks_of_many_sizes() -> None:
    kernel, alive = doubled(), []
    rng = np.random.default_rng(0)
    for k, n in enumerate(rng.integers(1, 1_000_000, 60)):
        alive.append((k, kernel(np.full(n, float(k)))[0]))
        if len(alive) > 5:
            alive.pop(int(rng.integers(5)))
        for value, y in alive:
            assert y[0] == y[-1] == 2.0 * value


def test_threads_never_share_a_block() -> None:
    kernel, wrong = doubled(), []

    def work(number: int) -> None:
        x = np.full(200_000 + number % 2, float(number))
        for _ in range(60):
            y = kernel(x)[0]
            if not (y == 2.0 * number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_block_of_middling_size_is_used_again() -> None:
    kernel, x = doubled(), np.ones(20_000)
    first = kernel(x)[0]
    place = first.ctypes.data
    del first
    assert kernel(x)[0].ctypes.data == place


def test_the_newest_block_takes_the_place_of_an_older_one() -> None:
    kernel = doubled()
    alive = [kernel(np.full(n, 1.0))[0] for n in range(20_000, 60_000, 1_000)]
    alive.clear()  # more than are kept
    y = kernel(np.ones(300_000))[0]
    place = y.ctypes.data
    del y
    assert kernel(np.ones(300_000))[0].ctypes.data == place
