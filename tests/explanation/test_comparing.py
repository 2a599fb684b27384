"""compare: five ways, one gradient."""

from __future__ import annotations

import numpy as np
import pytest

import symdiff as sd


def test_all_ways_agree_on_an_analytic_function():
    def f(x, a):
        return np.sum(np.sin(a * x) * np.exp(x))

    x, a = np.array([0.1, 0.7, -1.0]), 1.5
    told = sd.compare(f, x, a)
    assert [r.way for r in told.rows][:3] == ["tape", "compiled", "symbolic"]
    assert told.agree
    expected = a * np.cos(a * x) * np.exp(x) + np.sin(a * x) * np.exp(x)
    for row in told.rows:
        np.testing.assert_allclose(row.gradients[0], expected, rtol=1e-7)
    assert max(r.error for r in told.rows if r.way != "finite difference") < 1e-14
    assert "complex step" in repr(told)


def test_a_wrong_derivative_is_seen():
    @sd.custom_vjp
    def wrong(x):
        return x * x

    wrong.defvjp(lambda x: (x * x, x), lambda x, g: (3 * x * g,))
    assert not sd.compare(lambda x: wrong(x), 2.0).agree


def test_what_is_not_possible_says_why():
    told = sd.compare(lambda x: (x * x).sum(), sd.tensor([1.0, 2.0]))
    (row,) = [r for r in told.rows if r.way == "complex step"]
    assert row.gradients is None
    assert "no complex" in row.note
    assert told.agree


def test_many_entries_are_sampled():
    assert sd.compare(lambda x: np.sum(x**3), np.linspace(0, 1, 1000)).agree


def test_nothing_to_differentiate_by():
    with pytest.raises(TypeError, match="array of floats"):
        sd.compare(lambda x: x, np.array([1, 2]))
