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
