"""Handles: what users hold. A handle has a node (how it came about) and, unless traced, a value.

Operators, views and in-place writes are written here once, for eager and traced code alike. The two
faces, NumPy's and PyTorch's, add the methods that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np

from .exact import is_number
from .extents import Extent, Shape
from .functions import indexing, products, shaping
from .modes import is_grad_enabled
from .node import Node, constant, leaf, topological, user_place
from .numpy_names import FUNCTIONS, REDUCTIONS, ufunc_named
from .op import Aval, NoDerivative, Op, Operand, aval_of, declare, is_differentiable, strong_dtype
from .ops import elementwise as ew


class NeedsValue(TypeError):
    """A traced function asked for a number that is only known when it runs."""


class View(NamedTuple):
    """Where a view came from: how to read it again and how to write through it."""

    base: Handle
    read: Callable[[Handle], Handle]
    write: Callable[[Handle, Handle], Handle]


class Handle(Operand):
    """A value with a history: arrays and tensors that are differentiated."""

    __slots__ = ("_node", "_value", "version", "_view", "_seen", "__weakref__")
    precedence: ClassVar[int] = 1

    def __init__(self, node: Node | None, value: Any = None) -> None:
        self._node, self._value = node, value
        self.version, self._view, self._seen = 0, None, 0

    @classmethod
    def of(cls, node: Node | None, value: Any = None) -> Self:
        """A handle of this face, whatever the face's own constructor takes."""
        self = cls.__new__(cls)
        Handle.__init__(self, node, value)
        self._prepare()
        return self

    def _prepare(self) -> None:
        """A face sets its own slots here."""

    # --- what it holds

    @property
    def value(self) -> Any:
        """The ndarray, or None if traced."""
        if self._view is not None:
            self._refresh()
        return self._value

    @property
    def node(self) -> Node:
        if self._view is not None:
            self._refresh()
        if self._node is None:
            self._node = constant(self._value)
        return self._node

    @property
    def is_traced(self) -> bool:
        return self._value is None

    @property
    def requires_grad(self) -> bool:
        if self._view is not None:
            self._refresh()
        return self._node is not None and self._node.requires_grad

    @property
    def shape(self) -> Shape:
        value = self.value
        return self._node.shape if value is None else value.shape  # type: ignore[union-attr]

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def dtype(self) -> Any:
        value = self.value
        return strong_dtype(self._node.dtype) if value is None else value.dtype  # type: ignore[union-attr]

    def __len__(self) -> int:
        if not self.shape:
            raise TypeError("len() of a 0-d tensor")
        return int(self.shape[0])

    # --- applying ops

    @classmethod
    def apply(cls, op: Op, args: tuple[Any, ...], params: dict[str, Any]) -> Any:
        args = tuple(map(operand, args))
        values = [a.value if isinstance(a, Handle) else a for a in args]
        if any(v is None for v in values) or any(isinstance(v, Extent) for v in values):
            return cls._trace(op, args, params)
        y = op.evaluate(*values, **params)
        if op.results > 1:
            return cls._several(op, args, params, values, y)
        y = np.asarray(y)
        out = cls.of(cls._record(op, args, params, values, y), y)
        if op.unview is not None:
            out._watch(op, args[0], params)
        return out

    @classmethod
    def _record(
        cls, op: Op, args: Sequence[Any], params: dict[str, Any], values: Sequence[Any], y: Any
    ) -> Node | None:
        """The tape's entry, or None where no gradient will be asked for."""
        needed = tuple(isinstance(a, Handle) and a.requires_grad for a in args)
        if not (any(needed) and is_grad_enabled()):
            return None
        if op.results == 1 and not is_differentiable(y.dtype):
            return None
        nodes = tuple(a.node if isinstance(a, Handle) else _argument(a) for a in args)
        several = op.results > 1
        outs = tuple(map(aval_of, y)) if several else None
        read = reads(op, needed, tuple(map(aval_of, values)), params)
        saved = (_kept(y, read[0], several), *(_kept(v, r) for v, r in zip(values, read[1:])))
        shape, dtype = (outs[0].shape, outs[0].dtype) if outs else (y.shape, y.dtype)
        return Node(op, nodes, params, shape=shape, dtype=dtype, requires_grad=True, saved=saved,
                    reads=any(read), place=user_place(), outs=outs)  # fmt: skip

    @classmethod
    def _several(
        cls, op: Op, args: Sequence[Any], params: dict[str, Any], values: Sequence[Any], ys: Any
    ) -> tuple[Any, ...]:
        ys = tuple(map(np.asarray, ys))
        node = cls._record(op, args, params, values, ys)
        return tuple(cls.of(_picked(node, k), y) for k, y in enumerate(ys))

    @classmethod
    def _trace(cls, op: Op, args: Sequence[Any], params: dict[str, Any]) -> Any:
        nodes = tuple(a.node if isinstance(a, Handle) else _argument(a) for a in args)
        out = op.infer(*(n.aval if isinstance(n, Node) else aval_of(n) for n in nodes), **params)
        if op.results > 1:
            node = Node(op, nodes, params, shape=out[0].shape, dtype=out[0].dtype, outs=tuple(out),
                        requires_grad=True, place=user_place())  # fmt: skip
            return tuple(cls.of(_picked(node, k)) for k in range(op.results))
        node = Node(op, nodes, params, shape=out.shape, dtype=out.dtype,
                    requires_grad=is_differentiable(out.dtype), place=user_place())  # fmt: skip
        handle = cls.of(node)
        if op.unview is not None:
            handle._watch(op, args[0], params)
        return handle

    # --- views and in-place writes

    def _watch(self, op: Op, base: Any, params: dict[str, Any]) -> None:
        """This handle is a view of `base`: writes to one are seen in the other."""
        if isinstance(base, Handle):
            unview = op.unview
            assert unview is not None
            self._view = View(base, lambda b: op(b, **params), lambda b, new: unview(b, new, **params))
            self._seen = base.version

    def _refresh(self) -> None:
        view = self._view
        assert view is not None
        if view.base._view is not None:
            view.base._refresh()
        if self._seen != view.base.version:
            self._seen = view.base.version
            self._view = None
            fresh = view.read(view.base)
            self._view = view
            self._node, self._value = fresh._node, fresh._value
            self.version += 1

    def become(self, new: Any) -> Self:
        """Put `new` under this handle, and under what it is a view of. Earlier uses keep what they saw."""
        self._check_writable()
        new = new if isinstance(new, Handle) else type(self).of(None, np.asarray(new))
        if new.dtype != self.dtype:
            new = ew.astype(new, dtype=self.dtype)
        self._put(shaping.broadcast_to(new, self.shape))
        return self

    def _check_writable(self) -> None:
        """A face refuses here what must not be written."""

    def _put(self, new: Handle) -> None:
        if self._view is not None:
            base, _, write = self._view
            if base._view is not None:
                base._refresh()
            base._put(write(base, new))
            self._seen = base.version - 1  # read again: the base now holds the write
            self._refresh()
            return
        self._node, self._value = new._node, new._value
        self.version += 1

    def __getitem__(self, key: Any) -> Any:
        return indexing.getitem(self, _plain_key(key))

    def __setitem__(self, key: Any, v: Any) -> None:
        self.become(indexing.setitem(self, _plain_key(key), operand(v)))

    def __iter__(self) -> Any:
        if not self.shape:
            raise TypeError("iteration over a 0-d tensor")
        return (self[k] for k in range(int(self.shape[0])))

    # --- asking for numbers

    def known_value(self, asked_by: str) -> np.ndarray:
        """The value, or the reason why there is none yet."""
        value = self.value
        if value is None:
            raise NeedsValue(
                f"{asked_by} needs a number, but this array is only known when the function runs"
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
        return self.known_value("item()").item()

    def tolist(self) -> Any:
        return self.known_value("tolist()").tolist()

    # --- NumPy's protocol

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: Any, **kwargs: Any) -> Any:
        kwargs = {k: v for k, v in kwargs.items() if v is not None}
        if method == "reduce" and ufunc.__name__ in REDUCTIONS:
            return REDUCTIONS[ufunc.__name__](*inputs, **{"axis": 0} | kwargs)
        function = ufunc_named(ufunc.__name__)
        if method != "__call__" or function is None:
            raise TypeError(
                f"np.{ufunc.__name__}{'' if method == '__call__' else '.' + method} has no derivative rule here"
            )
        out = kwargs.pop("out", (None,))[0]
        if kwargs:
            raise TypeError(
                f"np.{ufunc.__name__}: {', '.join(kwargs)}= is not supported on what is differentiated"
            )
        y = function(*inputs)
        if out is None:
            return y
        if isinstance(out, Handle):
            return out.become(y)
        raise TypeError(
            f"np.{ufunc.__name__}: a plain array cannot hold what is differentiated; make it with np.zeros_like(x)"
        )

    def __array_function__(self, func: Any, types: Any, args: Any, kwargs: Any) -> Any:
        function = FUNCTIONS.get(func)
        if function is None:
            raise TypeError(f"{func.__module__}.{func.__name__} has no derivative rule here")
        return function(*args, **kwargs)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if self.requires_grad or self.is_traced:
            self.known_value("np.asarray()")
            raise RuntimeError(
                "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead."
            )
        return np.asarray(self.value, dtype=dtype)

    def __hash__(self) -> int:
        return id(self)

    @property
    def T(self) -> Any:  # noqa: N802
        return shaping.transpose(self)

    @property
    def mT(self) -> Any:  # noqa: N802
        return shaping.swapaxes(self, -1, -2)


