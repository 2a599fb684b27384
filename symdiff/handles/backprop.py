"""Gradients of recorded tensors: seeds in, `.grad` filled or gradients returned."""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..graph.exact import is_number
from ..graph.node import Node, is_small
from ..tensors.grad_fn import After, Before, GradientEdge, called, called_at, hooked, name_of
from .handle import Handle, numbers_of
from .modes import gradient_mode, is_anomaly_check_nan_enabled, is_anomaly_enabled
from .sweep import history, numbers, pull, sweep, symbols

NO_SEED = "grad can be implicitly created only for scalar outputs"
_MOST_KEPT = 256  # nodes that a gradient keeps, to tell its formula
Found = dict[Node, Any]
Target = Callable[[Node], Handle | None]  # the tensor whose gradient arrives at a node


def gradients(
    face: type[Handle],
    roots: Sequence[Handle],
    seeds: Sequence[Any],
    wanted: Callable[[Node], bool],
    *,
    retain_graph: bool | None,
    create_graph: bool,
    received: Callable[[Node, Any], None] | None = None,
) -> Found:
    """Cotangents of the wanted nodes: arrays, or handles with a history if `create_graph`.

    `received` is told of each gradient as soon as it is whole, hooks included.
    """
    traced = True in [root.is_traced for root in roots]
    carry = symbols(face) if traced else history(face) if create_graph else numbers
    keep = create_graph or traced
    pairs = [(root.node, seed if keep else numbers_of(seed)) for root, seed in zip(roots, seeds)]
    spent = not (create_graph if retain_graph is None else retain_graph)
    step = _step(face, keep)
    arrived, mode = _arrivals(face, received, keep), gradient_mode
    before, mode.enabled, mode.afterwards = (mode.enabled, mode.afterwards), create_graph, []
    try:
        with np.errstate(all="ignore"):  # a slope may be infinite
            found = sweep(pairs, wanted, carry, arrived, step, spent=spent)
        for call in mode.afterwards:
            call()
        return found
    finally:
        mode.enabled, mode.afterwards = before


def _step(face: type[Handle], keep: bool) -> Any:
    """What pulls a gradient back over one op; hooks after it have a say."""
    step = _watched if is_anomaly_enabled() else pull
    return hooked(step, face, keep) if After.registered else step


def _arrivals(
    face: type[Handle], received: Callable[[Node, Any], None] | None, keep: bool
) -> Callable[[Node, Any], Any]:
    """A gradient is whole: run the tensor's hooks on it, pass it on, run those of the step.

    The step of a leaf is to pass it on.
    """

    def replaced(hooks: Sequence[Any], g: Any) -> Any:
        for hook in hooks:
            g = _replaced(face, hook, g, keep)
        return g

    def heard(node: Node, hooks: Sequence[Any], g: Any) -> Any:
        steps = [hook for hook in hooks if type(hook) is Before]
        g = replaced([hook for hook in hooks if type(hook) is not Before], g)
        if node.op is None:
            steps, g = [], replaced(steps, g)
        if received is not None:
            received(node, g)
        return replaced(steps, g)

    def arrived(node: Node, g: Any) -> Any:
        if node.hooks:
            return heard(node, tuple(node.hooks.values()), g)
        if received is not None:
            received(node, g)
        return g

    return arrived


def _replaced(face: type[Handle], hook: Callable[[Any], Any], g: Any, keep: bool) -> Any:
    """What a hook makes of a gradient: something new, with its history if kept, or nothing."""
    handle = face.holder(g)
    new = hook(handle)
    if new is not None and not isinstance(new, Handle):
        raise TypeError(f"expected Variable, but hook returned {type(new).__name__!r}")
    new = handle if new is None else new
    if tuple(new.shape) != tuple(handle.shape):
        raise RuntimeError(
            f"hook {called(hook)!r} has changed the size of value: "
            f"{tuple(handle.shape)} became {tuple(new.shape)}"
        )
    if new.dtype != handle.dtype:
        raise RuntimeError(
            f"hook {called(hook)!r} has changed the type of value: "
            f"{handle.dtype} became {new.dtype}"
        )
    return new if keep else new.value


