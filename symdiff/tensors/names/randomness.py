"""Random tensors, from one generator that `manual_seed` sets."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from ...graph.naming import named
from ..batching import check_chance
from ..dtypes import get_default_dtype
from .creation import finished, sizes
from .table import METHODS, offer

_generator = {"seed": 0, "now": np.random.default_rng()}


def generator() -> np.random.Generator:
    """The one that all random numbers come from."""
    return _generator["now"]


def draws() -> np.random.Generator:
    """The generator, for who draws now; a vmap around may want no random numbers."""
    check_chance()
    return generator()


@offer(method=False, grad_fn="")
def manual_seed(seed: int) -> np.random.Generator:
    """Start the random numbers anew; equal seeds give equal numbers (not PyTorch's)."""
    _generator.update(seed=int(seed), now=np.random.default_rng(int(seed) % 2**64))
    return generator()


@offer(method=False, grad_fn="")
def seed() -> int:
    """Start the random numbers anew, nobody knows where."""
    fresh = int.from_bytes(os.urandom(8), "little") % 2**63
    manual_seed(fresh)
    return fresh


@offer(method=False, grad_fn="")
def initial_seed() -> int:
    """The seed that random numbers began with."""
    return int(_generator["seed"])


def _drawn(array: np.ndarray, dtype: Any, default: Any, device: Any, requires_grad: bool) -> Any:
    return finished(np.asarray(array).astype(dtype or default), requires_grad, device)


def _of_shape(name: str, draw: Callable[[tuple[int, ...]], Any], what: str) -> None:
    """`rand(2, 3)` and `rand_like(x)`."""

    def new(
        *size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False,
        generator: Any = None,
    ) -> Any:  # fmt: skip
        return _drawn(draw(sizes(size)), dtype, get_default_dtype(), device, requires_grad)

    def alike(
        input: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
    ) -> Any:
        return _drawn(draw(tuple(input.shape)), dtype, input.dtype, device, requires_grad)

    offered = offer(method=False, grad_fn="")
    offered(named(new, name, f"{what}, in a tensor of that size: `{name}(2, 3)`."))
    offered(named(alike, f"{name}_like", f"{what}, in input's shape and dtype."))


_of_shape("rand", lambda shape: draws().random(shape), "Evenly distributed in [0, 1)")
_of_shape("randn", lambda shape: draws().standard_normal(shape), "Normal of mean 0, spread 1")


@offer(method=False, grad_fn="")
def randint(low: Any = 0, high: Any = None, size: Any = None, *, dtype: Any = None,
            device: Any = None, generator: Any = None, requires_grad: bool = False) -> Any:  # fmt: skip
    """`randint(high, size)` or `randint(low, high, size)`."""
    if size is None:
        low, high, size = 0, low, high
    elif high is None:
        low, high = 0, low
    return _drawn(_integers(low, high, sizes((size,))), dtype, np.int64, device, requires_grad)


@offer(method=False, grad_fn="")
def randint_like(input: Any, low: Any = 0, high: Any = None, *, dtype: Any = None,
                 device: Any = None, requires_grad: bool = False) -> Any:  # fmt: skip
    """Whole numbers from low to high - 1, in input's shape and dtype; from 0 if only high is told."""
    low, high = (0, low) if high is None else (low, high)
    return _drawn(_integers(low, high, tuple(input.shape)), dtype, input.dtype, device,
                  requires_grad)  # fmt: skip


def _integers(low: Any, high: Any, shape: tuple[int, ...]) -> np.ndarray:
    return draws().integers(int(low), int(high), shape)


@offer(method=False, grad_fn="")
def randperm(n: int, *, dtype: Any = None, device: Any = None, generator: Any = None) -> Any:
    """The numbers 0 to n - 1 in a random order."""
    return _drawn(_permutation(n), dtype, np.int64, device, False)


def _permutation(n: int) -> np.ndarray:
    return draws().permutation(n)


@offer(method=False, grad_fn="")
def normal(mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None,
           dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:  # fmt: skip
    """Normally distributed; mean and std may be tensors."""
    shapes = [getattr(x, "shape", ()) for x in (mean, std)]
    shape = np.broadcast_shapes(*shapes) if size is None else sizes((size,))
    noise = _drawn(_standard(tuple(shape)), dtype, get_default_dtype(), device, False)
    y = (mean + std * noise).detach()
    return y.requires_grad_() if requires_grad else y


def _standard(shape: tuple[int, ...]) -> np.ndarray:
    return draws().standard_normal(shape)


@offer(grad_fn="")
def bernoulli(input: Any, p: Any = None, *, generator: Any = None) -> Any:
    """1 with the probability that stands there (or p), else 0."""
    chance = input.known_value("bernoulli()") if p is None else p
    return _drawn(_uniform(tuple(input.shape)) < chance, None, input.dtype, None, False)


def _uniform(shape: tuple[int, ...]) -> np.ndarray:
    return draws().random(shape)


@offer(method=False, grad_fn="")
def poisson(input: Any, *, generator: Any = None) -> Any:
    """A count for each rate."""
    return _drawn(_counts(input.known_value("poisson()")), None, input.dtype, None, False)


def _counts(rates: np.ndarray) -> np.ndarray:
    return draws().poisson(rates)


@offer(grad_fn="")
def multinomial(
    input: Any, num_samples: int, replacement: bool = False, *, generator: Any = None
) -> Any:
    """Indices drawn with these weights, row by row."""
    weights = input.known_value("multinomial()")
    rows = [_choice(w / w.sum(), num_samples, replacement) for w in np.atleast_2d(weights)]
    drawn = np.stack(rows) if weights.ndim > 1 else rows[0]
    return _drawn(drawn, None, np.int64, None, False)


def _choice(weights: np.ndarray, count: int, replacement: bool) -> np.ndarray:
    return draws().choice(len(weights), count, replacement, weights)


# --- in place


def _filling(name: str, draw: Callable[..., Any]) -> None:
    def fill(self: Any, *args: Any, generator: Any = None, **kwargs: Any) -> Any:
        return self.copy_(finished(np.asarray(draw(tuple(self.shape), *args, **kwargs))))

    about = f"The tensor, its numbers drawn anew: {name.strip('_').replace('_', '-')}."
    METHODS[name] = named(fill, name, about)


def _normal(shape: Any, mean: float = 0.0, std: float = 1.0) -> np.ndarray:
    return draws().normal(mean, std, shape)


def _between(shape: Any, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    return draws().uniform(low, high, shape)


def _counted(shape: Any, low: int = 0, high: int | None = None) -> np.ndarray:
    return _integers(*((0, low or 2**53) if high is None else (low, high)), shape)


def _exponential(shape: Any, lambd: float = 1.0) -> np.ndarray:
    return draws().exponential(1 / lambd, shape)


def _cauchy(shape: Any, median: float = 0.0, sigma: float = 1.0) -> np.ndarray:
    return median + sigma * draws().standard_cauchy(shape)


def _log_normal(shape: Any, mean: float = 1.0, std: float = 2.0) -> np.ndarray:
    return draws().lognormal(mean, std, shape)


def _tries(shape: Any, p: float) -> np.ndarray:
    return draws().geometric(p, shape)


def _coins(shape: Any, p: float = 0.5) -> np.ndarray:
    return _uniform(shape) < p


for _name, _draw in {
    "normal_": _normal, "uniform_": _between, "random_": _counted, "bernoulli_": _coins,
    "exponential_": _exponential, "cauchy_": _cauchy, "log_normal_": _log_normal,
    "geometric_": _tries,
}.items():  # fmt: skip
    _filling(_name, _draw)
