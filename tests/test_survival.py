"""What may go wrong around compiled functions: other processes, other threads, sizes."""

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import symdiff as sd

FIRST_GRADIENTS = """
import sys
import numpy as np
import symdiff as sd
from codegen import cache

sd.set_num_threads(2)
files = lambda: {entry.path.stat().st_ino for entry in cache.entries()}
before = files()
x = np.linspace(0.0, 1.0, 300_000)
w = np.arange(12.0).reshape(4, 3)
one = sd.grad(lambda x: np.sum(np.tanh(x) ** 2 + np.exp(-x * x)))(x)
two = sd.grad(lambda w: np.sum(np.tanh(w @ np.ones(3))))(w)
print(len(before), len(files() - before), float(np.sum(one)), float(np.sum(two)))
"""


def first_gradients(folder, count=1):
    environment = {**os.environ, "SYMDIFF_CACHE_DIR": str(folder)}
    environment.pop("SYMDIFF_CACHE", None)
    command = [sys.executable, "-c", FIRST_GRADIENTS]
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(count)
    ]
    told = [process.communicate(timeout=120)[0].split() for process in running]
    assert [process.returncode for process in running] == [0] * count
    return [(int(a), int(b), float(c), float(d)) for a, b, c, d in told]


def test_a_second_process_has_its_gradients_from_the_disk(tmp_path):
    """Two at once fill the cache; the next, threads and all, compiles nothing."""
    filled = first_gradients(tmp_path, 2)
    assert any(written for _, written, *_ in filled)
    for _, _, *sums in filled:
        np.testing.assert_allclose(sums, filled[0][2:], rtol=1e-13)
    ((found, written, *sums),) = first_gradients(tmp_path)
    assert found > 0
    assert written == 0  # a kernel that is compiled again is a new file
    np.testing.assert_allclose(sums, filled[0][2:], rtol=1e-13)


def together(work, count=8):
    """Runs `work(k)` in so many threads at once; gives the results."""
    results, start = [None] * count, threading.Barrier(count)

    def run(k):
        start.wait()
        results[k] = work(k)

    threads = [threading.Thread(target=run, args=(k,)) for k in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_eight_threads_compile_and_call_one_function():
    g = sd.grad(lambda x: np.sum(np.cos(x) * x))
    xs = [np.linspace(k, k + 1.0, 50_000) for k in range(8)]
    for _ in range(3):
        for x, found in zip(xs, together(lambda k: g(xs[k]))):
            np.testing.assert_allclose(found, np.cos(x) - x * np.sin(x), rtol=1e-9, atol=1e-9)


def test_eight_threads_compile_eight_functions():
    x = np.array([0.5, 2.0])
    found = together(lambda k: sd.grad(lambda x: np.sum(x ** (k + 2)))(x))
    for k, g in enumerate(found):
        np.testing.assert_allclose(g, (k + 2) * x ** (k + 1))


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0), (1, 1)])
def test_sizes_of_nothing(shape):
    x = np.ones(shape)
    value, g = sd.value_and_grad(lambda x: np.sum(np.exp(x) * x))(x)
    assert value == pytest.approx(np.e * x.size)
    np.testing.assert_allclose(g, 2 * np.e * x)


def test_places_beyond_what_32_bits_count():
    """Zeros that nobody wrote to take no memory."""
    far = 2**31 + 3
    mask = np.zeros(far + 5, bool)
    mask[[5, far]] = True
    whole = sd.value_and_grad(lambda a, mask: np.sum(np.where(mask, a * a, 0.0)))
    assert whole(3.0, mask) == (18.0, 12.0)
    places = np.array([far, far + 1, 5])
    assert sd.grad(lambda a, mask: np.sum(a * mask[places]))(3.0, mask) == 2.0
    assert sd.grad(lambda a, mask: np.sum(a * mask[2**31 :]) + a * mask[far])(3.0, mask) == 2.0


def test_gradients_without_a_place_for_kernels(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path / "file"))
    monkeypatch.delenv("SYMDIFF_CACHE", raising=False)
    np.testing.assert_allclose(sd.grad(lambda x: np.sum(x**7 / 7))(np.array([2.0])), [64.0])
