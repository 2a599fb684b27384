"""A function with the arrays it captured replaced by traced handles, so that what it does with them
is traced too and not computed once and for all.
"""

from __future__ import annotations

import copy
import functools
import inspect
import types
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from ..graph.node import Node, constant
from ..handles.handle import Handle
from ..handles.numpy_face import Array
from .bytecode import reading
from .captures import is_inner, is_library
from .guards import Contents
from .transformed import Transformed


class Rebinding:
    """Twins of functions, containers and objects that hold handles in the place of arrays."""

    def __init__(self) -> None:
        self.made: dict[int, Any] = {}
        self._kept: list[Any] = []  # whose ids are keys of `made`
        self._twins: list[Contents] = []
        self._handles: list[tuple[Handle, Any]] = []

    def untouched(self) -> bool:
        """Whether nothing was written to what stands in for what was captured."""
        return all(twin.holds() for twin in self._twins) and all(
            handle.node is node for handle, node in self._handles
        )

    def function(self, f: Any) -> Any:
        """`f` reading handles where it would read arrays from globals, closures, defaults or
        `self`.
        """
        if isinstance(f, types.MethodType):
            return types.MethodType(self.function(f.__func__), self.value("self", f.__self__))
        if isinstance(f, Transformed):
            return self._once(f, lambda: f, lambda: f.remade(self.function(f.__wrapped__)))
        if not isinstance(f, types.FunctionType) or inspect.unwrap(f) is not f:
            return f
        return self._once(f, lambda: f, lambda: self._filled(f))

    def _once(self, value: Any, first: Callable[[], Any], make: Callable[[], Any]) -> Any:
        """What stands for a value; while it is being made, what `first` says."""
        if id(value) not in self.made:
            self._kept.append(value)
            self.made[id(value)] = first()
            self.made[id(value)] = make()
        return self.made[id(value)]

    def _filled(self, f: types.FunctionType) -> types.FunctionType:
        space = f.__globals__.copy()
        for name in reading(f.__code__).names:
            if name in space:
                space[name] = self.value(name, space[name])
        cells = tuple(
            self._cell(name, cell)
            for name, cell in zip(f.__code__.co_freevars, f.__closure__ or ())
        )
        made = types.FunctionType(f.__code__, space, f.__name__, None, cells)
        made.__defaults__ = tuple(self.value("default", d) for d in f.__defaults__ or ())
        made.__kwdefaults__ = f.__kwdefaults__
        made.__dict__.update(f.__dict__)
        self._noted(made.__dict__)
        return made

    def _cell(self, name: str, cell: Any) -> Any:
        try:
            value = cell.cell_contents
        except ValueError:  # not bound yet
            return cell
        new = self.value(name, value)
        return cell if new is value else types.CellType(new)

    def value(self, name: str, value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
            return self._handle(value, lambda: Array.of(constant(value, label=name)))
        if isinstance(value, Handle):
            return self._handle(value, lambda: _traced(value))
        if type(value) in (list, tuple, dict):
            return self._once(value, lambda: value, lambda: self._container(name, value))
        if isinstance(value, Transformed):
            return self.function(value)
        if isinstance(value, types.FunctionType):
            return value if is_library(value.__module__) else self.function(value)
        return self._once(value, lambda: value, lambda: self._object(value))

    def _handle(self, value: Any, make: Callable[[], Handle]) -> Handle:
        handle = self._once(value, lambda: None, make)
        self._handles.append((handle, handle.node))
        return handle

    def _container(self, name: str, value: Any) -> Any:
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        new = [self.value(f"{name}_{k}", value[k]) for k in keys]
        if all(a is value[k] for k, a in zip(keys, new)):
            return value
        twin = dict(zip(keys, new)) if isinstance(value, dict) else type(value)(new)
        return self._noted(twin)

    def _noted(self, twin: Any) -> Any:
        if not isinstance(twin, tuple):
            self._twins.append(Contents.of(twin))
        return twin

    def _object(self, owner: Any) -> Any:
        """A shallow copy of an object that holds arrays, with handles in their place."""
        space = getattr(owner, "__dict__", None)
        if is_inner(owner):
            return owner
        if not isinstance(space, dict) or isinstance(
            owner, (type, types.ModuleType, functools.partial)
        ):
            return owner
        new = {k: self.value(k, v) for k, v in space.items()}
        if all(new[k] is v for k, v in space.items()):
            return owner
        twin = copy.copy(owner)
        if twin is owner:  # as what an lru_cache made is
            return owner
        twin.__dict__.update(new)
        self._noted(twin.__dict__)
        return twin


def _traced(handle: Handle) -> Handle:
    """A handle that hides its value; its owner tells the value at each call.

    It stands for this very handle: what that was computed from is none of the function's business.
    """
    node = handle.node
    if node.op is not None and handle.value is not None:
        node = Node(None, shape=node.shape, dtype=node.dtype, value=handle.value,
                    requires_grad=node.requires_grad)  # fmt: skip
    if node.op is None and node.owner is None:
        node.owner = weakref.ref(handle)
    return type(handle).of(node)
