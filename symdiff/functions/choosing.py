"""Elements chosen by conditions. The branch that is not chosen never makes a gradient NaN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..graph.node import Node, topological
from ..graph.op import NeedsValue, Operand, OpError
from ..handles.operands import operand
from ..ops import elementwise as ew
from .axes import rank_of
from .creation import zeros_like
from .indexing import getitem, setitem
from .keys import is_known, known_array
from .shaping import ravel
from .taking import take


def where(condition: Any, x: Any = None, y: Any = None) -> Any:
    """x where the condition holds, else y; given alone, the places where it holds."""
    if (x is None) != (y is None):
        raise ValueError("where: either both or neither of x and y should be given")
    if x is None:
        return nonzero(condition)
    return ew.where(operand(condition), operand(x), operand(y))


def select(condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0) -> Any:
    """Of every place the choice whose condition holds first; the default where none does."""
    if len(condlist) != len(choicelist):
        raise ValueError("select: list of cases must be same length as list of conditions")
    if not condlist:
        raise ValueError("select: with an empty condition list is not possible")
    y = operand(default)
    for condition, choice in reversed(list(zip(condlist, choicelist))):
        condition = operand(condition)
        if not isinstance(condition, bool) and condition.dtype != np.bool_:
            raise TypeError(f"select: conditions must be of dtype bool, not {condition.dtype}")
        y = ew.where(condition, operand(choice), y)
    return y


def choose(a: Any, choices: Any, mode: str = "raise") -> Any:
    """At every place the element of that choice which a names there."""
    if mode != "raise":
        raise OpError(f"choose: mode {mode!r} is not supported; 'raise' is")
    choices = [operand(c) for c in choices]
    places = known_array(a, "choose")
    if places.size and not (places.min() >= 0 and places.max() < len(choices)):
        raise ValueError("choose: invalid entry in choice array")
    return select([places == k for k in range(len(choices))], choices)


# --- pieces: one function for each condition


def piecewise(x: Any, condlist: Any, funclist: Sequence[Any], *args: Any, **kw: Any) -> Any:
    """f(x) where its condition holds; one function more than conditions serves the rest.

    The functions see the elements they are for. While x has no value they see all of them, and
    must work on each element by itself.
    """
    x, conditions = operand(x), _conditions(x, condlist)
    if len(funclist) == len(conditions) + 1:
        conditions.append(_none_of(conditions))
    if len(funclist) != len(conditions):
        raise ValueError(
            f"piecewise: with {len(conditions)} condition(s), either {len(conditions)} or "
            f"{len(conditions) + 1} functions are expected"
        )
    y = zeros_like(x)
    for condition, function in zip(conditions, funclist):
        y = _with_piece(y, x, condition, function, args, kw)
    return y


def _conditions(x: Any, condlist: Any) -> list[Any]:
    """A list of conditions, though a single one was given without one."""
    if not isinstance(condlist, (list, tuple)):
        condlist = list(condlist) if rank_of(condlist) > 1 else [condlist]
    elif rank_of(x) and not rank_of(operand(condlist[0])):
        condlist = [condlist]
    return [operand(c) for c in condlist]


def _none_of(conditions: Sequence[Any]) -> Any:
    any_ = conditions[0]
    for condition in conditions[1:]:
        any_ = ew.logical_or(any_, condition)
    return ew.logical_not(any_)


def _with_piece(y: Any, x: Any, condition: Any, function: Any, args: Any, kw: Any) -> Any:
    if not callable(function):
        return setitem(y, condition, function)
    if is_known(x) and is_known(condition):
        own = getitem(x, condition)
        return setitem(y, condition, function(own, *args, **kw)) if own.shape[0] else y
    value = function(x, *args, **kw)
    if isinstance(value, Operand) and not _is_pointwise(value.node, x):
        raise NeedsValue(
            "piecewise: a function that mixes elements needs to know which are its own"
        )
    return setitem(y, condition, value) if not rank_of(value) else _where_as(y, condition, value)


def _where_as(y: Any, condition: Any, value: Any) -> Any:
    return ew.astype(ew.where(condition, value, y), dtype=np.dtype(y.dtype))


def _is_pointwise(y: Node, x: Any) -> bool:
    """Whether every op between x and y works on each element by itself."""
    start = x.node.seq if isinstance(x, Operand) else -1
    return all(n.op is None or n.op.elementwise for n in topological(y) if n.seq > start)


# --- elements picked out, which needs the conditions' values


def nonzero(a: Any) -> tuple[np.ndarray, ...]:
    """The places of the elements that are not zero, one array for each axis."""
    return np.nonzero(known_array(a, "nonzero"))


def flatnonzero(a: Any) -> np.ndarray:
    return np.flatnonzero(known_array(a, "flatnonzero"))


def argwhere(a: Any) -> np.ndarray:
    return np.argwhere(known_array(a, "argwhere"))


def extract(condition: Any, arr: Any) -> Any:
    """The elements where the condition holds."""
    return take(ravel(arr), np.flatnonzero(known_array(condition, "extract")))


def compress(condition: Any, a: Any, axis: int | None = None) -> Any:
    """The parts of an axis where the condition holds."""
    return take(a, np.flatnonzero(known_array(condition, "compress")), axis)
