"""The short way from a call to its kernel: for arrays and numbers seen before just so.

What makes a call one that was seen is written out as Python text, arguments.py has its conditions.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from codegen import Kernel

from .arguments import ABSENT, Args, is_plain, told

Route = Callable[..., Any]  # gives None for a call that is another, or whose guards do not hold


def no_route(*args: Any) -> None:
    return None


class Seen(NamedTuple):
    """A call that was made: its kernel, and the text that tells calls like it. It keeps no argument."""

    kernel: Kernel
    plain: bool  # whether the kernel takes all as it comes
    parameters: tuple[str, ...]
    tests: tuple[str, ...]
    passed: tuple[str, ...]  # what the kernel takes: arguments that are traced, and what f captured
    arrays: tuple[str, ...]  # those of them that are arrays
    scope: dict[str, Any]  # what the text names

    @property
    def function(self) -> Callable[..., tuple[Any, ...]]:
        """The kernel, with as little before it as these arguments need."""
        return self.kernel.function if self.plain else self.kernel.call


def seen(
    args: Args, traced: Sequence[int], kernel: Any, captured: Args, holds: Callable[[], bool]
) -> Seen | None:
    """What is to be kept of a call; None for one that always goes the long way."""
    takes = isinstance(kernel, Kernel) and is_plain(captured)
    conditions = told(args, traced) if takes else None
    if conditions is None:
        return None
    mine = {f"c{k}": c for k, c in enumerate(captured)}
    names = [f"a{k}=absent" for k in range(len(args))]
    return Seen(
        kernel,
        conditions.plain,
        (*names, "*more"),
        ("more", *conditions.tests),
        (*conditions.passed, *mine),
        (*conditions.arrays, *(n for n, c in mine.items() if type(c) is np.ndarray)),
        conditions.scope | mine | {"holds": holds, "ndarray": np.ndarray, "absent": ABSENT},
    )


def route(seen: Seen, kinds: Sequence[Any], answer: str, arrange: Callable[[Any], Any]) -> Route:
    """The kernel for calls like one that was seen; its results as `answer` puts them."""
    scope = seen.scope | {"function": converting(seen.function, kinds), "arrange": arrange}
    call = f"function({', '.join(seen.passed)})"
    return made(seen.parameters, seen.tests, answer.format(call), scope)


def made(
    parameters: Sequence[str], tests: Sequence[str], answer: str, scope: dict[str, Any]
) -> Route:
    """The function of this text: None where one of the tests succeeds or a guard does not hold."""
    lines = [
        f"def route({', '.join(parameters)}):",
        f"    if {' or '.join([*tests, 'not holds()'])}:",
        "        return None",
        "    try:",
        f"        return {answer}",
        "    except (TypeError, LinAlgError):",  # astray in memory, singular: what the long way is for
        "        return None",
    ]
    scope["LinAlgError"] = np.linalg.LinAlgError
    exec(_code("\n".join(lines)), scope)
    return scope["route"]


_code = functools.lru_cache(maxsize=256)(lambda text: compile(text, "<route>", "exec"))


def converting(function: Callable[..., Any], kinds: Sequence[Any]) -> Callable[..., Any]:
    """The function, its results made as they are wanted."""
    if not any(kinds):
        return function

    def converted(*args: Any) -> tuple[Any, ...]:
        results = zip(kinds, function(*args))
        return tuple([y if kind is None else kind(y) for kind, y in results])

    return converted


def kind_of(x: Any) -> Callable[[Any], Any] | None:
    """What a number that is a derivative by x is made with, if not by compiled code."""
    if isinstance(x, np.generic):
        return type(x)
    if isinstance(x, np.ndarray) and x.ndim == 0:
        return functools.partial(np.array, dtype=x.dtype)
    return None
