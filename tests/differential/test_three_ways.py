"""The tape, the kernel and the closed form agree: one function, several sizes, awkward layouts."""

import numpy as np

import symdiff as sd

from .checking import near, seeds
from .expressions import SHAPES, arrays, function, source

EVERY = (0, 1, 2, 3)
DIGITS = 1e-9
SEVERAL = [{"n": 3, "m": 4}, {"n": 2, "m": 5}, {"n": 4, "m": 4}]


def laid_out(x: np.ndarray, way: int) -> np.ndarray:
    """The same values: in order, with negative strides, or as every second entry."""
    if x.ndim == 0 or way == 0:
        return x
    if way == 1:
        return x[::-1].copy()[::-1]
    return np.repeat(x, 2, axis=-1)[..., ::2]


@seeds(range(8), range(100, 400))
def test_the_kernel_agrees_with_the_tape_at_several_sizes(seed: int) -> None:
    f = function(seed)
    kernel = sd.value_and_grad(f, EVERY)
    tape = sd.value_and_grad(f, EVERY, compile=False)
    for way, sizes in enumerate(SEVERAL):
        args = [laid_out(v, way) for v in arrays(sizes, seed).values()]
        value, slopes = kernel(*args)
        expected, theirs = tape(*args)
        near(expected, f(*args), DIGITS, source(seed))
        near(value, expected, DIGITS, source(seed))
        for ours, other in zip(slopes, theirs):
            near(ours, other, DIGITS, source(seed))


@seeds(range(30, 38), range(100, 400))
def test_the_closed_form_agrees_with_numpy(seed: int) -> None:
    f, values = function(seed), arrays(SEVERAL[0], seed)
    formula = sd.formula(f, shapes=SHAPES)
    given = {k: values[k] for k in formula.names if k in values}  # arrays f makes have their values
    near(formula(**given), f(**values), DIGITS, source(seed))


@seeds((), range(400, 450))
def test_hessians_agree(seed: int) -> None:
    f, args = function(seed), list(arrays({"n": 2, "m": 3}, seed).values())
    near(sd.hessian(f)(*args), sd.hessian(f, compile=False)(*args), DIGITS, source(seed))
