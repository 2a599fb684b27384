"""Function: a step of the tape with a rule of the user's own."""

from __future__ import annotations

import functools
import inspect
import warnings
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..functions.shaping import moveaxis
from ..graph.node import Node, user_place
from ..graph.op import Aval, NeedsValue, Op, is_differentiable
from ..handles.handle import Handle
from ..handles.modes import is_grad_enabled, no_grad
from ..handles.tape import picked
from ..ops.shape import unbroadcast
from ..tensors.batching import Batched
from ..tensors.torch_face import Tensor
from .again import Again
from .context import FunctionCtx, Saved
from .once import once_differentiable
from .transposed import Transposed

__all__ = ["Function", "FunctionCtx", "VmapInfo", "once_differentiable"]


class Function:
    """Subclass it with static `forward(ctx, ...)` and `backward(ctx, *grads)`; call `.apply(...)`.

    >>> import symdiff as sd
    >>> class Square(sd.autograd.Function):
    ...     @staticmethod
    ...     def forward(ctx, x):
    ...         ctx.save_for_backward(x)
    ...         return x * x
    ...     @staticmethod
    ...     def backward(ctx, g):
    ...         (x,) = ctx.saved_tensors
    ...         return 2 * x * g
    >>> x = sd.tensor(3.0, requires_grad=True)
    >>> Square.apply(x).backward()
    >>> x.grad
    tensor(6.)
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{type(self)} should not be instantiated. Methods on autograd functions are all "
            "static, so you should invoke them on the class itself, by apply",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use "
            "new-style autograd function with static forward method."
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """The value: to be written, `ctx` first unless setup_context is."""
        raise NotImplementedError(
            "You must implement the forward function for custom autograd.Function."
        )

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Keep what backward needs, where forward takes no ctx."""
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """A gradient for each argument of forward from those of its results; None for none."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """The tangents of the results, for those of forward's arguments; in place of backward."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with "
            "forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> tuple[Any, Any]:
        """(results, their batch axes) for whole batches; without it, samples go one by one."""
        raise NotImplementedError

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """The value of forward, recorded as one step of the tape."""
        if kwargs or _sets_context_apart(cls):
            args = _in_order(cls, args, kwargs)
        if cls.vmap is not Function.vmap and any(isinstance(a, Batched) for a in args):
            return _mapped(cls, args)
        if any(isinstance(a, Handle) and a.value is None for a in args):
            raise NeedsValue(f"{cls.__name__}: a Function computes with numbers; there are none")
        ctx = FunctionCtx()
        ctx.needs_input_grad = tuple(isinstance(a, Handle) and a.requires_grad for a in args)
        with no_grad():
            out = _forward(cls, ctx, args)
        if not (is_grad_enabled() and any(ctx.needs_input_grad)):
            return out
        outs = out if isinstance(out, tuple) else (out,)
        if not any(isinstance(y, Tensor) for y in outs):
            return out
        recorded = _recorded(cls, ctx, args, outs)
        return recorded if isinstance(out, tuple) else recorded[0]


class VmapInfo(NamedTuple):
    """What a vmap of the user's own is told of the batch."""

    batch_size: int
    randomness: str = "error"


def _mapped(cls: type[Function], args: tuple[Any, ...]) -> Any:
    """What the user's own vmap makes of whole batches, whose axis comes first."""
    level = max(a.level for a in args if isinstance(a, Batched))
    mine = [isinstance(a, Batched) and a.level == level for a in args]
    wholes = [a.whole if m else a for a, m in zip(args, mine)]
    out, dims = cls.vmap(VmapInfo(level.size), tuple([0 if m else None for m in mine]), *wholes)
    outs = out if isinstance(out, tuple) else (out,)
    hidden = [
        y if d is None else Batched.around(moveaxis(y, d, 0), level)
        for y, d in zip(outs, dims if isinstance(dims, tuple) else (dims,) * len(outs))
    ]
    return tuple(hidden) if isinstance(out, tuple) else hidden[0]