def _amount(size: int) -> str:
    return "no values" if size == 0 else "more than one value"


def _plain_key(key: Any) -> Any:
    """Handles inside a key give their values: positions are not differentiated."""
    if isinstance(key, tuple):
        return tuple(map(_plain_key, key))
    if isinstance(key, Handle) and (key.dtype.kind == "b" or not key.shape):
        return key.known_value("an index") if key.shape else int(key)
    return key


def operand(x: Any) -> Any:
    """x as an op takes it: lists and object arrays of handles are stacked, other data become arrays."""
    if isinstance(x, (Handle, Extent)) or is_number(x):
        return x
    if isinstance(x, np.ndarray) and x.dtype != object:
        return x
    if isinstance(x, np.generic):
        return np.asarray(x)
    if isinstance(x, (list, tuple, np.ndarray)):
        return restacked(x)
    array = np.asarray(x)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{type(x).__name__} is not numeric: {x!r}")
    return array


def restacked(x: Any) -> Any:
    """A nested list or object array of scalars and handles as one array or handle."""
    if isinstance(x, np.ndarray) and x.dtype == object and x.ndim == 0:
        return operand(x.item())
    parts = [operand(part) for part in x]
    if any(isinstance(part, (Handle, Extent)) for part in parts):
        return shaping.stack([as_handle(p) for p in parts])
    array = np.asarray(parts)
    if array.dtype.kind not in "fiub":
        raise TypeError(f"an array of {array.dtype} is not numeric")
    return array


