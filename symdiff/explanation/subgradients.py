"""The kinks that a point lies on, and the slope that is taken at each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..formulas.deriving import Names, user_frame
from ..handles.handle import Handle
from .recording import Function, recordings
from .steps import Step, steps_of
from .tables import where
from .values import shown


@dataclass(frozen=True)
class Kink:
    """A step at a point where it has no derivative, and the number that was taken for it."""

    formula: str
    where: str
    indices: tuple[tuple[int, ...], ...]
    taken: dict[str, Any]
    convention: str

    def __repr__(self) -> str:
        at = f" at {len(self.indices)} of its numbers, first at {self.indices[0]}"
        taken = "; ".join(f"slope by {name}: {shown(g)}" for name, g in self.taken.items())
        place = f"{at if self.indices[0] else ''}  {self.where}".rstrip()
        return f"{self.formula}{place}\n  {self.convention}; {taken}"


Active = Callable[..., Any]  # (y, *xs, **params) -> where the result sits on a kink


def _tied(y: Any, x: Any, axes: Any = (), **_: Any) -> Any:
    return np.sum(x == _spread(y, x, axes), axis=axes) > 1


def _is_zero(y: Any, *_: Any, **__: Any) -> Any:
    return np.asarray(y) == 0


def _spread(y: Any, x: Any, axes: Any) -> Any:
    return np.expand_dims(y, axes) if np.ndim(y) != np.ndim(x) else y


def _equalled(y: Any, x: Any, axis: int) -> Any:
    """Where a record is met again."""
    before = np.concatenate([np.full_like(y.take([0], axis), np.nan), y], axis)
    return (x == y) & (before.take(range(x.shape[axis]), axis) == x)


def _whole(x: Any) -> Any:
    return x == np.rint(x)


_JUMP = "a jump: slope 0"
_KINKS: dict[str, tuple[Active, str]] = {
    "abs": (lambda y, x: x == 0, "abs'(0) = 0"),
    "relu": (lambda y, x: x == 0, "relu'(0) = 0"),
    "sign": (lambda y, x: x == 0, _JUMP),
    "heaviside": (lambda y, x, h: x == 0, _JUMP),
    "copysign": (lambda y, a, b: a == 0, "0 at 0, as for abs"),
    "floor": (lambda y, x: _whole(x), _JUMP),
    "ceil": (lambda y, x: _whole(x), _JUMP),
    "trunc": (lambda y, x: _whole(x) & (x != 0), _JUMP),
    "rint": (lambda y, x: _whole(x + 0.5), _JUMP),
    "floor_divide": (lambda y, a, b: np.remainder(a, b) == 0, _JUMP),
    "remainder": (lambda y, a, b: y == 0, "a jump: the slope beside it"),
    "fmod": (lambda y, a, b: (y == 0) & (a != 0), "a jump: the slope beside it"),
    "maximum": (lambda y, a, b: a == b, "a tie: half to each"),
    "minimum": (lambda y, a, b: a == b, "a tie: half to each"),
    "fmax": (lambda y, a, b: a == b, "a tie: all to the first"),
    "fmin": (lambda y, a, b: a == b, "a tie: all to the first"),
    "clip": (lambda y, x, low, high: (x == low) | (x == high), "1 on the closed interval"),
    "where": (lambda y, c, a, b: a == b, "the branches meet: the one that is taken counts"),
    "hypot": (lambda y, a, b: (a == 0) & (b == 0), "0 at the origin"),
    "arctan2": (lambda y, a, b: (a == 0) & (b == 0), "0 at the origin"),
    "sqrt": (lambda y, x: x == 0, "sqrt'(0) = inf"),
    "cbrt": (lambda y, x: x == 0, "cbrt'(0) = inf"),
    "pow": (lambda y, x, p: (x == 0) & (p > 0) & (p < 1), "a root at 0: slope inf"),
    "arcsin": (lambda y, x: np.abs(x) == 1, "the end of its range: slope inf"),
    "arccos": (lambda y, x: np.abs(x) == 1, "the end of its range: slope -inf"),
    "amax": (_tied, "a tie: shared equally"),
    "amin": (_tied, "a tie: shared equally"),
    "cummax": (_equalled, "a tie: all to the last"),
    "cummin": (_equalled, "a tie: all to the last"),
    "norm": (_is_zero, "0 at the origin"),
    "std": (_is_zero, "0 where all are equal"),
}


def kinks(what: Handle | Function, *args: Any) -> list[Kink]:
    """The kinks that this point lies on, and the subgradient that is taken at each.

    A choice made outside arrays (`if`, an index that was sorted or searched for) is not seen; one made
    by `where` is if its branches meet.

    >>> import numpy as np, symdiff as sd
    >>> sd.kinks(lambda x: np.sum(np.abs(x)), np.array([0.0, 1.0]))[0].indices
    ((0,),)
    """
    return [
        kink
        for recording in recordings(what, args, Names(user_frame()))
        for step in steps_of(recording)[1]
        for kink in _active(step)
    ]


def _active(step: Step) -> Iterator[Kink]:
    active, convention = _KINKS.get(step.op.name, (None, ""))
    if active is None:
        return
    y, xs = step.recording.saved(step.node)
    indices = np.argwhere(active(y, *xs, **step.node.params))
    if indices.size or (indices.shape[0] and not np.shape(y)):
        found = tuple(tuple(map(int, index)) for index in indices)
        taken = {
            s.argument: s.value if s.value is None else np.asarray(s.value)[found[0]]
            for s in step.slopes
            if s.value is not None
        } or dict(step.leaving)
        yield Kink(f"{step.name} = {step.text}", where(step), found, taken, convention)
