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
from .captures import is_fixed, is_inner, is_library
from .guards import Contents
from .replacing import ByThread
from .transformed import Transformed


class Rebinding:
    """Twins of functions, containers and objects that hold handles in the place of arrays."""

    def __init__(self) -> None:
        self.made: dict[int, Any] = {}
        self._begun: set[int] = set()  # what is being made
        self._as_they_are = False  # whether some arrays are read by themselves
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
        shell = _shell(f)
        return self._once(f, lambda: shell, lambda: shell if self._filled(shell, f) else f)

    def _once(self, value: Any, first: Callable[[], Any], make: Callable[[], Any]) -> Any:
        """What stands for a value; while it is being made, what `first` says."""
        if id(value) not in self.made:
            self._kept.append(value)
            self._begun.add(id(value))
            self.made[id(value)] = first()
            self.made[id(value)] = make()
            self._begun.discard(id(value))
        elif id(value) in self._begun and self.made[id(value)] is value:
            self._as_they_are = True
        return self.made[id(value)]

    def standing(self) -> set[int]:
        """The ids of arrays that nothing reads but through handles.

        What a list or an object holds that holds itself, or cannot be copied, is read from it.
        """
        met = {} if self._as_they_are else self.made
        return {i for i, made in met.items() if isinstance(made, Handle)}

    def rebound(self, leaf: Any) -> Any:
        """What stands for an argument that is no array, so that functions compare as they did."""
        return leaf if is_fixed(leaf) else self.value("argument", leaf)

    def _filled(self, made: types.FunctionType, f: types.FunctionType) -> bool:
        """Has `made` read what f reads, or what stands for it; says whether anything does."""
        space, changed = made.__globals__, False
        for name in reading(f.__code__).names:
            if name in space:
                old = space[name]
                space[name] = self.value(name, old)
                changed |= space[name] is not old and space[name] is not made
        cells = zip(f.__code__.co_freevars, made.__closure__ or (), f.__closure__ or ())
        for name, cell, old in cells:
            changed |= self._fill(name, cell, old, made)
        made.__defaults__ = tuple(self.value("default", d) for d in f.__defaults__ or ())
        changed |= any(a is not b for a, b in zip(made.__defaults__, f.__defaults__ or ()))
        made.__kwdefaults__ = f.__kwdefaults__
        made.__dict__.update(f.__dict__)
        self._noted(made.__dict__)
        return changed

    def _fill(self, name: str, cell: types.CellType, old: types.CellType, made: Any) -> bool:
        try:
            value = old.cell_contents
        except ValueError:  # not bound yet
            return False
        new = cell.cell_contents = self.value(name, value)
        return new is not value and new is not made

    def value(self, name: str, value: Any) -> Any:
        if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
            return self._handle(value, lambda: Array.of(constant(value, label=name)))
        if isinstance(value, Handle):
            return self._handle(value, lambda: _traced(value))
        if type(value) in (list, tuple, dict):
            return self._once(value, lambda: value, lambda: self._container(name, value))
        if isinstance(value, Transformed):
            return self.function(value)
        if type(value) is ByThread:
            return value.remade(self.function)
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
        twin = self._copied(owner)
        if twin is owner:
            return owner
        twin.__dict__.update(new)
        self._noted(twin.__dict__)
        return twin

    def _copied(self, owner: Any) -> Any:
        """A copy of an object, or it itself where that is its copy or its class makes none."""
        try:
            copied = copy.copy(owner)
        except Exception:  # whatever a class of the user's comes up with
            copied = owner
        self._as_they_are |= copied is owner
        return copied


def _shell(f: types.FunctionType) -> types.FunctionType:
    """A function of the same code, with globals and cells of its own: these are still empty."""
    cells = tuple(types.CellType() for _ in f.__closure__ or ())
    made = types.FunctionType(f.__code__, f.__globals__.copy(), f.__name__, None, cells)
    made.__qualname__, made.__module__ = f.__qualname__, f.__module__
    return made


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
