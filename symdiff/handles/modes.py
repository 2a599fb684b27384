"""What holds while a program runs: whether it is recorded, whether gradients are watched.

Every thread has its own gradient mode; watching for anomalies is for debugging, in all threads.
"""

from __future__ import annotations

import functools
import inspect
import threading
import warnings
from collections.abc import Callable, Generator
from contextlib import ContextDecorator
from typing import Any


class _Mode(threading.local):
    enabled: Any = True
    inference = False
    recording: Any = True  # what `enabled` is where operations are recorded: true, or a Packing

    def __init__(self) -> None:
        self.afterwards: list[Callable[[], None]] = []  # called when the backward pass is over


# inf and nan are results as in PyTorch and in kernels: NumPy tells of them on its own arrays only
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"symdiff\.")
gradient_mode = _Mode()
_anomaly = {"watched": False, "check_nan": True}


class _Taken:
    """The derivatives that are being taken, in any thread: what they left behind is plain later."""

    def __init__(self) -> None:
        self._all: list[None] = []

    def __enter__(self) -> None:
        self._all.append(None)

    def __exit__(self, *error: object) -> None:
        self._all.pop()

    def __bool__(self) -> bool:
        return bool(self._all)


TAKEN = _Taken()


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require grad are recorded in this thread."""
    return bool(gradient_mode.enabled)


class _Decorator(ContextDecorator):
    """A mode for a block, for a function, or for the steps of a generator."""

    def _recreate_cm(self) -> Any:
        raise NotImplementedError

    def __call__(self, function: Any) -> Any:
        if not inspect.isgeneratorfunction(function):
            return super().__call__(function)

        @functools.wraps(function)
        def stepwise(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
            return (yield from _steps(self._recreate_cm, function(*args, **kwargs)))

        return stepwise


def _steps(mode: Callable[[], Any], steps: Generator[Any, Any, Any]) -> Generator[Any, Any, Any]:
    """What a generator yields, which runs in the mode; who takes it does not."""

    def run(resume: Callable[..., Any], *given: Any) -> Any:
        with mode():
            return resume(*given)

    try:
        value = run(next, steps)
        while True:
            try:
                given = yield value
            except GeneratorExit:
                run(steps.close)
                raise
            except BaseException as error:
                value = run(steps.throw, error)
            else:
                value = run(steps.send, given)
    except StopIteration as end:
        return end.value


class _Switch(_Decorator):
    """Sets the mode for a block or, as a decorator with or without brackets, for a function."""

    wanted = True

    def __new__(cls, function: Any = None) -> Any:
        self = super().__new__(cls)
        return self if function is None else self(function)

    def __init__(self, function: Any = None) -> None:
        self._before: list[Any] = []

    def __enter__(self) -> None:
        self._before.append(gradient_mode.enabled)
        gradient_mode.enabled = self.wanted and gradient_mode.recording

    def __exit__(self, *_: Any) -> None:
        gradient_mode.enabled = self._before.pop()

    def _recreate_cm(self) -> _Switch:
        return type(self)()


class no_grad(_Switch):
    """Inside, nothing is recorded: `with no_grad(): w -= 0.1 * w.grad`."""

    wanted = False


class enable_grad(_Switch):
    """Inside, operations are recorded even within `no_grad`."""


class inference_mode(_Switch):
    """Inside, nothing is recorded, as within `no_grad`; `inference_mode(False)` records again."""

    wanted = False

    def __new__(cls, mode: Any = True) -> Any:
        return super().__new__(cls, mode if callable(mode) else None)

    def __init__(self, mode: bool = True) -> None:
        super().__init__()
        self.wanted = not mode

    def __enter__(self) -> None:
        super().__enter__()
        self._before.append(gradient_mode.inference)
        gradient_mode.inference = not self.wanted

    def __exit__(self, *_: Any) -> None:
        gradient_mode.inference = self._before.pop()
        super().__exit__()

    def _recreate_cm(self) -> inference_mode:
        return inference_mode(not self.wanted)


def is_inference_mode_enabled() -> bool:
    """Whether this is within an `inference_mode`."""
    return gradient_mode.inference


class set_grad_enabled(_Decorator):
    """Sets the mode at once; as a context manager it restores the former one at the end."""

    def __init__(self, mode: bool) -> None:
        self._before, self._mode = gradient_mode.enabled, bool(mode)
        self.__enter__()

    def __enter__(self) -> None:
        gradient_mode.enabled = self._mode and gradient_mode.recording

    def __exit__(self, *_: Any) -> None:
        gradient_mode.enabled = self._before

    def __call__(self, function: Any) -> Any:
        gradient_mode.enabled = self._before  # it was meant for the function, not for what follows
        return super().__call__(function)

    def _recreate_cm(self) -> set_grad_enabled:
        return type(self)(self._mode)


def is_anomaly_enabled() -> bool:
    """Whether a backward pass looks for NaN and names the line that made it."""
    return _anomaly["watched"]


def is_anomaly_check_nan_enabled() -> bool:
    """Whether anomaly detection looks for NaN in gradients."""
    return _anomaly["check_nan"]


class set_detect_anomaly:
    """Watch backward passes, from now on or for a block: a NaN is an error, told by its origin."""

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = dict(_anomaly)
        _anomaly.update(watched=bool(mode), check_nan=bool(check_nan))

    def __enter__(self) -> None: ...

    def __exit__(self, *_: Any) -> None:
        _anomaly.update(self._before)


class detect_anomaly:
    """Watch the backward passes of a block: a NaN is an error, a warning tells the forward line.

    >>> import symdiff as sd
    >>> x = sd.zeros(1, requires_grad=True)
    >>> with sd.autograd.detect_anomaly():
    ...     (x.sqrt() * 0).sum().backward()
    Traceback (most recent call last):
    RuntimeError: Function 'SqrtBackward0' returned nan values in its 0th output.
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        warnings.warn(
            "Anomaly Detection has been enabled. This mode will increase the runtime and should "
            "only be enabled for debugging.",
            stacklevel=2,
        )

    def __enter__(self) -> None:
        self._before = dict(_anomaly)
        _anomaly.update(watched=True, check_nan=self._check_nan)

    def __exit__(self, *_: Any) -> None:
        _anomaly.update(self._before)
