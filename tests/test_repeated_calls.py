"""A call like one before goes straight to its kernel: with the same result, and only if it is like it."""

import gc
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest

import symdiff as sd
from symdiff.tracing.trees import flatten

rng = np.random.default_rng(3)


def squares(x):
    return np.sum(np.tanh(x) ** 2)


def product(a, b):
    return np.sum(a * b)


@pytest.mark.parametrize("argnums", [(-1, 0), (0, 0), (1, 0), (0, -1)])
def test_gradients_keep_the_order_of_argnums_when_a_call_is_repeated(argnums):
    a, b = np.array([1.0, 2.0]), np.array([3.0, 4.0])
    call = sd.grad(product, argnums=argnums)
    for _ in range(3):
        found = call(a, b)
        assert [g.tolist() for g in found] == [(b, a)[k].tolist() for k in argnums]


def test_new_defaults_are_seen():
    def scaled(x, factor=2.0, *, shift=1.0):
        return np.sum(x * factor) * shift

    call = sd.grad(scaled)
    x = np.ones(2)
    for _ in range(2):
        assert call(x).tolist() == [2.0, 2.0]
    scaled.__defaults__ = (3.0,)
    assert call(x).tolist() == [3.0, 3.0]
    scaled.__kwdefaults__ = {"shift": 5.0}
    assert call(x).tolist() == [15.0, 15.0]


def test_a_list_too_long_to_watch_is_read_anew_at_each_call():
    rows = [[float(k), 1.0] for k in range(3000)]

    def summed(x):
        return np.sum(np.array(rows) @ x)

    call = sd.grad(summed)
    for first in (0.0, 10.0, 20.0):
        rows[0][0] = first
        np.testing.assert_array_equal(call(np.ones(2)), [sum(range(3000)) + first, 3000.0])


@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.parametrize(
    "x",
    [
        1.5,
        np.float64(1.5),
        np.float32(1.5),
        np.array(1.5),
        np.array(1.5, np.float32),
        np.array([1.5]),
        np.array([1.5, 2.0], np.float32),
    ],
    ids=lambda x: f"{type(x).__name__}-{getattr(x, 'dtype', '')}-{np.shape(x)}",
)
def test_a_repeated_call_gives_what_the_first_gave(x, compile):
    def f(x, scale):
        return np.sum(np.sin(x) * x * scale)

    call = sd.value_and_grad(f, argnums=(0, 1), compile=compile)
    single = sd.value_and_grad(f, compile=compile)
    for scale in (2.0, np.float32(2.0), np.array(2.0)):
        first, again = (call(x, scale) for _ in range(2))
        one, more = (single(x, scale) for _ in range(2))
        for a, b in [(first[0], again[0]), (one[0], more[0]), (one[1], more[1])]:
            _assert_alike(a, b)
        for a, b in zip(first[1], again[1]):
            _assert_alike(a, b)


def _assert_alike(a, b):
    assert type(a) is type(b)
    assert np.asarray(a).dtype == np.asarray(b).dtype
    np.testing.assert_array_equal(a, b)


def test_scalars_that_are_not_differentiated_are_passed_on():
    def f(x, n, flag):
        return np.sum(np.where(flag, x**2, x) * n)

    call, x = sd.grad(f), np.array([1.0, 2.0])
    for n, flag in [(3, True), (5, False)] * 2:
        wanted = n * (2 * x if flag else np.ones(2))
        np.testing.assert_array_equal(call(x, np.int64(n), np.bool_(flag)), wanted)
        np.testing.assert_array_equal(call(x, np.int32(n), np.array(flag)), wanted)


@pytest.mark.parametrize("compile", [True, False])
def test_bytes_in_the_other_order_are_read_as_numbers_at_every_call(compile):
    swapped = np.dtype(np.float64).newbyteorder()
    weights = np.array([5.0, 7.0]).astype(swapped)
    call = sd.grad(lambda x: np.sum(weights * x**2), compile=compile)
    for _ in range(3):
        np.testing.assert_array_equal(call(np.array([1.0, 2.0]).astype(swapped)), [10.0, 28.0])
        np.testing.assert_array_equal(call(np.array([1.0, 2.0])), [10.0, 28.0])