def as_handle(x: Any) -> Any:
    return x if isinstance(x, Handle) else np.asarray(int(x) if isinstance(x, Extent) else x)


def _argument(a: Any) -> Any:
    """A node's argument: numbers as they are, arrays as constants."""
    return a if is_number(a) or isinstance(a, Extent) else constant(a)


def _pick_pullback(g: Any, y: Any, x: Any, needed: Any, which: int) -> Any:
    raise AssertionError("the sweep hands the cotangents of several results over together")


pick = declare(
    "pick",
    infer=lambda x, which: x,
    evaluate=lambda xs, which: xs[which],
    pullback=_pick_pullback,
    doc="One of the results of an op that has several.",
)


def _picked(node: Node | None, which: int) -> Node | None:
    if node is None:
        return None
    assert node.outs is not None
    aval = node.outs[which]
    return Node(pick, (node,), {"which": which}, shape=aval.shape, dtype=aval.dtype,
                requires_grad=is_differentiable(aval.dtype), saved=(), place=node.place)  # fmt: skip


# --- what a pullback reads


def reads(
    op: Op, needed: tuple[bool, ...], avals: tuple[Aval, ...], params: dict[str, Any]
) -> tuple[bool, ...]:
    """Whether the pullback reads the result, and each argument: found by tracing it once."""
    known = (op, needed, tuple(a.ndim for a in avals), tuple(a.dtype for a in avals))
    found = _READS.get(known)
    if found is None:
        found = _READS[known] = _reads(op, needed, avals, params)
    return found


