"""Derivatives of functions: grad, value_and_grad, jacobian, hessian, nth, jvp, vjp, hvp, jit.

Each traces its function once for all sizes and compiles the derivative; where tracing meets a
number that is not known yet, the tape gives the same result.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ..functions import reducing
from ..ops import elementwise as ew
from ..tracing.transformed import Function, Transformed
from ..tracing.trees import flatten
from .along import jvp, matching, vjp
from .calls import Argnums
from .derivative import Derivative
from .jitted import jit
from .orders import nth_way
from .ways import GRADIENT, JACOBIAN

__all__ = ["grad", "hessian", "hvp", "jacobian", "jit", "jvp", "nth", "value_and_grad", "vjp"]


def value_and_grad(
    f: Function, argnums: Argnums = 0, *, compile: bool = True
) -> Callable[..., tuple[Any, Any]]:
    """A function that gives the value of the scalar function f and its gradient.

    The gradient by an argument has the argument's shape and dtype (and, for a tree, its structure);
    a tuple of argnums gives a tuple. The value is a float, whatever the precision of the arrays, and
    so is the gradient by a float; by a NumPy scalar it is a NumPy scalar. `compile=False` uses the
    tape. A result that is no scalar is a TypeError.

    A call with `out=array`, or a tuple of them for a tuple of argnums, writes the gradient there and
    gives that array back: of the gradient's shape and dtype. It may be an argument too, or strided;
    then, and at the first call, the gradient is made elsewhere and copied.

    >>> import numpy as np, symdiff as sd
    >>> value, gradient = sd.value_and_grad(lambda x: np.sum(x**2))(np.array([1.0, 2.0]))
    >>> float(value), gradient
    (5.0, array([2., 4.]))
    """
    recipe = functools.partial(value_and_grad, argnums=argnums, compile=compile)
    return Derivative(f, recipe, GRADIENT, argnums, compile, valued=True)


def grad(f: Function, argnums: Argnums = 0, *, compile: bool = True) -> Function:
    """A function that gives the gradient of the scalar function f.

    `argnums` counts the arguments from 0. What value_and_grad tells of shapes, dtypes, errors and
    `out` holds here, too.

    >>> import numpy as np, symdiff as sd
    >>> sd.grad(lambda x: np.sum(np.sin(x)))(np.zeros(2))
    array([1., 1.])
    >>> g = np.empty(2)
    >>> sd.grad(lambda x: np.sum(np.sin(x)))(np.zeros(2), out=g) is g
    True
    """
    recipe = functools.partial(grad, argnums=argnums, compile=compile)
    return Derivative(f, recipe, GRADIENT, argnums, compile)


def jacobian(f: Function, argnums: Argnums = 0, *, compile: bool = True) -> Function:
    """A function that gives the Jacobian of f: of y by x, it has shape y.shape + x.shape.

    Where f gives a tree, so does it: a Jacobian for each of its arrays. By a tree, or by a tuple of
    argnums, each of them is a tree, or a tuple, too.

    >>> import numpy as np, symdiff as sd
    >>> sd.jacobian(lambda x: x**2)(np.array([1.0, 2.0]))
    array([[2., 0.],
           [0., 4.]])
    """
    recipe = functools.partial(jacobian, argnums=argnums, compile=compile)
    return Derivative(f, recipe, JACOBIAN, argnums, compile)


def hessian(f: Function, argnums: Argnums = 0, *, compile: bool = True) -> Function:
    """A function that gives the Hessian of the scalar function f, of shape x.shape + x.shape.

    By a tuple of argnums it is a tuple of tuples, of shapes x_i.shape + x_j.shape; by a tree, a tree
    of trees. A result that is no scalar is a TypeError.

    >>> import numpy as np, symdiff as sd
    >>> sd.hessian(lambda x: np.sum(x**3))(np.array([1.0, 2.0]))
    array([[ 6.,  0.],
           [ 0., 12.]])
    """
    return jacobian(grad(f, argnums, compile=compile), argnums, compile=compile)


def hvp(f: Function, *, compile: bool = True) -> Function:
    """A function `(x, v)` that gives the Hessian of f at x times v, without forming the Hessian.

    v is like x: of its shape (else a ValueError) or, for a tree, a tree of such arrays. Where f takes
    more than x, v comes last.

    >>> import numpy as np, symdiff as sd
    >>> sd.hvp(lambda x: np.sum(x**3))(np.array([1.0, 2.0]), np.array([1.0, 0.0]))
    array([6., 0.])
    """
    return grad(_SlopeAlong(grad(f, compile=compile)), compile=compile)


class _SlopeAlong(Transformed):
    """The derivative along v, from the gradient."""

    __signature__ = inspect.Signature(
        [
            *(inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in "xv"),
            inspect.Parameter("more", inspect.Parameter.VAR_POSITIONAL),
        ]
    )

    def __init__(self, gradient: Function) -> None:
        super().__init__(gradient, functools.partial(_SlopeAlong))

    def __call__(self, x: Any, *more: Any) -> Any:
        if not more:
            raise TypeError("hvp: the direction is missing; it comes last, as in hvp(f)(x, v)")
        *others, v = more
        slopes = flatten(self.__wrapped__(x, *others))[0]
        total: Any = 0.0
        for g, t in zip(slopes, matching("hvp", "direction", slopes, v), strict=True):
            total = total + reducing.sum(ew.mul(g, t))
        return total


def nth(f: Function, n: int, *, compile: bool = True) -> Function:
    """A function that gives the nth derivative of f by its first argument, element by element.

    f takes each element by itself, as np.sin does; n is 0 or more, else a ValueError.

    >>> import symdiff as sd
    >>> sd.nth(lambda x: x**4, 3)(2.0)
    48.0
    """
    if not isinstance(n, (int, np.integer)) or n < 0:
        raise ValueError(f"nth: the order is {n!r}; it must be a whole number, 0 or more")
    recipe = functools.partial(nth, n=n, compile=compile)
    return Derivative(f, recipe, nth_way(int(n)), compile=compile)
