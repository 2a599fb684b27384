"""Handles: what users hold. A handle has a node (how it came about) and, unless traced, a value.

What a handle does is written once, for eager and traced code alike: Python's operators in
operators.py, views and in-place writes in views.py, NumPy's hooks in numpy_protocol.py. The two
faces, NumPy's and PyTorch's, add the methods that differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from ..functions import shaping
from ..graph.exact import Exact, is_number, kind_of
from ..graph.extents import Extent, Shape, has_extents
from ..graph.node import Node, constant, user_place
from ..graph.op import NeedsValue, Op, Operand, aval_of, evaluated, is_differentiable, strong_dtype
from ..ops.identity import detach
from .modes import gradient_mode, is_grad_enabled
from .numpy_protocol import NumPyProtocol
from .operands import NUMERIC, operand, restacked
from .operators import Operators
from .short import binary, unary
from .snapshots import snapshot
from .tape import entry, pick, picked
from .views import View, Viewing

__all__ = ["Handle", "NeedsValue", "View", "numbers_of", "operand", "pick", "restacked"]
_NUMBERS = frozenset({bool, int, float, Exact})
_INSTEAD = {
    "a truth test": "; np.where(condition, a, b) takes both branches",
    "float()": "; np.sin takes it, math.sin does not",
}
_FAILS = (ValueError, IndexError, TypeError)
_empty: Any = object.__new__
Args = Sequence[Any]
Params = dict[str, Any]


class Handle(Operators, Viewing, NumPyProtocol, Operand):
    """A value with a history: arrays and tensors that are differentiated."""

    __slots__ = (
        "__weakref__",
        "_fresh",
        "_node",
        "_replaced",
        "_reshaped",
        "_seen",
        "_value",
        "_view",
        "version",
    )
    precedence: ClassVar[int] = 1

    def __init__(self, node: Node | None, value: Any = None) -> None:
        self._begin(node, value)

    @classmethod
    def of(cls, node: Node | None, value: Any = None) -> Self:
        """A handle of this face, whatever the face's own constructor takes."""
        self = _empty(cls)
        self._begin(node, value)
        return self

    def _begin(self, node: Node | None, value: Any) -> None:
        """Fill the slots; a face with slots of its own fills those, too."""
        self._node, self._value = node, value
        self.version, self._view, self._seen = 0, None, 0

    @classmethod
    def holder(cls, x: Any) -> Handle:
        """A handle as it is; numbers as a handle of this face."""
        return x if isinstance(x, Handle) else cls.of(None, np.asarray(x))

    def holding(self, value: np.ndarray) -> Any:
        """A handle like this one, of the same value for all: it has no history."""
        return type(self).of(None, value)

    # --- what it holds

    @property
    def value(self) -> Any:
        """The ndarray, or None if traced."""
        if self._view is not None:
            self._refresh()
        return self._value

    @property
    def node(self) -> Node:
        """Its place in the graph."""
        if self._view is not None:
            self._refresh()
        if self._node is None:
            self._node = constant(self._value)
        return self._node

    @property
    def is_traced(self) -> bool:
        """Whether it stands for numbers that are not known yet."""
        return self.value is None

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are asked for by it, or by what it was computed from."""
        if self._view is not None:
            self._refresh()
        return self._node is not None and self._node.requires_grad

    @property
    def shape(self) -> Shape:
        """The size of each axis."""
        value = self.value
        return self.node.shape if value is None else value.shape

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def dtype(self) -> Any:
        """What kind of numbers it holds."""
        value = self.value
        return strong_dtype(self.node.dtype) if value is None else value.dtype

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return int(self.shape[0])

    def __iter__(self) -> Any:
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return (self[k] for k in range(int(self.shape[0])))

    @property
    def T(self) -> Any:
        """All axes in reverse order."""
        return shaping.transpose(self)

    @property
    def mT(self) -> Any:
        """The last two axes exchanged."""
        return shaping.swapaxes(self, -1, -2)

    # --- applying ops

    _place = staticmethod(user_place)  # of the line that applies one

    @classmethod
    def apply_to_one(cls, op: Op, a: Any) -> Any:
        return unary(cls, op, a)

    @classmethod
    def apply_to_two(cls, op: Op, a: Any, b: Any) -> Any:
        return binary(cls, op, a, b)

    @classmethod
    def apply(cls, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        values, needed = [], []
        for a in args:
            need = False
            if isinstance(a, Handle):
                if a._view is not None:
                    a._refresh()
                value = a._value
                if value is None:
                    return cls._trace(op, args, params)
                need = a._node is not None and a._node.requires_grad
            elif type(a) in _NUMBERS or (isinstance(a, np.ndarray) and a.dtype.kind in NUMERIC):
                value = a
            else:
                return cls._apply_to_operands(op, args, params)
            values.append(value)
            needed.append(need)
        if not args and any(map(has_extents, params.values())):
            return cls._trace(op, args, params)
        try:
            y = op.evaluate(*values, **params)
        except _FAILS:
            y = evaluated(op, values, params)  # says why
        wanted = tuple(needed) if True in needed and gradient_mode.enabled else ()
        if op.results > 1:
            return cls._several(op, args, params, values, tuple(map(np.asarray, y)), wanted)
        if type(y) is not np.ndarray:
            y = np.asarray(y)
        on_tape = wanted and y.dtype.kind == "f"
        node = entry(op, args, wanted, params, values, y, Handle.of) if on_tape else None
        handle = cls.of(node, y)
        if op.unview is not None:
            handle._watch(args[0], op, params)
        return handle

    @classmethod
    def _several(
        cls, op: Op, args: Args, params: Params, values: Args, ys: Args, needed: tuple[bool, ...]
    ) -> tuple[Any, ...]:
        if not needed:
            return tuple(cls.of(None, y) for y in ys)
        node = entry(op, args, needed, params, values, ys, Handle.of)
        return tuple(cls.of(picked(node, k), y) for k, y in enumerate(ys))

    @classmethod
    def _apply_to_operands(cls, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        """Lists, sizes and numbers of other types, made what ops take."""
        args = tuple(a if is_number(a) else operand(a) for a in args)
        if any(isinstance(a, Extent) or (isinstance(a, Handle) and a.is_traced) for a in args):
            return cls._trace(op, args, params)  # constants keep their formula
        return cls.apply(op, tuple(kind_of(a)(a) if is_number(a) else a for a in args), params)

    @classmethod
    def _trace(cls, op: Op, args: Sequence[Any], params: dict[str, Any]) -> Any:
        args = [operand(a) for a in args]
        nodes = tuple([a.node if isinstance(a, Handle) else _argument(a) for a in args])
        out = op.infer(*[n.aval if isinstance(n, Node) else aval_of(n) for n in nodes], **params)
        if op.results > 1:
            node = Node(op, nodes, params, shape=out[0].shape, dtype=out[0].dtype, outs=tuple(out),
                        requires_grad=True, place=cls._place())  # fmt: skip
            return tuple(cls.of(_as_mode_says(picked(node, k))) for k in range(op.results))
        node = Node(op, nodes, params, shape=out.shape, dtype=out.dtype,
                    requires_grad=is_differentiable(out.dtype), place=cls._place())  # fmt: skip
        handle = cls.of(_as_mode_says(node))
        if op.unview is not None:
            handle._watch(args[0], op, params)
        return handle

    # --- asking for numbers

    def known_value(self, asked_by: str) -> np.ndarray:
        """The value, or the reason why there is none yet."""
        value = self.value
        if value is None:
            raise NeedsValue(
                f"{asked_by} needs a number, but this array is only known when the function runs"
                f"{_INSTEAD.get(asked_by, '')}"
            )
        return value

    def __bool__(self) -> bool:
        value = self.known_value("a truth test")
        if value.size != 1:
            raise RuntimeError(f"Boolean value of Tensor with {_amount(value.size)} is ambiguous")
        return bool(value)

    def __int__(self) -> int:
        return int(self.known_value("int()"))

    def __index__(self) -> int:
        return self.known_value("an index").__index__()

    def __float__(self) -> float:
        return float(self.known_value("float()"))

    def item(self) -> Any:
        """The only number, as Python's."""
        return self.known_value("item()").item()

    def tolist(self) -> Any:
        """The numbers in lists of lists."""
        return self.known_value("tolist()").tolist()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if (self.requires_grad and is_grad_enabled()) or self.is_traced:
            self.known_value("np.asarray()")
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. "
                "Use tensor.detach().numpy() instead."
            )
        return np.asarray(self.value, dtype=dtype)


def numbers_of(x: Any) -> np.ndarray:
    """What a handle holds, or what NumPy makes an array."""
    return np.asarray(x.value if isinstance(x, Handle) else x)


def _as_mode_says(node: Node) -> Node:
    """A traced node; within `no_grad` a constant as far as derivatives go."""
    if is_grad_enabled():
        return node
    return Node(detach, (node,), shape=node.shape, dtype=node.dtype, place=node.place)


def _amount(size: int) -> str:
    return "no values" if size == 0 else "more than one value"


def _argument(a: Any) -> Any:
    """A node's argument: numbers as they are, arrays as constants."""
    return a if is_number(a) or isinstance(a, Extent) else constant(snapshot(a))
