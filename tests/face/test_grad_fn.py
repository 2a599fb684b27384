"""The steps of the tape as users meet them: names, edges, identity, notes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from . import leaf, torch


@pytest.mark.parametrize("write", [lambda x: 2 * x, lambda x: x * 2, lambda x: 1 + x])
def test_a_number_comes_after_the_tensor(write: Callable[[Any], Any]) -> None:
    (step, _), (number, _) = write(leaf([1.0, 2.0]).sin()).grad_fn.next_functions
    assert step.name() == "SinBackward0"
    assert number is None


@pytest.mark.parametrize("write", [lambda x: x**2, lambda x: 2**x, lambda x: 1 - x])
def test_a_number_that_is_an_option_is_no_argument(write: Callable[[Any], Any]) -> None:
    assert len(write(leaf([1.0, 2.0])).grad_fn.next_functions) == 1


def test_a_step_is_one_object() -> None:
    y = leaf([1.0, 2.0]).exp()
    z = y.sin()
    assert y.grad_fn is y.grad_fn
    assert z.grad_fn.next_functions[0][0] is y.grad_fn
    assert z.grad_fn._sequence_nr() > y.grad_fn._sequence_nr()


def test_results_of_one_step_share_it() -> None:
    values, vectors = torch.linalg.eigh(leaf([[2.0, 0.0], [0.0, 3.0]]))
    assert values.grad_fn is vectors.grad_fn
    assert (values.output_nr, vectors.output_nr) == (0, 1)


def test_notes_stay_with_the_step() -> None:
    y = leaf([1.0]).exp()
    y.grad_fn.metadata["line"] = 3
    assert y.grad_fn.metadata == {"line": 3}


def test_steps_of_autograd_itself_say_so() -> None:
    x = leaf([1.0, 2.0])
    y = x.clone()
    y[0] = 3.0
    assert (y.grad_fn.name(), type(y.grad_fn).__name__) == (
        "torch::autograd::CopySlices",
        "CopySlices",
    )
    assert (x * 2).grad_fn.next_functions[0][0].name() == "torch::autograd::AccumulateGrad"


@pytest.mark.parametrize(
    "key", [None, (..., None), (slice(None), None)], ids=["front", "end", "within"]
)
def test_a_new_axis_is_one_step(key: Any) -> None:
    y = leaf([[1.0, 2.0], [3.0, 4.0]]).exp()[key]
    assert y.grad_fn.name() == "UnsqueezeBackward0"
    assert y.grad_fn.next_functions[0][0].name() == "ExpBackward0"


def test_a_gradient_with_a_history_is_a_copy() -> None:
    x = leaf([1.0, 2.0])
    (x**2).sum().backward(create_graph=True)
    assert repr(x.grad) == "tensor([2., 4.], grad_fn=<CopyBackwards>)"
    (x.grad**2).sum().backward()
    assert x.grad.tolist() == [10.0, 20.0]
