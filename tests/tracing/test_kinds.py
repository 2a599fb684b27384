"""Programs that ask what kind of thing they were given go the way that they go without us."""

from __future__ import annotations

import functools
import numbers
import typing
from collections.abc import Callable, Iterable, Sized
from typing import Any, Optional, Union

import numpy as np
import pytest

import symdiff as sd

X = np.array([1.0, 2.0, 3.0])
AS_OF_OLD: tuple[Any, Any] = (Union, Optional)  # as programs write that are older than int | float
NUMBER, ARRAY = AS_OF_OLD[0][int, float], AS_OF_OLD[1][np.ndarray]


def by_size(x: Any) -> Any:
    known = isinstance(x.shape[0], int), isinstance(len(x), int), isinstance(x.size * 2, int)
    return np.sum(x**2) if all(known) else 5 * np.sum(x)


def by_array(x: Any) -> Any:
    return np.sum(x**2) if isinstance(x, np.ndarray) else 5 * np.sum(x)


def is_number(v: Any) -> bool:
    return np.isscalar(v) and isinstance(v, float)


def by_elements(x: Any) -> Any:
    return sum(v * v if is_number(v) else 5 * v for v in x)


class Law:
    """A class of a user's, whose method asks."""

    def __init__(self, scale: float) -> None:
        self.scale = scale

    def of(self, x: Any) -> Any:
        return self.scale * (x if isinstance(x, np.ndarray) else 5)


LAW = Law(2.0)


def by_method(x: Any) -> Any:
    print(end="")  # what is printed ends the search for guards, but not for what asks
    return np.sum(x * LAW.of(x)) / 2


def by_type(x: Any) -> Any:
    known = type(x) is np.ndarray and type(x[0]) in (np.float64,) and type(len(x)) is int
    return np.sum(x**2) if known and type(x).__name__ == "ndarray" else 5 * np.sum(x)


def by_match(x: Any) -> Any:
    match x:
        case list() | tuple():
            return 5 * np.sum(x)
        case np.ndarray(shape=(_,)):
            return np.sum(x**2)
        case _:
            return 7 * np.sum(x)


@functools.singledispatch
def squared(x: Any) -> Any:
    return 5 * x


@squared.register(np.ndarray)
@squared.register(numbers.Real)
def _(x: Any) -> Any:
    return x**2


def by_dispatch(x: Any) -> Any:
    return np.sum(squared(x[:-1])) + squared(x[-1])


@functools.singledispatch
def by_dispatch_alone(x: Any) -> Any:
    return 5 * np.sum(x)


@by_dispatch_alone.register
def _(x: np.ndarray) -> Any:
    return np.sum(x**2)


def by_abstract_kind(x: Any) -> Any:
    return sum(v * v if isinstance(v, numbers.Real) else 5 * v for v in x)


def of_size(v: Any) -> int:
    return sum([
        isinstance(v, Iterable),
        isinstance(v, (list, Sized)),
        isinstance(v, typing.Container),
        hasattr(v, "__len__"),
        hasattr(v, "__iter__"),
    ])  # fmt: skip


def by_length(x: Any) -> Any:
    return sum(v * v if of_size(v) == 0 and of_size(x) == 5 else 5 * v for v in x)


def by_union(x: Any) -> Any:
    known = isinstance(x, ARRAY) and not isinstance(x, (str, NUMBER))
    return sum(v * v if known and isinstance(v, NUMBER) else 5 * v for v in x)


LAWS = [by_array, by_size]


def by_list(x: Any) -> Any:
    global _last  # what a twin cannot have
    _last = len(LAWS)
    return sum(law(x) for law in LAWS) / 2


def in_jit(x: Any) -> Any:
    return sd.jit(by_array)(x)


@pytest.mark.parametrize(
    "f",
    [
        by_size,
        by_array,
        by_elements,
        by_method,
        by_type,
        by_length,
        by_union,
        by_match,
        by_dispatch,
        by_dispatch_alone,
        by_abstract_kind,
        by_list,
        in_jit,
    ],
    ids=lambda f: f.__name__,
)
def test_each_derivative_goes_the_way_of_numpy(f: Callable[[Any], Any]) -> None:
    for compiled in (True, False):
        for _ in range(2):
            np.testing.assert_allclose(sd.grad(f, compile=compiled)(X), 2 * X)
    np.testing.assert_allclose(sd.hessian(f)(X), 2 * np.eye(3))
    np.testing.assert_allclose(sd.jvp(f, (X,), (np.ones(3),))[1], 12.0)
    np.testing.assert_allclose(sd.vjp(f, X)[1](1.0)[0], 2 * X)
    np.testing.assert_allclose(sd.grad(sd.jit(f))(X), 2 * X)
    np.testing.assert_allclose(sd.jit(sd.grad(f))(X), 2 * X)
    for n in (3, 4, 5):
        assert sd.jit(f)(np.ones(n)) == n


def test_a_float_that_is_passed_is_a_float() -> None:
    def f(x: Any, k: Any) -> Any:
        return x**2 * (3 if isinstance(k, float) else 7)

    assert sd.grad(f)(2.0, 1.5) == 12.0
    assert sd.jit(f)(2.0, 1.5) == 12.0


def test_sizes_that_are_ints_stay_named() -> None:
    gradient = sd.grad(by_size)
    for n in range(2, 30):
        np.testing.assert_array_equal(gradient(np.ones(n)), np.full(n, 2.0))
    assert sd.formula(by_size, shapes={"x": ("n",)}).text == "x @ x"


def test_a_helper_that_asks_from_now_on_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    for compiled in (True, False):
        with monkeypatch.context() as patched:
            gradient = sd.grad(by_helper, compile=compiled)
            np.testing.assert_array_equal(gradient(X), np.full(3, 5.0))
            patched.setitem(by_helper.__globals__, "helper", by_array)
            np.testing.assert_allclose(gradient(X), 2 * X)


def helper(x: Any) -> Any:
    return 5 * np.sum(x)


def by_helper(x: Any) -> Any:
    return helper(x)


def test_what_cannot_be_followed_is_not_compiled_by_jit() -> None:
    def f(x: Any) -> Any:
        global _last
        _last = "seen"
        return np.sum(x) if isinstance(x, np.ndarray) else 5 * np.sum(x)

    assert sd.jit(f)(X) == 6.0


def test_an_error_of_the_users_own_is_theirs() -> None:
    def f(x: Any) -> Any:
        if not isinstance(x, list):
            raise KeyError("a list is wanted")
        return x

    for call in (sd.grad(f), sd.jit(f)):
        with pytest.raises(KeyError, match="a list is wanted"):
            call(X)
