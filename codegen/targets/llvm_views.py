"""What the names in a routine's text stand for, beside numbers: parts of arrays, dtypes, LAPACK."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .llvm_lanes import Lanes

Value = Any


class NotUnderstood(Exception):
    """The text goes beyond what is known here."""


@dataclass(frozen=True, slots=True)
class View:
    """A part of an array; strides count elements."""

    pointer: Value
    dtype: str
    shape: tuple[Lanes, ...]
    strides: tuple[Lanes, ...]


class Kind(NamedTuple):
    """A dtype."""

    name: str


class Character(NamedTuple):
    code: int


class Fortran(NamedTuple):
    """A function of LAPACK or BLAS."""

    name: str
    family: str


def contiguous(pointer: Value, dtype: str, shape: Sequence[Lanes]) -> View:
    strides = [shape[-1].constant(1)]
    for extent in reversed(shape[1:]):
        strides.insert(0, strides[0] * extent)
    return View(pointer, dtype, tuple(shape), tuple(strides))
