"""What a function reads besides its arguments may change: compiled, on the tape and plain, one result.

Each case gives its function, and its arguments if they matter, once before and once after a change.
"""

import functools

import numpy as np
import pytest

import symdiff as sd

from . import same

X = np.array([0.5, -1.0, 2.0])
SCALE = 1.0
COUNT = 0
CASES = {}


def case(f):
    CASES[f.__name__] = f
    return f


@case
def a_function_that_is_an_argument():
    s, w = 2.0, np.ones(3)

    def h(x):
        return x * s * w

    f = lambda x, h: np.sum(h(x))  # noqa: E731
    yield f, X, h
    s = 3.0
    yield f, X, h
    w[0] = 5
    yield f, X, h


@case
def a_long_list():
    numbers = [1.0] * 300
    f = lambda x: numbers[299] * np.sum(x)  # noqa: E731
    yield f
    numbers[299] = 7.0
    yield f
    numbers[299] = 7
    yield f
    numbers[299], numbers[0] = numbers[0], numbers[299]
    yield f


@case
def a_long_dict():
    numbers = dict.fromkeys(range(300), 1.0)
    f = lambda x: numbers[299] * next(iter(numbers)) * np.sum(x)  # noqa: E731
    yield f
    numbers[299] = 7.0
    yield f
    del numbers[0]
    numbers[0] = 1.0
    yield f


@case
def a_text():
    mode = "a"
    f = lambda x: np.sum(x) if mode == "a" else np.sum(x * x)  # noqa: E731
    yield f
    mode = "b"
    yield f


@case
def none_that_becomes_an_array():
    w = None
    f = lambda x: np.sum(x) if w is None else np.sum(x * w)  # noqa: E731
    yield f
    w = np.ones(3) * 4
    yield f
    w = None
    yield f


@case
def a_variable_that_has_no_value_for_a_while():
    w = 2.0

    def f(x):
        try:
            return np.sum(x) * w
        except NameError:
            return np.sum(x * x)

    yield f
    del w
    yield f
    w = 3.0
    yield f


@case
def zero_and_its_sign():
    z = 0.0
    f = lambda x: np.sum(x) * np.copysign(1.0, z)  # noqa: E731
    yield f
    z = -0.0
    yield f


@case
def the_type_of_a_number():
    n = [1]
    f = lambda x: np.sum(x) * (2.0 if type(n[0]) is int else 3.0)  # noqa: E731
    for number in (1, 1.0, True, np.float64(1.0)):
        n[0] = number
        yield f


@case
def a_list_of_functions():
    functions = [np.sin]
    f = lambda x: np.sum(functions[0](x))  # noqa: E731
    yield f
    functions[0] = np.exp
    yield f


@case
def a_list_that_grows_and_shrinks():
    weights = [np.ones(3)]
    f = lambda x: sum((np.sum(w * x) for w in weights), 0.0)  # noqa: E731
    yield f
    weights.append(np.ones(3) * 3)
    yield f
    weights[:] = [np.zeros(3)]
    yield f


@case
def a_set():
    members = {1, 2}
    f = lambda x: np.sum(x) * len(members)  # noqa: E731
    yield f
    members.add(5)
    yield f


@case
def a_set_that_is_an_argument():
    members = {1, 2}
    f = lambda x, members: np.sum(x) * len(members)  # noqa: E731
    yield f, X, members
    members.add(5)
    yield f, X, members


@case
def sets_that_are_equal():
    f = lambda x, k: np.sum(x) * (1 if type(next(iter(k))) is int else 3)  # noqa: E731
    yield f, X, frozenset([1])
    yield f, X, frozenset([True])


@case
def a_keyword_s_default():
    def f(x, *, s=2.0):
        return np.sum(x) * s

    yield f
    f.__kwdefaults__ = {"s": 7.0}
    yield f


@case
def an_attribute_of_the_function():
    def f(x):
        return np.sum(x) * f.scale

    f.scale = 2.0
    yield f
    f.scale = 7.0
    yield f


@case
def an_array_in_a_partial():
    w = np.ones(3)
    f = functools.partial(lambda w, x: np.sum(np.sin(w) * x), w)
    yield f
    w[0] = 7
    yield f


@case
def what_a_decorator_reads():
    k = [2.0]

    def scaled(h):
        @functools.wraps(h)
        def wrapper(x):
            return h(x) * k[0]

        return wrapper

    f = scaled(lambda x: np.sum(x))
    yield f
    k[0] = 3.0
    yield f


@case
def a_function_that_remembers():
    remembered = functools.lru_cache(lambda n: np.sin(np.arange(n)))
    f = lambda x: np.sum(x * remembered(3))  # noqa: E731
    yield f
    yield f, X * 2


@case
def a_table_that_the_function_fills():
    table = {}

    def f(x):
        if "w" not in table:
            table["w"] = np.cos(np.arange(3.0))
        return np.sum(x * table["w"])

    yield f
    table["w"] = np.ones(3)
    yield f


@case
def globals_by_name():
    global SCALE
    for f in (
        lambda x: np.sum(x) * globals()["SCALE"],
        lambda x: np.sum(x) * eval("SCALE", globals()),
    ):
        SCALE = 1.0
        yield f
        SCALE = 2.5
        yield f


@case
def a_global_number():
    global SCALE
    f = lambda x: np.sum(x) * SCALE  # noqa: E731
    for value in (1.0, 2.5, 1.0):
        SCALE = value
        yield f


@pytest.mark.parametrize("name", CASES)
def test_a_call_sees_its_surroundings_as_they_are(name):
    for found in CASES[name]():
        f, *args = found if isinstance(found, tuple) else (found,)
        same(f, *(args or [X]))


# --- what calls change themselves


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
