"""What is left to chance is drawn anew by every call."""

import random
import time

import numpy as np
import pytest

import symdiff as sd

X = np.array([0.5, -1.0, 2.0])
GENERATOR = np.random.default_rng(1)
DRAWING = {
    "np.random": lambda x: np.sum(x * np.random.normal(size=3)),
    "a number of np.random": lambda x: np.sum(x) * np.random.rand(),
    "a generator": lambda x: np.sum(x * GENERATOR.normal(size=3)),
    "a new generator": lambda x: np.sum(x * np.random.default_rng().normal(size=3)),
    "random": lambda x: np.sum(x) * random.random(),
    "a permutation": lambda x: np.sum(x * np.random.permutation(1000)[:3]),
    "a tensor": lambda x: np.sum(x * sd.randn(3)),
    "the time": lambda x: np.sum(x) * time.perf_counter(),
}


@pytest.mark.parametrize("name", DRAWING)
@pytest.mark.parametrize("transform", [sd.grad, sd.jit])
def test_chance_is_not_frozen(name, transform):
    f = transform(DRAWING[name])
    results = [np.copy(f(X)) for _ in range(3)]
    assert not np.array_equal(results[0], results[1])
    assert not np.array_equal(results[1], results[2])


def seeded(draw):
    global GENERATOR
    sd.manual_seed(3)
    np.random.seed(3)
    random.seed(3)
    GENERATOR = np.random.default_rng(3)
    return draw


@pytest.mark.parametrize("name", sorted(DRAWING.keys() - {"a new generator", "the time"}))
def test_equal_seeds_give_equal_numbers_compiled_or_not(name):
    x = np.array([0.5, -1.0, 2.0])
    f = seeded(DRAWING[name])
    plain = [np.copy(f(x)) for _ in range(3)]
    g = seeded(sd.jit(f))
    np.testing.assert_array_equal([np.copy(g(x)) for _ in range(3)], plain)
