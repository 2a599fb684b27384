"""What a function reads besides its arguments may change: compiled, on the tape and plain, one result.

Each case gives its function, and its arguments if they matter, once before and once after a change.
"""

import array
import ctypes
import functools
import os

import numpy as np
import pytest

from . import same

X = np.array([0.5, -1.0, 2.0])
SCALE = 1.0
WEIGHTS = np.ones(3)
CASES = {}


def case(f):
    CASES[f.__name__] = f
    return f


@case
def a_function_that_is_an_argument():
    s, w = 2.0, np.ones(3)

    def h(x):
        return x * s * w

    f = lambda x, h: np.sum(h(x))
    yield f, X, h
    s = 3.0
    yield f, X, h
    w[0] = 5
    yield f, X, h


@case
def a_long_list():
    numbers = [1.0] * 300
    f = lambda x: numbers[299] * np.sum(x)
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
    f = lambda x: numbers[299] * next(iter(numbers)) * np.sum(x)
    yield f
    numbers[299] = 7.0
    yield f
    del numbers[0]
    numbers[0] = 1.0
    yield f


@case
def a_text():
    mode = "a"
    f = lambda x: np.sum(x) if mode == "a" else np.sum(x * x)
    yield f
    mode = "b"
    yield f


@case
def none_that_becomes_an_array():
    w = None
    f = lambda x: np.sum(x) if w is None else np.sum(x * w)
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
    f = lambda x: np.sum(x) * np.copysign(1.0, z)
    yield f
    z = -0.0
    yield f


@case
def the_type_of_a_number():
    n = [1]
    f = lambda x: np.sum(x) * (2.0 if type(n[0]) is int else 3.0)
    for number in (1, 1.0, True, np.float64(1.0)):
        n[0] = number
        yield f


@case
def a_list_of_functions():
    functions = [np.sin]
    f = lambda x: np.sum(functions[0](x))
    yield f
    functions[0] = np.exp
    yield f


@case
def a_list_that_grows_and_shrinks():
    weights = [np.ones(3)]
    f = lambda x: sum((np.sum(w * x) for w in weights), 0.0)
    yield f
    weights.append(np.ones(3) * 3)
    yield f
    weights[:] = [np.zeros(3)]
    yield f


@case
def a_set():
    members = {1, 2}
    f = lambda x: np.sum(x) * len(members)
    yield f
    members.add(5)
    yield f


@case
def a_set_that_is_an_argument():
    members = {1, 2}
    f = lambda x, members: np.sum(x) * len(members)
    yield f, X, members
    members.add(5)
    yield f, X, members


@case
def sets_that_are_equal():
    f = lambda x, k: np.sum(x) * (1 if type(next(iter(k))) is int else 3)
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
    f = lambda x: np.sum(x * remembered(3))
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
    f = lambda x: np.sum(x) * SCALE
    for value in (1.0, 2.5, 1.0):
        SCALE = value
        yield f


@case
def code_that_is_replaced():
    h = lambda x: x * 2
    f = lambda x: np.sum(h(x))
    yield f
    h.__code__ = (lambda x: x * 7).__code__
    yield f
    f.__code__ = (lambda x: np.sum(h(x) * x)).__code__  # h is read from the same cell
    yield f


@case
def the_environment(name="SYMDIFF_TEST_SCALE"):
    f = lambda x: np.sum(x) * float(os.environ[name])
    for value in ("2", "5"):
        os.environ[name] = value
        yield f
    del os.environ[name]


@case
def properties_of_classes():
    w = np.ones(3)

    class Kind(type):
        @property
        def weights(cls):
            return w

    class Kept(metaclass=Kind):
        pass

    f = lambda x: np.sum(x * Kept.weights)
    yield f
    w[0] = 5
    yield f


@case
def modules_by_their_names():
    def f(x):
        import sys

        return np.sum(x * sys.modules[__name__].WEIGHTS)

    yield f
    WEIGHTS[0] += 1
    yield f


@case
def memory_of_c():
    number = ctypes.c_double(2.0)
    f = lambda x: np.sum(x) * number.value
    yield f
    number.value = 5.0
    yield f


@case
def memory_of_c_below_a_class():
    class Numbers(array.array):
        pass

    numbers = Numbers("d", [2.0])
    f = lambda x: np.sum(x) * numbers[0]
    yield f
    numbers[0] = 5.0
    yield f


@case
def arrays_of_objects_and_records():
    things, records = np.array([2.0, None]), np.array([(2.0, 1)], [("k", float), ("n", int)])
    f = lambda x: np.sum(x) * things[0] * records["k"][0]
    yield f
    things[0] = 5.0
    yield f
    records["k"] = 7.0
    yield f


@case
def attributes_made_up_on_the_way():
    table = {"k": 2.0}

    class Made:
        def __getattr__(self, name):
            return table[name]

    made = Made()
    f = lambda x: np.sum(x) * made.k
    yield f
    table["k"] = 9.0
    yield f


@pytest.mark.parametrize("name", CASES)
def test_a_call_sees_its_surroundings_as_they_are(name):
    for found in CASES[name]():
        f, *args = found if isinstance(found, tuple) else (found,)
        same(f, *(args or [X]))
