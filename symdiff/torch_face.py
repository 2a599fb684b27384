"""Tensor: a handle with `.grad`, hooks and methods by PyTorch's names."""

from __future__ import annotations

import itertools
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import numpy as np

from .backprop import gradients
from .exact import is_number
from .handle import Handle, operand
from .modes import is_grad_enabled
from .node import Node
from .op import is_differentiable
from .printing import tensor_text

_hook_ids = itertools.count()
_default: dict[str, np.dtype[Any]] = {"float": np.dtype(np.float64)}


class Tensor(Handle):
    """An array that may require a gradient.

    >>> import symdiff as sd
    >>> x = sd.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __slots__ = ("_grad", "_retains")
    precedence: ClassVar[int] = 3

    def __init__(self, data: Any, dtype: Any = None, requires_grad: bool = False) -> None:
        super().__init__(None, array_of(data, dtype))
        self._prepare()
        if requires_grad:
            self.requires_grad_()

    def _prepare(self) -> None:
        self._grad: Tensor | None = None
        self._retains = False

    # --- gradients

    @property
    def is_leaf(self) -> bool:
        return self._node is None or not self.node.requires_grad or self.node.op is None

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient (or no longer): only leaves of a floating dtype can."""
        if requires_grad and not is_differentiable(self.dtype):
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if not self.is_leaf:
            if not requires_grad:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use a computed "
                    "variable in a subgraph that doesn't require differentiation use var_no_grad = var.detach()."
                )
            return self
        self._become_leaf(self.value, requires_grad)
        return self

    def _become_leaf(self, value: np.ndarray, requires_grad: bool) -> None:
        hooks = self._node.hooks if self._node is not None else None
        node = Node(None, shape=value.shape, dtype=value.dtype, value=value, requires_grad=requires_grad)
        node.owner, node.hooks = weakref.ref(self), hooks
        self._node, self._value = node, value

    @property
    def grad(self) -> Tensor | None:
        if self._grad is None and not self.is_leaf and not self._retains:
            warnings.warn(
                "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute "
                "won't be populated during autograd.backward(). If you indeed want the .grad field to be populated "
                "for a non-leaf Tensor, use .retain_grad() on the non-leaf Tensor.",
                UserWarning,
                stacklevel=2,
            )
        return self._grad

    @grad.setter
    def grad(self, new: Tensor | None) -> None:
        if new is not None and not isinstance(new, Tensor):
            raise TypeError(f"assigned grad must be a Tensor or None, not {type(new).__name__}")
        if new is not None and new.shape != self.shape:
            raise RuntimeError(
                f"assigned grad has data of a different size: {tuple(new.shape)}, not {tuple(self.shape)}"
            )
        self._grad = new

    def accumulate(self, g: Any) -> None:
        """Add a gradient that has arrived to `.grad`."""
        g = g if isinstance(g, Tensor) else Tensor.of(None, np.require(g, requirements="CW"))
        self._grad = g if self._grad is None else self._grad + g

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add d(self)/d(leaf) to `.grad` of every leaf that requires it; a non-scalar needs `gradient`."""
        backward([self], [gradient], retain_graph, create_graph, inputs)

    def retain_grad(self) -> None:
        """Have `.grad` filled on this tensor too, though it is no leaf."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf:
            self.node.owner = weakref.ref(self)
            self._retains = True

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call `hook(grad)` when the gradient arrives here; what it returns takes the gradient's place."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self.node.hooks is None:
            self.node.hooks = {}
        return RemovableHandle(self.node.hooks, hook)

    @property
    def grad_fn(self) -> GradFn | None:
        node = self._node
        return None if node is None or node.op is None or not self.requires_grad else GradFn(self.node)

    def detach(self) -> Tensor:
        """The same values with no history."""
        return Tensor.of(None, self.known_value("detach()"))

    @property
    def data(self) -> Tensor:
        return self.detach()

    @data.setter
    def data(self, new: Any) -> None:
        value = new.value if isinstance(new, Handle) else np.asarray(new)
        self.version += 1
        if self._node is None or self._node.op is None:
            self._become_leaf(value, self.requires_grad)
        else:
            self._value = value

    def _check_writable(self) -> None:
        if is_grad_enabled() and self.requires_grad and self.is_leaf:
            raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")

    def _put(self, new: Handle) -> None:
        if self._view is None and self.is_leaf and self.requires_grad:
            self.version += 1
            self._become_leaf(new.known_value("an in-place write"), True)
            return
        super()._put(new)

    def __repr__(self) -> str:
        if self.is_traced:
            return f"tensor(<traced {self.dtype}{list(self.shape)}>)"
        fn = self.grad_fn
        suffix = f"grad_fn=<{fn.name()}>" if fn else "requires_grad=True" if self.requires_grad else ""
        return tensor_text(self.value, suffix, _default["float"])


