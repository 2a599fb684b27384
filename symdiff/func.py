"""PyTorch's `torch.func`: derivatives of functions of tensors, as functions that compose; vmap."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from .derivatives.along import matching
from .functions import shaping
from .handles.handle import Handle
from .handles.modes import enable_grad
from .tensors.jacobians import depends_on_others, pulled, variable, zeros_unless
from .tensors.mapping import vmap
from .tensors.torch_face import Tensor
from .tracing.trees import flatten, tree_map, unflatten

__all__ = [
    "functionalize", "grad", "grad_and_value", "hessian", "jacfwd", "jacrev", "jvp", "linearize",
    "vjp", "vmap",
]  # fmt: skip
Argnums = int | tuple[int, ...]


# --- one pullback


def _variable(x: Any) -> Any:
    """x as a variable of its own, if it can be one."""
    if not isinstance(x, Tensor):
        raise TypeError(f"func differentiates by tensors, but got {type(x).__name__}")
    if x.dtype.kind != "f":
        raise RuntimeError(f"func differentiates by floating point tensors, but got {x.dtype}")
    return variable(x)


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> tuple[Any, ...]:
    """func's value, and the function that pulls a cotangent of it back to the arguments.

    >>> import symdiff as sd
    >>> y, pullback = sd.func.vjp(lambda x: x**2, sd.tensor([1.0, 3.0]))
    >>> y, pullback(sd.tensor([1.0, 10.0]))
    (tensor([1., 9.]), (tensor([ 2., 60.]),))
    """
    leaves, structure = flatten(primals)
    xs = [_variable(x) for x in leaves]
    with enable_grad():
        out = func(*unflatten(structure, xs))
    out, aux = _with_aux(out) if has_aux else (out, None)
    ys, out_structure = flatten(out)
    keep = depends_on_others(ys, xs)

    def pullback(cotangents: Any) -> tuple[Any, ...]:
        seeds = matching("func.vjp", "cotangent", ys, cotangents)
        history = keep or any(isinstance(s, Handle) and s.requires_grad for s in seeds)
        parts = pulled(ys, xs, seeds, create_graph=history)
        return unflatten(structure, [zeros_unless(g, x) for g, x in zip(parts, xs)])

    plain = unflatten(out_structure, [y if keep else _detached(y) for y in ys])
    return (plain, pullback, _untied(aux, xs)) if has_aux else (plain, pullback)


def _with_aux(out: Any) -> tuple[Any, Any]:
    """What a function with an auxiliary result gives: both."""
    if not isinstance(out, tuple) or len(out) != 2:
        raise RuntimeError("with has_aux=True, the function has to return (output, aux)")
    return out


def _detached(y: Any) -> Any:
    return y.detach() if isinstance(y, Tensor) else y


def _untied(tree: Any, xs: Sequence[Any]) -> Any:
    """What came beside the result, without the history that only the variables gave it."""
    return tree_map(lambda y: y if depends_on_others([y], xs) else _detached(y), tree)


def grad_and_value(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., tuple[Any, Any]]:
    """A function that gives the gradient of a scalar function, and its value."""

    @functools.wraps(func)
    def both(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        y, pullback, *aux = _vjp_by(func, argnums, args, kwargs, has_aux)
        if not isinstance(y, Tensor) or y.shape != ():
            kind = f"tensor with {y.ndim} dims" if isinstance(y, Tensor) else type(y).__name__
            raise RuntimeError(
                f"grad_and_value(f)(*args): Expected f(*args) to return a scalar Tensor, got {kind}. "
                "Maybe you wanted to use the vjp or jacrev APIs instead?"
            )
        gradient = pullback(np.ones((), np.dtype(y.dtype)))
        return gradient, (y, aux[0]) if has_aux else y

    return both


def _checked_places(argnums: Argnums, count: int) -> tuple[int, ...]:
    """The places of the arguments to differentiate by, counted from the first."""
    places = argnums if isinstance(argnums, tuple) else (argnums,)
    for k in places:
        if not isinstance(k, int):
            raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
        if not -count <= k < count:
            raise RuntimeError(f"Got argnum={k}, but only {count} positional inputs")
    return tuple(k % count for k in places)


def _vjp_by(
    func: Callable[..., Any],
    argnums: Argnums,
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    has_aux: bool,
) -> tuple[Any, ...]:
    """vjp by the chosen arguments; its pullback gives a tuple where `argnums` is one."""
    places = _checked_places(argnums, len(args))

    def of_chosen(*chosen: Any) -> Any:
        full = list(args)
        for k, x in zip(places, chosen):
            full[k] = x
        return func(*full, **kwargs)

    y, pullback, *aux = vjp(of_chosen, *(args[k] for k in places), has_aux=has_aux)
    only = isinstance(argnums, int)
    return (y, lambda seed: pullback(seed)[0] if only else pullback(seed), *aux)


def grad(
    func: Callable[..., Any], argnums: Argnums = 0, has_aux: bool = False
) -> Callable[..., Any]:
    """A function that gives the gradient of a scalar function; it can be differentiated again.

    >>> import symdiff as sd
    >>> sd.func.grad(lambda x: (x**3).sum())(sd.tensor([1.0, 2.0]))
    tensor([ 3., 12.])
    """
    both = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def gradient(*args: Any, **kwargs: Any) -> Any:
        g, value = both(*args, **kwargs)
        return (g, value[1]) if has_aux else g

    return gradient


# --- forward: a pullback is linear in its seed, so pulling back through it pushes forward


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """func's value, and the linear function that pushes tangents of the arguments forward."""
    leaves, structure = flatten(primals)
    xs = [_variable(x) for x in leaves]
    with enable_grad():
        ys, out_structure = flatten(func(*unflatten(structure, xs)))
        seeds = [_variable(zeros_unless(None, y)) for y in ys]
        parts = pulled(ys, xs, seeds, create_graph=True)
    keep = depends_on_others(ys, xs)

    def pushforward(*tangents: Any) -> Any:
        vs = matching("func.jvp", "tangent", xs, tangents)
        history = keep or any(isinstance(v, Handle) and v.requires_grad for v in vs)
        used = [(g, v) for g, v in zip(parts, vs) if g is not None]
        pushed = pulled([g for g, _ in used], seeds, [v for _, v in used], create_graph=history)
        return unflatten(out_structure, [zeros_unless(t, y) for t, y in zip(pushed, ys)])

    return unflatten(out_structure, [y if keep else _detached(y) for y in ys]), pushforward


