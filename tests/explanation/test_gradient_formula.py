"""A gradient carries its formula, and never a wrong one."""

from __future__ import annotations

import weakref

import numpy as np
import pytest

import symdiff as sd


def test_least_squares():
    A, b = sd.randn(4, 3), sd.randn(4)
    x = sd.randn(3, requires_grad=True)
    loss = ((A @ x - b) ** 2).sum()
    loss.backward()
    assert sd.formula(x.grad).text == "2*A.T @ (A @ x - b)"
    assert x.grad.formula.text == "2*A.T @ (A @ x - b)"


def test_two_passes_add_up_and_zeroing_starts_anew():
    x = sd.tensor([1.0, 2.0], requires_grad=True)
    y, z = (x * x).sum(), (x**3).sum()
    y.backward()
    z.backward()
    np.testing.assert_allclose(x.grad.formula(x=np.array([1.0, 2.0])), [5.0, 16.0])
    x.grad.zero_()
    w = (5 * x).sum()
    w.backward()
    np.testing.assert_allclose(x.grad.formula(x=np.array([7.0, 2.0])), [5.0, 5.0])


def test_seeds_are_part_of_it():
    x = sd.tensor([1.0, 2.0], requires_grad=True)
    y = x**2
    y.backward(sd.tensor([1.0, 10.0]))
    np.testing.assert_allclose(x.grad.formula(), [2.0, 40.0])


def test_a_changed_gradient_has_no_formula():
    x = sd.tensor([1.0, 2.0], requires_grad=True)
    x.register_hook(lambda g: 2 * g)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(ValueError, match="a hook or a write"):
        _ = x.grad.formula


def test_a_small_result_lives_on_in_its_gradient():
    x = sd.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    assert x.grad.formula.text == "2*x"


@pytest.mark.parametrize(("steps", "retain"), [(300, False), (1, True)])
def test_a_result_that_is_gone(steps, retain):
    """Large ones, and those that hold values, are not kept alive for a formula's sake."""
    x = sd.tensor([1.0, 2.0], requires_grad=True)
    y = x
    for _ in range(steps):
        y = y * 1.5
    y = y.sum()
    y.backward(retain_graph=retain)
    node = weakref.ref(y.node)
    del y
    assert node() is None
    with pytest.raises(ValueError, match="is gone"):
        _ = x.grad.formula


def test_a_notebook_shows_numbers_and_formula():
    x = sd.tensor([1.0, 2.0], requires_grad=True)
    loss = (x * x).sum()
    loss.backward()
    assert x.grad._repr_latex_() == r"$\displaystyle 2 x$"
    assert "<math" in x.grad._repr_html_()
    assert "tensor([2., 4.])" in x.grad._repr_html_()


def test_a_notebook_shows_other_tensors_as_text():
    x = sd.tensor([1.0, 2.0], requires_grad=True)
    (x * x).sum().backward()
    for y in (x, x * 2, x.grad.clone(), x.detach()):
        assert y._repr_html_() is None
        assert y._repr_latex_() is None
