"""A function with the arrays it captured replaced by traced handles, so that what it does with them
is traced too and not computed once and for all.
"""

from __future__ import annotations

import copy
import inspect
import types
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph.node import constant
from ..handles.handle import Handle
from ..handles.numpy_face import Array
from .captures import global_names
from .trees import flatten, unflatten

_DEPTH = 4


def rebound(f: Callable[..., Any]) -> Callable[..., Any]:
    """`f` reading handles where it would read arrays from globals, closures, defaults or `self`."""
    return _Rebinding().function(f, _DEPTH)


class _Rebinding:
    def __init__(self) -> None:
        self.made: dict[int, Any] = {}

    def function(self, f: Any, depth: int) -> Any:
        if isinstance(f, types.MethodType):
            return types.MethodType(
                self.function(f.__func__, depth), self.value("self", f.__self__, depth)
            )
        plain = inspect.unwrap(f) if callable(f) else f
        if not isinstance(plain, types.FunctionType) or plain is not f or depth == 0:
            return f
        if id(f) not in self.made:
            self.made[id(f)] = f  # what a recursive function calls
            self.made[id(f)] = self._filled(f, depth)
        return self.made[id(f)]

    def _filled(self, f: types.FunctionType, depth: int) -> types.FunctionType:
        space = dict(f.__globals__)
        for name in global_names(f.__code__):
            if name in space:
                space[name] = self.value(name, space[name], depth - 1)
        cells = tuple(
            self._cell(name, cell, depth - 1)
            for name, cell in zip(f.__code__.co_freevars, f.__closure__ or ())
        )
        made = types.FunctionType(f.__code__, space, f.__name__, None, cells)
        made.__defaults__ = tuple(self.value("default", d, depth - 1) for d in f.__defaults__ or ())
        made.__kwdefaults__ = f.__kwdefaults__
        return made

    def _cell(self, name: str, cell: Any, depth: int) -> Any:
        try:
            value = cell.cell_contents
        except ValueError:  # not bound yet
            return cell
        new = self.value(name, value, depth)
        return cell if new is value else types.CellType(new)

    def value(self, name: str, value: Any, depth: int) -> Any:
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
            return self._once(value, lambda: Array.of(constant(value, label=name)))
        if isinstance(value, Handle):
            return self._once(value, lambda: _traced(value))
        if isinstance(value, (list, tuple, dict)) and len(value) <= 256:
            leaves, structure = flatten(value)
            new = [self.value(f"{name}_{k}", leaf, 0) for k, leaf in enumerate(leaves)]
            return value if all(a is b for a, b in zip(new, leaves)) else unflatten(structure, new)
        if isinstance(value, types.FunctionType):
            own = str(value.__module__).startswith(("numpy", "scipy", "symdiff."))
            return value if own else self.function(value, depth)
        return self._object(value)

    def _once(self, value: Any, make: Callable[[], Any]) -> Any:
        if id(value) not in self.made:
            self.made[id(value)] = make()
        return self.made[id(value)]

    def _object(self, owner: Any) -> Any:
        """A shallow copy of an object that holds arrays, with handles in their place."""
        space = getattr(owner, "__dict__", None)
        if not isinstance(space, dict) or isinstance(owner, (type, types.ModuleType, Handle)):
            return owner
        arrays = {k: v for k, v in space.items() if isinstance(v, (np.ndarray, Handle))}
        if not arrays:
            return owner
        twin = copy.copy(owner)
        for name, value in arrays.items():
            twin.__dict__[name] = self.value(name, value, 0)
        return twin


def _traced(handle: Handle) -> Handle:
    """A handle over the same node that hides its value; its owner tells the value at each call."""
    node = handle.node
    if node.op is None and node.owner is None:
        node.owner = weakref.ref(handle)
    return type(handle).of(node)
