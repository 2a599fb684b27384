"""Tensor: a handle with `.grad`, hooks, storage that is shared, and the look of PyTorch's.

The methods that are functions too, `x.exp()` beside `sd.exp(x)`, are attached by torch_names.
"""

from __future__ import annotations

import copy
import warnings
import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from ..graph.node import Node
from ..graph.op import Op, OpError, is_differentiable
from ..handles import remembered
from ..handles.backprop import backward
from ..handles.handle import Handle, View, operand
from ..handles.modes import is_grad_enabled
from ..handles.readable import Readable
from ..handles.views import in_order_of, root_of
from ..ops.identity import detach as detach_op
from .data import array_of
from .dtypes import Device, DType, Size, dtype_of, get_default_dtype
from .grad_fn import GradFn, shared_hooks
from .gradients import NOT_A_LEAF, Contribution, check_fits, copied
from .hooks import RemovableHandle
from .misfits import NotBatchedError, check_cast, told, told_of_index
from .printing import tensor_text
from .promotion import fitted
from .storage import Storage, deep, share, store_in, stored, viewed

_PARTS: remembered.Known = {}
_MOST_PASTS = 16  # backward passes that one gradient remembers


class Tensor(Readable):
    """An array that may require a gradient.

    >>> import symdiff as sd
    >>> x = sd.tensor([1.0, 2.0], requires_grad=True)
    >>> (x * x).sum().backward()
    >>> x.grad
    tensor([2., 4.])
    """

    __module__ = __name__.partition(".")[0]  # where users find it
    __slots__ = ("__dict__", "_accumulated", "_grad", "_past", "_retains")
    precedence: ClassVar[int] = 3
    integers_select: ClassVar[bool] = True  # where index arrays stand beside them

    if TYPE_CHECKING:  # what torch_names attaches

        def __getattr__(self, name: str) -> Any: ...

    def __init__(self, *data: Any, requires_grad: bool = False) -> None:
        """`Tensor([1, 2])` holds numbers in the default dtype, `Tensor(2, 3)` has that shape."""
        sizes = len(data) != 1 or isinstance(data[0], (int, Size))
        shape = data[0] if len(data) == 1 and isinstance(data[0], Size) else data
        default = get_default_dtype()
        super().__init__(None, np.zeros(shape, default) if sizes else array_of(data[0], default))
        if requires_grad:
            self.requires_grad_()

    def _begin(self, node: Node | None, value: Any) -> None:
        self._node, self._value = node, value
        self.version, self._view, self._seen = 0, None, 0
        self._grad: Tensor | None = None
        self._retains = False
        self._accumulated: dict[int, Callable[..., Any]] | None = None
        self._past: tuple[Contribution, ...] = ()

    @classmethod
    def apply(cls, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        if op.elementwise:
            args = fitted(op, args, params)
        try:
            return super().apply(op, args, params)
        except OpError as error:
            raise told(error, op, args) from None

    # --- what it is

    @property
    def shape(self) -> Size:
        """The size of each axis, as `size()`."""
        if self._view is not None:
            self._refresh()
        value = self._value
        return Size(self.node.shape if value is None else value.shape)

    @property
    def dtype(self) -> DType:
        """What kind of numbers it holds: `sd.float64`, `sd.int64`, ..."""
        if self._view is not None:
            self._refresh()
        value = self._value
        return dtype_of(super().dtype if value is None else value.dtype)

    @property
    def device(self) -> Device:
        """Where its numbers are: on the processor, always."""
        return Device("cpu")

    @property
    def _version(self) -> int:
        return root_of(self).version

    @property
    def _base(self) -> Tensor | None:
        """The tensor that this one is a view of."""
        base = viewed(self)
        return None if base is self else base

    # --- gradients

    @property
    def is_leaf(self) -> bool:
        """Whether users made it, or no gradient is asked for: `.grad` is filled on leaves."""
        return not self.requires_grad or self.node.op is None

    @Handle.requires_grad.setter
    def requires_grad(self, wanted: bool) -> None:
        if not isinstance(wanted, bool):
            raise RuntimeError("requires_grad must be a bool")
        if wanted and not self.is_leaf:
            raise RuntimeError("you can only change requires_grad flags of leaf variables.")
        self.requires_grad_(wanted)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Ask for a gradient (or no longer): only leaves of a floating dtype can."""
        if requires_grad and not is_differentiable(self.dtype):
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        if not self.is_leaf:
            if not requires_grad:
                raise RuntimeError(
                    "you can only change requires_grad flags of leaf variables. If you want to use "
                    "a computed variable in a subgraph that doesn't require differentiation use "
                    "var_no_grad = var.detach()."
                )
            return self
        if requires_grad != self.requires_grad:
            self._become_leaf(self.value, requires_grad)
        return self

    def _become_leaf(self, value: np.ndarray, requires_grad: bool) -> None:
        node = Node(None, (), None, value.shape, value.dtype, value, "", requires_grad)
        node.owner = weakref.ref(self)
        if self._node is not None:
            node.hooks = shared_hooks(self._node)  # what used the leaf before counts as well
        self._node, self._value = node, value

    @property
    def grad(self) -> Tensor | None:
        """The gradients that `backward` added up here; None before the first."""
        if self._grad is None and not self.is_leaf and not self._retains:
            warnings.warn(NOT_A_LEAF, UserWarning, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, new: Tensor | None) -> None:
        if new is not None and not isinstance(new, Tensor):
            raise TypeError(
                "assigned grad expected to be a Tensor or None but got grad of type "
                f"{type(new).__name__}"
            )
        if new is not None:
            check_fits(new, self)
        self._grad = new

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def accumulate(self, g: Any) -> None:
        """Add a gradient that has arrived to `.grad`: in place for leaves without histories."""
        if self._grad is None:
            own = g if isinstance(g, Tensor) else Tensor.of(None, np.array(g, order="C"))
            self._grad = copied(own)
        elif is_grad_enabled() or not self.is_leaf:
            self._grad = self._grad + g
        else:
            total = self._grad.value + (g.value if isinstance(g, Handle) else g)
            self._grad._put(Tensor.of(None, total))
        if self._accumulated:
            for hook in tuple(self._accumulated.values()):
                hook(self)

    def remember(self, results: Sequence[Callable[[], Node | None]], seeds: Sequence[Any]) -> None:
        """Note what `.grad` is the gradient of, so that it can tell its formula."""
        grad, node = self._grad, self.node
        if grad is not None and node.op is None and len(grad._past) < _MOST_PASTS:
            x = weakref.ref(node)
            grad._past += tuple([Contribution(x, y, g) for y, g in zip(results, seeds)])

    def backward(
        self,
        gradient: Any = None,
        retain_graph: bool | None = None,
        create_graph: bool = False,
        inputs: Any = None,
    ) -> None:
        """Add d(self)/d(leaf) to every leaf's `.grad`; a non-scalar needs `gradient`."""
        backward(self, [gradient], retain_graph, create_graph, inputs=inputs)

    def retain_grad(self) -> None:
        """Have `.grad` filled on this tensor too, though it is no leaf."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if not self.is_leaf:
            self._retains = True
            self.node.owner = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether `.grad` is filled though it is no leaf."""
        return self._retains

    def register_hook(self, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
        """Call `hook(grad)` when the gradient arrives; what it returns takes its place."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        return RemovableHandle(shared_hooks(self.node), hook)

    def register_post_accumulate_grad_hook(self, hook: Callable[[Tensor], None]) -> RemovableHandle:
        """Call `hook(self)` after a gradient was added to `.grad`."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if not self.is_leaf:
            raise RuntimeError(
                "post accumulate grad hooks cannot be registered on non-leaf tensors"
            )
        self._accumulated = {} if self._accumulated is None else self._accumulated
        return RemovableHandle(self._accumulated, hook)

    @property
    def grad_fn(self) -> GradFn | None:
        """The step of the tape that made it; None for a leaf."""
        return None if self.is_leaf else GradFn(self.node, Tensor)

    # --- the same numbers without the history

    def detach(self) -> Tensor:
        """The same storage with no history: a write to either is seen in both."""
        if self.is_traced:
            return detach_op(self)
        twin = Tensor.of(None, self.value)
        share(twin, self)
        return twin

    def detach_(self) -> Tensor:
        """Forget the history in place."""
        if type(self._view) is View and self.requires_grad:
            raise RuntimeError("Can't detach views in-place. Use detach() instead.")
        if not self.is_leaf:
            self._node, self._retains = None, False
        return self.requires_grad_(False)

    @property
    def data(self) -> Tensor:
        """The same storage with no history; what is assigned takes its place unrecorded."""
        return self.detach()

    @data.setter
    def data(self, new: Any) -> None:
        if not isinstance(new, Handle):
            raise TypeError(f"Variable data has to be a tensor, but got {type(new).__name__}")
        if self.requires_grad and not is_differentiable(new.dtype):
            raise RuntimeError(
                "data set to a tensor that requires gradients must be floating point or complex dtype"
            )
        value, storage = new.known_value("an assignment to .data"), stored(new)
        if storage is stored(self):
            return
        if not self.is_leaf and (value.shape != self.shape or value.dtype != self.dtype):
            raise RuntimeError(
                f"a result of shape {list(self.shape)} cannot be given .data of shape "
                f"{list(value.shape)} or another dtype: its gradient would not fit"
            )
        store_in(self, storage)
        if self.is_leaf and self.requires_grad:
            self._become_leaf(value, True)
        else:
            self._value = value
        self._written()
        self._replaced = self.version

    # --- parts and writes

    def __getitem__(self, key: Any) -> Any:
        try:
            return remembered.getitem(_PARTS, self, key)
        except IndexError as error:
            raise told_of_index(error, self.ndim) from None

    def become(self, new: Any) -> Tensor:
        """Put `new` under this tensor; it must fit the shape and the kind of number."""
        a, b = self.value, new.value if type(new) is Tensor else None
        if a is not None and b is not None and a.shape == b.shape and a.dtype == b.dtype:
            self._check_writable()
            self._put(new)
            return self
        new = operand(new)
        shape, dtype = tuple(np.shape(new) if not hasattr(new, "shape") else new.shape), self.dtype
        if len(shape) > self.ndim or any(
            n not in (1, m) for n, m in zip(shape[::-1], self.shape[::-1])
        ):
            raise RuntimeError(
                f"output with shape {list(self.shape)} doesn't match the broadcast shape "
                f"{list(shape)}"
            )
        if hasattr(new, "dtype"):
            check_cast(dtype_of(new.dtype), dtype)
        return super().become(new)

    def _check_writable(self) -> None:
        if not (is_grad_enabled() and self.requires_grad):
            return
        if self.is_leaf or (viewed(self).is_leaf):
            view = "" if self.is_leaf else "a view of "
            raise RuntimeError(
                f"{view}a leaf Variable that requires grad is being used in an in-place operation."
            )

    def _reread(self) -> None:
        before = self._node
        super()._reread()
        if before is not None and (before.op is None or type(self._view) is Storage):
            self._remain(before)
        self._retain_anew(before)

    def _retain_anew(self, before: Node | None) -> None:
        """Keep the gradient of what is there now, after a write."""
        if self._retains and before is not None and before is not self._node:
            before.owner = None
            self.retain_grad()

    def _remain(self, before: Node | None) -> None:
        """Have the same history after a write that took none: a leaf is a leaf of the new value."""
        if before is not None and before.requires_grad and self._node is not before:
            self._node = before  # its hooks and its owner go on
            if before.op is None:
                self._become_leaf(self._value, True)

    def _put(self, new: Handle) -> None:
        if new.precedence > self.precedence:
            raise NotBatchedError(self)
        before = self._node
        if self._view is not None:
            super()._put(new)
            if not is_grad_enabled():
                self._remain(before)
            elif type(self._view) is View and self._node is not None and self._value is not None:
                self._seen -= 1  # its history is its base's now
        elif self.requires_grad and self.is_leaf:
            self._become_leaf(in_order_of(self._value, new.known_value("an in-place write")), True)
            self._written()
        elif self.requires_grad and not is_grad_enabled():
            self._value = in_order_of(self._value, new.value)
            self._written()
        else:
            super()._put(new)
        self._retain_anew(before)

    # --- as text and as copies

    def __repr__(self) -> str:
        if self.is_traced:
            return f"tensor(<traced {self.dtype}{list(self.shape)}>)"
        fn = self.grad_fn
        leaf = "requires_grad=True" if self.requires_grad else ""
        suffix = f"grad_fn=<{type(fn).__name__}>" if fn else leaf
        return tensor_text(self.value, suffix, get_default_dtype().dtype)

    def __copy__(self) -> Tensor:
        """A leaf of its own, on the same storage."""
        return self.detach().requires_grad_(self.requires_grad)

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if not self.is_leaf:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy "
                "protocol at the moment."
            )
        if id(self) not in memo:
            twin = memo[id(self)] = deep(self, memo).requires_grad_(self.requires_grad)
            twin._grad = None if self._grad is None else self._grad.__deepcopy__(memo)
            twin.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return memo[id(self)]

    def __reduce__(self) -> Any:
        return (rebuilt, (self.known_value("pickle"), self.requires_grad))


def rebuilt(value: np.ndarray, requires_grad: bool) -> Tensor:
    """A tensor from what was pickled of it."""
    return Tensor.of(None, value).requires_grad_(requires_grad)
