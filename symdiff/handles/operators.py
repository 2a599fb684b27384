"""Python's operators on handles, each by the op it stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..functions import elementary, products
from ..graph.op import Op
from ..ops import elementwise as ew
from ..ops import rounding
from ..ops.identity import clone
from .operands import refuse_other_meanings
from .short import binary, product, unary

Binary = Callable[[Any, Any], Any]


_USUAL = frozenset({float, int})


def _is_foreign(x: Any) -> bool:
    refuse_other_meanings(x)
    return x is None or isinstance(x, (str, dict, set))


def _left(function: Binary) -> Binary:
    def operator(self: Any, other: Any) -> Any:
        return NotImplemented if _is_foreign(other) else function(self, other)

    return operator


def _right(function: Binary) -> Binary:
    def operator(self: Any, other: Any) -> Any:
        return NotImplemented if _is_foreign(other) else function(other, self)

    return operator


def _left_op(op: Op) -> Binary:
    """As `_left`; a handle with its like or with a number, which is most often, waits for less."""

    def operator(self: Any, other: Any) -> Any:
        face, kind = type(self), type(other)
        if kind is face or kind in _USUAL:
            return binary(face, op, self, other)
        return NotImplemented if _is_foreign(other) else op(self, other)

    return operator


def _right_op(op: Op) -> Binary:
    def operator(self: Any, other: Any) -> Any:
        if type(other) in _USUAL:
            return binary(type(self), op, other, self)
        return NotImplemented if _is_foreign(other) else op(other, self)

    return operator


def _inplace(function: Binary) -> Binary:
    def operator(self: Any, other: Any) -> Any:
        return NotImplemented if _is_foreign(other) else self._turned_into(function(self, other))

    return operator


def _inplace_op(op: Op) -> Binary:
    changed = _left_op(op)

    def operator(self: Any, other: Any) -> Any:
        new = changed(self, other)
        return new if new is NotImplemented else self._turned_into(new)

    return operator


def _matmul(self: Any, other: Any) -> Any:
    if type(other) is type(self):
        return product(type(self), self, other)
    return NotImplemented if _is_foreign(other) else products.matmul(self, other)


class Operators:
    """x + y, y + x and x += y, comparisons, signs."""

    __slots__ = ()

    __add__, __radd__, __iadd__ = _left_op(ew.add), _right_op(ew.add), _inplace_op(ew.add)
    __sub__, __rsub__, __isub__ = _left_op(ew.sub), _right_op(ew.sub), _inplace_op(ew.sub)
    __mul__, __rmul__, __imul__ = _left_op(ew.mul), _right_op(ew.mul), _inplace_op(ew.mul)
    __truediv__, __rtruediv__, __itruediv__ = (
        _left_op(ew.div),
        _right_op(ew.div),
        _inplace_op(ew.div),
    )
    __pow__, __rpow__, __ipow__ = _left_op(ew.pow), _right_op(ew.pow), _inplace_op(ew.pow)
    __floordiv__ = _left(rounding.floor_divide)
    __rfloordiv__ = _right(rounding.floor_divide)
    __ifloordiv__ = _inplace(rounding.floor_divide)
    __mod__, __rmod__ = _left(rounding.remainder), _right(rounding.remainder)
    __imod__ = _inplace(rounding.remainder)
    __divmod__, __rdivmod__ = _left(elementary.divmod), _right(elementary.divmod)
    __matmul__ = _matmul
    __rmatmul__ = _right(products.matmul)
    __imatmul__ = _inplace(products.matmul)
    __and__, __rand__, __iand__ = (f(ew.bitwise_and) for f in (_left, _right, _inplace))
    __or__, __ror__, __ior__ = (f(ew.bitwise_or) for f in (_left, _right, _inplace))
    __xor__, __rxor__, __ixor__ = (f(ew.bitwise_xor) for f in (_left, _right, _inplace))

    __lt__, __le__ = _left(ew.less), _left(ew.less_equal)
    __gt__, __ge__ = _left(ew.greater), _left(ew.greater_equal)
    __eq__: Any = _left(ew.equal)
    __ne__: Any = _left(ew.not_equal)

    def __hash__(self) -> int:
        return id(self)

    def __neg__(self) -> Any:
        return unary(type(self), ew.neg, self)

    def __pos__(self) -> Any:
        return clone(self)

    def __abs__(self) -> Any:
        return unary(type(self), ew.abs, self)

    def __invert__(self) -> Any:
        return ew.invert(self)
