"""Traces and what they are made of: kept as long as they hold, and let go with their functions."""

import gc
import weakref
from typing import Any, NamedTuple

import numpy as np

import symdiff as sd
from symdiff.tracing.traces import traces_of

from . import same

X = np.array([0.5, -1.0, 2.0])


class Space:
    def __init__(self, **items):
        self.__dict__.update(items)

    def __call__(self, x):
        return np.sum(np.sin(self.w) * x)


def test_what_one_transform_forgets_no_other_keeps():
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


class Problem(NamedTuple):
    name: str
    function: Any


def test_what_a_named_tuple_holds_is_traced_through():
    problem = Problem("squares", lambda x: np.sum(x**2))

    def f(x):
        return problem.function(x)

    assert sd.grad(f)(X).tolist() == (2 * X).tolist()
    assert traces_of(f).exact
    problem = Problem("cubes", lambda x: np.sum(x**3))
    assert sd.grad(f)(X).tolist() == (3 * X**2).tolist()


def test_objects_that_say_they_are_equal_are_told_apart():

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


class Counting:
    count, inner = 1.0, np.ones(2)

    @classmethod
    def one_more(cls) -> None:
        cls.count += 1

    def power(self, x: np.ndarray) -> np.ndarray:
        return x**2


def test_what_a_class_gets_of_its_own_hides_what_it_inherits():
    class Here(Counting):
        pass

    here, x = Here(), np.array([0.5, -2.0])
    slope = sd.grad(lambda x: np.sum(Here.count * here.inner * here.power(x)))
    np.testing.assert_allclose(slope(x), 2 * x)
    Here.one_more()
    np.testing.assert_allclose(slope(x), 4 * x)
    Here.inner = np.array([1.0, 3.0])
    np.testing.assert_allclose(slope(x), 4 * x * Here.inner)
    Here.power = lambda self, x: x**3
    np.testing.assert_allclose(slope(x), 6 * x**2 * Here.inner)
