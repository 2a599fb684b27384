"""Jacobians, Hessians and their products with vectors, for functions of tensors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..handles.modes import enable_grad
from ..ops.identity import clone
from ..tensors.jacobians import pulled, rows, zeros_unless
from ..tensors.torch_face import Tensor

Func = Callable[..., Any]


class _Call:
    """func, called with inputs of its own: connected to the caller's if the graph is to be kept."""

    def __init__(
        self, func: Func, inputs: Any, name: str, create_graph: bool, strict: bool
    ) -> None:
        self.name, self.strict = name, strict
        self.single_input = not isinstance(inputs, tuple)
        given = (inputs,) if self.single_input else inputs
        for k, x in enumerate(given):
            if not isinstance(x, Tensor):
                raise TypeError(f"The inputs given to {name} must be Tensors; input {k} is not")
        self.xs = [_connected(x) if create_graph else x.detach().requires_grad_() for x in given]
        with enable_grad():
            out = func(*self.xs)
        self.single_output = not isinstance(out, tuple)
        self.ys = [out] if self.single_output else list(out)
        for k, y in enumerate(self.ys):
            if not isinstance(y, Tensor):
                raise TypeError(f"The outputs of the function given to {name} must be Tensors")
            self.check(
                y.requires_grad,
                f"Output {k} of the user-provided function does not require gradients. The outputs "
                "must be computed in a differentiable manner from the input when running in strict "
                "mode.",
            )

    def check(self, holds: bool, message: str) -> None:
        if self.strict and not holds:
            raise RuntimeError(f"{self.name}: strict mode: {message}")

    def pulled(self, seeds: Sequence[Any], create_graph: bool) -> list[Any]:
        """The pullback of the seeds to each input; strict mode wants every input used."""
        found = pulled(self.ys, self.xs, seeds, create_graph=create_graph)
        for k, g in enumerate(found):
            self.check(g is not None, f"The output is independent of input {k}.")
        return [zeros_unless(g, x) for g, x in zip(found, self.xs)]

    def outputs(self, create_graph: bool) -> Any:
        ys = self.ys if create_graph else [y.detach() for y in self.ys]
        return ys[0] if self.single_output else tuple(ys)

    def inputs_like(self, parts: Sequence[Any]) -> Any:
        return parts[0] if self.single_input else tuple(parts)

    def outputs_like(self, parts: Sequence[Any]) -> Any:
        return parts[0] if self.single_output else tuple(parts)


def _connected(x: Tensor) -> Tensor:
    """x at one remove: what is computed from it is differentiated back to x too."""
    return clone(x) if x.requires_grad else x.detach().requires_grad_()


def _vectors(v: Any, like: Sequence[Tensor], what: str) -> list[Any]:
    """The vectors given, one for each tensor and of its shape; a scalar needs none."""
    if v is None:
        if len(like) != 1 or int(np.prod(like[0].shape)) != 1:
            raise RuntimeError(f"The vector v can only be None if {what} is a single number.")
        return [Tensor.of(None, np.ones(like[0].shape, np.dtype(like[0].dtype)))]
    vs = list(v) if isinstance(v, (tuple, list)) else [v]
    if len(vs) != len(like):
        raise RuntimeError(f"v has {len(vs)} parts, but {what} has {len(like)}")
    for a, x in zip(vs, like):
        if tuple(a.shape) != tuple(x.shape):
            raise RuntimeError(f"v has size {tuple(a.shape)}, but {what} has size {tuple(x.shape)}")
    return vs


def jacobian(
    func: Func,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """d(output)/d(input), of shape output.shape + input.shape, for each output and input.

    >>> import symdiff as sd
    >>> sd.autograd.functional.jacobian(lambda x: x**2, sd.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])
    """
    call = _Call(func, inputs, "jacobian", create_graph, strict)
    blocks = [call.inputs_like(rows(y, call.xs, create_graph=create_graph)) for y in call.ys]
    return call.outputs_like(blocks)


def hessian(
    func: Func,
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The second derivatives of a scalar function: the Jacobian of its gradient.

    >>> import symdiff as sd
    >>> sd.autograd.functional.hessian(lambda x: (x**3).sum(), sd.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """

    def gradient(*xs: Tensor) -> Any:
        y = func(*xs)
        _check_scalar(y, "hessian")
        return _gradient(y, xs, single)

    single = not isinstance(inputs, tuple)
    return jacobian(gradient, inputs, create_graph, strict)


def _gradient(y: Tensor, xs: Sequence[Tensor], single: bool) -> Any:
    ones = np.ones(y.shape, np.dtype(y.dtype))
    parts = [zeros_unless(g, x) for g, x in zip(pulled([y], xs, [ones], create_graph=True), xs)]
    return parts[0] if single else tuple(parts)


def _check_scalar(y: Any, name: str) -> None:
    if not isinstance(y, Tensor):
        raise RuntimeError(f"The function given to {name} should return a single Tensor")
    if int(np.prod(y.shape)) != 1:
        raise RuntimeError(
            f"The Tensor returned by the function given to {name} should contain a single element"
        )


def vjp(
    func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and v times the Jacobian."""
    call = _Call(func, inputs, "vjp", create_graph, strict)
    parts = call.pulled(_vectors(v, call.ys, "the output"), create_graph)
    return call.outputs(create_graph), call.inputs_like(parts)


def jvp(
    func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the Jacobian times v: a pullback is linear in its seed, and pulled back."""
    call = _Call(func, inputs, "jvp", create_graph, strict)
    vs = _vectors(v, call.xs, "the input")
    seeds = [
        Tensor.of(None, np.zeros(y.shape, np.dtype(y.dtype))).requires_grad_() for y in call.ys
    ]
    with enable_grad():
        parts = call.pulled(seeds, True)
    pushed = pulled(parts, seeds, vs, create_graph=create_graph)
    tangents = [zeros_unless(t, y) for t, y in zip(pushed, call.ys)]
    return call.outputs(create_graph), call.outputs_like(tangents)


def vhp(
    func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The scalar output, and v times the Hessian."""
    call = _Call(func, inputs, "vhp", create_graph, strict)
    _check_scalar(call.ys[0], "vhp")
    gradient = call.pulled([np.ones(call.ys[0].shape)], True)
    vs = _vectors(v, call.xs, "the input")
    parts = pulled(gradient, call.xs, vs, create_graph=create_graph)
    products = [zeros_unless(g, x) for g, x in zip(parts, call.xs)]
    return call.outputs(create_graph), call.inputs_like(products)


def hvp(
    func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The scalar output, and the Hessian, which is symmetric, times v."""
    return vhp(func, inputs, v, create_graph, strict)
