"""The tools that are compared: each makes a call `() -> (value, gradients)` out of a problem."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Callable
from typing import Any

import numpy as np

from .problems import Arrays, Problem

Call = Callable[[], Any]  # value first, then gradients
Prepare = Callable[[Problem, Arrays], Call]


class NotTaken(Exception):
    """This tool has no way to state the problem."""


def by_symdiff(problem: Problem, args: Arrays) -> Call:
    import symdiff as sd

    if problem.eager:
        return _tape(sd, sd, problem, args)
    function = problem.f  # so that a trace stands on the function alone
    f = sd.value_and_grad(lambda *a: function(np, *a), argnums=tuple(range(problem.wrt)))
    return lambda: f(*args)


def _tape(torch: Any, names: Any, problem: Problem, args: Arrays, wrap: Any = None) -> Call:
    """PyTorch's way, which symdiff shares: run forward, then ask the result for gradients."""
    given = [torch.tensor(a, requires_grad=k < problem.wrt) for k, a in enumerate(args)]

    def f(*a: Any) -> Any:
        return problem.f(names, *a)

    run = wrap(f) if wrap else f

    def call() -> tuple[Any, Any]:
        y = run(*given)
        return y, torch.autograd.grad(y, given[: problem.wrt])

    return call


def by_jax(problem: Problem, args: Arrays) -> Call:
    import jax
    import jax.numpy as jnp

    jax.config.update("jax_enable_x64", True)
    eager = jax.value_and_grad(lambda *a: problem.f(jnp, *a), argnums=tuple(range(problem.wrt)))
    f = eager if problem.eager else jax.jit(eager)
    given = [jnp.asarray(a) for a in args]
    return lambda: jax.block_until_ready(f(*given))


class _TorchNames:
    """PyTorch under NumPy's names, as far as the problems go."""

    def __getattr__(self, name: str) -> Any:
        import torch

        return torch.amax if name == "max" else getattr(torch, name)


def by_torch(problem: Problem, args: Arrays) -> Call:
    import torch

    return _tape(torch, _TorchNames(), problem, args)


def by_torch_compile(problem: Problem, args: Arrays) -> Call:
    torch: Any = importlib.import_module("torch")
    if problem.eager:
        raise NotTaken("compiles")
    torch._dynamo.reset()  # every problem is its first
    return _tape(torch, _TorchNames(), problem, args, torch.compile)


def by_autograd(problem: Problem, args: Arrays) -> Call:
    autograd: Any = importlib.import_module("autograd")
    anp: Any = importlib.import_module("autograd.numpy")

    f = autograd.value_and_grad(lambda *a: problem.f(anp, *a), argnum=tuple(range(problem.wrt)))
    return lambda: f(*args)


class _CasadiNames:
    """CasADi under NumPy's names, as far as programs of few numbers go."""

    def __getattr__(self, name: str) -> Any:
        casadi = importlib.import_module("casadi")
        return getattr(casadi, {"sum": "sum1"}.get(name, name))


def by_casadi(problem: Problem, args: Arrays) -> Call:
    """Its matrices are sparse, two-dimensional and made of scalars: for few numbers only."""
    import casadi

    if len(args) != 1 or args[0].size > 64 or problem.eager:
        raise NotTaken("for programs of few numbers")
    x = casadi.SX.sym("x", args[0].size)
    y = problem.f(_CasadiNames(), x)
    f = casadi.Function("f", [x], [y, casadi.gradient(y, x)])
    return lambda: f(args[0])


def by_pytensor(problem: Problem, args: Arrays) -> Call:
    pytensor: Any = importlib.import_module("pytensor")
    pt: Any = importlib.import_module("pytensor.tensor")

    if problem.eager:
        raise NotTaken("compiles")
    xs = [pt.tensor(f"x{k}", dtype="float64", shape=(None,) * a.ndim) for k, a in enumerate(args)]
    y = problem.f(pt, *xs)
    f = pytensor.function(xs, [y, *pytensor.grad(y, xs[: problem.wrt])], mode="NUMBA")
    return lambda: f(*args)


def by_hand(problem: Problem, args: Arrays) -> Call:
    from .limits import LIMITS

    limit = LIMITS.get(problem.name) or LIMITS.get(problem.family)
    if limit is None:
        raise NotTaken("nobody would write it")
    return lambda: limit(*args)


PEERS: dict[str, tuple[str, Prepare]] = {
    "symdiff": ("symdiff", by_symdiff),
    "JAX": ("jax", by_jax),
    "PyTorch": ("torch", by_torch),
    "torch.compile": ("torch", by_torch_compile),
    "PyTensor": ("pytensor", by_pytensor),
    "CasADi": ("casadi", by_casadi),
    "autograd": ("autograd", by_autograd),
    "by hand": ("numba", by_hand),
}


def installed() -> dict[str, Prepare]:
    return {
        name: make for name, (module, make) in PEERS.items() if importlib.util.find_spec(module)
    }
