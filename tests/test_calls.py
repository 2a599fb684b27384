"""Gradients into arrays that are given."""

import tracemalloc

import numpy as np
import pytest

import symdiff as sd

rng = np.random.default_rng(3)


def squares(x):
    return np.sum(np.tanh(x) ** 2)


def product(a, b):
    return np.sum(a * b)


def branching(x):
    return np.sum(x**2) if x[0] > 0 else np.sum(3 * x)


# --- out


@pytest.mark.parametrize("compile", [True, False])
@pytest.mark.parametrize("f", [squares, branching])
def test_out_holds_what_would_have_been_returned(f, compile):
    call = sd.value_and_grad(f, compile=compile)
    out = np.empty(6)
    for _ in range(3):
        x = rng.normal(size=6)
        value, g = call(x, out=out)
        wanted_value, wanted = call(x)
        assert g is out and type(value) is float and value == wanted_value
        np.testing.assert_array_equal(out, wanted)


@pytest.mark.parametrize("compile", [True, False])
def test_out_of_several_arguments_is_a_tuple(compile):
    call = sd.grad(product, argnums=(1, 0), compile=compile)
    for _ in range(3):
        a, b = rng.normal(size=(2, 3)), rng.normal(size=(2, 3))
        outs = (np.empty((2, 3)), np.empty((2, 3)))
        assert call(a, b, out=outs) is outs
        np.testing.assert_array_equal(outs[0], a)
        np.testing.assert_array_equal(outs[1], b)


@pytest.mark.parametrize("compile", [True, False])
def test_out_may_be_the_arguments_themselves(compile):
    call = sd.grad(product, argnums=(0, 1), compile=compile)
    for _ in range(3):
        a, b = rng.normal(size=4), rng.normal(size=4)
        was = a.copy(), b.copy()
        call(a, b, out=(a, b))
        np.testing.assert_array_equal(a, was[1])
        np.testing.assert_array_equal(b, was[0])


@pytest.mark.parametrize("compile", [True, False])
def test_out_may_overlap_an_argument_in_part(compile):
    def neighbours(x):
        return np.sum(x[1:] * x[:-1])

    call = sd.grad(neighbours, compile=compile)
    for _ in range(3):
        whole = rng.normal(size=9)
        x = whole[:8]
        wanted = call(x.copy())
        np.testing.assert_array_equal(call(x, out=whole[1:]), wanted)


@pytest.mark.parametrize("compile", [True, False])
def test_out_may_be_strided_in_another_order_or_not_aligned(compile):
    call = sd.grad(product, argnums=(0, 1), compile=compile)
    a, b = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
    memory = np.zeros(8 * 12 + 1, np.uint8)
    for out in (
        np.empty((6, 8))[::2, ::-2],
        np.empty((4, 3)).T,
        memory[1:].view(float).reshape(3, 4),
    ):
        for _ in range(3):
            given = (out, np.empty((3, 4)))
            assert call(a, b, out=given) is given
            np.testing.assert_array_equal(out, b)
            np.testing.assert_array_equal(given[1], a)
            out[...] = 0


def test_out_may_be_an_array_the_function_reads():
    weights = rng.normal(size=5)

    def weighted(x):
        return np.sum(weights * x**2)

    call = sd.grad(weighted)
    x = rng.normal(size=5)
    for _ in range(3):
        wanted = call(x)
        np.testing.assert_array_equal(call(x, out=weights), wanted)


def test_out_for_floats_float32_and_keywords():
    zero = np.empty(())
    single = np.empty(3, np.float32)
    cubed = sd.grad(lambda x: x**3)
    for _ in range(2):
        assert cubed(2.0, out=zero) is zero and zero == 12.0
        sd.grad(squares)(np.ones(3, np.float32), out=single)
        np.testing.assert_array_equal(single, sd.grad(squares)(np.ones(3, np.float32)))
        np.testing.assert_array_equal(
            sd.grad(product)(a=single, b=single, out=single.copy()), single
        )


def test_out_follows_what_the_function_reads():
    scale = [2.0]

    def scaled(x):
        return np.sum(x) * scale[0]

    call, out = sd.grad(scaled), np.empty(2)
    for wanted in (2.0, 2.0, 5.0, 5.0):
        scale[0] = wanted
        np.testing.assert_array_equal(call(np.ones(2), out=out), [wanted, wanted])


def test_a_parameter_of_that_name_stays_the_functions():
    def named(x, out):
        return np.sum(x * out)

    np.testing.assert_array_equal(sd.grad(named)(np.ones(2), out=np.full(2, 3.0)), [3.0, 3.0])
    assert sd.grad(squares)(np.zeros(2), out=None).tolist() == [0.0, 0.0]


def _read_only():
    array = np.empty(4)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("out", "error", "words"),
    [
        (np.empty(5), ValueError, r"shape \(4,\).*\(5,\)"),
        (np.empty((1, 4)), ValueError, r"shape \(4,\)"),
        (np.empty(4, np.float32), ValueError, "dtype float64.*float32"),
        (_read_only(), ValueError, "read-only"),
        ([0.0] * 4, TypeError, "ndarray"),
        ((np.empty(4),), TypeError, "ndarray"),
    ],
)
def test_an_array_that_does_not_fit_is_refused(out, error, words):
    call = sd.grad(squares)
    for _ in range(2):
        call(np.ones(4), out=np.empty(4))
        with pytest.raises(error, match=words):
            call(np.ones(4), out=out)


def test_what_out_cannot_take_is_said():
    both = sd.grad(product, argnums=(0, 1))
    a, shared = np.ones(3), np.empty(4)
    with pytest.raises(TypeError, match="tuple of 2"):
        both(a, a, out=np.empty((2, 3)))
    with pytest.raises(ValueError, match="share memory"):
        both(a, a, out=(shared[1:], shared[:3]))
    with pytest.raises(TypeError, match="call without out"):
        sd.grad(lambda p: np.sum(p["w"]))({"w": a}, out=np.empty(3))
    with pytest.raises(TypeError, match="call without out"):
        sd.grad(squares)(sd.tensor([1.0, 2.0], requires_grad=True), out=np.empty(2))


def test_no_array_is_made_when_a_call_with_out_is_repeated():
    call = sd.value_and_grad(squares)
    x, out = rng.normal(size=50_000), np.empty(50_000)
    for _ in range(2):
        call(x, out=out)
    tracemalloc.start()
    for _ in range(3):
        call(x, out=out)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000
