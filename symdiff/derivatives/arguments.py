"""Conditions under which arguments are like others, as Python text: trees of arrays and numbers.

Of an array its type, dtype, shape and strides count, of a number its type; all else is compared.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from ..tracing.trees import flatten

Args = tuple[Any, ...]
ABSENT = object()
_BY_VALUE = (int, str, bool, type(None))
_LAYOUT = {"dtype": "is not", "strides": "!="}  # what kernels check of arrays themselves


def signature_of(args: Args) -> Any:
    """What decides which kernel runs: type, shape, strides and dtype of each argument."""
    return tuple([
        (a.shape, a.strides, a.dtype) if type(a) is np.ndarray
        else type(a) if type(a) is float
        else (type(a), a) if type(a) in _BY_VALUE
        else _of_tree(a)
        for a in args
    ])  # fmt: skip


def _of_tree(tree: Any) -> Any:
    leaves, structure = flatten(tree)
    if structure:
        return structure, signature_of(tuple(leaves))
    return type(tree) if isinstance(tree, np.generic) else id(tree)


def _is_readable(a: Any) -> bool:
    """Whether this is an array as compiled code reads it."""
    flags = a.flags if type(a) is np.ndarray and a.ndim > 0 and a.dtype.isnative else None
    return flags is not None and flags.c_contiguous and flags.aligned


def is_plain(args: Iterable[Any]) -> bool:
    """Whether all are floats, or arrays of some rank as compiled code reads them."""
    return all(type(a) is float or _is_readable(a) for a in args)


def _is_number(a: Any) -> bool:
    """Whether a kernel takes this for an argument, if need be by a copy."""
    if type(a) is np.ndarray or isinstance(a, np.generic):
        return a.dtype.kind in "fiub" and a.dtype.isnative
    return type(a) in (float, int)


class Conditions:
    """Tests of which one succeeds if the arguments are others, and what the text names."""

    def __init__(self, traced: Sequence[int]) -> None:
        self.traced = frozenset(traced)
        self._tests: list[str] = []
        self._layouts: list[str] = []
        self.passed: list[str] = []
        self.arrays: list[str] = []
        self.scope: dict[str, Any] = {}
        self.plain = True
        self.count = 0  # of leaves

    @property
    def tests(self) -> tuple[str, ...]:
        """All there is to ask before a kernel takes the arguments."""
        return (*self._tests, *(() if self.plain else self._layouts))

    def tell(self, name: str, value: Any) -> bool:
        """Add the tests of one argument or part of it; False if there can be none."""
        parts = _parts(value)
        if parts is None:
            self.count += 1
            traced = self.count - 1 in self.traced
            return self._number(name, value) if traced else self._constant(name, value)
        self._type(name, value)
        if isinstance(value, dict):
            if not all(type(k) is str for k in value):
                return False
            self._tests.append(f"[*{name}] != {list(value)!r}")
        elif isinstance(value, (list, tuple)):
            self._tests.append(f"len({name}) != {len(value)}")
        return all(
            self._part(f"{name}_{k}", name + access, part) for k, (access, part) in enumerate(parts)
        )

    def _part(self, name: str, found: str, value: Any) -> bool:
        self._tests.append(f"({name} := {found}) is absent")
        return self.tell(name, value)

    def _type(self, name: str, value: Any) -> None:
        self.scope[f"{name}t"] = type(value)
        self._tests.append(f"type({name}) is not {name}t")

    def _constant(self, name: str, value: Any) -> bool:
        self.scope[f"{name}v"] = value
        if type(value) in _BY_VALUE:
            self._type(name, value)
            self._tests.append(f"{name} != {name}v")
        else:
            self._tests.append(f"{name} is not {name}v")
        return True

    def _number(self, name: str, value: Any) -> bool:
        self._type(name, value)
        self.passed.append(f"float({name})" if type(value) is int else name)
        self.plain &= type(value) is int or is_plain([value])
        if type(value) is np.ndarray:
            self.arrays.append(name)
            self.scope |= {f"{name}{fact}": getattr(value, fact) for fact in ("shape", *_LAYOUT)}
            self._tests.append(f"{name}.shape != {name}shape")
            self._layouts += [
                f"{name}.{fact} {differs} {name}{fact}" for fact, differs in _LAYOUT.items()
            ]
        return _is_number(value)


def _parts(tree: Any) -> list[tuple[str, Any]] | None:
    """How each part of a tree is had, and the part; None for a leaf."""
    _, structure = flatten(tree)
    if not structure:
        return None
    if isinstance(tree, dict):
        return [(f"[{key!r}]", part) for key, part in tree.items()]
    if dataclasses.is_dataclass(tree):
        return [(f".{name}", getattr(tree, name)) for name in structure[1]]
    return [(f"[{k}]", part) for k, part in enumerate(tree)]


def told(args: Args, traced: Sequence[int]) -> Conditions | None:
    """The conditions for arguments of which some leaves are traced; None where there are none."""
    conditions = Conditions(traced)
    if all(conditions.tell(f"a{k}", a) for k, a in enumerate(args)):
        return conditions
    return None
