"""The tools that are compared: each makes a call `() -> (value, gradients)` out of a problem."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from .problems import Arrays, Problem

Call = Callable[[], tuple[Any, Any]]
Prepare = Callable[[Problem, Arrays], Call]


def by_symdiff(problem: Problem, args: Arrays) -> Call:
    import symdiff as sd

    f = sd.value_and_grad(lambda *a: problem.f(np, *a), argnums=tuple(range(problem.wrt)))
    return lambda: f(*args)


def by_jax(problem: Problem, args: Arrays) -> Call:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    f = jax.jit(
        jax.value_and_grad(lambda *a: problem.f(jnp, *a), argnums=tuple(range(problem.wrt)))
    )
    given = [jnp.asarray(a) for a in args]
    return lambda: jax.block_until_ready(f(*given))


def _torch_call(problem: Problem, args: Arrays, wrap: Callable[[Any], Any]) -> Call:
    import torch

    given = [torch.tensor(a, requires_grad=k < problem.wrt) for k, a in enumerate(args)]
    f = wrap(lambda *a: problem.f(TorchNames, *a))

    def call() -> tuple[Any, Any]:
        y = f(*given)
        return y, torch.autograd.grad(y, given[: problem.wrt])

    return call


class _TorchNames:
    """PyTorch under NumPy's names, as far as the problems go."""

    def __getattr__(self, name: str) -> Any:
        import torch

        return torch.amax if name == "max" else getattr(torch, name)


TorchNames = _TorchNames()


def by_torch(problem: Problem, args: Arrays) -> Call:
    return _torch_call(problem, args, lambda f: f)


def by_torch_compile(problem: Problem, args: Arrays) -> Call:
    import torch

    return _torch_call(problem, args, torch.compile)


def by_autograd(problem: Problem, args: Arrays) -> Call:
    import autograd
    import autograd.numpy as anp

    f = autograd.value_and_grad(lambda *a: problem.f(anp, *a), argnum=tuple(range(problem.wrt)))
    return lambda: f(*args)


def by_casadi(problem: Problem, args: Arrays) -> Call:
    """Scalar programs only: CasADi's matrices are at most two-dimensional and sparse."""
    import casadi

    if len(args) != 1 or args[0].size > 64:
        raise NotImplementedError("a scalar program is needed")
    x = casadi.SX.sym("x", args[0].size)
    y = problem.f(_CasadiNames, x)
    f = casadi.Function("f", [x], [y, casadi.gradient(y, x)])
    return lambda: f(args[0])


class _CasadiNames:
    @staticmethod
    def sum(x: Any) -> Any:
        import casadi

        return casadi.sum1(x)

    @staticmethod
    def sin(x: Any) -> Any:
        import casadi

        return casadi.sin(x)


def by_pytensor(problem: Problem, args: Arrays) -> Call:
    import pytensor
    import pytensor.tensor as pt

    xs = [pt.tensor(f"x{k}", dtype="float64", shape=(None,) * a.ndim) for k, a in enumerate(args)]
    y = problem.f(pt, *xs)
    f = pytensor.function(xs, [y, *pytensor.grad(y, xs[: problem.wrt])], mode="NUMBA")
    return lambda: f(*args)


def by_hand(problem: Problem, args: Arrays) -> Call:
    if problem.limit is None:
        raise NotImplementedError("no hand-written version")
    limit = problem.limit
    return lambda: limit(*args)


PEERS: dict[str, tuple[str, Prepare]] = {
    "symdiff": ("symdiff", by_symdiff),
    "JAX": ("jax", by_jax),
    "PyTorch": ("torch", by_torch),
    "torch.compile": ("torch", by_torch_compile),
    "PyTensor": ("pytensor", by_pytensor),
    "CasADi": ("casadi", by_casadi),
    "autograd": ("autograd", by_autograd),
    "by hand": ("numpy", by_hand),
}


def installed() -> dict[str, Prepare]:
    return {
        name: make for name, (module, make) in PEERS.items() if importlib.util.find_spec(module)
    }
