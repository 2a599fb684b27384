"""Methods and functions of other modules that write to np.zeros or call math are followed, too."""

from __future__ import annotations

import copy
import ctypes
import dataclasses
import functools
import math
import threading
import types
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from tests.differences import slopes

X = np.array([0.5, 1.2, -0.7])


class Filter:
    """Keeps an array's length; what it writes to is made by np.zeros."""

    power = 2

    def __init__(self, weight: Any = 2.0) -> None:
        self.weight = weight

    def __call__(self, x: Any) -> Any:
        y = np.zeros(len(x))
        for i in range(len(x)):
            y[i] = self.weight * self.changed(x[i])
        return y

    def changed(self, v: Any) -> Any:
        return math.sin(v) ** self.power

    @property
    def logarithm(self) -> Any:
        return math.log(self.weight)

    @staticmethod
    def exponential(v: Any) -> Any:
        return math.exp(v)

    @classmethod
    def of_exponential(cls, v: Any) -> Filter:
        return cls(math.exp(v))


class Shifted(Filter):
    def changed(self, v: Any) -> Any:
        return super().changed(v) + math.cosh(v)


@dataclasses.dataclass(frozen=True)
class Chain:
    """Objects that hold objects."""

    first: Filter
    second: Filter

    def run(self, x: Any) -> Any:
        return self.second(self.first(x))


@dataclasses.dataclass
class Point:
    x: Any
    y: Any

    def __add__(self, other: Point) -> Point:
        return Point(self.x + other.x, self.y + other.y)

    def __abs__(self) -> Any:
        return math.hypot(self.x, self.y)


FILTER, CHAIN = Filter(), Chain(Filter(), Shifted(0.5))
MODULE = types.ModuleType("measures")
exec(
    "import math\nimport numpy as np\n"
    "def size(x):\n    y = np.empty(len(x))\n    y[:] = x\n    return part(y)\n"
    "def part(y):\n    return math.sqrt(y[0]**2 + y[1]**2)\n",
    vars(MODULE),
)


def softened(power: float, v: Any) -> Any:
    return math.log1p(math.exp(v)) ** power


@functools.cache
def chances(n: int) -> Any:
    y = np.zeros(n)
    for k in range(n):
        y[k] = math.comb(n, k)
    return y


@functools.lru_cache
def remembered(v: Any) -> Any:
    return math.sin(v)


@np.vectorize
def leaky(v: Any) -> Any:
    return math.exp(v) if v > 0 else v


class Holder:
    """Holds functions in every way there is."""

    by_class = math.atan
    bound = FILTER.changed

    def __init__(self, own: Callable[[Any], Any], **named: Callable[[Any], Any]) -> None:
        self.own, self.named, self.pair = own, named, (softened, math.tanh)

    def total(self, v: Any) -> Any:
        first, second = self.pair
        held = [self.own, self.by_class, self.bound, second, *self.named.values()]
        return sum(f(v) for f in held) + first(2.0, v)


HOLDER = Holder(Filter(3.0).changed, soft=functools.partial(softened, 3.0), sin=math.sin)
FUNCTIONS = [math.sinh, remembered, lambda v: math.cosh(v)]

FOLLOWED: dict[str, Callable[[Any], Any]] = {
    "a method": lambda x: np.sum(FILTER(x)),
    "objects in objects": lambda x: np.sum(CHAIN.run(x)),
    "the class above": lambda x: np.sum(Shifted()(x)),
    "an object made within": lambda x: np.sum(Filter(x[0])(x)),
    "operators": lambda x: abs(Point(x[0], x[1]) + Point(1.0, x[2])),
    "objects in a list": lambda x: sum(np.sum(f(x)) for f in [FILTER, CHAIN.second]),
    "a property": lambda x: Filter(x[1]).logarithm * x[0],
    "a static method": lambda x: Filter.exponential(x[0]),
    "a class method": lambda x: np.sum(Filter.of_exponential(x[0])(x)),
    "functions in a list": lambda x: sum(f(v) for f in FUNCTIONS for v in x),
    "functions in an object": lambda x: HOLDER.total(x[0]) + HOLDER.total(x[1]),
    "a remembering function": lambda x: chances(len(x)) @ FILTER(x) + remembered(x[1]),
    "a vectorized function": lambda x: np.sum(leaky(x)),
    "vectorized with a kind": lambda x: np.sum(np.vectorize(math.sin, otypes=[float])(x)),
    "a part of a function": lambda x: sum(map(functools.partial(softened, 2.0), x)),
    "a function of a module": lambda x: MODULE.size(x) * x[2],
}


