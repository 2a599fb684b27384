"""The functions, checked on the tape: first and second derivatives by finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from symdiff.handles.backprop import grad
from symdiff.tensors.torch_face import Tensor

CLOSE = {"rtol": 1e-8, "atol": 1e-8}
STEP = 2.0**-11


def check(ours: Callable[..., Any], numpy: Callable[..., Any], *args: np.ndarray) -> None:
    """The values of NumPy's function, and derivatives that are right."""
    np.testing.assert_allclose(ours(*args), numpy(*args), rtol=1e-13, atol=1e-13)
    check_gradient(ours, *args)


def check_on_a_tensor(f: Callable[..., Any], x: np.ndarray) -> None:
    """A NumPy function of a tensor: its values, and derivatives that are right."""
    found = f(Tensor(x, requires_grad=True))
    np.testing.assert_allclose(found.value, f(x), rtol=1e-13)
    check_gradient(f, x)


def check_gradient(f: Callable[..., Any], *args: np.ndarray) -> None:
    """First and second derivative of f, along random directions, against finite differences."""
    rng = np.random.default_rng(5)
    weight = rng.normal(size=np.shape(f(*args)))
    along = [rng.normal(size=a.shape) for a in args]

    def value(t: float) -> float:
        return float(np.sum(weight * f(*(a + t * d for a, d in zip(args, along)))))

    def slope(t: float) -> float:
        leaves = [Tensor(a + t * d, requires_grad=True) for a, d in zip(args, along)]
        gs = grad([f(*leaves)], leaves, [Tensor(weight)], allow_unused=True)
        return sum(float(np.sum(d * g.value)) for d, g in zip(along, gs) if g is not None)

    np.testing.assert_allclose(slope(0.0), _difference(value), **CLOSE)
    np.testing.assert_allclose(_curvature(f, args, along, weight), _difference(slope), **CLOSE)


def _difference(f: Callable[[float], float]) -> float:
    near, far = (f(k * STEP) - f(-k * STEP) for k in (1, 2))
    return (8 * near - far) / (12 * STEP)


def _curvature(
    f: Callable[..., Any], args: Any, along: list[np.ndarray], weight: np.ndarray
) -> float:
    leaves = [Tensor(a, requires_grad=True) for a in args]
    firsts = grad([f(*leaves)], leaves, [Tensor(weight)], create_graph=True, allow_unused=True)
    pairs = [(g, Tensor(d)) for g, d in zip(firsts, along) if g is not None and g.requires_grad]
    if not pairs:
        return 0.0
    seconds = grad([g for g, _ in pairs], leaves, [d for _, d in pairs], allow_unused=True)
    return sum(float(np.sum(d * z.value)) for d, z in zip(along, seconds) if z is not None)