# --- calls like the last one


@dataclass
class Layer:
    w: np.ndarray
    name: str


class Pair(NamedTuple):
    w: np.ndarray
    b: float


def of_tree(p, x, power=2):
    return np.sum(np.tanh(p["w"] @ x) ** power) + p["rest"][0].b * np.sum(p["rest"][1].w)


def tree(n):
    w = rng.normal(size=(n, 3))
    return {"w": w, "rest": (Pair(np.ones(2), 2.0), Layer(rng.normal(size=4), "first"))}


@pytest.mark.parametrize("argnums", [0, 1, (0, 1), (1, 0), -1, (1, 1)])
def test_a_tree_is_taken_apart_and_put_together_alike_at_every_call(argnums):
    call = sd.value_and_grad(of_tree, argnums)
    for n in (4, 4, 5, 4, 5):
        p, x = tree(n), rng.normal(size=3)
        value, slopes = call(p, x)
        wanted_value, wanted = sd.value_and_grad(of_tree, argnums, compile=False)(p, x)
        assert value == pytest.approx(wanted_value)
        found, structure = flatten(slopes)
        again, same = flatten(wanted)
        assert structure == same
        for a, b in zip(found, again):
            assert type(a) is type(b)
            if a is not None:
                np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize(
    "other",
    [
        lambda p: dict(reversed(p.items())),
        lambda p: p | {"w": p["w"].astype(np.float32)},
        lambda p: p | {"w": np.asfortranarray(p["w"])},
        lambda p: p | {"w": p["w"][:, ::-1]},
        lambda p: p | {"more": 1.0},
        lambda p: p | {"rest": list(p["rest"])},
        lambda p: p | {"rest": (Pair(p["rest"][0].w, 3), p["rest"][1])},
        lambda p: p | {"rest": (p["rest"][0], Layer(p["rest"][1].w, "second"))},
        OrderedDict,
    ],
)
def test_a_tree_of_another_make_is_not_taken_for_the_last(other):
    def f(p, x):
        order = [key for key in p if key != "rest"]
        named = 1.0 if p["rest"][1].name == "first" else 10.0
        return np.sum(p[order[0]] * x.sum()) * named + p["rest"][0].b + 0.0 * len(p)

    p, x = tree(3), np.ones(3)
    for call in (sd.grad(f, argnums=1), sd.jit(f)):
        call(p, x)
        call(p, x)
        plain = sd.grad(f, argnums=1, compile=False) if call.recipe.func is sd.grad else f
        np.testing.assert_allclose(call(other(p), x), plain(other(p), x), rtol=1e-5)
        np.testing.assert_allclose(call(p, x), plain(p, x))


def test_keywords_come_in_any_order():
    def f(a, b, c=3.0, d=1.0):
        return np.sum(a * b**2) * c * d

    call = sd.grad(f, argnums=(0, 1))
    a, b = rng.normal(size=3), rng.normal(size=3)
    for _ in range(3):
        for kwargs, scale in [
            ({"a": a, "b": b}, 3.0),
            ({"b": b, "a": a}, 3.0),
            ({"c": 2.0, "b": b, "a": a}, 2.0),
            ({"b": b, "a": a, "d": 5.0}, 15.0),
        ]:
            found = call(**kwargs)
            np.testing.assert_allclose(found[0], b**2 * scale)
            np.testing.assert_allclose(found[1], 2 * a * b * scale)
        np.testing.assert_allclose(call(a, d=2.0, b=b)[0], b**2 * 6.0)
    with pytest.raises(TypeError):
        call(a, a=b)
    with pytest.raises(TypeError, match=r"unexpected|missing"):
        call(a, e=b)


def with_keywords(x, y=2.0, *rest, k=3.0, w=None, **more):
    weight = 1.0 if w is None else np.sum(w)
    return np.sum(x**2 * y) * k * weight + sum(more.values()) + sum(rest)