@pytest.mark.parametrize("compile", [False, True])
@pytest.mark.parametrize("name", FOLLOWED)
def test_it_is_followed(name: str, compile: bool) -> None:
    f = FOLLOWED[name]
    gradient = sd.grad(f, compile=compile)
    for x in (X, X + 0.1):
        np.testing.assert_allclose(gradient(x), slopes(f, x), rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("compile", [False, True])
def test_what_is_differentiated_may_be_a_method_or_an_object(compile: bool) -> None:
    class Loss(Filter):
        def __call__(self, x: Any) -> Any:
            return np.sum(super().__call__(x) ** 2)

        def at(self, x: Any) -> Any:
            return self(x)

    loss = Loss()
    for f in (loss, loss.at):
        np.testing.assert_allclose(sd.grad(f, compile=compile)(X), slopes(f, X), rtol=1e-6)
        hessian = sd.hessian(f, compile=compile)(X)
        np.testing.assert_allclose(hessian, slopes(sd.grad(f), X), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("compile", [False, True])
def test_arguments_have_methods_too(compile: bool) -> None:
    def f(point: Point, filter: Filter) -> Any:
        return abs(point) + np.sum(filter(X) * point.x)

    gradient = sd.grad(f, compile=compile)
    for factor in (1.0, 2.0):
        found = gradient(Point(3.0, 4.0), Filter(factor))
        assert isinstance(found, Point)
        assert found.x == pytest.approx(0.6 + np.sum(Filter(factor)(X)))
        assert found.y == pytest.approx(0.8)


def test_classes_and_modules_are_what_they_were() -> None:
    copy.copy(HOLDER)  # Python notes in its class how to
    holders = (Filter, Shifted, Point, MODULE, Holder, HOLDER)
    before = [[dict(vars(holder)) for holder in holders], HOLDER.named.copy(), FUNCTIONS.copy()]
    for f in FOLLOWED.values():
        sd.grad(f)(X)
    after = [[dict(vars(holder)) for holder in holders], HOLDER.named, FUNCTIONS]
    assert before == after


def test_they_are_so_after_an_error() -> None:
    class Failing(Filter):
        def changed(self, v: Any) -> Any:
            if math.sin(v) < 1:
                raise ValueError("too small")
            return v

    before = dict(vars(Failing))
    failing = Failing()
    with pytest.raises(ValueError, match="too small"):
        sd.grad(lambda x: np.sum(failing(x)))(X)
    assert dict(vars(Failing)) == before


class Sealed(type):
    """A class of such classes refuses writes."""

    def __setattr__(cls, name: str, value: Any) -> None:
        raise TypeError("sealed")


class Law(metaclass=Sealed):
    def of(self, v: Any) -> Any:
        return math.sin(v)


class Pair(ctypes.Structure):
    """A class of classes made in C, which are written to in their own way."""

    def of(self, v: Any) -> Any:
        return math.sin(v)


class Noting(dict[str, Any]):
    """A dict that hears of what is written to it."""

    def __setitem__(self, key: str, value: Any) -> None:
        raise TypeError("noted")


def test_a_class_that_refuses_writes_or_hears_of_them_is_followed() -> None:
    named = Noting(law=Law().of)
    before = [*named.values(), vars(Law)["of"], vars(Pair)["of"]]

    def f(x: Any) -> Any:
        return Law().of(x[0]) + Pair().of(x[1]) + named["law"](x[2])

    np.testing.assert_allclose(sd.grad(f)(X), np.cos(X))
    assert all(a is b for a, b in zip(before, [*named.values(), vars(Law)["of"], vars(Pair)["of"]]))


def test_other_threads_meet_the_methods_themselves() -> None:
    made: list[Any] = []

    def elsewhere() -> None:
        made.append(FILTER(X))

    def f(x: Any) -> Any:
        y = FILTER(x)
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        return np.sum(y)

    sd.grad(f, compile=False)(X)
    assert made
    assert all(type(y) is np.ndarray for y in made)


def test_a_method_that_is_put_in_anothers_place_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = sd.grad(FOLLOWED["a method"])
    np.testing.assert_allclose(gradient(X), 2 * np.sin(2 * X))
    monkeypatch.setattr(Filter, "changed", lambda self, v: math.exp(v))
    np.testing.assert_allclose(gradient(X), 2 * np.exp(X))
    monkeypatch.setattr(FILTER, "weight", 3.0)
    np.testing.assert_allclose(gradient(X), 3 * np.exp(X))


def test_a_kernel_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gradient = sd.grad(FOLLOWED["a method"])
    gradient(X)
    monkeypatch.setattr(np, "sin", None)  # nothing is run anew
    np.testing.assert_allclose(gradient(X + 1)[0], 2 * math.sin(2 * (X[0] + 1)))


def test_what_remembers_keeps_its_own_function_and_memory() -> None:
    weights = np.arange(1.0, 4.0)

    @functools.lru_cache
    def squared(n: int) -> Any:
        return weights[:n] ** 2

    inner = squared.__wrapped__
    np.testing.assert_array_equal(sd.grad(lambda x: squared(3) @ x)(X), [1.0, 4.0, 9.0])
    assert squared.__wrapped__ is inner
    assert type(squared(3)) is np.ndarray
