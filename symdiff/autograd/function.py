"""Function: a step of the tape with a rule of the user's own."""

from __future__ import annotations

import functools
import inspect
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..graph.node import Node, user_place
from ..graph.op import Aval, NeedsValue, Op, is_differentiable
from ..handles.handle import Handle
from ..handles.modes import is_grad_enabled, no_grad
from ..handles.sweep import FreedError
from ..handles.tape import picked
from ..ops.shape import unbroadcast
from ..tensors.torch_face import Tensor


class Saved:
    """A tensor kept for the backward pass: its value then, and its node or which result it is."""

    def __init__(self, x: Tensor | None) -> None:
        self.value = None if x is None else x.known_value("save_for_backward()")
        self.node = None if x is None or not x.requires_grad else x.node

    def tensor(self) -> Tensor | None:
        return None if self.value is None else Tensor.of(self.node, self.value)


class FunctionCtx:
    """What forward leaves for backward: tensors by `save_for_backward`, all else as attributes."""

    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:
        self._to_save: tuple[Any, ...] = ()
        self._non_differentiable: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._materialize = True
        self._node: Callable[[], Node | None] = lambda: None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep these for `saved_tensors`; they are freed with the graph."""
        for k, x in enumerate(tensors):
            if not isinstance(x, Tensor | None):
                raise TypeError(
                    f"save_for_backward keeps tensors, but argument {k} is {type(x).__name__}: "
                    "keep it as an attribute of ctx"
                )
        self._to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """For a `jvp` of the user's own, which is not called: tangents come by way of backward."""

    def mark_non_differentiable(self, *outputs: Tensor) -> None:
        """These results have no gradient."""
        self._non_differentiable = outputs

    def mark_dirty(self, *inputs: Tensor) -> None:
        """These arguments were written in place and are returned."""
        self._dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (or else None) for results that were not used."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        node = self._node()
        if node is None:
            return self._to_save
        if node.saved is None:
            raise FreedError
        return tuple(saved.tensor() for saved in node.saved[1][0])


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

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError("You must implement the forward function of your Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        raise NotImplementedError

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom "
            "autograd.Function to use it with backward mode AD."
        )

    vjp = backward

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """The value of forward, recorded as one step of the tape."""
        if kwargs or _sets_context_apart(cls):
            args = _in_order(cls, args, kwargs)
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
    several = len(places) > 1
    node = Node(
        _rule(cls, ctx, given, len(args), avals),
        tuple(args[k].node for k in given),
        shape=avals[0].shape,
        dtype=avals[0].dtype,
        outs=avals if several else None,
        requires_grad=True,
        saved=((), (saved, *[None] * (len(given) - 1))),
        reads=bool(saved),
        place=user_place(),
    )
    ctx._node = weakref.ref(node)
    results = list(outs)
    for j, k in enumerate(places):
        results[k] = _result(ctx, outs[k], picked(node, j) if several else node)
        for kept, x in zip(saved, ctx._to_save):
            if x is outs[k] and not any(x is a for a in args):
                kept.node = results[k]._node
    ctx._to_save = ()
    return tuple(results)


def _result(ctx: FunctionCtx, y: Tensor, node: Node) -> Tensor:
    if any(y is x for x in ctx._non_differentiable) or not is_differentiable(y.dtype):
        return y
    if not any(y is x for x in ctx._dirty):
        return Tensor.of(node, y.value)
    if y.is_leaf and y.requires_grad:
        raise RuntimeError(
            "a leaf Variable that requires grad has been used in an in-place operation."
        )
    y._put(Tensor.of(node, y.value))
    return y


@dataclass(frozen=True)
class _Rule:
    """The pullback of one call: it runs the user's backward."""

    name: str
    backward: Callable[..., Any]
    ctx: FunctionCtx
    given: Sequence[int]  # which arguments were tensors
    count: int  # of all arguments
    avals: Sequence[Aval]  # of the results

    def __call__(self, g: Any, y: Any, *xs: Any, needed: Sequence[bool]) -> list[Any]:
        gs = g if len(self.avals) > 1 else (g,)
        grads = [_incoming(part, aval, self.ctx._materialize) for part, aval in zip(gs, self.avals)]
        parts = self.backward(self.ctx, *grads)
        parts = _counted(self.name, parts if isinstance(parts, tuple) else (parts,), self.count)
        for k, part in enumerate(parts):
            if part is not None and k not in self.given:
                raise RuntimeError(
                    f"function {self.name} returned a gradient different than None at position "
                    f"{k + 1}, but the corresponding forward input was not a Variable"
                )
        nodes = self.ctx._node().args  # type: ignore[union-attr]
        fitted = [_fitted(self.name, k, parts[k], node) for k, node in zip(self.given, nodes)]
        is_plain = not any(isinstance(part, Handle) for part in gs)
        return [_plain(p) if is_plain else p for p in fitted]


def _rule(
    cls: type[Function], ctx: FunctionCtx, given: Sequence[int], count: int, avals: Sequence[Aval]
) -> Op:
    """The op of one call."""
    name = f"{cls.__name__}Backward"
    backward = cls.vjp if cls.backward is Function.backward else cls.backward
    return Op(
        name=cls.__name__,
        infer=lambda *xs: tuple(avals) if len(avals) > 1 else avals[0],
        evaluate=_not_again,
        pullback=_Rule(name, backward, ctx, given, count, avals),
        results=max(len(avals), 1),
        backward=name,
    )


def _plain(g: Any) -> Any:
    """The numbers, unless they have a history by what the backward had saved."""
    return g.value if isinstance(g, Handle) and not g.requires_grad else g


def _not_again(*xs: Any) -> Any:
    raise NeedsValue("a Function is run by apply, not from a graph")


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


def once_differentiable(backward: Callable[..., Any]) -> Callable[..., Any]:
    """For a backward that leaves the tape: its result refuses to be differentiated again."""

    @functools.wraps(backward)
    def wrapper(ctx: Any, *grads: Any) -> Any:
        with no_grad():
            out = backward(ctx, *grads)
        origins = [g.node for g in grads if isinstance(g, Tensor) and g.requires_grad]
        if not (is_grad_enabled() and origins):
            return out
        guarded = [_guarded(y, origins) for y in (out if isinstance(out, tuple) else (out,))]
        return tuple(guarded) if isinstance(out, tuple) else guarded[0]

    return wrapper


def _guarded(y: Any, origins: Sequence[Node]) -> Any:
    if not isinstance(y, Tensor):
        return y
    node = Node(_TWICE, tuple(origins), shape=tuple(y.value.shape), dtype=y.value.dtype,
                requires_grad=True, saved=(None, tuple(origins)))  # fmt: skip
    return Tensor.of(node, y.value)


def _refused(*args: Any, **kwargs: Any) -> Any:
    raise RuntimeError(
        "trying to differentiate twice a function that was marked with @once_differentiable"
    )


_TWICE = Op(name="once_differentiable", infer=_refused, evaluate=_refused, pullback=_refused)
