"""The gradient mode: whether what is computed is also recorded. Every thread has its own."""

from __future__ import annotations

import threading
from contextlib import ContextDecorator
from typing import Any


class _Mode(threading.local):
    enabled = True


_mode = _Mode()


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require grad are recorded in this thread."""
    return _mode.enabled


class _Switch(ContextDecorator):
    """Sets the mode for a block or, as a decorator, for a function."""

    wanted = True

    def __enter__(self) -> None:
        self._before = [*getattr(self, "_before", []), _mode.enabled]
        _mode.enabled = self.wanted

    def __exit__(self, *_: Any) -> None:
        _mode.enabled = self._before.pop()

    def _recreate_cm(self) -> _Switch:
        return type(self)()


class no_grad(_Switch):  # noqa: N801 (PyTorch's name)
    """Inside, nothing is recorded: `with no_grad(): w -= 0.1 * w.grad`."""

    wanted = False


class enable_grad(_Switch):  # noqa: N801 (PyTorch's name)
    """Inside, operations are recorded even within `no_grad`."""


class set_grad_enabled(ContextDecorator):  # noqa: N801 (PyTorch's name)
    """Sets the mode at once; as a context manager it restores the former one at the end."""

    def __init__(self, mode: bool) -> None:
        self._before, self._mode = _mode.enabled, bool(mode)
        _mode.enabled = self._mode

    def __enter__(self) -> None:
        _mode.enabled = self._mode

    def __exit__(self, *_: Any) -> None:
        _mode.enabled = self._before
