"""The tape, the kernel and the closed form agree: one function, several sizes, awkward layouts."""

import numpy as np
import pytest

import symdiff as sd

from .expressions import SHAPES, arrays, function, source

EVERY = (0, 1, 2, 3)
SEVERAL = [{"n": 3, "m": 4}, {"n": 2, "m": 5}, {"n": 4, "m": 4}]


def close(ours: object, theirs: object, why: str) -> None:
    a, b = np.asarray(ours), np.asarray(theirs)
    scale = max(1.0, float(np.max(np.abs(b), initial=0.0)))
    np.testing.assert_allclose(a, b, rtol=0, atol=1e-9 * scale, err_msg=why)


def laid_out(x: np.ndarray, way: int) -> np.ndarray:
    """The same values: in order, with negative strides, or as every second entry."""
    if x.ndim == 0 or way == 0:
        return x
    if way == 1:
        return x[::-1].copy()[::-1]
    return np.repeat(x, 2, axis=-1)[..., ::2]


def check_gradients(seed: int) -> None:
    f = function(seed)
    kernel = sd.value_and_grad(f, EVERY)
    tape = sd.value_and_grad(f, EVERY, compile=False)
    for way, sizes in enumerate(SEVERAL):
        args = [laid_out(v, way) for v in arrays(sizes, seed).values()]
        value, slopes = kernel(*args)
        expected, theirs = tape(*args)
        close(expected, f(*args), source(seed))
        close(value, expected, source(seed))
        for ours, other in zip(slopes, theirs):
            close(ours, other, source(seed))


def check_closed_form(seed: int) -> None:
    f, values = function(seed), arrays(SEVERAL[0], seed)
    formula = sd.formula(f, shapes=SHAPES)
    given = {k: values[k] for k in formula.names if k in values}  # arrays f makes have their values
    close(formula(**given), f(**values), source(seed))


@pytest.mark.parametrize("seed", range(8), ids="seed{}".format)
def test_the_kernel_agrees_with_the_tape_at_several_sizes(seed: int) -> None:
    check_gradients(seed)


@pytest.mark.parametrize("seed", range(30, 38), ids="seed{}".format)
def test_the_closed_form_agrees_with_numpy(seed: int) -> None:
    check_closed_form(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 400), ids="seed{}".format)
def test_many_functions_agree_three_ways(seed: int) -> None:
    check_gradients(seed)
    check_closed_form(seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(400, 450), ids="seed{}".format)
def test_hessians_agree(seed: int) -> None:
    f, args = function(seed), list(arrays({"n": 2, "m": 3}, seed).values())
    close(sd.hessian(f)(*args), sd.hessian(f, compile=False)(*args), source(seed))
