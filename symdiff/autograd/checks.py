"""Rules checked against difference quotients."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..graph.op import is_differentiable
from ..handles.backprop import grad
from ..tensors.jacobians import rows
from ..tensors.torch_face import Tensor


class GradcheckError(RuntimeError):
    """A gradient that disagrees with the difference quotient."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **ignored: Any,
) -> bool:
    """Whether the gradients of func agree with central differences, at these inputs.

    >>> import symdiff as sd
    >>> sd.autograd.gradcheck(lambda x: x**3, sd.tensor([1.0, 2.0], requires_grad=True))
    True
    """
    try:
        _check(func, _as_tuple(inputs), eps, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    **ignored: Any,
) -> bool:
    """Whether the gradients of func's gradients agree with central differences."""
    xs = _as_tuple(inputs)
    ys = _differentiable(func(*xs))
    seeds = _as_tuple(grad_outputs) if grad_outputs is not None else _random_like(ys)

    def gradients(*args: Any) -> tuple[Any, ...]:
        given, weights = args[: len(xs)], args[len(xs) :]
        wanted = [x for x in given if isinstance(x, Tensor) and x.requires_grad]
        outs = _differentiable(func(*given))
        parts = grad(outs, wanted, weights, create_graph=True, allow_unused=True)
        return tuple(g for g in parts if g is not None)

    return gradcheck(
        gradients, (*xs, *seeds), eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception
    )


def _random_like(ys: Sequence[Tensor]) -> list[Tensor]:
    rng = np.random.default_rng(0)
    return [Tensor.of(None, rng.standard_normal(y.shape)).requires_grad_() for y in ys]


def _as_tuple(xs: Any) -> tuple[Any, ...]:
    return tuple(xs) if isinstance(xs, (tuple, list)) else (xs,)


def _differentiable(out: Any) -> list[Tensor]:
    return [y for y in _as_tuple(out) if isinstance(y, Tensor) and y.requires_grad]


def _compared(out: Any) -> list[Tensor]:
    """The results whose slopes are compared: if none has a gradient, all that could have one."""
    return _differentiable(out) or [
        y for y in _as_tuple(out) if isinstance(y, Tensor) and is_differentiable(y.dtype)
    ]


def _check(
    func: Callable[..., Any], xs: tuple[Any, ...], eps: float, atol: float, rtol: float
) -> None:
    places = [k for k, x in enumerate(xs) if isinstance(x, Tensor) and x.requires_grad]
    if not places:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, "
            "but none of them have requires_grad=True."
        )
    _warn_of_few_digits(xs, places)
    for j, y in enumerate(_compared(func(*xs))):
        analytical = rows(y, [xs[k] for k in places], create_graph=False)
        for k, J in zip(places, analytical):
            numerical = _quotients(func, xs, k, j, eps)
            value = J.value.reshape(numerical.shape)
            if not np.allclose(value, numerical, rtol=rtol, atol=atol, equal_nan=True):
                raise GradcheckError(
                    f"Jacobian mismatch for output {j} with respect to input {k},\n"
                    f"numerical:{_by_input(numerical)}\nanalytical:{_by_input(value)}\n"
                )


def _warn_of_few_digits(xs: Sequence[Any], places: Sequence[int]) -> None:
    for k in places:
        if xs[k].dtype.itemsize < 8:
            warnings.warn(
                f"Input #{k} requires gradient and is not a double precision floating point or "
                "complex. This check will likely fail if all the inputs are not of double "
                "precision floating point or complex.",
                stacklevel=4,
            )


def _by_input(J: np.ndarray) -> Tensor:
    """A Jacobian as PyTorch prints it: a row for each input."""
    return Tensor.of(None, J.T)


def _quotients(
    func: Callable[..., Any], xs: tuple[Any, ...], k: int, j: int, eps: float
) -> np.ndarray:
    """The derivatives of output j by input k: central differences, one element at a time."""
    x = xs[k].detach().value

    def moved(i: int, step: float) -> np.ndarray:
        value = x.astype(x.dtype, copy=True)
        value.reshape(-1)[i] += step
        shifted = Tensor.of(None, value).requires_grad_()
        return _compared(func(*xs[:k], shifted, *xs[k + 1 :]))[j].value.ravel()

    columns = [(moved(i, eps) - moved(i, -eps)) / (2 * eps) for i in range(x.size)]
    rows_count = _compared(func(*xs))[j].value.size
    return np.stack(columns, axis=1) if columns else np.zeros((rows_count, 0))
