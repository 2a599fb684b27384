"""Two calls of one function with other surroundings: compiled, on the tape and plain, one result."""

import functools
import gc
import random
import time
import types
import weakref
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import symdiff as sd
from symdiff.tracing.traces import traces_of

X = np.array([0.5, -1.0, 2.0])
SCALE = 1.0
COUNT = 0


def same(f, *args):
    """The plain value, and twice the same gradient as that of differences."""
    value, g = sd.value_and_grad(f)(*args)
    taped, gt = sd.value_and_grad(f, compile=False)(*args)
    np.testing.assert_allclose([value, taped], f(*args))
    np.testing.assert_allclose(g, gt)
    x, rest = args[0], args[1:]
    steps = 1e-6 * np.eye(x.size).reshape(x.size, *x.shape)
    slopes = [(f(x + s, *rest) - f(x - s, *rest)) / 2e-6 for s in steps]
    np.testing.assert_allclose(np.ravel(g), slopes, rtol=1e-4, atol=1e-5)


class Space:
    scale = 2.0

    def __init__(self, **items):
        self.__dict__.update(items)

    def __call__(self, x):
        return np.sum(np.sin(self.w) * x) * SCALE

    @property
    def doubled(self):
        return 2 * self.k * SCALE


class Slots:
    __slots__ = ("k", "w")


@dataclass
class Data:
    w: np.ndarray
    k: float


class Pair(NamedTuple):
    a: np.ndarray
    b: float


def get_w(o):
    return o.w


def put_w(o, w):
    o.w = w


def put_in_class(o, w):
    type(o).w = w


OBJECTS: dict = {
    "an object in an object": (Space(o=Space(w=X.copy())), lambda o: o.o.w, lambda o, v: put_w(o.o, v)),
    "a list in an object": (Space(ws=[X.copy()]), lambda o: o.ws[0], lambda o, v: o.ws.__setitem__(0, v)),
    "objects in a list": (Space(ls=[Space(w=X.copy())]), lambda o: o.ls[0].w,
                          lambda o, v: o.ls.__setitem__(0, Space(w=v))),
    "a dict of dicts": ({"a": {"b": X.copy()}}, lambda o: o["a"]["b"], lambda o, v: o["a"].update(b=v)),
    "a module": (types.ModuleType("mine"), get_w, put_w),
    "a class": (type("Mine", (), {"w": X.copy()}), get_w, put_w),
    "an instance of a class with data": (type("Mine", (), {"w": X.copy()})(), get_w, put_in_class),
    "slots": (Slots(), get_w, put_w),
    "a dataclass": (Data(X.copy(), 1.0), get_w, put_w),
    "a default": (Space(w=X.copy()), get_w, put_w),
    "a namespace": (types.SimpleNamespace(w=X.copy()), get_w, put_w),
}  # fmt: skip
OBJECTS["a module"][0].w = X.copy()
OBJECTS["slots"][0].w = X.copy()


@pytest.mark.parametrize("what", OBJECTS)
@pytest.mark.parametrize("passed", [False, True], ids=["captured", "passed"])
def test_arrays_anywhere_are_read_anew(what, passed):
    o, get, put = OBJECTS[what]
    put(o, X.copy())
    f = (
        (lambda x, o: np.sum(np.sin(get(o)) * x))
        if passed
        else lambda x: np.sum(np.sin(get(o)) * x)
    )
    rest = (o,) if passed else ()
    same(f, X, *rest)
    get(o)[0] = 7.0
    same(f, X, *rest)
    put(o, np.zeros(3) + 0.1)
    same(f, X, *rest)


def test_a_captured_array_may_change_its_form_in_place():
    b = np.arange(1.0, 5.0)

    def f(x):
        return np.sum(np.sin(b).sum() * x) + np.ravel(b)[1] * x[0, 0] + len(b)

    x = np.ones((2, 2))
    g = sd.value_and_grad(f)
    for change in (
        lambda: None,
        lambda: setattr(b, "shape", (2, 2)),
        lambda: b.resize(3, refcheck=False),
    ):
        change()
        for _ in range(3):
            value, slope = g(x)
            assert value == pytest.approx(f(x))
            wanted = np.full((2, 2), np.sin(b).sum())
            wanted[0, 0] += np.ravel(b)[1]
            np.testing.assert_allclose(slope, wanted)


