"""What a call costs beyond its kernel; `pytest -m slow -s tests/test_call_overhead.py` prints it."""

import time

import numpy as np
import pytest

import symdiff as sd

A, B = np.arange(1.0, 11.0), np.linspace(0.0, 1.0, 10)
NUMBERS = [0.5 * k for k in range(300)]
OUT, OUTS = np.empty(10), (np.empty(10), np.empty(10))


class Model:
    def __init__(self):
        self.w, self.scale = B.copy(), 2.0

    def loss(self, x):
        return np.sum(self.w * x) * self.scale


def product():
    return lambda x, y: np.sum(x * y)


def method():
    return Model().loss


def polynomial():
    def f(x):
        total = 0.0
        for c in NUMBERS:
            total = total * x + c
        return total

    return f


def of_tree():
    return lambda p: np.sum(p["w"] * p["b"])


PROMISED = 1.5  # microseconds that a call with two arrays adds
CALLS = {  # function, its argnums, arguments, keywords, how many times as much it may add
    "two arrays": (product, 0, (A, B), {}, 1),
    "two arrays, two gradients": (product, (0, 1), (A, B), {}, 1.6),
    "two arrays, out": (product, 0, (A, B), {"out": OUT}, 2.9),
    "two arrays, two outs": (product, (0, 1), (A, B), {"out": OUTS}, 3.9),
    "a method": (method, 0, (A,), {}, 2.9),
    "a list of 300 numbers": (polynomial, 0, (0.5,), {}, 4.7),
    "a tree": (of_tree, 0, ({"w": A, "b": B},), {}, 8.5),
}


def _sample(call, count=500):
    start = time.perf_counter()
    for _ in range(count):
        call()
    return (time.perf_counter() - start) / count * 1e6


def _least(*calls, rounds=40):
    """Microseconds of each, taking turns: what other programs do meanwhile only adds."""
    return np.min([[_sample(call) for call in calls] for _ in range(rounds)], axis=0)


def _bare(made, args, outs):
    """The kernel that calls go to, with arrays as it takes them."""
    (compiled,) = made.traces.ops.values()
    (trace,) = made.traces.exact.values()
    leaves = [a for arg in args for a in (arg.values() if isinstance(arg, dict) else (arg,))]
    function = compiled.kernel.function_into if outs else compiled.kernel.function
    given = (*leaves, *trace.captured, *outs)
    return lambda: function(*given)


def _called(name):
    """A call that is compiled, and its kernel's."""
    make, argnums, args, kwargs, _ = CALLS[name]
    call = sd.value_and_grad(make(), argnums)
    for _ in range(3):
        call(*args, **kwargs)
    outs = kwargs.get("out", ())
    bare = _bare(call, args, outs if isinstance(outs, tuple) else (outs,))
    return lambda: call(*args, **kwargs), bare


@pytest.mark.slow
def test_a_call_adds_little_to_its_kernel():
    whole, kernel = _least(*_called("two arrays"))
    print(f"two arrays: {whole:.2f} µs, its kernel {kernel:.2f} µs, added {whole - kernel:.2f} µs")
    assert whole - kernel <= PROMISED


@pytest.mark.slow
@pytest.mark.parametrize("name", list(CALLS)[1:])
def test_other_calls_add_few_times_as_much(name):
    whole, kernel, plain, bare = _least(*_called(name), *_called("two arrays"))
    times = (whole - kernel) / (plain - bare)
    print(f"{name}: {whole:.2f} µs, its kernel {kernel:.2f} µs, {times:.2f} times the least call's")
    assert times <= CALLS[name][-1]