def _sets_context_apart(cls: type[Function]) -> bool:
    return cls.setup_context is not Function.setup_context


_signature = functools.lru_cache(inspect.signature)


def _in_order(
    cls: type[Function], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, ...]:
    """The arguments of forward by their places, defaults too: backward has a gradient for each."""
    ctx = () if _sets_context_apart(cls) else (None,)
    bound = _signature(cls.forward).bind(*ctx, *args, **kwargs)
    bound.apply_defaults()
    return bound.args[len(ctx) :]


def _forward(cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...]) -> Any:
    if not _sets_context_apart(cls):
        return cls.forward(ctx, *args)
    out = cls.forward(*args)
    cls.setup_context(ctx, args, out)
    return out


def _recorded(
    cls: type[Function], ctx: FunctionCtx, args: tuple[Any, ...], outs: tuple[Any, ...]
) -> tuple[Any, ...]:
    """The results with one node behind them."""
    places = [k for k, y in enumerate(outs) if isinstance(y, Tensor)]
    values = [outs[k].value for k in places]
    avals = tuple(Aval(v.shape, v.dtype) for v in values)
    given = [k for k, a in enumerate(args) if isinstance(a, Handle)]
    saved = tuple(map(Saved, ctx._to_save))
    backward = _backward(cls, args)
    shown = Results(places, len(outs), avals)
    rest = [None if k in given else a for k, a in enumerate(args)]
    again = Again(functools.partial(_forward, cls), rest, given, places)
    rule = _Rule(f"{cls.__name__}Backward", backward, ctx, given, len(args), shown, again)
    node = _noted(_op(cls.__name__, rule), [args[k].node for k in given], saved, avals)
    results = list(outs)
    for j, k in enumerate(places):
        results[k] = _result(ctx, outs[k], args, picked(node, j) if node.outs else node)
        for kept, x in zip(saved, ctx._to_save):
            if x is outs[k] and not any(x is a for a in args):
                kept.node = results[k]._node
    _leave(ctx, node, backward)
    return tuple(results)


def _noted(op: Op, given: Sequence[Node], saved: Sequence[Saved], avals: tuple[Aval, ...]) -> Node:
    """The step's place on the tape."""
    return Node(
        op,
        tuple(given),
        shape=avals[0].shape,
        dtype=avals[0].dtype,
        outs=avals if len(avals) > 1 else None,
        requires_grad=True,
        saved=((), (saved, *[None] * (len(given) - 1))),
        reads=bool(saved),
        place=user_place(),
    )


def _leave(ctx: FunctionCtx, node: Node, backward: Callable[..., Any]) -> None:
    """End what forward has begun: what is saved is the step's now."""
    if isinstance(backward, Transposed):
        ctx._to_save = ctx._for_forward
        backward.record(ctx)
    ctx._to_save = ctx._for_forward = ()
    ctx._node = weakref.ref(node)


def _result(ctx: FunctionCtx, y: Tensor, args: tuple[Any, ...], node: Node) -> Tensor:
    """The result with its history; the ctx may hold the same tensor, and then knows it, too."""
    if any(y is x for x in ctx._non_differentiable) or not is_differentiable(y.dtype):
        return y
    if not any(y is x for x in ctx._dirty):
        if any(y is x for x in args):
            return Tensor.of(node, y.value)
        y._show(Tensor.of(node, y.value))
        y._view = None
        return y
    if y.is_leaf and y.requires_grad:
        raise RuntimeError(
            "a leaf Variable that requires grad has been used in an in-place operation."
        )
    y._put(Tensor.of(node, y.value))
    return y


class Results(NamedTuple):
    """Which of the results are tensors, of how many, and of what shapes and dtypes."""

    places: Sequence[int]
    number: int
    avals: tuple[Aval, ...]


