"""The short way onto the tape notes what the general one does, and steps aside where it must."""

from __future__ import annotations

import linecache
import operator
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd
from symdiff.graph.node import line_of
from symdiff.graph.op import Op
from symdiff.ops import elementwise as ew


def _leaf(*numbers: float, dtype: sd.dtype = sd.float64) -> sd.Tensor:
    return sd.tensor(list(numbers), dtype=dtype, requires_grad=True)


@pytest.mark.parametrize(
    ("op", "function"),
    [(ew.sin, sd.sin), (ew.exp, sd.exp), (ew.relu, sd.relu), (ew.neg, operator.neg),
     (ew.add, operator.add), (ew.mul, operator.mul), (ew.div, operator.truediv)],
)  # fmt: skip
def test_both_ways_note_the_same(op: Op, function: Callable[..., Any]) -> None:
    x = _leaf(0.5, 2.0)
    xs = (x, 3.0) if function in (operator.add, operator.mul, operator.truediv) else (x,)
    long, short = sd.Tensor.apply(op, xs, {}), function(*xs)
    assert short.grad_fn.name() == long.grad_fn.name()
    assert [type(v) for v in short.node.saved[1]] == [type(v) for v in long.node.saved[1]]
    assert (short.node.saved[0] is None) == (long.node.saved[0] is None)
    assert np.array_equal(*(sd.autograd.grad(y.sum(), x)[0] for y in (long, short)))


def test_numbers_take_on_the_dtype_of_arrays_and_arrays_are_promoted() -> None:
    x, y = _leaf(1.0, 2.0, dtype=sd.float32), _leaf(3.0, 4.0)
    assert [(x * 2).dtype, (2.5 / x).dtype, (x * y).dtype] == [sd.float32, sd.float32, sd.float64]
    (x * y).sum().backward()
    assert (x.grad.dtype, y.grad.dtype) == (sd.float32, sd.float64)
    assert (x * sd.tensor(3.0)).dtype == sd.float32  # without axes it does not count


def test_what_was_written_is_seen() -> None:
    x = _leaf(1.0, 2.0)
    y = x * 1.0
    view = y[:1]
    y[0] = 5.0
    assert (view * 2).tolist() == [10.0]
    assert sd.sin(view).tolist() == [np.sin(5.0)]
    (x2,) = sd.autograd.grad((view * view + y.sum()).sum(), x)
    assert x2.tolist() == [0.0, 1.0]


def test_nothing_is_noted_within_no_grad_or_of_comparisons() -> None:
    x = _leaf(1.0, 2.0)
    _ = x * x, sd.sin(x)
    with sd.no_grad():
        assert not (x * x).requires_grad
        assert not sd.sin(x).requires_grad
        assert not (2.0 - x).requires_grad
    assert (x > 1.0).dtype == sd.bool
    assert not sd.isnan(x).requires_grad


def test_an_error_is_told_in_the_words_of_the_op() -> None:
    _ = _leaf(1.0) * _leaf(1.0)
    with pytest.raises(ValueError, match=r"mul: shapes \(2,\) and \(3,\) do not broadcast"):
        _ = _leaf(1.0, 2.0) * _leaf(1.0, 2.0, 3.0)


def test_the_line_is_the_users() -> None:
    x = _leaf(1.0, 2.0)
    for y in (x * x, sd.sin(x), -x, 2 - x, x.exp(), x.sum(), np.sin(x)):
        file, line = line_of(y.node.place) or ("", 0)
        assert file == __file__
        assert "for y in (x * x" in linecache.getline(file, line)


def test_code_that_comes_and_goes_under_our_name_hides_no_line() -> None:
    x = _leaf(1.0, 2.0)
    for _ in range(50):
        space = {"__name__": "symdiff_made", "x": x}
        exec("y = x * 2.0", space)
        del space
    place = eval("(x * x).node.place", {"__name__": "made", "x": x})
    assert line_of(place) == ("<string>", 1)


def test_what_a_step_read_is_let_go_of_before_the_next() -> None:
    x = _leaf(1.0, 2.0)
    a = x * x
    b = a * a
    seen = []
    a.register_hook(lambda g: seen.append((a.node.saved is None, b.node.saved is None)))
    b.sum().backward()
    assert seen == [(False, True)]
    assert a.node.saved is None


def test_a_rule_that_fails_leaves_what_comes_after_it() -> None:
    x = _leaf(1.0, 2.0)
    a = x * x
    hook = a.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        a.sum().backward()
    hook.remove()
    a.sum().backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_gradients_of_sums_can_be_written_to() -> None:
    x = _leaf(1.0, 2.0)
    x.sum().backward()
    x.grad[0] = 7.0
    assert x.grad.tolist() == [7.0, 1.0]
    (g,) = sd.autograd.grad(x.sum(), x)
    g[0] = 7.0
    assert g.tolist() == [7.0, 1.0]