_READS: dict[Any, tuple[bool, ...]] = {}


def _reads(
    op: Op, needed: tuple[bool, ...], avals: Sequence[Aval], params: dict[str, Any]
) -> tuple[bool, ...]:
    out = op.infer(*avals, **params)
    args, ys, gs = ([Handle.of(leaf(a.shape, a.dtype)) for a in group]
                    for group in (avals, *([out if op.results > 1 else [out]] * 2)))  # fmt: skip
    if op.pullback is None:
        raise NoDerivative(f"{op.name}: no derivative is provided")
    y, g = (tuple(ys), tuple(gs)) if op.results > 1 else (ys[0], gs[0])
    parts = op.pullback(g, y, *args, needed=needed, **params)
    seen = set(topological(*(p.node for p in parts if isinstance(p, Handle))))
    return (any(h.node in seen for h in ys), *(a.node in seen for a in args))


def _kept(value: Any, read: bool, several: bool = False) -> Any:
    """What the tape keeps of an array: the array if the pullback reads it, else its shape and dtype."""
    if read or is_number(value):
        return value
    return tuple(map(aval_of, value)) if several else aval_of(value)


def _install(name: str, op: Callable[..., Any]) -> None:
    """x + y, y + x and x += y by the same op."""

    def forward(self: Any, other: Any) -> Any:
        return NotImplemented if isinstance(other, str) or other is None else op(self, other)

    def backward(self: Any, other: Any) -> Any:
        return NotImplemented if isinstance(other, str) or other is None else op(other, self)

    def inplace(self: Any, other: Any) -> Any:
        return self.become(op(self, other))

    setattr(Handle, f"__{name}__", forward)
    setattr(Handle, f"__r{name}__", backward)
    setattr(Handle, f"__i{name}__", inplace)


for _name, _op in {
    "add": ew.add, "sub": ew.sub, "mul": ew.mul, "truediv": ew.div, "pow": ew.pow,
    "matmul": products.matmul, "and": ew.bitwise_and, "or": ew.bitwise_or, "xor": ew.bitwise_xor,
}.items():  # fmt: skip
    _install(_name, _op)


def _compare(name: str, op: Op) -> None:
    setattr(Handle, f"__{name}__", lambda self, other: op(self, other))


for _name, _op in {
    "lt": ew.less, "le": ew.less_equal, "gt": ew.greater, "ge": ew.greater_equal,
    "eq": ew.equal, "ne": ew.not_equal,
}.items():  # fmt: skip
    _compare(_name, _op)

Handle.__neg__ = lambda self: ew.neg(self)  # type: ignore[attr-defined]
Handle.__pos__ = lambda self: self  # type: ignore[attr-defined]
Handle.__abs__ = lambda self: ew.abs(self)  # type: ignore[attr-defined]
Handle.__invert__ = lambda self: ew.invert(self)  # type: ignore[attr-defined]
