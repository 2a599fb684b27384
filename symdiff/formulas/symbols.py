"""The letters of a formula: what shape each has, and the sizes that shapes name.

A size's name stands for a number that no other name has, so that sizes which do not fit are an error
while a formula is made, and no formula holds for one size only.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from ..graph.extents import Dim, Extent, Scope, Shape
from ..graph.node import Node
from ..graph.op import OpError
from ..handles.numpy_face import Array
from ..ops import elementwise as ew
from ..tracing.graphs import traced_leaf

Shapes = Mapping[str, Sequence[int | str]] | str | None


def parsed_shapes(shapes: Shapes) -> dict[str, tuple[int | str, ...]]:
    """`"A:m,n x:n"` or `{"A": ("m", "n"), "x": ("n",)}` as the latter.

    >>> parsed_shapes("A:m,3 s:")
    {'A': ('m', 3), 's': ()}
    """
    if shapes is None:
        return {}
    if not isinstance(shapes, str):
        return {name: tuple(map(_size, _listed(s))) for name, s in shapes.items()}
    found = {}
    for word in shapes.replace(";", " ").split():
        name, colon, sizes = word.partition(":")
        if not (colon and name.isidentifier()):
            raise OpError(f'shapes: {word!r} is not of the form "A:m,n"')
        found[name] = tuple(_size(s) for s in re.split("[,x*]", sizes) if s)
    return found


def _listed(shape: Any) -> Sequence[Any]:
    return (shape,) if isinstance(shape, (int, str)) else shape


def _size(size: Any) -> int | str:
    if isinstance(size, str) and not size.lstrip("-").isdigit():
        if not size.isidentifier():
            raise OpError(f"shapes: {size!r} is neither a number nor a name")
        return size
    if int(size) < 0:
        raise OpError(f"shapes: a size cannot be {size}")
    return int(size)


class Letters:
    """Leaves by name, made when first asked for; their sizes live in one scope."""

    def __init__(self, shapes: Shapes = None) -> None:
        self.shapes = parsed_shapes(shapes)
        self.scope = Scope(lift=_lifted)
        self.origins: dict[str, tuple[str, int]] = {}
        self.leaves: dict[str, Node] = {}
        self._sizes: dict[str, Dim] = {}
        self._numbers = _primes()
        for name, shape in self.shapes.items():
            for axis, size in enumerate(shape):
                if isinstance(size, str):
                    self.origins.setdefault(size, (name, axis))

    def size(self, name: int | str) -> Dim:
        if isinstance(name, int):
            return name
        if name not in self._sizes:
            self._sizes[name] = self.scope.extent(name, next(self._numbers))
        return self._sizes[name]

    def as_numbers(self) -> None:
        """Every size becomes the number that stands for its name."""
        for name in self.origins:
            self._sizes[name] = int(self.size(name))

    @property
    def sizes(self) -> Mapping[str, Dim]:
        """The sizes that the shapes name."""
        return {name: self.size(name) for name in self.origins}

    def leaf(self, name: str) -> Node:
        """The array of that name; a scalar if no shape was given."""
        if name in self.origins:
            raise OpError(f"shapes: {name} is an array and a size; call the size something else")
        if name not in self.leaves:
            shape: Shape = tuple(self.size(n) for n in self.shapes.get(name, ()))
            self.leaves[name] = traced_leaf(name, shape, np.dtype(np.float64))
        return self.leaves[name]


def _lifted(size: Extent) -> Array:
    """A size as a traced number: a function with a name, so that scopes can be pickled."""
    return Array._trace(ew.add, (size, 0), {})


def _primes() -> Iterator[int]:
    """101, 103, 107, ...: no two sums or products of a few of them agree by accident."""
    for n in itertools.count(101, 2):
        if all(n % k for k in range(3, int(n**0.5) + 1, 2)):
            yield n
