"""Arrays and tensors that a function reads, wherever they are: each call finds them as they are."""

from __future__ import annotations

import collections
import functools
import types
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import symdiff as sd

from . import same

X = np.array([0.5, -1.0, 2.0])


class Space:
    scale = 2.0

    def __init__(self, **items):
        self.__dict__.update(items)


class Slots:
    __slots__ = ("k", "w")


@dataclass
class Data:
    w: np.ndarray
    k: float


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


def test_a_captured_tensor_is_read_anew():
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


def test_a_captured_tensor_s_number_is_read_anew():
    w = sd.tensor(2.0)

    def f(x):
        return np.sum(x) * w.item()

    g = sd.grad(f)
    assert g(np.ones(2))[0] == 2
    w.fill_(3.0)
    assert g(np.ones(2))[0] == 3


def test_whole_numbers_that_were_captured_are_pythons_as_a_list():
    choice, scale = np.array([[0, 2], [1, 3]]), np.array([2.0, 3.0, 5.0, 7.0])

    def f(x):
        total = 0.0
        for i, j in choice.tolist():
            total = total + (x[i] if j % 2 else scale[j] * x[j])
        return total

    slope = sd.grad(f)
    np.testing.assert_array_equal(slope(np.ones(4)), [0, 1, 5, 0])
    assert slope.traces.exact, "it went by the tape"
    choice[0] = 1, 3
    scale[3] = 4.0
    np.testing.assert_array_equal(slope(np.ones(4)), [0, 2, 0, 0])
    choice[0] = 1, 0
    scale[0] = 9.0
    np.testing.assert_array_equal(slope(np.ones(4)), [9, 1, 0, 0])


class _Listed(list[Any]):
    pass


class _Slotted:
    __slots__ = ("weights",)


def _slotted(weights: Any) -> Any:
    made = _Slotted()
    made.weights = weights
    return made


class _OnlyOnce:
    """Its copy is itself."""

    def __init__(self, weights: Any) -> None:
        self.weights = weights

    def __copy__(self) -> _OnlyOnce:
        return self


class _NotCopied:
    """A copy without what it was made with asks itself for it without end."""

    def __init__(self, weights: Any) -> None:
        self.held = {"weights": weights}

    def __getattr__(self, name: str) -> Any:
        return self.held[name]


def _object_array(weights: Any) -> Any:
    made = np.empty(1, dtype=object)
    made[0] = weights
    return made


HELD: dict[str, tuple[Any, Any]] = {
    "a deque": (lambda w: collections.deque([w]), lambda held: held[0]),
    "a defaultdict": (lambda w: collections.defaultdict(list, w=w), lambda held: held["w"]),
    "an ordered dict": (lambda w: collections.OrderedDict(w=w), lambda held: held["w"]),
    "a named tuple": (collections.namedtuple("Named", "weights"), lambda held: held.weights),
    "a list of a class": (lambda w: _Listed([w]), lambda held: held[0]),
    "an array of objects": (_object_array, lambda held: held[0]),
    "slots": (_slotted, lambda held: held.weights),
    "an object that is its copy": (_OnlyOnce, lambda held: held.weights),
    "an object that has no copy": (_NotCopied, lambda held: held.weights),
    "a partial": (lambda w: functools.partial(np.multiply, w), lambda held: held(1.0)),
}


@pytest.mark.parametrize(("make", "read"), HELD.values(), ids=HELD)
def test_an_array_that_two_hold_is_read_as_it_is_from_both(make: Any, read: Any) -> None:
    weights = np.array([1.0, 2.0])
    held = make(weights)
    caught = sd.grad(lambda x: np.sum(weights * x + read(held) * x))
    given = sd.grad(lambda x, held: np.sum(weights * x + read(held) * x))
    for values in ([1.0, 2.0], [3.0, 5.0], [4.0, 7.0]):
        weights[:] = values
        np.testing.assert_allclose(caught(np.ones(2)), 2 * weights)
        np.testing.assert_allclose(given(np.ones(2), held), 2 * weights)
