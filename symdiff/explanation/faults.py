"""Where numbers go wrong: the step that made the first NaN or inf, and the kinks one stands on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..formulas.deriving import Names, user_frame
from ..graph.node import Node
from ..handles.handle import Handle
from ..tensors.grad_fn import source_of
from .recording import Function, Recording, arguments, recordings
from .steps import Step, labelled, steps_of
from .tables import where
from .values import shown


@dataclass(frozen=True)
class Fault:
    """The first step that made a NaN or an infinity out of finite numbers."""

    direction: str  # "forward", "backward", or "input"
    formula: str
    index: tuple[int, ...]  # of the first number that is not finite
    operands: dict[str, Any]
    result: Any
    source: str
    advice: str

    def __repr__(self) -> str:
        found = [f"{self.result} first appears {_ON_THE_WAY[self.direction]}: {self.formula}"]
        if self.index:
            found.append(f"at index {self.index}")
        found += [f"{name} = {shown(value)}" for name, value in self.operands.items()]
        found += filter(None, [self.source, self.advice])
        return "\n  ".join(found)


_ON_THE_WAY = {"forward": "going forward", "backward": "going backward", "input": "in the input"}
_ADVICE = {
    "log": "log is finite above 0: np.log(np.where(x > 0, x, 1)), or np.log1p for log(1 + x)",
    "log2": "log2 is finite above 0: np.log2(np.where(x > 0, x, 1))",
    "log10": "log10 is finite above 0: np.log10(np.where(x > 0, x, 1))",
    "log1p": "log1p is finite above -1",
    "div": "keep the divisor away from 0: a / np.where(b == 0, 1, b)",
    "reciprocal": "keep the divisor away from 0: 1 / np.where(b == 0, 1, b)",
    "sqrt": "sqrt has slope inf at 0 and no value below: np.sqrt(x + eps), or "
    "np.where(x > 0, np.sqrt(np.where(x > 0, x, 1)), 0)",
    "pow": "a fractional power needs a base above 0: np.where(x > 0, x, 1)**p",
    "exp": "exp overflows above 709: subtract the maximum first, or use sd.logsumexp or sd.softmax",
    "exp2": "exp2 overflows above 1023: subtract the maximum first",
    "expm1": "expm1 overflows above 709",
    "sub": "inf - inf is NaN: look at where the operands became infinite",
    "mul": "the product overflows, or is 0*inf: scale the factors, or add logarithms",
    "arcsin": "arcsin has slope inf at -1 and 1: np.clip(x, -1 + eps, 1 - eps)",
    "arccos": "arccos has slope inf at -1 and 1: np.clip(x, -1 + eps, 1 - eps)",
    "arctanh": "arctanh is infinite at -1 and 1: np.clip(x, -1 + eps, 1 - eps)",
    "einsum": "the product overflows: scale the factors",
}


def explain_nan(what: Handle | Function, *args: Any) -> Fault | None:
    """Where the first NaN or infinity came from, forward or backward; None if all is finite.

    >>> import numpy as np, symdiff as sd
    >>> fault = sd.explain_nan(lambda x: np.sum(np.sqrt(x)), np.array([4.0, 0.0]))
    >>> fault.direction, fault.index, float(fault.operands["x"])
    ('backward', (1,), 0.0)
    """
    for recording in recordings(what, args, Names(user_frame())):
        fault = _input_fault(recording) or _forward_fault(recording) or _backward_fault(recording)
        if fault is not None:
            return fault
    return None


def _first_bad(value: Any) -> tuple[int, ...] | None:
    """The index of the first number that is not finite."""
    for part in value if isinstance(value, tuple) else (value,):
        array = np.asarray(part)
        if array.dtype.kind in "fc" and not np.isfinite(array).all():
            return tuple(int(k[0]) for k in np.nonzero(~np.isfinite(np.atleast_1d(array))))[
                : array.ndim
            ]
    return None


def _input_fault(recording: Recording) -> Fault | None:
    labels = labelled(recording)
    for node in recording.nodes:
        index = _first_bad(recording.values[node]) if node.op is None else None
        if index is not None:
            value = recording.values[node]
            return Fault("input", labels[node], index, {labels[node]: value},
                         float(value[index]), "", "")  # fmt: skip
    return None


def _forward_fault(recording: Recording) -> Fault | None:
    for step in steps_of(recording)[1]:
        index = _first_bad(step.value)
        if index is not None:
            return _fault(step, "forward", f"{step.name} = {step.text}", index, step.value)
    return None


def _backward_fault(recording: Recording) -> Fault | None:
    steps = {step.node: step for step in steps_of(recording)[1]}
    for node, parts in recording.leaving.items():
        for arg, part in parts:
            index = _first_bad(part)
            if index is not None:
                step = steps[node]
                (slope,) = (s for s in step.slopes if s.argument == step.labels[arg])
                formula = f"d {step.text} / d {slope.argument} = {slope.text}"
                return _fault(step, "backward", formula, index, part)
    return None


def _fault(step: Step, direction: str, formula: str, index: tuple[int, ...], value: Any) -> Fault:
    values = arguments(step.node, step.recording.values)
    labels = [step.labels[a] if isinstance(a, Node) else "" for a in step.node.args]
    operands = {n: _near(v, index, np.shape(value)) for n, v in zip(labels, values) if n}
    advice = _ADVICE.get(source_of(step.node).op.name, "")  # type: ignore[union-attr]
    number = value if isinstance(value, tuple) else float(np.asarray(value)[index])
    return Fault(direction, formula, index, operands, number, where(step), advice)


def _near(value: Any, index: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """The number at the index, if the value has one there; else all of it."""
    array = np.asarray(value)
    return array[index] if array.shape == shape else value


# --- kinks


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
    spread = np.expand_dims(y, axes) if np.ndim(y) != np.ndim(x) else y
    return np.sum(x == spread, axis=axes) > 1


_KINKS: dict[str, tuple[Active, str]] = {
    "abs": (lambda y, x: x == 0, "abs'(0) = 0"),
    "relu": (lambda y, x: x == 0, "relu'(0) = 0"),
    "sign": (lambda y, x: x == 0, "a jump: slope 0"),
    "heaviside": (lambda y, x, h: x == 0, "a jump: slope 0"),
    "copysign": (lambda y, a, b: a == 0, "0 at 0, as for abs"),
    "floor": (lambda y, x: x == y, "a jump: slope 0"),
    "ceil": (lambda y, x: x == y, "a jump: slope 0"),
    "maximum": (lambda y, a, b: a == b, "a tie: half to each"),
    "minimum": (lambda y, a, b: a == b, "a tie: half to each"),
    "fmax": (lambda y, a, b: a == b, "a tie: all to the first"),
    "fmin": (lambda y, a, b: a == b, "a tie: all to the first"),
    "clip": (lambda y, x, low, high: (x == low) | (x == high), "1 on the closed interval"),
    "where": (lambda y, c, a, b: a == b, "the branches meet: the one that is taken counts"),
    "hypot": (lambda y, a, b: (a == 0) & (b == 0), "0 at the origin"),
    "sqrt": (lambda y, x: x == 0, "sqrt'(0) = inf"),
    "amax": (_tied, "a tie: shared equally"),
    "amin": (_tied, "a tie: shared equally"),
    "norm": (lambda y, *_, **__: np.asarray(y) == 0, "0 at the origin"),
}


def kinks(what: Handle | Function, *args: Any) -> list[Kink]:
    """The kinks that this point lies on, and the subgradient that is taken at each.

    A choice made outside arrays (`if`) is not seen; one made by `where` is if its branches meet.

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
    active, convention = _KINKS.get(step.node.op.name, (None, ""))  # type: ignore[union-attr]
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