def test_quick_stale():
    c = 2.0

    def f(x):
        return c * np.sum(x)

    g = sd.grad(f)
    x = np.ones(2)
    g(x)
    g(x)
    c = 5.0
    sd.jit(f)(x)
    assert np.allclose(g(x), 5), g(x)


def test_fn_arg():
    s = 2.0
    w = np.ones(3)

    def h(x):
        return x * s * w

    def f(x, h):
        return np.sum(h(x))

    same(f, np.ones(3), h)
    s = 3.0
    same(f, np.ones(3), h)
    w[0] = 5
    same(f, np.ones(3), h)


def test_big_list():
    L = [1.0] * 300

    def f(x):
        return L[299] * np.sum(x)

    same(f, np.ones(3))
    L[299] = 7.0
    same(f, np.ones(3))


def test_big_dict():
    L = dict.fromkeys(range(300), 1.0)

    def f(x):
        return L[299] * np.sum(x)

    same(f, np.ones(3))
    L[299] = 7.0
    same(f, np.ones(3))


def test_string_global():
    mode = "a"

    def f(x):
        return np.sum(x) if mode == "a" else np.sum(x * x)

    same(f, 2 * X)
    mode = "b"
    same(f, 2 * X)


def test_none_global():
    w = None

    def f(x):
        return np.sum(x) if w is None else np.sum(x * w)

    same(f, 2 * X)
    w = np.ones(3) * 4
    same(f, 2 * X)
    w = None
    same(f, 2 * X)


def test_list_of_fns():
    fs = [np.sin]

    def f(x):
        return np.sum(fs[0](x))

    same(f, np.ones(3))
    fs[0] = np.exp
    same(f, np.ones(3))


def test_list_grows():
    ws = [np.ones(3)]

    def f(x):
        t = 0.0
        for w in ws:
            t = t + np.sum(w * x)
        return t

    same(f, np.ones(3))
    ws.append(np.ones(3) * 3)
    same(f, np.ones(3))
    ws.pop()
    ws.pop()
    ws.append(np.zeros(3))
    same(f, np.ones(3))


def test_set_captured():
    S = {1, 2}

    def f(x):
        return np.sum(x) * len(S)

    same(f, np.ones(3))
    S.add(5)
    same(f, np.ones(3))


def test_set_arg():
    S = {1, 2}

    def f(x, S):
        return np.sum(x) * len(S)

    same(f, np.ones(3), S)
    S.add(5)
    same(f, np.ones(3), S)


def test_kwdefault():

    def f(x, *, s=2.0):
        return np.sum(x) * s

    same(f, np.ones(3))
    f.__kwdefaults__ = {"s": 7.0}
    same(f, np.ones(3))


def test_fn_attr():

    def f(x):
        return np.sum(x) * f.scale

    f.scale = 2.0
    same(f, np.ones(3))
    f.scale = 7.0
    same(f, np.ones(3))


def test_partial():
    w = np.ones(3)

    def h(w, x):
        return np.sum(np.sin(w) * x)

    f = functools.partial(h, w)
    same(f, np.ones(3))
    w[0] = 7
    same(f, np.ones(3))


def test_wrapped():

    def deco(k):

        def d(h):

            @functools.wraps(h)
            def w(x):
                return h(x) * k[0]

            return w

        return d

    k = [2.0]

    @deco(k)
    def f(x):
        return np.sum(x)

    same(f, np.ones(2))
    k[0] = 3.0
    same(f, np.ones(2))


def test_lru():
    tab = {}

    @functools.lru_cache
    def w(n):
        return np.sin(np.arange(n))

    def f(x):
        return np.sum(x * w(4))

    same(f, np.ones(4))
    same(f, np.ones(4) * 2)

    def memo(x):
        if "w" not in tab:
            tab["w"] = np.cos(np.arange(4.0))
        return np.sum(x * tab["w"])

    same(memo, np.ones(4))
    tab["w"] = np.ones(4)
    same(memo, np.ones(4))


