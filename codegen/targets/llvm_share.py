"""Nests under names of their own: equal ones become one function, called with other pointers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import NamedTuple

from ..index import Buffer, Const, Read, Scalar, Var
from ..nests import Accumulate, For, Gemm, If, Let, Local, Matrix, Routine, Start, Step, Store
from ..scalars import parts, with_parts


class Shared(NamedTuple):
    """A nest whose names are numbered as they occur, and what it needs from outside.

    `numbers` are extents, indices and scalars that it reads, `cells` scalars that it gathers in.
    `constants` tell apart what compares equal: 0.0 and -0.0. Nobody reads `scratch` arrays later.
    """

    nest: For | Gemm
    arrays: tuple[Buffer, ...]
    numbers: tuple[Var | Local, ...]
    cells: tuple[Local, ...]
    constants: tuple[str, ...]
    scratch: tuple[str, ...]


class NestCall(NamedTuple):
    """A nest in its place: the shared one, and what it needs by the names that hold here."""

    shared: Shared
    arrays: tuple[str, ...]
    numbers: tuple[Var | Local, ...]
    cells: tuple[Local, ...]


def share(nest: For | Gemm, buffers: Mapping[str, Buffer], scratch: Collection[str]) -> NestCall:
    """The shared form of a nest; `scratch` are buffers that nothing else reads or writes."""
    renaming = _Renaming()
    renamed = renaming.step(nest)
    assert isinstance(renamed, (For, Gemm))
    arrays = tuple(
        Buffer(new, tuple(map(renaming.scalar, buffers[old].shape)), buffers[old].dtype)
        for old, new in renaming.arrays.items()
    )
    outside = [s for s in renaming.outside if s.name not in renaming.made]
    back = {new: old for old, new in renaming.names.items()}
    gathered = (s for s in outside if s.name in renaming.gathered)
    cells = tuple(s for s in gathered if isinstance(s, Local))
    numbers = tuple(s for s in outside if s.name not in renaming.gathered)
    unread = tuple(new for old, new in renaming.arrays.items() if old in scratch)
    return NestCall(
        Shared(renamed, arrays, numbers, cells, tuple(renaming.constants), unread),
        tuple(renaming.arrays),
        tuple(replace(s, name=back[s.name]) for s in numbers),
        tuple(replace(s, name=back[s.name]) for s in cells),
    )


class _Renaming:
    """Numbers names in the order in which they occur."""

    def __init__(self) -> None:
        self.arrays: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.outside: dict[Var | Local, None] = {}
        self.made: set[str] = set()
        self.gathered: set[str] = set()
        self.constants: list[str] = []

    def array(self, name: str) -> str:
        return self.arrays.setdefault(name, f"array{len(self.arrays)}")

    def name(self, name: str) -> str:
        return self.names.setdefault(name, f"name{len(self.names)}")

    def making(self, name: str) -> str:
        self.made.add(self.name(name))
        return self.name(name)

    def scalar(self, scalar: Scalar) -> Scalar:
        inside = parts(scalar)
        return self._part(with_parts(scalar, tuple(map(self.scalar, inside))) if inside else scalar)

    def _part(self, part: Scalar) -> Scalar:
        if isinstance(part, (Var, Local)):
            part = replace(part, name=self.name(part.name))
            self.outside[part] = None
        elif isinstance(part, Const):
            self.constants.append(repr(part.value))
        elif isinstance(part, Read):
            return Read(self.array(part.buffer), part.index)
        return part

    def index(self, index: tuple[Scalar, ...]) -> tuple[Scalar, ...]:
        return tuple(map(self.scalar, index))

    def block(self, steps: tuple[Step, ...]) -> tuple[Step, ...]:
        return tuple(map(self.step, steps))

    def step(self, step: Step) -> Step:
        if isinstance(step, For):
            start, stop = self.scalar(step.start), self.scalar(step.stop)
            return For(self.making(step.index), start, stop, self.block(step.body), step.few)
        if isinstance(step, (Let, Start)):
            value = self.scalar(step.value)
            return replace(step, name=self.making(step.name), value=value)
        if isinstance(step, Store):
            return Store(self.array(step.buffer), self.index(step.index), self.scalar(step.value))
        if isinstance(step, Accumulate):
            return self._accumulate(step)
        if isinstance(step, If):
            condition = self.scalar(step.condition)
            return If(condition, self.block(step.then), self.block(step.orelse))
        if isinstance(step, Gemm):
            return Gemm(*map(self._matrix, (step.target, step.left, step.right)))
        assert isinstance(step, Routine), step
        raise TypeError(f"{step.routine} does not stand inside of loops")

    def _accumulate(self, step: Accumulate) -> Step:
        target = self.scalar(step.target)
        assert isinstance(target, (Local, Read))
        if isinstance(target, Local):
            self.gathered.add(target.name)
        return Accumulate(target, step.combine, self.scalar(step.value))

    def _matrix(self, matrix: Matrix) -> Matrix:
        return replace(matrix, buffer=self.array(matrix.buffer), at=self.index(matrix.at))
