"""What a function reads besides its arguments: globals, closure cells, defaults, attributes.

The search follows functions, methods, containers, objects, and the classes and modules that are the
user's own. What it meets and cannot see through is said to be so: then no trace can be trusted.
"""

from __future__ import annotations

import collections
import ctypes
import datetime
import decimal
import enum
import fractions
import functools
import inspect
import pathlib
import re
import sys
import types
import uuid
from collections.abc import Iterable
from typing import Any, Union, get_origin

import numpy as np

from ..graph.exact import is_number
from ..handles.handle import Handle
from ..handles.operands import has_other_meaning
from ..tensors.batching import Batched
from .bytecode import reading
from .guards import Contents, Guards, Place, Read, Settings
from .transformed import Transformed

_MOST = 4000
_OWN = frozenset({"symdiff", "codegen"})
_LIBRARIES = _OWN | {"numpy", "scipy", "numba", "llvmlite", "pytest", "_pytest"}
_SETTLED = frozenset({"builtins", "math", "cmath", "operator", "functools", "itertools", "typing",
                      "collections", "dataclasses", "abc", "enum", "types", "numpy", "scipy",
                      "symdiff", "codegen", "__future__"})  # fmt: skip
_FIXED = (type(None), str, bytes, complex, range, slice, type(...), np.generic, np.dtype, np.ufunc,
          re.Pattern, decimal.Decimal, fractions.Fraction, enum.Enum, datetime.date, datetime.time,
          datetime.timedelta, pathlib.PurePath, uuid.UUID, type(NotImplemented),
          type(inspect.FullArgSpec.args))  # what reads a field of a named tuple  # fmt: skip
_DRAWING = (np.random.Generator, np.random.RandomState, np.random.BitGenerator)
_BUILT_IN = (types.BuiltinFunctionType, types.MethodWrapperType, types.WrapperDescriptorType,
             types.MethodDescriptorType, types.ClassMethodDescriptorType,
             types.GetSetDescriptorType, types.MemberDescriptorType)  # fmt: skip
_ACTING = frozenset(
    {"backward", "register_hook", "register_post_accumulate_grad_hook", "retain_grad"}
)  # methods of tensors that change more than they return
_OUTSIDE = frozenset({"environ", "getenv", "modules", "import_module", "_getframe", "currentframe"})
_STATE = frozenset({"grad", "grad_fn", "is_leaf", "retains_grad", "_version"})
_DESCRIBING = frozenset({"__repr__", "__str__", "__format__"})


def captures(*sources: Any) -> Guards:
    """All that functions, and objects passed to them, can read."""
    return _searched(sources).guards


def held_by_users(*sources: Any) -> list[tuple[Any, Any]]:
    """Classes, modules, lists, dicts and attributes of the users', and under which names or at which
    places these hold what functions or objects can reach.
    """
    search = _searched(sources, thorough=True)
    holders = search.holders.values()
    named = [(holder, name) for holder in holders for name in search.mentioned(holder)]
    contents = [c for c in search.guards.contents if isinstance(c.container, (list, dict))]
    return named + [
        (container, key)
        for container, items, keys in contents
        for key, item in zip(keys or range(len(items)), items)
        if callable(item) or isinstance(item, tuple)
    ]


def names_met(*sources: Any) -> set[str]:
    """The names that code mentions which functions or objects can reach."""
    return _searched(sources, thorough=True).names


def _searched(sources: tuple[Any, ...], thorough: bool = False) -> _Search:
    search = _Search(sources, thorough)
    try:
        search.run(sources)
    except RecursionError:
        search.guards.complete = False
    return search


def _root(name: Any) -> str:
    return str(name).partition(".")[0]


def is_library(name: str | None) -> bool:
    """Whether a module is none of the user's."""
    return _root(name) in _LIBRARIES or _root(name) in sys.stdlib_module_names


def is_fixed(value: Any) -> bool:
    """Whether a value never changes."""
    return is_number(value) or isinstance(value, _FIXED)


def is_inner(value: Any) -> bool:
    """Whether an object is part of the machinery of ours, and no data."""
    module = type(value).__module__
    return _root(module) in _OWN and not module.startswith("symdiff.nn")