def test_globals_dict():

    def f(x):
        return np.sum(x) * globals()["SCALE"]

    global SCALE
    SCALE = 1.0
    same(f, np.ones(2))
    SCALE = 2.5
    same(f, np.ones(2))


def test_eval_in_f():

    def f(x):
        return np.sum(x) * eval("SCALE", globals())

    global SCALE
    SCALE = 1.0
    same(f, np.ones(2))
    SCALE = 2.5
    same(f, np.ones(2))


def test_equal_objs():

    class E:
        def __init__(self, k):
            self.k = k

        def __eq__(self, o):
            return True

        def __hash__(self):
            return 1

        def __call__(self, x):
            return np.sum(x) * self.k

    assert sd.grad(E(2.0))(np.ones(2))[0] == 2
    assert sd.grad(E(3.0))(np.ones(2))[0] == 3

    def f(x, e):
        return np.sum(x) * e.k

    same(f, np.ones(2), E(2.0))
    same(f, np.ones(2), E(3.0))


def test_static_frozenset():

    def f(x, k):
        return np.sum(x) * (1 if type(next(iter(k))) is int else 3)

    same(f, np.ones(2), frozenset([1]))
    same(f, np.ones(2), frozenset([True]))


def test_neg_zero_global():
    z = 0.0

    def f(x):
        return np.sum(x) * np.copysign(1.0, z)

    same(f, np.ones(2))
    z = -0.0
    same(f, np.ones(2))


def test_tensor_captured():
    w = sd.tensor([1.0, 2.0])

    def f(x):
        return np.sum(x * w)

    a = sd.grad(f)(np.ones(2))
    w[0] = 5.0
    b = sd.grad(f)(np.ones(2))
    assert np.allclose(b, [5, 2]), (a, b)
    w.data = sd.tensor([7.0, 8.0])
    b = sd.grad(f)(np.ones(2))
    assert np.allclose(b, [7, 8]), (a, b)

    def f2(x):
        return np.sum(x * np.sin(w.numpy()))

    same(lambda x: np.sum(x * np.sin(w.numpy())), np.ones(2))
    g = sd.grad(f2)
    g(np.ones(2))
    w[0] = 0.0
    assert np.allclose(g(np.ones(2)), np.sin([0, 8.0])), g(np.ones(2))


def test_tensor_item():
    w = sd.tensor(2.0)

    def f(x):
        return np.sum(x) * w.item()

    g = sd.grad(f)
    assert g(np.ones(2))[0] == 2
    w.fill_(3.0)
    assert g(np.ones(2))[0] == 3


def test_nonlocal_counter():
    n = 0

    def f(x):
        nonlocal n
        n += 1
        return np.sum(x) * n

    g = sd.grad(f)
    a = g(np.ones(3)).copy()
    b = g(np.ones(3)).copy()
    assert not np.array_equal(a, b), (a, b)


def test_global_counter():

    def f(x):
        global COUNT
        COUNT += 1
        return np.sum(x) * COUNT

    g = sd.grad(f)
    a = g(np.ones(3)).copy()
    b = g(np.ones(3)).copy()
    c = g(np.ones(3)).copy()
    assert not np.array_equal(a, b) and (not np.array_equal(c, b)), (a, b, c)


def test_attr_counter():
    o = Space()
    o.n = 0

    def f(x):
        o.n += 1
        return np.sum(x) * o.n

    g = sd.grad(f)
    a = g(np.ones(3)).copy()
    b = g(np.ones(3)).copy()
    c = g(np.ones(3)).copy()
    assert not np.array_equal(a, b) and (not np.array_equal(c, b)), (a, b, c)


def test_attr_state():
    o = Space()
    o.h = np.ones(3)

    def f(x):
        o.h = o.h * 2
        return np.sum(x * o.h)

    g = sd.grad(f)
    a = g(np.ones(3)).copy()
    b = g(np.ones(3)).copy()
    c = g(np.ones(3)).copy()
    assert np.allclose(b, 2 * a) and np.allclose(c, 4 * a), (a, b, c)