@pytest.mark.parametrize("compile", [True, False])
def test_keywords_that_have_no_position_are_arguments_too(compile):
    x, w, out = np.array([1.0, 2.0]), np.array([3.0, 4.0]), np.empty(2)
    call = sd.grad(with_keywords, compile=compile)
    for _ in range(2):
        for kwargs, scale in [
            ({"k": 5.0}, 10.0),
            ({"w": w}, 42.0),
            ({"k": 2.0, "w": 2 * w, "q": 3.0}, 56.0),
            ({"w": w, "y": 4.0}, 84.0),
            ({"y": 4.0}, 12.0),
            ({}, 6.0),
        ]:
            np.testing.assert_allclose(call(x, **kwargs), 2 * x * scale)
            np.testing.assert_allclose(call(x, **kwargs, out=out), 2 * x * scale)
            value = with_keywords(x, **kwargs)
            np.testing.assert_allclose(sd.jit(with_keywords)(x, **kwargs), value)
    last = sd.grad(with_keywords, argnums=(-1, 0), compile=compile)(x, 4.0, k=2.0)
    np.testing.assert_allclose(last[0], 10.0)
    np.testing.assert_allclose(last[1], 16 * x)


@pytest.mark.parametrize("compile", [True, False])
def test_more_positions_than_names_leave_keywords_theirs(compile):
    x, more = np.array([1.0, 2.0]), (3.0, 4.0, 5.0)
    for k in (2.0, 3.0):
        value = with_keywords(x, *more, k=k)
        np.testing.assert_allclose(sd.jit(with_keywords)(x, *more, k=k), value)
        slope = sd.grad(with_keywords, compile=compile)(x, *more, k=k)
        step = with_keywords(x + 1e-6, *more, k=k) - with_keywords(x - 1e-6, *more, k=k)
        np.testing.assert_allclose(np.sum(slope), step / 2e-6, rtol=1e-6)


def test_numbers_texts_and_objects_that_are_not_traced_are_compared():
    class Mode:
        def __init__(self, factor):
            self.factor = factor

    def f(x, n, word, mode):
        return np.sum(x**n) * (2.0 if word == "twice" else 1.0) * mode.factor

    call, x, one, ten = sd.grad(f), np.array([1.0, 2.0]), Mode(1.0), Mode(10.0)
    for n, word, mode in [(2, "twice", one), (3, "twice", one), (2, "", one), (2, "", ten)] * 2:
        factor = n * (2.0 if word else 1.0) * mode.factor
        np.testing.assert_allclose(call(x, n, word, mode), x ** (n - 1) * factor)
    one.factor = 100.0
    np.testing.assert_allclose(call(x, 2, "", one), 200 * x)
    np.testing.assert_allclose(sd.grad(lambda x, n: np.sum(x) * n)(x, True), [1.0, 1.0])


def test_whole_numbers_that_are_differentiated_are_read_at_every_call():
    call = sd.grad(lambda x: x**3)
    assert [call(n) for n in (1, 2, 3, 2)] == [3.0, 12.0, 27.0, 12.0]
    assert call(2.0) == 12.0 and type(call(5)) is float


@pytest.mark.parametrize("f", [lambda x, y: x * y, lambda x, y: {"a": (x + y, np.sum(x), 3, "s")}])
def test_a_jitted_function_called_again_gives_what_it_gave(f):
    call = sd.jit(f)
    for args in [(np.ones(3), np.arange(3.0)), (2.0, 3.0), (np.float64(2.0), 3.0)]:
        first = flatten(call(*args))
        for _ in range(2):
            again = flatten(call(*args))
            assert first[1] == again[1]
            for a, b in zip(first[0], again[0]):
                assert type(a) is type(b)
                np.testing.assert_array_equal(a, b)


