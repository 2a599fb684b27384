"""What a function changes outside itself: each call does so once, compiled or not."""

import numpy as np
import pytest

import symdiff as sd

X = np.array([0.5, -1.0, 2.0])
COUNT = 0


class Space: ...


def a_variable():
    n = 0

    def f(x):
        nonlocal n
        n += 1
        return np.sum(x) * n

    return f


def a_global():
    global COUNT
    COUNT = 0

    def f(x):
        global COUNT
        COUNT += 1
        return np.sum(x) * COUNT

    return f


def an_attribute():
    o = Space()
    o.n, o.h = 0, np.ones(3)

    def f(x):
        o.n += 1
        o.h = o.h * 2
        return np.sum(x * o.h) * o.n

    return f


def an_item():
    o = {"n": 0}

    def f(x):
        o["n"] += 1
        return np.sum(x) * o["n"]

    return f


def a_list():
    seen = []

    def f(x):
        seen.append(1)
        return np.sum(x) * len(seen)

    return f


def _writing(write):
    def made():
        memory = np.ones(3)

        def f(x):
            write(memory)
            return np.sum(memory * x)

        return f

    return made


def _added(memory):
    memory += 1


def _by_a_view(memory):
    part = memory[:2]
    part *= 2


CHANGING = {
    "a variable": a_variable,
    "an attribute": an_attribute,
    "an item": an_item,
    "a list": a_list,
    "an array": _writing(lambda m: m.__setitem__(slice(None), m * 2)),
    "an array by addition": _writing(_added),
    "an array by out": _writing(lambda m: np.multiply(m, 2, out=m)),
    "an array by a view": _writing(_by_a_view),
}


@pytest.mark.parametrize("what", CHANGING)
def test_a_change_that_a_call_makes_is_made_once_by_each(what):
    plain = CHANGING[what]()
    values = [plain(X) for _ in range(4)]
    jitted = sd.jit(CHANGING[what]())
    np.testing.assert_allclose([jitted(X) for _ in range(4)], values)
    slope = sd.grad(CHANGING[what]())  # of functions that are linear
    np.testing.assert_allclose([np.sum(slope(X) * X) for _ in range(4)], values)