def test_dict_state():
    o = {"n": 0}

    def f(x):
        o["n"] += 1
        return np.sum(x) * o["n"]

    g = sd.grad(f)
    a = g(np.ones(3)).copy()
    b = g(np.ones(3)).copy()
    c = g(np.ones(3)).copy()
    assert not np.array_equal(a, b) and (not np.array_equal(c, b)), (a, b, c)


def test_captured_inplace():
    buf = np.ones(3)

    def f(x):
        buf[:] = buf * 2
        return np.sum(buf * x)

    g = sd.grad(f)
    a = g(np.ones(3)).copy()
    b = g(np.ones(3)).copy()
    c = g(np.ones(3)).copy()
    assert np.allclose(b, 2 * a) and np.allclose(c, 4 * a), (a, b, c, buf)


def test_captured_iadd():
    buf = np.ones(3)

    def f(x):
        b = buf
        b += 1
        return np.sum(b * x)

    g = sd.grad(f)
    a = g(np.ones(3)).copy()
    b = g(np.ones(3)).copy()
    c = g(np.ones(3)).copy()
    assert np.allclose(b, a + 1) and np.allclose(c, a + 2), (a, b, c, buf)


def test_captured_out():
    buf = np.ones(3)

    def f(x):
        np.multiply(buf, 2, out=buf)
        return np.sum(buf * x)

    g = sd.grad(f)
    a = g(np.ones(3)).copy()
    b = g(np.ones(3)).copy()
    assert np.allclose(b, 2 * a), (a, b, buf)


def test_captured_view():
    buf = np.ones(3)

    def f(x):
        v = buf[:2]
        v *= 2
        return np.sum(buf * x)

    g = sd.grad(f)
    a = g(np.ones(3)).copy()
    b = g(np.ones(3)).copy()
    assert np.allclose(b, [4, 4, 1]), (a, b, buf)


def test_inner_mutation_list():
    seen = []

    def f(x):
        seen.append(1)
        return np.sum(x) * len(seen)

    g = sd.grad(f)
    a, b, c = (g(np.ones(2))[0] for _ in range(3))
    assert (b - a, c - b) == (1, 1), (a, b, c)


GENERATOR = np.random.default_rng(1)
DRAWING = {
    "np.random": lambda x: np.sum(x * np.random.normal(size=3)),
    "a number of np.random": lambda x: np.sum(x) * np.random.rand(),
    "a generator": lambda x: np.sum(x * GENERATOR.normal(size=3)),
    "a new generator": lambda x: np.sum(x * np.random.default_rng().normal(size=3)),
    "random": lambda x: np.sum(x) * random.random(),
    "a permutation": lambda x: np.sum(x * np.random.permutation(1000)[:3]),
    "a tensor": lambda x: np.sum(x * sd.randn(3)),
    "the time": lambda x: np.sum(x) * time.perf_counter(),
}


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("transform", [sd.grad, sd.jit])
def test_chance_is_not_frozen(name, transform):
    f = transform(DRAWING[name])
    results = [np.copy(f(X)) for _ in range(3)]
    assert not np.array_equal(results[0], results[1])
    assert not np.array_equal(results[1], results[2])


def test_a_question_that_f_swallows_is_answered():
    def f(x):
        try:
            return np.sum(x) * (2.0 if x[0] > 0 else 3.0)
        except Exception:
            return np.sum(x) * 100

    same(f, X)
    same(f, -X)


def test_traces_remain_traces():
    """Functions of ordinary data are still compiled."""
    model = Space(layers=[Space(w=X)], lr=0.1)

    def f(x):
        return np.sum(model.layers[0].w * x) * model.lr

    sd.grad(f)(X)
    assert len(traces_of(f).exact) == 1


def test_functions_and_what_they_hold_are_let_go():
    def made():
        o = Space(w=X.copy())

        def f(x):
            return np.sum(o.w * x)

        def halves(x):
            return x[0] if len(x) == 1 else halves(x[:1]) * halves(x[1:])

        for h in (f, halves, o.__call__):
            sd.grad(h)(X)
        sd.grad(lambda x, o: np.sum(o.w * x))(X, o)
        return [weakref.ref(thing) for thing in (o, f, halves)]

    things = made()
    gc.collect()
    assert [thing() for thing in things] == [None, None, None]