@dataclass(frozen=True)
class _Rule:
    """The pullback of one call: it runs the user's backward."""

    name: str
    backward: Callable[..., Any]
    ctx: FunctionCtx
    given: Sequence[int]  # which arguments were tensors
    count: int  # of all arguments
    results: Results
    again: Again

    def __call__(self, g: Any, y: Any, *xs: Any, needed: Sequence[bool]) -> list[Any]:
        places, number, avals = self.results
        gs = g if len(avals) > 1 else (g,)
        grads: list[Any] = [None] * number
        for k, part, aval in zip(places, gs, avals):
            grads[k] = _incoming(part, aval, self.ctx._materialize)
        parts = self.backward(self._ctx(gs, xs), *grads)
        parts = _counted(self.name, parts if isinstance(parts, tuple) else (parts,), self.count)
        for k, part in enumerate(parts):
            if part is not None and k not in self.given:
                raise RuntimeError(
                    f"function {self.name} returned a gradient different than None at position "
                    f"{k + 1}, but the corresponding forward input was not a Variable"
                )
        likes = xs if any(map(_is_letter, gs)) else self.ctx._node().args  # type: ignore[union-attr]
        fitted = [_fitted(self.name, k, parts[k], x) for k, x in zip(self.given, likes)]
        is_plain = not any(isinstance(part, Handle) for part in gs)
        return [_plain(p) if is_plain else p for p in fitted]

    def _ctx(self, gs: Sequence[Any], xs: Sequence[Any]) -> FunctionCtx:
        """What forward left; for a formula, what it leaves for letters."""
        if not any(map(_is_letter, gs)):
            return self.ctx
        if isinstance(self.backward, Transposed):
            raise NeedsValue(f"{self.name}: where a jvp stands for it there is no formula")
        ctx = self.again.in_letters(xs)
        ctx.needs_input_grad = self.ctx.needs_input_grad
        return ctx


def _is_letter(g: Any) -> bool:
    return isinstance(g, Handle) and g.is_traced


def _op(name: str, rule: _Rule) -> Op:
    """The op of one call."""
    avals = rule.results.avals
    return Op(
        name=name,
        infer=lambda *xs: avals[0] if len(avals) == 1 else avals,
        evaluate=rule.again,
        pullback=rule,
        results=max(len(avals), 1),
        backward=rule.name,
    )


def _backward(cls: type[Function], args: tuple[Any, ...]) -> Callable[..., Any]:
    """The user's backward, vjp or jvp, the first of them that there is."""
    if cls.backward is not Function.backward:
        return cls.backward
    if cls.vjp is not Function.vjp or cls.jvp is Function.jvp:
        return cls.vjp
    return Transposed(cls.jvp, args)


def _plain(g: Any) -> Any:
    """The numbers, unless they have a history by what the backward had saved."""
    return g.value if isinstance(g, Handle) and not g.requires_grad else g


def _incoming(g: Any, aval: Aval, materialize: bool) -> Tensor | None:
    if g is None:
        return Tensor.of(None, np.zeros(aval.shape, aval.dtype)) if materialize else None
    if isinstance(g, Handle):
        return g if isinstance(g, Tensor) else Tensor.of(g.node, g.value)
    return Tensor.of(None, np.asarray(g))


def _counted(name: str, parts: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    while len(parts) > count and parts[-1] is None:
        parts = parts[:-1]
    if len(parts) != count:
        raise RuntimeError(
            f"function {name} returned an incorrect number of gradients "
            f"(expected {count}, got {len(parts)})"
        )
    return parts


def _fitted(name: str, k: int, g: Any, node: Node) -> Any:
    """A gradient in the shape of its argument: summed over what was broadcast."""
    if g is not None and not hasattr(g, "shape"):
        raise RuntimeError(f"Function {name}: expected Variable or None (got {type(g).__name__})")
    if g is None or tuple(g.shape) == tuple(node.shape):
        return g
    try:
        fits = np.broadcast_shapes(g.shape, node.shape) == tuple(g.shape)
    except ValueError:
        fits = False
    if not fits:
        raise RuntimeError(
            f"Function {name} returned an invalid gradient at index {k} - got {list(g.shape)} "
            f"but expected shape compatible with {list(node.shape)}"
        )
    return unbroadcast(g, node, g)
