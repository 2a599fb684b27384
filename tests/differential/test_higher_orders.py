"""Random functions with routines: gradients, Jacobians, Hessians, directions, in both precisions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd

from . import checking
from .expressions import arrays, function, source

EVERY = (0, 1, 2, 3)
CHOSEN = [EVERY, (0,), (1, 2), (3, 0), (2, 1)]
SEVERAL = [{"n": 3, "m": 4}, {"n": 4, "m": 4}, {"n": 5, "m": 2}]
DIGITS = {"f8": 1e-8, "f4": 5e-3}


def leaves(tree: Any) -> list[Any]:
    return [x for part in tree for x in leaves(part)] if isinstance(tree, tuple) else [tree]


def near(ours: Any, theirs: Any, digits: float, why: str) -> None:
    for x, y in zip(leaves(ours), leaves(theirs), strict=True):
        checking.near(x, y, digits, why)


def check(seed: int, dtype: str) -> None:
    f, why = function(seed, routines=True), source(seed, routines=True)
    argnums, digits = CHOSEN[seed % len(CHOSEN)], DIGITS[dtype]
    kinds = (sd.value_and_grad, sd.jacobian, sd.hessian)
    pairs = [(kind(f, argnums), kind(f, argnums, compile=False)) for kind in kinds]
    for k, sizes in enumerate(SEVERAL):
        args = [v.astype(dtype) for v in arrays(sizes, seed + k).values()]
        for compiled, tape in pairs if k < 2 else pairs[:2]:
            near(compiled(*args), tape(*args), digits, why)
    check_directions(f, args, digits, why)


def check_directions(f: Any, args: list[Any], digits: float, why: str) -> None:
    """Along directions and back, alone and within compiled functions."""
    rng = np.random.default_rng(0)
    along = [rng.uniform(-1, 1, x.shape).astype(x.dtype) for x in args]
    slopes = sd.grad(f, EVERY, compile=False)(*args)
    wanted = sum(float(np.sum(np.float64(g) * v)) for g, v in zip(slopes, along, strict=True))
    near(sd.jvp(f, tuple(args), tuple(along))[1], wanted, digits, why)
    within = sd.jit(lambda *both: sd.jvp(f, both[:4], both[4:])[1])
    near(within(*args, *along), wanted, digits, why)
    y, back = sd.vjp(f, *args)
    near(tuple(back(np.asarray(y).dtype.type(1))), slopes, digits, why)


@pytest.mark.parametrize(("seed", "dtype"), [(5001, "f8")])
def test_a_function_with_routines_to_second_order(seed: int, dtype: str) -> None:
    check(seed, dtype)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5010, 5050), ids="seed{}".format)
def test_many_functions_with_routines_to_second_order(seed: int) -> None:
    check(seed, ("f8", "f8", "f4")[seed % 3])