class _Search:
    """One search, which ends where no trace can be trusted, unless it is thorough.

    `bound` says that rebinding puts traced handles in the place of arrays here.
    """

    def __init__(self, sources: tuple[Any, ...], thorough: bool) -> None:
        self.guards, self.thorough = Guards(), thorough
        self.sources = set(map(id, sources))
        self.names: set[str] = set()  # what any code met so far mentions
        self.holders: dict[int, Any] = {}  # modules and classes, read by names
        self.seen: set[Any] = set()
        self.kept: list[Any] = []  # what was seen stays alive, so that its id stays its own

    def run(self, sources: tuple[Any, ...]) -> None:
        for source in sources:
            self.value(source, source is sources[0])
        before = -1
        while before != len(self.seen):
            before = len(self.seen)
            for holder in list(self.holders.values()):
                self.held(holder)
        self.judge()

    def judge(self) -> None:
        """What a tensor is besides its numbers is not guarded: other code may change it at any time."""
        guards = self.guards
        guards.asks_state = bool(self.names & _STATE)
        holds_tensor = any(isinstance(array, Handle) for array, _ in guards.arrays)
        if self.names & (_ACTING | _OUTSIDE) or (guards.asks_state and holds_tensor):
            guards.complete = False

    def new(self, thing: Any, *marks: Any) -> bool:
        """Whether this was not met before; too many things are not searched at all."""
        key = (id(thing), *marks)
        if key in self.seen or not (self.guards.complete or self.thorough):
            return False
        if len(self.seen) > _MOST:
            self.guards.complete = self.thorough = False
        self.seen.add(key)
        self.kept.append(thing)
        return True

    def place(self, read: Read, where: Any, bound: bool) -> None:
        value = read(where)
        if id(value) not in self.sources:
            self.guards.places.append(Place(read, where, value))
        self.value(value, bound)

    def value(self, value: Any, bound: bool) -> None:
        if isinstance(value, (np.ndarray, Handle)):
            self.array(value, bound)
        elif is_fixed(value):
            return
        elif isinstance(value, types.FunctionType):
            self.function(value, bound)
        elif isinstance(value, types.MethodType):
            self.names.add(value.__name__)
            self.value(value.__self__, bound)
            self.function(value.__func__, bound)
        elif isinstance(value, types.ModuleType):
            self.module(value)
        elif isinstance(value, type):
            self.members(value)
        elif isinstance(value, (list, tuple, dict, set, frozenset, collections.deque)):
            self.container(value, bound)
        else:
            self.other(value, bound)

    def array(self, value: Any, bound: bool) -> None:
        self.guards.arrays.append((value, bound))
        self.guards.complete &= not (isinstance(value, Batched) or has_other_meaning(value))
        if isinstance(value, np.ndarray) and value.dtype.hasobject and self.new(value):
            self.value(value.ravel().tolist(), False)

    def container(self, value: Any, bound: bool) -> None:
        self.members(type(value))
        if not self.new(value, bound):
            return
        if not isinstance(value, (tuple, frozenset)):
            self.contents(value)
        bound &= type(value) in (list, tuple, dict)
        for item in value.values() if isinstance(value, dict) else value:
            self.value(item, bound)
        for key in value if isinstance(value, dict) else ():
            self.value(key, False)
        if hasattr(value, "__dict__"):
            self.attributes(value, False)

    def contents(self, container: Any) -> None:
        if self.new(container, "contents"):
            self.guards.contents.append(Contents.of(container))

    def other(self, value: Any, bound: bool) -> None:
        if isinstance(value, _BUILT_IN):
            self.built_in(value)
        elif isinstance(value, _DRAWING) or type(value).__module__ == "random":
            self.guards.chance = True
            self.guards.drawing.append(value)
        elif get_origin(value) is Union:
            self.names.add("Union")  # whatever a program calls it
        elif isinstance(value, functools.partial):
            self.value((value.func, value.args, value.keywords), False)
        elif isinstance(value, (staticmethod, classmethod)):
            self.value(value.__func__, False)
        elif isinstance(value, property):
            self.value((value.fget, value.fset), False)
        elif "__wrapped__" in _space(value):
            self.value(_space(value)["__wrapped__"], bound and isinstance(value, Transformed))
        else:
            self.object(value, bound)

    def built_in(self, value: Any) -> None:
        owner = getattr(value, "__self__", None)
        if owner is not None and not isinstance(owner, types.ModuleType):
            self.value(owner, False)
        elif _root(getattr(value, "__module__", None)) not in _SETTLED | {"None"}:
            self.guards.chance = True

    def object(self, value: Any, bound: bool) -> None:
        if is_inner(value):
            return
        self.members(type(value))
        self.guards.chance |= _root(type(value).__module__) in _OWN
        if _is_opaque(type(value)) or not (_has_space(value) or _slots(value)):
            self.guards.complete = False
        elif self.new(value, bound):
            self.attributes(value, bound)

    def attributes(self, value: Any, bound: bool) -> None:
        space = _space(value)
        if isinstance(space, dict):
            self.contents(space)
            for item in list(space.values()):
                self.value(item, bound)
        for name in _slots(value):
            self.place(_attribute, (value, name), False)

    def module(self, value: types.ModuleType) -> None:
        self.guards.chance |= _root(value.__name__) not in _SETTLED
        if not is_library(value.__name__):
            self.holders[id(value)] = value

    def members(self, kind: type) -> None:
        for owner in (*kind.__mro__, *inspect.getmro(type(kind))):
            if not is_library(owner.__module__):
                self.holders[id(owner)] = owner

    def held(self, holder: Any) -> None:
        """What it holds and, of a class, that it holds nothing of its own where a base does."""
        bases = holder.__mro__ if isinstance(holder, type) else (holder,)
        own = [base for base in bases if id(base) in self.holders]
        for name in sorted({name for base in own for name in self.mentioned(base)}):
            if self.new(holder, name):
                self.place(vars(holder).get, name, False)

    def mentioned(self, holder: Any) -> list[str]:
        """What a user's module or class holds under names that code mentions, and operators."""
        space = vars(holder)
        names = self.names & space.keys()
        if isinstance(holder, type):
            names |= {n for n in space if n.startswith("__") and callable(space[n])} - _DESCRIBING
        return sorted(names)

    def function(self, f: types.FunctionType, bound: bool) -> None:
        if is_library(f.__module__) and not hasattr(f, "__wrapped__"):
            self.guards.chance |= _root(f.__module__) not in _SETTLED
            return
        bound = bound and inspect.unwrap(f) is f
        if not self.new(f, bound):
            return
        read = reading(f.__code__)
        self.names |= read.names
        self._say(f, read.builtins, read.changes, read.chance)
        for cell in f.__closure__ or ():
            self.place(cell_contents, cell, bound)
        for name in sorted(read.names & f.__globals__.keys()):
            self.place(f.__globals__.get, name, bound)
        for name in sorted(read.imports):
            self.value(sys.modules[name], False)
        self._settings(f, bound)

    def _say(self, f: Any, builtins: frozenset[str], changes: bool, chance: bool) -> None:
        if changes or builtins - f.__globals__.keys():
            self.guards.complete = False
        self.guards.chance |= chance

    def _settings(self, f: types.FunctionType, bound: bool) -> None:
        """Its defaults, which the function itself holds, and its attributes."""
        self.guards.settings.append(Settings.of(f))
        self.value(f.__defaults__, bound)
        for item in (f.__kwdefaults__, f.__dict__):
            if item:
                self.container(item, False)


