"""What a Function's forward leaves for its backward."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..graph.node import Node
from ..handles.modes import gradient_mode
from ..handles.packing import opened
from ..handles.sweep import FreedError
from ..tensors.torch_face import Tensor


class Saved:
    """A tensor kept for the backward pass: its value then, and its node or which result it is."""

    def __init__(self, x: Tensor | None) -> None:
        value = None if x is None else x.known_value("save_for_backward()")
        self.node = None if x is None or not x.requires_grad else x.node
        mode = gradient_mode.enabled
        self.value = value if mode is True else mode.parcel(self.node, value)

    def tensor(self) -> Tensor | None:
        return None if self.value is None else Tensor.of(self.node, opened(self.value))


class FunctionCtx:
    """What forward leaves for backward: tensors by `save_for_backward`, all else as attributes."""

    needs_input_grad: tuple[bool, ...] = ()

    def __init__(self) -> None:
        self._to_save: tuple[Any, ...] = ()
        self._for_forward: tuple[Any, ...] = ()
        self._non_differentiable: tuple[Any, ...] = ()
        self._dirty: tuple[Any, ...] = ()
        self._materialize = True
        self._node: Callable[[], Node | None] = lambda: None

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep these for `saved_tensors`; they are freed with the graph."""
        for k, x in enumerate(tensors):
            if not isinstance(x, Tensor | None):
                raise TypeError(
                    f"save_for_backward keeps tensors, but argument {k} is {type(x).__name__}: "
                    "keep it as an attribute of ctx"
                )
        self._to_save = tensors

    def save_for_forward(self, *tensors: Tensor | None) -> None:
        """Keep these for the `saved_tensors` of a jvp."""
        self._for_forward = tensors

    def mark_non_differentiable(self, *outputs: Tensor) -> None:
        """These results have no gradient."""
        self._non_differentiable = outputs

    def mark_dirty(self, *inputs: Tensor) -> None:
        """These arguments were written in place and are returned."""
        self._dirty = inputs

    def set_materialize_grads(self, value: bool) -> None:
        """Whether backward gets zeros (or else None) for results that were not used."""
        self._materialize = value

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        node = self._node()
        if node is None:
            return self._to_save
        if node.saved is None:
            raise FreedError
        return tuple(saved.tensor() for saved in node.saved[1][0])