class RemovableHandle:
    """What register_hook gives: `.remove()` takes the hook off again."""

    def __init__(self, hooks: dict[int, Any], hook: Callable[[Any], Any]) -> None:
        self.id = next(_hook_ids)
        self._hooks = hooks
        hooks[self.id] = hook

    def remove(self) -> None:
        self._hooks.pop(self.id, None)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: Any) -> None:
        self.remove()


class GradFn:
    """The operation a tensor came from, as PyTorch's users see it."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def name(self) -> str:
        op = self._node.op
        if op is None:
            return "AccumulateGrad"
        return op.backward or "".join(w.capitalize() for w in op.name.split("_")) + "Backward0"

    @property
    def next_functions(self) -> tuple[tuple[GradFn | None, int], ...]:
        nodes = [a for a in self._node.args if isinstance(a, Node)]
        return tuple((GradFn(a) if a.requires_grad else None, 0) for a in nodes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, GradFn) and other._node is self._node

    def __hash__(self) -> int:
        return hash(self._node)

    def __repr__(self) -> str:
        return f"<{self.name()} object at {hex(id(self._node))}>"


def array_of(data: Any, dtype: Any = None) -> np.ndarray:
    """A fresh array: Python floats take the default dtype."""
    if isinstance(data, Handle):
        array = np.array(data.known_value("tensor()"), dtype=dtype)
    else:
        array = np.array(data, dtype=dtype)
    if array.dtype == object:
        stacked = operand(array)
        array = stacked.value.copy() if isinstance(stacked, Handle) else stacked
    if array.dtype.kind not in "fiub":
        raise TypeError(f"a tensor holds numbers, not {type(data).__name__}: {data!r}")
    if dtype is None and array.dtype == np.float64 and not isinstance(data, (np.ndarray, np.generic, Handle)):
        array = array.astype(_default["float"], copy=False)
    return array


def as_list(xs: Any) -> list[Any]:
    return list(xs) if isinstance(xs, (list, tuple)) else [xs]


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Any = None,
) -> None:
    """Fill `.grad` of the leaves (or of `inputs`) with the gradients of the tensors."""
    roots = as_list(tensors)
    seeds = _seeds(roots, [None] * len(roots) if grad_tensors is None else as_list(grad_tensors))
    if inputs is None:
        wanted = _has_owner
    else:
        chosen = {x.node for x in as_list(inputs)}
        if not chosen:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        for x in as_list(inputs):
            x.node.owner = weakref.ref(x)
        wanted = chosen.__contains__
    found = gradients(Tensor, roots, seeds, wanted, retain_graph=retain_graph, create_graph=create_graph)
    for node, g in found.items():
        owner = node.owner() if node.owner is not None else None
        if owner is not None:
            owner.accumulate(g)


def _has_owner(node: Node) -> bool:
    return node.owner is not None and node.requires_grad


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
) -> tuple[Tensor | None, ...]:
    """The gradients of the outputs by the inputs, returned and not accumulated."""
    roots, xs = as_list(outputs), as_list(inputs)
    seeds = _seeds(roots, [None] * len(roots) if grad_outputs is None else as_list(grad_outputs))
    for x in xs:
        if not x.requires_grad:
            raise RuntimeError("One of the differentiated Tensors does not require grad")
    wanted = _nodes_of(xs)
    found = gradients(
        Tensor, roots, seeds, wanted.__contains__, retain_graph=retain_graph, create_graph=create_graph
    )
    return tuple(_result(x, found, bool(allow_unused), materialize_grads) for x in xs)


def _nodes_of(xs: Sequence[Tensor]) -> set[Node]:
    return {x.node for x in xs}


def _result(x: Tensor, found: dict[Node, Any], allow_unused: bool, materialize: bool) -> Tensor | None:
    g = found.get(x.node)
    if g is not None:
        return g if isinstance(g, Tensor) else Tensor.of(None, np.require(g, requirements="CW"))
    if materialize:
        return Tensor.of(None, np.zeros(x.shape, x.dtype))
    if allow_unused:
        return None
    raise RuntimeError(
        "One of the differentiated Tensors appears to not have been used in the graph. "
        "Set allow_unused=True if this is the desired behavior."
    )


def _seeds(roots: Sequence[Tensor], given: Sequence[Any]) -> list[Any]:
    return [_seed(root, g) for root, g in zip(roots, given, strict=True)]


def _seed(root: Tensor, g: Any) -> Any:
    if not root.requires_grad:
        raise RuntimeError("element 0 of tensors does not require grad and does not have a grad_fn")
    if g is None:
        if root.node.shape != () and np.prod(root.node.shape) != 1:
            raise RuntimeError("grad can be implicitly created only for scalar outputs")
        return np.ones(root.node.shape, root.node.dtype)
    g = g if isinstance(g, Handle) else np.asarray(g, root.dtype) if is_number(g) else np.asarray(g)
    if tuple(g.shape) != tuple(root.shape):
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {_size(g)} and output[0] has a shape of {_size(root)}."
        )
    return g


def _size(x: Any) -> str:
    return f"torch.Size({list(x.shape)})"