def test_arguments_are_not_kept_alive():
    call, x = sd.grad(squares), rng.normal(size=5)
    kept = weakref.ref(x)
    for out in (None, np.empty(5)):
        call(x, out=out)
        call(x, out=out)
    del x
    gc.collect()
    assert kept() is None


def astray(x):
    """x beginning at an address that is no multiple of its items' size."""
    raw = np.zeros(x.nbytes + 1, np.uint8)
    copy = raw[1:].view(x.dtype)
    copy[:] = x
    return copy


def test_arrays_astray_in_memory_are_taken_after_others_and_before_them():
    x = rng.standard_normal(5)
    for order in [(x, astray(x), astray(x), x), (astray(x), x, astray(x), x)]:
        gradient, value = sd.grad(lambda x: np.sum(x**3)), sd.jit(lambda x: np.sum(x**3))
        for each in order:
            np.testing.assert_allclose(gradient(each), 3 * x**2, rtol=1e-14)
            np.testing.assert_allclose(value(each), np.sum(x**3), rtol=1e-14)
            out = np.empty(5)
            assert gradient(each, out=out) is out
            np.testing.assert_allclose(out, 3 * x**2, rtol=1e-14)


@pytest.mark.parametrize("shape", [(2, -1), (-1, 2), (2, 2, -1)])
def test_a_vector_folded_into_rows_has_one_kernel_for_all_sizes(shape):
    def folded(x):
        return np.sum(np.sin(x.reshape(shape)[0]) * x.reshape(shape)[1] ** 2)

    calls = [(sd.grad(folded), sd.grad(folded, compile=False)), (sd.jit(folded), folded)]
    for compiled, plain in [*calls, (sd.hessian(folded), sd.hessian(folded, compile=False))]:
        for n in (12, 24, 4, 12):
            x = rng.standard_normal(n)
            np.testing.assert_allclose(compiled(x), plain(x), rtol=1e-12, atol=1e-14)
        with pytest.raises(ValueError, match="reshape"):
            compiled(np.ones(5))


@pytest.mark.parametrize("kinds", [("f8", "f4"), ("f4", "f8"), ("i8", "f4"), ("i4", "f8")])
def test_routines_take_arrays_of_several_dtypes(kinds):
    a, b = np.array([[4, 1], [2, 5]], kinds[0]), np.array([3, 1], kinds[1])

    def twice(b, a):
        return np.sum(np.linalg.solve(a, b) * np.linalg.solve(a.T, b))

    for f in (twice, lambda b, a: np.sum(np.linalg.solve(a, b) ** 2)):
        np.testing.assert_allclose(sd.jit(f)(b, a), f(b, a), rtol=1e-5)
        for k in range(1 + (kinds[0][0] == "f")):
            found, wanted = (sd.grad(f, k, compile=c)(b, a) for c in (True, False))
            np.testing.assert_allclose(found, wanted, rtol=1e-5)
            assert found.dtype == wanted.dtype


@pytest.mark.parametrize(
    "other",
    [
        lambda a: np.asfortranarray(a),
        lambda a: np.repeat(a, 2, axis=1)[:, ::2],
        lambda a: a.astype(np.float32),
        lambda a: a.astype(">f8"),
        lambda a: np.frombuffer(b"-" + a.tobytes(), np.float64, 6, 1).reshape(2, 3),
    ],
    ids=["fortran", "strided", "single", "other bytes", "not aligned"],
)
def test_arrays_that_lie_otherwise_are_not_taken_for_the_last(other):
    """Also where the kernel does not read them: the second argument's gradient is all zeros."""
    call, a = sd.grad(lambda x, y: np.sum(x * x), (0, 1)), np.arange(6.0).reshape(2, 3)
    for x, y in [(a, a), (a, a), (other(a), a), (a, other(a)), (a, a)]:
        by_x, by_y = call(x, y)
        np.testing.assert_array_equal(by_x, 2 * a)
        np.testing.assert_array_equal(by_y, np.zeros((2, 3)))
        assert (by_x.dtype, by_y.dtype) == (x.dtype.newbyteorder("="), y.dtype.newbyteorder("="))