def _space(value: Any) -> Any:
    """The attributes that an object holds itself, without asking its class."""
    try:
        return object.__getattribute__(value, "__dict__")
    except AttributeError:
        return ()


def _has_space(value: Any) -> bool:
    return type(value) is object or isinstance(_space(value), dict)


def _is_opaque(kind: type) -> bool:
    """Whether objects of this class hold data that Python does not show: they are larger."""
    slots = [
        part
        for k in kind.__mro__
        if "__slots__" in vars(k)
        for part in vars(k).values()
        if isinstance(part, types.MemberDescriptorType)
    ]
    shown = len(slots) + (kind.__dictoffset__ > 0) + (kind.__weakrefoffset__ > 0)
    return kind.__basicsize__ > object.__basicsize__ + shown * ctypes.sizeof(ctypes.c_void_p)


def _slots(value: Any) -> list[str]:
    found = [n for k in type(value).__mro__ for n in _named(vars(k).get("__slots__", ()))]
    return [n for n in found if n not in ("__dict__", "__weakref__") and hasattr(value, n)]


def _named(slots: Any) -> Iterable[str]:
    return (slots,) if isinstance(slots, str) else slots


def _attribute(place: tuple[Any, str]) -> Any:
    return getattr(*place, None)


def cell_contents(cell: types.CellType) -> Any:
    """What a closure cell holds, None before it is bound."""
    try:
        return cell.cell_contents
    except ValueError:
        return None


def global_names(code: types.CodeType) -> frozenset[str]:
    """The global names that a code object and those inside it mention."""
    return reading(code).names