def test_warnings_are_numpys() -> None:
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        sd.log(_leaf(0.0))
        _ = 1 / _leaf(0.0)
    assert [str(w.message) for w in told] == [
        "divide by zero encountered in log",
        "divide by zero encountered in divide",
    ]


SHAPES = [
    ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)),
    ((5, 2, 3), (5, 3, 4)), ((5, 2, 3), (1, 3, 4)), ((2, 5, 2, 3), (2, 5, 3, 4)),
    ((2, 5, 2, 3), (3, 4)), ((5, 2, 3), (3,)),
]  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES)
def test_products_by_the_short_way_are_those_of_the_long_one(
    shapes: tuple[tuple[int, ...], ...],
) -> None:
    rng = np.random.default_rng(0)
    a, b = (sd.tensor(rng.normal(size=s), requires_grad=True) for s in shapes)
    for _ in range(2):
        y, want = a @ b, sd.matmul(a, b)
        assert y.grad_fn.name() == want.grad_fn.name()
        assert np.array_equal(y.detach(), want.detach())
        g = rng.normal(size=y.shape)
        got, wanted = (sd.autograd.grad(p, [a, b], sd.tensor(g)) for p in (y, want))
        assert all(np.allclose(p, q, rtol=1e-13) for p, q in zip(got, wanted))
    with pytest.raises(ValueError, match="do not fit"):
        _ = a @ b[..., :-1, :] if b.ndim > 1 else a @ b[:-1]


# --- calls that are remembered

ASKED: list[Callable[[sd.Tensor], sd.Tensor]] = [
    lambda x: x.sum(), lambda x: x.sum(1), lambda x: x.sum(dim=-1, keepdim=True),
    lambda x: x.mean((0, 1)), lambda x: x.T, lambda x: x.transpose(0, -1), lambda x: x.reshape(3, -1),
    lambda x: x[1], lambda x: x[..., 1:], lambda x: x[None, 0, 1:],
    lambda x: sd.softmax(x, 1), lambda x: sd.nn.functional.gelu(x, approximate="tanh"),
    lambda x: x.std(0), lambda x: x.unsqueeze(1), lambda x: x.expand(4, 2, 3),
]  # fmt: skip


@pytest.mark.parametrize("f", ASKED)
def test_what_is_asked_again_is_noted_alike(f: Callable[[sd.Tensor], sd.Tensor]) -> None:
    numbers = [[0.5, 2.0, -1.0], [3.0, 0.25, 1.5]]
    x, z = (sd.tensor(numbers, requires_grad=True) for _ in range(2))
    plain = sd.tensor(numbers)
    first, again, unnoted = f(x), f(z), f(plain)
    assert first.grad_fn.name() == again.grad_fn.name()
    assert not unnoted.requires_grad
    assert np.array_equal(first.detach(), again.detach())
    assert np.array_equal(first.detach(), unnoted)
    assert (first._base is None, first.shape) == (again._base is None, again.shape)
    (first * first).sum().backward()
    (again * again).sum().backward()
    assert np.array_equal(x.grad, z.grad)


def test_options_that_are_equal_but_not_alike_are_told_apart() -> None:
    x = sd.ones(2, 3, requires_grad=True)
    _ = x.sum(1), x.sum(1)
    with pytest.raises(TypeError):
        x.sum(1.0)
    assert x.long().sum(1).dtype == sd.int64
    assert x.float().sum(1).dtype == sd.float32


@pytest.mark.parametrize("f", [sd.var, sd.std])
def test_the_axis_1_is_not_the_truth_value_that_equals_it(f: Callable[..., sd.Tensor]) -> None:
    x = sd.tensor(np.arange(6.0).reshape(2, 3))
    power = 2 if f is sd.var else 1
    for biased in (False, True):
        assert np.isclose(f(x, not biased).item(), np.std(x.numpy(), ddof=1 - biased) ** power)
    assert (f(x, 1).shape, f(x, 0).shape) == ((2,), (3,))


def test_parts_that_are_remembered_are_views() -> None:
    for _ in range(3):
        x = sd.zeros(4)
        part = x[1:3]
        part += 1
        x[2:] *= 2
        assert (x.tolist(), part.tolist()) == ([0.0, 1.0, 2.0, 0.0], [1.0, 2.0])


def test_parts_out_of_range_are_refused_again() -> None:
    x = sd.ones(4)
    for _ in range(2):
        with pytest.raises(IndexError):
            x[4]


def test_remembered_calls_know_the_line_of_each() -> None:
    x = _leaf(1.0, 2.0)
    first, second = [
        x.sum(),
        x.sum(),
    ]
    places = [line_of(y.node.place) or ("", 0) for y in (first, second)]
    assert [file for file, _ in places] == [__file__, __file__]
    assert places[1][1] == places[0][1] + 1
