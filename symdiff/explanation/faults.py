"""Where numbers go wrong: the step that made the first NaN or inf out of finite numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..formulas.deriving import Names, user_frame
from ..graph.node import Node
from ..handles.handle import Handle, pick
from ..tensors.grad_fn import source_of
from .advice import safe_form
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


def explain_nan(what: Handle | Function, *args: Any) -> Fault | None:
    """Where the NaN or infinity in a result or gradient came from; None if these are finite.

    The fault tells the step that made it out of finite numbers, its operands there, its source line,
    and the form that is safe. A NaN that a `np.where` leaves out on the way is no fault.

    >>> import numpy as np, symdiff as sd
    >>> fault = sd.explain_nan(lambda x: np.sum(np.sqrt(x)), np.array([4.0, 0.0]))
    >>> fault.direction, fault.index, float(fault.operands["x"])
    ('backward', (1,), 0.0)
    """
    found = (_fault_of(r) for r in recordings(what, args, Names(user_frame())))
    return next((fault for fault in found if fault is not None), None)


def _fault_of(recording: Recording) -> Fault | None:
    """From a result or a gradient that is not finite, back to where that began."""
    bad = [root for root in recording.roots if _is_bad(recording.values[root])]
    if bad:
        return _forward_fault(recording, bad)
    leaves = [n for n, g in recording.gradients.items() if n.op is None and _is_bad(g)]
    return _backward_fault(recording, leaves) if leaves else None


def _bad(value: Any) -> Any:
    """Where a value is not finite; of several results, whether one is."""
    if isinstance(value, tuple):
        return np.asarray(any(map(_is_bad, value)))
    array = np.asarray(value)
    return ~np.isfinite(array) if array.dtype.kind in "fc" else np.zeros(array.shape, bool)


def _is_bad(value: Any) -> bool:
    return bool(_bad(value).any())


# --- forward


def _forward_fault(recording: Recording, ends: Sequence[Node]) -> Fault:
    blamed = _blamed(recording, ends)
    node = next(n for n in recording.nodes if n in blamed)
    labels, value = labelled(recording), recording.values[node]
    index = _first(blamed[node]) if np.shape(blamed[node]) == np.shape(value) else ()
    if node.op is None:
        name = labels[node]
        return Fault("input", name, index, {name: value}, float(value[index]), "", "")
    (step,) = (s for s in steps_of(recording)[1] if s.node is node)
    return _fault(step, "forward", f"{step.name} = {step.text}", index, value)


def _blamed(recording: Recording, ends: Sequence[Node]) -> dict[Node, Any]:
    """Where what is bad in the ends began: nodes of sound arguments, and which of their numbers."""
    spoilt = _spoilt(recording)
    blamed = {node: _bad(recording.values[node]) for node in ends}
    for node in reversed(recording.nodes):
        if node in blamed:
            for arg in {a for a in node.args if isinstance(a, Node)}:
                part = _share(node, arg, blamed[node], recording) & spoilt[arg]
                if part.any():
                    blamed[arg] = blamed.get(arg, False) | part
    return {node: mask for node, mask in blamed.items() if not _is_passed_on(node, blamed)}


def _spoilt(recording: Recording) -> dict[Node, Any]:
    """What is bad, or was computed from it element by element: 1/inf is 0, but no sound one."""
    spoilt: dict[Node, Any] = {}
    for node in recording.nodes:
        spoilt[node] = _bad(recording.values[node])
        if node.op is not None and node.op.elementwise and not node.op.masking:
            for arg in (a for a in node.args if isinstance(a, Node)):
                spoilt[node] = spoilt[node] | spoilt[arg]
    return spoilt


def _is_passed_on(node: Node, blamed: Mapping[Node, Any]) -> bool:
    return any(a in blamed for a in node.args if isinstance(a, Node))


def _share(node: Node, arg: Node, mask: Any, recording: Recording) -> Any:
    """Which numbers of an argument these numbers of the result are made of."""
    if node.op is None or not node.op.elementwise:
        return np.asarray(True)
    if node.op.name == "where":
        condition = recording.saved(node)[1][0]
        mask = mask & (condition if node.args[1] is arg else ~condition)
    return _gathered(mask, np.shape(recording.values[arg]))


def _gathered(mask: Any, shape: tuple[int, ...]) -> Any:
    """The mask of a result as that of an argument that was broadcast."""
    mask = np.asarray(mask).any(axis=tuple(range(mask.ndim - len(shape))))
    axes = tuple(k for k, n in enumerate(shape) if n == 1)
    return mask.any(axis=axes, keepdims=True)


def _first(mask: Any) -> tuple[int, ...]:
    return tuple(map(int, np.argwhere(mask)[0]))


# --- backward


def _backward_fault(recording: Recording, leaves: Sequence[Node]) -> Fault:
    """A slope that is not finite; or the value that made it so, if that is not finite either."""
    node, arg, part = _first_slope(recording, leaves)
    (step,) = (s for s in steps_of(recording)[1] if s.node is node)
    ends = [n for n in (*step.arguments, node) if _is_bad(recording.values[n])]
    if ends:
        return _forward_fault(recording, ends)
    (slope,) = (s for s in step.slopes if s.argument == step.labels[arg])
    formula = f"d {step.text} / d {slope.argument} = {slope.text}"
    return _fault(step, "backward", formula, _worst(part), part)


def _first_slope(recording: Recording, leaves: Sequence[Node]) -> tuple[Node, Node, Any]:
    """Going up from the leaves, the youngest step that sends what it did not get."""
    blamed, found = set(leaves), []
    for node, parts in reversed(recording.leaving.items()):
        for arg, part in parts:
            if arg in blamed and _is_bad(part):
                passed_on = _got_bad(recording, node)
                blamed.update([node] if passed_on else [])
                found += [] if passed_on else [(node, arg, part)]
    return found[-1] if found else _largest_part(recording, leaves[0])


def _got_bad(recording: Recording, node: Node) -> bool:
    """Whether the gradient that arrived was bad; of several results, that of one of them."""
    results = [n for n in recording.nodes if n.op is pick and n.args[0] is node]
    return any(_is_bad(recording.gradients.get(n, 0)) for n in (node, *results))


def _worst(part: Any) -> tuple[int, ...]:
    """Where a gradient is not finite, or else largest."""
    size = np.where(_bad(part), np.inf, np.abs(part))
    return tuple(map(int, np.unravel_index(np.argmax(size), size.shape)))


def _largest_part(recording: Recording, leaf: Node) -> tuple[Node, Node, Any]:
    """Finite gradients whose sum overflows: the largest of them."""
    node, part = max(recording.arriving[leaf], key=lambda sent: np.max(np.abs(sent[1])))
    return node, leaf, part


# --- what is said


def _fault(step: Step, direction: str, formula: str, index: tuple[int, ...], value: Any) -> Fault:
    values = arguments(step.node, step.recording.values)
    labels = [step.labels.get(a, "") for a in step.node.args]
    near = _near if step.op.elementwise else _whole
    operands = {n: near(v, index, np.shape(value)) for n, v in zip(labels, values) if n}
    advice = safe_form(source_of(step.node).op.name, direction, value)  # type: ignore[union-attr]
    number = value if isinstance(value, tuple) else float(np.asarray(value)[index])
    return Fault(direction, formula, index, operands, number, where(step), advice)


def _whole(value: Any, index: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """A result of a whole array is not that of one of its numbers."""
    return value


def _near(value: Any, index: tuple[int, ...], shape: tuple[int, ...]) -> Any:
    """The number at the index, if the value has one there; else all of it."""
    array = np.asarray(value)
    return array[index] if array.shape == shape else value