def _watched(node: Node, *args: Any) -> Sequence[Any]:
    try:
        parts = pull(node, *args)
    except Exception:
        _tell(node)
        raise
    if is_anomaly_check_nan_enabled():
        for k, part in enumerate(parts):
            value = part.value if isinstance(part, Handle) else part
            if value is not None and np.isnan(value).any():
                _tell(node)
                raise RuntimeError(
                    f"Function '{name_of(node)}' returned nan values in its {k}th output."
                )
    return parts


def _tell(node: Node) -> None:
    warnings.warn(
        f"Error detected in {name_of(node)}. Traceback of forward call that caused the error:\n"
        f"{called_at(node)}",
        stacklevel=2,
    )


# --- what users call


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Fill `.grad` of the leaves (or of `inputs`) with the gradients of the tensors."""
    roots = as_list(tensors)
    seeds = _seeds(roots, grad_variables if grad_tensors is None else grad_tensors)
    target = _owner if inputs is None else _or_retaining(_among(_to_fill(inputs)))
    spent = not (create_graph if retain_graph is None else retain_graph)
    results = [_remembered(root.node, spent) for root in roots]

    def fill(node: Node, g: Any) -> None:
        tensor = target(node)
        if tensor is not None:
            tensor.accumulate(g)  # type: ignore[attr-defined]
            tensor.remember(results, seeds)  # type: ignore[attr-defined]

    wanted = _has_owner if inputs is None else _is_of(_to_fill(inputs))
    if roots:
        gradients(type(roots[0]), roots, seeds, wanted,
                  retain_graph=retain_graph, create_graph=create_graph, received=fill)  # fmt: skip


def _remembered(root: Node, spent: bool) -> Callable[[], Node | None]:
    """What gives the root for the formula of its gradient: it stays alive if it is small and holds
    no values any more, else only as long as others keep it.
    """
    return (lambda: root) if spent and is_small(root, _MOST_KEPT) else weakref.ref(root)


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    *,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the outputs by the inputs, returned and not accumulated."""
    check_unused(allow_unused, materialize_grads)
    roots, xs = as_list(outputs), inputs_of(inputs)
    seeds = _seeds(roots, grad_outputs)
    found = gradients(
        type(xs[0]), roots, seeds, _is_of(xs),
        retain_graph=retain_graph, create_graph=create_graph, received=_retain,
    )  # fmt: skip
    target, totals = _among(xs), dict[int, Any]()
    for node, g in found.items():
        x = id(target(node))
        totals[x] = totals[x] + g if x in totals else g
    return tuple([
        _result(k, x, totals.get(id(x)), bool(allow_unused), materialize_grads)
        for k, x in enumerate(xs)
    ])  # fmt: skip


def check_unused(allow_unused: bool | None, materialize_grads: bool) -> None:
    """Refuse to give zeros for what must not be missing."""
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, "
            "but got: allow_unused=False."
        )


def as_list(xs: Any) -> list[Any]:
    """One or several tensors; one that stands at an edge of the tape for the edge."""
    if isinstance(xs, GradientEdge):
        return [xs.ownership_token]
    if not isinstance(xs, (list, tuple, Iterator)):
        return [xs]
    return [x.ownership_token if type(x) is GradientEdge else x for x in xs]


def _has_owner(node: Node) -> bool:
    return node.owner is not None and node.requires_grad


def _owner(node: Node) -> Handle | None:
    """The tensor, if it still lives, that gathers the gradients which arrive at a node."""
    tensor = node.owner() if node.owner is not None else None
    return tensor if tensor is not None and tensor.requires_grad else None


def _retaining(node: Node) -> Handle | None:
    """The result, if it still lives, that keeps its gradient whatever is asked for."""
    return _owner(node) if node.op is not None else None


def _or_retaining(target: Target) -> Target:
    def find(node: Node) -> Handle | None:
        found = target(node)
        return _retaining(node) if found is None else found

    return find


def _retain(node: Node, g: Any) -> None:
    tensor = _retaining(node)
    if tensor is not None:
        tensor.accumulate(g)  # type: ignore[attr-defined]


