"""Sizes are compared as the numbers they are, and what was answered is asked again of other sizes."""

import operator
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

import symdiff as sd

RELATIONS = [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge]
OTHERS = [
    2.5, 3.0, -0.5, np.inf, -np.inf, np.nan, 3, True, np.float64(3.0), np.float32(2.5), np.int32(3),
    np.array(2.5), Fraction(5, 2), Fraction(3), Decimal(3),
]  # fmt: skip


@pytest.mark.parametrize("relation", RELATIONS)
@pytest.mark.parametrize("other", OTHERS, ids=repr)
def test_a_size_compared_with_a_number_decides_anew_for_each_size(relation, other):
    def f(x):
        here, there = relation(x.shape[0], other), relation(other, x.shape[0])
        return np.sum(x) * ((2 if here else 1) + (10 if there else 5))

    compiled = sd.jit(f)
    for n in (4, 3, 2, 3, 1, 5, 0):
        assert compiled(np.ones(n)) == f(np.ones(n))


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_size_compared_with_arrays_and_what_is_traced(relation):
    def f(x):
        n = x.shape[0]
        return np.sum(x * (2 + relation(n, x) + 3 * relation(x, n) + relation(n, x[0])))

    def g(x):
        return np.sum(x) * np.sum(relation(x.shape[0], np.arange(6.0)))

    for program in (f, g):
        compiled = sd.jit(program)
        for n in (4, 3, 2, 3, 5):
            assert compiled(np.arange(n) + 2.0) == program(np.arange(n) + 2.0)


def test_a_size_is_no_word_and_nothing():
    def f(x):
        n = x.shape[0]
        return np.sum(x) * (1 + (n == "n") + operator.ne(n, None) + (n == (n,)))

    assert sd.jit(f)(np.ones(3)) == 6.0
    with pytest.raises(TypeError):
        sd.jit(lambda x: np.sum(x) * (x.shape[0] < "n"))(np.ones(3))