def jvp(
    func: Callable[..., Any],
    primals: tuple[Any, ...],
    tangents: tuple[Any, ...],
    *,
    strict: bool = False,
    has_aux: bool = False,
) -> tuple[Any, ...]:
    """func's value and its derivative along the tangents.

    >>> import symdiff as sd
    >>> sd.func.jvp(lambda x: x**2, (sd.tensor([1.0, 3.0]),), (sd.tensor([1.0, 1.0]),))
    (tensor([1., 9.]), tensor([2., 6.]))
    """
    if not isinstance(primals, tuple) or not isinstance(tangents, tuple):
        raise TypeError("func.jvp: primals and tangents are tuples, as in jvp(f, (x,), (v,))")
    aux: list[Any] = []

    def of_primals(*xs: Any) -> Any:
        return _first(func(*xs), has_aux, aux)

    y, pushforward = linearize(of_primals, *primals)
    return (y, pushforward(*tangents), *aux)


def _first(out: Any, has_aux: bool, aux: list[Any]) -> Any:
    """The result to differentiate; the auxiliary one, if there is one, is put aside."""
    if not has_aux:
        return out
    y, beside = _with_aux(out)
    aux.append(tree_map(_detached, beside))
    return y


# --- whole matrices


def jacrev(
    func: Callable[..., Any], argnums: Argnums = 0, *, has_aux: bool = False, chunk_size: Any = None
) -> Callable[..., Any]:
    """A function that gives the Jacobian, all rows in one sweep: of shape y.shape + x.shape.

    >>> import symdiff as sd
    >>> sd.func.jacrev(lambda x: x**2)(sd.tensor([1.0, 3.0]))
    tensor([[2., 0.],
            [0., 6.]])
    """

    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        y, pullback, *aux = _vjp_by(func, argnums, args, kwargs, has_aux)
        leaves, structure = flatten(y)
        blocks = [_by_output(pullback, leaves, k) for k in range(len(leaves))]
        J = unflatten(structure, blocks)
        return (J, *aux) if has_aux else J

    return jacobian


def _by_output(pullback: Callable[..., Any], ys: Sequence[Any], k: int) -> Any:
    """The pullbacks of all elements of the k-th result."""
    shape = tuple(ys[k].shape)
    structure_of = flatten(list(ys))[1]

    def of_basis(seed: Any) -> Any:
        seeds = [seed if j == k else zeros_unless(None, y) for j, y in enumerate(ys)]
        return pullback(seeds[0] if len(ys) == 1 else unflatten(structure_of, seeds))

    rows = vmap(of_basis)(_basis(ys[k]))
    return tree_map(lambda g: shaping.reshape(g, (*shape, *g.shape[1:])), rows)


def _basis(x: Any) -> Any:
    count = int(np.prod(x.shape))
    return Tensor.of(None, np.eye(count, dtype=np.dtype(x.dtype)).reshape(count, *x.shape))


def jacfwd(
    func: Callable[..., Any],
    argnums: Argnums = 0,
    has_aux: bool = False,
    *,
    chunk_size: Any = None,
    randomness: str = "error",
) -> Callable[..., Any]:
    """The Jacobian as `jacrev` gives it, computed column by column: quicker for few inputs."""

    @functools.wraps(func)
    def jacobian(*args: Any, **kwargs: Any) -> Any:
        places = _checked_places(argnums, len(args))
        aux: list[Any] = []
        columns = [_by_input(func, args, kwargs, place, has_aux, aux) for place in places]
        blocks = columns[0] if isinstance(argnums, int) else _transposed(columns)
        return (blocks, aux[0]) if has_aux else blocks

    return jacobian


def _by_input(
    func: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    place: int,
    has_aux: bool,
    aux: list[Any],
) -> Any:
    """The derivatives by the elements of one argument, a tree like the result."""

    def of_one(x: Any) -> Any:
        return _first(func(*args[:place], x, *args[place + 1 :], **kwargs), has_aux, aux)

    x = args[place]
    _, pushforward = linearize(of_one, x)
    columns = vmap(pushforward, out_dims=-1)(_basis(x))
    return tree_map(lambda t: shaping.reshape(t, (*t.shape[:-1], *x.shape)), columns)


def _transposed(columns: Sequence[Any]) -> Any:
    """From a tree for each argument to a tree of tuples."""
    structure = flatten(columns[0])[1]
    return unflatten(structure, list(zip(*(flatten(c)[0] for c in columns))))


def hessian(func: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """A function that gives the matrix of second derivatives.

    >>> import symdiff as sd
    >>> sd.func.hessian(lambda x: (x**3).sum())(sd.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


def functionalize(func: Callable[..., Any], *, remove: str = "mutations") -> Callable[..., Any]:
    """func itself: in-place writes and views differentiate as they stand."""
    return func
