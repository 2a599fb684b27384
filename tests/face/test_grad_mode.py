"""`no_grad`, `enable_grad`, `set_grad_enabled`: as context, as decorator, per thread."""

from __future__ import annotations

import threading
from collections.abc import Generator
from typing import Any

import numpy as np
import pytest

from . import check, leaf, torch


def recorded(x: Any) -> bool:
    return (x * 2).requires_grad


def test_recording_is_on_at_first() -> None:
    assert torch.is_grad_enabled()
    assert recorded(leaf(1))


def test_no_grad_records_nothing() -> None:
    x = leaf(1)
    with torch.no_grad():
        y = x * 2
        assert not torch.is_grad_enabled()
    assert (y.requires_grad, y.grad_fn, y.is_leaf) == (False, None, True)
    assert recorded(x)


def test_a_leaf_made_without_recording_may_still_require_grad() -> None:
    with torch.no_grad():
        x = torch.ones(2, requires_grad=True)
    assert x.requires_grad
    assert recorded(x)


def test_enable_grad_within_no_grad() -> None:
    x = leaf(1)
    with torch.no_grad():
        with torch.enable_grad():
            assert recorded(x)
        assert not recorded(x)


def test_set_grad_enabled_as_context() -> None:
    x = leaf(1)
    for wanted in (False, True):
        with torch.set_grad_enabled(wanted):
            assert recorded(x) is wanted
        assert torch.is_grad_enabled()


def test_set_grad_enabled_as_a_call_stays() -> None:
    try:
        torch.set_grad_enabled(False)
        assert not recorded(leaf(1))
    finally:
        torch.set_grad_enabled(True)
    assert recorded(leaf(1))


def test_no_grad_as_decorator() -> None:
    @torch.no_grad()
    def double(x: Any) -> Any:
        return x * 2

    assert not double(leaf(1)).requires_grad
    assert torch.is_grad_enabled()
    assert double.__name__ == "double"


def test_no_grad_as_decorator_without_brackets() -> None:
    @torch.no_grad
    def double(x: Any) -> Any:
        return x * 2

    assert not double(leaf(1)).requires_grad


def test_enable_grad_as_decorator() -> None:
    @torch.enable_grad()
    def double(x: Any) -> Any:
        return x * 2

    with torch.no_grad():
        assert double(leaf(1)).requires_grad


def test_set_grad_enabled_as_decorator() -> None:
    @torch.set_grad_enabled(False)
    def double(x: Any) -> Any:
        return x * 2

    assert torch.is_grad_enabled()
    assert not double(leaf(1)).requires_grad


def test_the_mode_comes_back_after_an_error() -> None:
    with pytest.raises(KeyError), torch.no_grad():
        raise KeyError
    assert torch.is_grad_enabled()


def test_one_object_may_be_entered_again_and_again() -> None:
    quiet = torch.no_grad()
    for _ in range(2):
        with quiet:
            assert not torch.is_grad_enabled()
        assert torch.is_grad_enabled()


def test_each_thread_has_its_own_mode() -> None:
    seen: list[bool] = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
        assert not torch.is_grad_enabled()
    assert seen == [True]


def test_backward_works_where_recording_is_off() -> None:
    x = leaf(3)
    y = x * x
    with torch.no_grad():
        y.backward()
    check(x.grad, 6)


def test_a_leaf_may_be_written_in_place_where_recording_is_off() -> None:
    x = leaf([1, 2])
    with torch.no_grad():
        x -= torch.tensor([0.5, 0.5])
        x[0] = 7
        x.mul_(2)
    assert x.is_leaf
    assert x.requires_grad
    check(x, [14, 3])


