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
        self._check_tensors(given, inputs, f"inputs given to {name}", "inputs")
        self.xs = [_connected(x) if create_graph else x.detach().requires_grad_() for x in given]
        with enable_grad():
            out = func(*self.xs)
        self.single_output = not isinstance(out, tuple)
        self.ys = [out] if self.single_output else list(out)
        what = "outputs of the user-provided function"
        self._check_tensors(self.ys, out, f"{what} given to {name}", what)
        for k, y in enumerate(self.ys):
            self.check(
                y.requires_grad,
                f"Output {k} of the user-provided function does not require gradients. The outputs "
                "must be computed in a differentiable manner from the input when running in strict "
                "mode.",
            )

    @staticmethod
    def _check_tensors(parts: Sequence[Any], given: Any, which: str, what: str) -> None:
        for k, part in enumerate(parts):
            if not isinstance(part, Tensor):
                odd = f"the value at index {k}" if isinstance(given, tuple) else f"the given {what}"
                raise TypeError(
                    f"The {which} must be either a Tensor or a tuple of Tensors but {odd} has type "
                    f"{type(part)}."
                )

    def check(self, holds: bool, message: str) -> None:
        """Refuse in strict mode what is allowed otherwise."""
        if self.strict and not holds:
            raise RuntimeError(message)

    def check_used(self, k: int, gradients: Sequence[Any]) -> None:
        """In strict mode, the k-th output depends on every input."""
        for j, g in enumerate(gradients):
            self.check(
                g is not None,
                f"Output {k} of the user-provided function is independent of input {j}. This is "
                "not allowed in strict mode.",
            )

    def pulled(self, seeds: Sequence[Any], create_graph: bool) -> list[Any]:
        """The pullback of the seeds to each input; strict mode wants every input used."""
        found = pulled(self.ys, self.xs, seeds, create_graph=create_graph)
        self.check_used(0, found)
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
            raise RuntimeError(
                f"The vector v can only be None if {what} a single Tensor with a single element."
            )
        return [Tensor.of(None, np.ones(like[0].shape, np.dtype(like[0].dtype)))]
    vs = list(v) if isinstance(v, (tuple, list)) else [v]
    if len(vs) != len(like) and len(like) == 1:
        raise RuntimeError("The given v should contain a single Tensor.")
    if len(vs) != len(like):
        raise RuntimeError(
            f"v is a tuple of invalid length: should be {len(like)} but got {len(vs)}."
        )
    for k, (a, x) in enumerate(zip(vs, like)):
        if tuple(a.shape) != tuple(x.shape):
            entry = f"Entry {k} in v" if len(like) > 1 else "v"
            raise RuntimeError(f"{entry} has invalid size: should be {x.shape} but got {a.shape}.")
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
    for k, y in enumerate(call.ys if strict else ()):
        seed = np.ones(y.shape, np.dtype(y.dtype))
        call.check_used(k, pulled([y], call.xs, [seed], create_graph=False))
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
        parts = _gradient(y, xs)
        if strict and y.requires_grad:
            _check_varies(parts)
        return parts[0] if single else tuple(parts)

    single = not isinstance(inputs, tuple)
    return jacobian(gradient, inputs, create_graph, strict)


def _gradient(y: Tensor, xs: Sequence[Tensor]) -> list[Any]:
    ones = np.ones(y.shape, np.dtype(y.dtype))
    return [zeros_unless(g, x) for g, x in zip(pulled([y], xs, [ones], create_graph=True), xs)]


def _check_varies(gradient: Sequence[Tensor]) -> None:
    """Refuse, for strict mode, a gradient that is the same everywhere."""
    for k, g in enumerate(gradient):
        if not g.requires_grad:
            raise RuntimeError(
                "While computing the hessian, found that the jacobian of the user-provided function "
                f"with respect to input {k} is independent of the input. This is not allowed in "
                "strict mode. You should ensure that your function is twice differentiable and that "
                "the jacobian depends on the inputs (this would be violated by a linear function "
                "for example)."
            )


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
    parts = call.pulled(_vectors(v, call.ys, "the user-provided function returns"), create_graph)
    return call.outputs(create_graph), call.inputs_like(parts)


def jvp(
    func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs, and the Jacobian times v: a pullback is linear in its seed, and pulled back."""
    call = _Call(func, inputs, "jvp", create_graph, strict)
    vs = _vectors(v, call.xs, "the input to the user-provided function is")
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
    return _times_hessian(func, inputs, v, create_graph, strict, "vhp")


def hvp(
    func: Func, inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The scalar output, and the Hessian, which is symmetric, times v."""
    return _times_hessian(func, inputs, v, create_graph, strict, "hvp")


def _times_hessian(
    func: Func, inputs: Any, v: Any, create_graph: bool, strict: bool, name: str
) -> tuple[Any, Any]:
    call = _Call(func, inputs, name, create_graph, strict)
    _check_scalar(call.ys[0], name)
    gradient = call.pulled([np.ones(call.ys[0].shape)], True)
    if strict:
        _check_varies(gradient)
    vs = _vectors(v, call.xs, "the input to the user-provided function is")
    parts = pulled(gradient, call.xs, vs, create_graph=create_graph)
    for k, part in enumerate(parts):
        call.check(
            part is not None,
            f"The jacobian of the user-provided function is independent of input {k}. This is not "
            "allowed in strict mode.",
        )
    products = [zeros_unless(g, x) for g, x in zip(parts, call.xs)]
    return call.outputs(create_graph), call.inputs_like(products)
