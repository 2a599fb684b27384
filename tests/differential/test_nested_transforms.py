"""func's transforms nested in random order, some compiled, against torch.func."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import symdiff as sd

from .checking import seeds
from .draw import texts

torch: Any = pytest.importorskip("torch")
Function = Callable[[Any], Any]

FUNCTIONS = texts("""T.sin(x)*x.sum(); x@x*T.exp(-x); T.tanh(x)**2*x[0]; T.cumsum(x, 0)*x; x.flip(0)*x**2
T.where(x > 0, x**3, T.sin(x)); T.outer(x, T.cos(x)).sum(0); T.softmax(x, 0)*x; (x*x).prod()*x
T.cat([x[1:], x[:1]])*x; T.stack([x[0]*x[1], x[1]*x[2], x[2]*x[0]]); T.logsumexp(x, 0)*T.relu(x)""")


def steps(T: Any) -> dict[str, Callable[[Function], Function]]:
    """From a function of three numbers that gives three to another such function."""
    F, t = T.func, lambda a: T.tensor(a, dtype=T.float64)
    w, v, k = t([0.3, -0.7, 1.1]), t([0.5, 0.25, -1.0]), t([0.5, 1.0, 1.5])
    return {
        "grad": lambda f: F.grad(lambda x: (f(x) * w).sum()),
        "jacrev": lambda f: lambda x: F.jacrev(f)(x) @ w,
        "jacfwd": lambda f: lambda x: (F.jacfwd(f)(x) * w[:, None]).sum(0),
        "hessian": lambda f: lambda x: F.hessian(lambda z: (f(z) * w).sum())(x) @ x,
        "vmap": lambda f: lambda x: F.vmap(f)(T.stack([x, x * 2, x + 1])).sum(0) * 0.1,
        "jvp": lambda f: lambda x: F.jvp(f, (x,), (T.sin(x) + v,))[1],
        "vjp": lambda f: lambda x: F.vjp(f, x)[1](x * v)[0],
        "hvp": lambda f: lambda x: F.jvp(F.grad(lambda z: (f(z) * w).sum()), (x,), (v,))[1],
        "vmap of grad": lambda f: (
            lambda x: F.vmap(F.grad(lambda z, c: (f(z * c) * w).sum()), (None, 0))(x, k).sum(0)
        ),
        "within": lambda f: lambda x: F.grad(lambda z: (f(z) * x).sum())(x * 0.5),
    }


def nested(T: Any, text: str, names: list[str], compiled: list[bool]) -> Function:
    f: Function = eval(f"lambda x: {text}", {"T": T})
    for name, wanted in zip(names, compiled, strict=True):
        step = steps(T)[name](f)
        f = bounded(T, sd.jit(step) if wanted else step)
    return f


def bounded(T: Any, f: Function) -> Function:
    return lambda x: T.tanh(f(x))


@seeds(range(8), range(100, 400))
def test_nested_transforms(seed: int) -> None:
    rng = random.Random(seed)
    text, depth = rng.choice(FUNCTIONS), rng.randint(1, 3)
    names = [rng.choice(list(steps(torch))) for _ in range(depth)]
    compiled = [rng.random() < 0.5 for _ in range(depth)]
    x = np.random.default_rng(seed).uniform(0.2, 1.0, 3) * [1, -1, 1]
    wanted = nested(torch, text, names, [False] * depth)(torch.tensor(x))
    for which in ([False] * depth, compiled):
        got = nested(sd, text, names, which)(sd.tensor(x))
        np.testing.assert_allclose(got, wanted, 1e-8, 1e-9, err_msg=f"{text} {names} {which}")


@pytest.mark.parametrize("how", ["jacrev", "jacfwd", "hessian", "jvp"])
def test_a_derivative_is_traced_outside_of_the_vmap_that_calls_it(how: str) -> None:
    step = steps(sd)[how](lambda z: z * sd.cat([z[1:], z[:1]]) * z)
    rows = sd.tensor([[0.5, -0.4, 0.9], [1.0, 2.0, -3.0]])

    def slopes(f: Function) -> Any:
        return sd.func.vmap(sd.func.grad(lambda z: f(z).sum()))(rows)

    np.testing.assert_allclose(slopes(sd.jit(step)), slopes(step), rtol=1e-12)