def test_a_leaf_that_was_reshaped_stays_a_leaf_when_it_is_written() -> None:
    w = torch.linspace(-1, 1, 4).reshape(2, 2).requires_grad_()
    w.register_hook(lambda g: 2 * g)
    (w * w).sum().backward()
    check(w.grad, [[-4, -4 / 3], [4 / 3, 4]])
    with torch.no_grad():
        w -= 0.5 * w.grad
        w[0] *= 2
    assert w.requires_grad and w.is_leaf
    check(w, [[2, 2 / 3], [-1 / 3, -1]])
    w.grad = None
    (w * w).sum().backward()
    check(w.grad, [[8, 8 / 3], [-4 / 3, -4]])


def test_two_leaves_on_one_storage_both_stay_leaves() -> None:
    base = torch.zeros(3)
    p, q = base[:2].requires_grad_(), base[1:].requires_grad_()
    with torch.no_grad():
        p.fill_(2.0)
    check(q, [2, 0])
    (p * q).sum().backward()
    check(p.grad, [2, 0])
    check(q.grad, [2, 2])


def test_a_view_that_is_written_without_recording_keeps_its_history() -> None:
    x = leaf([1, 1, 1])
    y = x * 2
    v = y[:2]
    with torch.no_grad():
        v.mul_(3)
    check(v, [6, 6])
    (v.sum() + y.sum()).backward()
    check(x.grad, [4, 4, 2])


def test_gradient_descent_by_hand() -> None:
    x = leaf([5, -3])
    for _ in range(100):
        ((x - torch.tensor([1.0, 2.0])) ** 2).sum().backward()
        with torch.no_grad():
            x -= 0.25 * x.grad
        x.grad.zero_()
    check(x, [1, 2])


def test_functions_see_the_mode_of_their_caller() -> None:
    assert torch.no_grad()(torch.is_grad_enabled)() is False


def test_inference_mode_records_nothing() -> None:
    x = leaf([1, 2])
    with torch.inference_mode():
        assert not (x * 2).requires_grad
        with torch.inference_mode(False):
            assert torch.is_grad_enabled()
    assert not torch.inference_mode()(lambda: x * 2)().requires_grad
    assert not torch.inference_mode(lambda: x * 2)().requires_grad
    assert torch.inference_mode(False)(lambda: x * 2)().requires_grad
    assert torch.autograd.grad_mode.no_grad is torch.no_grad


def test_numbers_may_be_read_where_recording_is_off() -> None:
    x = leaf([1, 2])
    with torch.no_grad():
        assert x.numpy().tolist() == np.asarray(x).tolist() == [1, 2]
    with pytest.raises(RuntimeError, match="requires grad"):
        x.numpy()


def test_steps_of_a_generator_run_in_the_mode_and_its_caller_does_not() -> None:
    x = leaf([1.0])

    @torch.no_grad()
    def doubled() -> Generator[Any, Any, None]:
        given = yield (2 * x).requires_grad
        yield given, torch.is_grad_enabled()

    steps = doubled()
    assert next(steps) is False
    assert torch.is_grad_enabled()
    assert steps.send("word") == ("word", False)
    with pytest.raises(StopIteration):
        next(steps)


def test_a_generator_in_a_mode_takes_errors_and_an_end() -> None:
    heard = []

    @torch.set_grad_enabled(False)
    def listening() -> Generator[int, None, None]:
        try:
            yield 1
        except ValueError:
            heard.append(torch.is_grad_enabled())
        try:
            yield 2
        finally:
            heard.append(torch.is_grad_enabled())

    steps = listening()
    assert [next(steps), steps.throw(ValueError())] == [1, 2]
    steps.close()
    assert heard == [False, False]
    assert torch.is_grad_enabled()


def test_inference_mode_tells_that_it_is_on() -> None:
    assert not torch.is_inference_mode_enabled()
    with torch.inference_mode():
        assert torch.is_inference_mode_enabled()
        with torch.inference_mode(False):
            assert not torch.is_inference_mode_enabled()
            assert torch.is_grad_enabled()
        assert torch.is_inference_mode_enabled()
    assert not torch.is_inference_mode_enabled()