def _among(xs: Sequence[Handle]) -> Target:
    """Whose node it is, if of these tensors; a leaf given other numbers is still that leaf."""
    nodes = {x.node: x for x in xs}
    leaves = {id(x): x for x in xs}

    def find(node: Node) -> Handle | None:
        if node.op is not None or node.owner is None or node in nodes:
            return nodes.get(node)
        return leaves.get(id(node.owner()))

    return find


def _is_of(xs: Sequence[Handle]) -> Callable[[Node], bool]:
    """Whether a node is that of one of these tensors."""
    find = _among(xs)
    return lambda node: find(node) is not None


def inputs_of(inputs: Any) -> list[Any]:
    """The tensors to differentiate by."""
    xs = as_list(inputs)
    if not xs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    for x in xs:
        if not isinstance(x, Handle):
            raise TypeError(f"all inputs have to be Tensors, but got {type(x).__name__}")
        if not x.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    return xs


def _to_fill(inputs: Any) -> list[Any]:
    xs = as_list(inputs)
    if not xs:
        raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
    for x in xs:
        if not x.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    return xs


def _result(k: int, x: Handle, g: Any, allow_unused: bool, materialize: bool) -> Handle | None:
    face = type(x)
    if g is not None:
        if isinstance(g, Handle):
            return g
        return face.of(None, g if g.flags.carray else np.array(g, order="C"))
    return unused(k, x, allow_unused, materialize)


def unused(k: int, x: Handle, allow_unused: bool, materialize: bool) -> Handle | None:
    """What stands for the gradient of a tensor that the result does not depend on."""
    if materialize:
        return type(x).of(None, np.zeros(x.shape, x.dtype))
    if allow_unused:
        return None
    raise RuntimeError(
        f"The differentiated Tensor at index {k} appears to not have been used in the graph. "
        "Set allow_unused=True if this is the desired behavior."
    )


def _seeds(roots: Sequence[Any], given: Any) -> list[Any]:
    return [_seed(k, root, g) for k, (root, g) in enumerate(zip(roots, given_for(roots, given)))]


def given_for(roots: Sequence[Any], given: Any) -> list[Any]:
    """One seed, or None, for each of the roots, all of which can be differentiated."""
    seeds = [None] * len(roots) if given is None else as_list(given)
    if len(seeds) != len(roots):
        raise RuntimeError(f"got {len(roots)} tensors and {len(seeds)} gradients")
    for k, root in enumerate(roots):
        _check_root(k, root)
    return seeds


def _check_root(k: int, root: Any) -> None:
    if not isinstance(root, Handle):
        raise TypeError(f"expected a Tensor to differentiate, but got {type(root).__name__}")
    if root.value is None and not root.is_traced:
        root.known_value("autograd.grad()")
    if not root.requires_grad:
        raise RuntimeError(
            f"element {k} of tensors does not require grad and does not have a grad_fn"
        )


def _seed(k: int, root: Handle, g: Any) -> Any:
    if g is None:
        return _one(root)
    g = g if isinstance(g, Handle) else np.asarray(g, root.dtype) if is_number(g) else np.asarray(g)
    if tuple(g.shape) != tuple(root.shape):
        raise RuntimeError(
            f"Mismatch in shape: grad_output[{k}] has a shape of torch.Size({list(g.shape)}) "
            f"and output[{k}] has a shape of torch.Size({list(root.shape)})."
        )
    return g


def _one(root: Handle) -> Any:
    """The seed of a scalar."""
    value = root.value
    like = root if value is None else value  # an array tells its shape in less time
    if like.shape != () and any(n != 1 for n in like.shape):
        raise RuntimeError(NO_SEED)
    if value is None:
        return root * 0 + 1
    return np.ones(like.shape, like.dtype) if like.shape else _UNITS[like.dtype]


class _Units(dict[Any, np.ndarray]):
    """The number 1 in each dtype, not to be written to."""

    def __missing__(self, dtype: Any) -> np.ndarray:
        one = self[dtype] = np.ones((), dtype)
        one.flags.writeable = False
        return one


_UNITS = _Units()
