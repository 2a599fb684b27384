"""The short way from a call to its kernel: for plain arrays and numbers seen before just so.

What makes a call one that was seen is written out as Python text: for each argument its type, and
the shape, strides and dtype of an array.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from codegen import Kernel

Args = tuple[Any, ...]
Route = Callable[..., Any]  # gives None for a call that is another, or whose guards do not hold
STATIC = (int, str, bool, type(None))


def no_route(*args: Any) -> None:
    return None


def signature_of(args: Args) -> Any:
    """What decides which kernel runs: type, shape, strides and dtype of each argument."""
    return tuple([
        (a.shape, a.strides, a.dtype) if type(a) is np.ndarray
        else (type(a), a) if type(a) in STATIC
        else type(a)
        for a in args
    ])  # fmt: skip


def is_readable(a: Any) -> bool:
    """Whether this is an array as compiled code reads it."""
    return type(a) is np.ndarray and a.ndim > 0 and a.flags.c_contiguous and a.dtype.isnative


def is_plain(args: Iterable[Any]) -> bool:
    """Whether all are floats, or arrays of some rank as compiled code reads them."""
    return all(type(a) is float or is_readable(a) for a in args)


def is_simple(args: Args) -> bool:
    """Whether all are numbers, texts or arrays as compiled code reads them."""
    return all(
        type(a) is float
        or type(a) in STATIC
        or is_readable(a)
        or (isinstance(a, np.generic | np.ndarray) and not a.ndim and a.dtype.kind in "fiub"
            and a.dtype.isnative)
        for a in args
    )  # fmt: skip


class Seen(NamedTuple):
    """A call that was made, and what made it: a kernel, and what f captured."""

    args: Args
    kernel: Kernel
    captured: tuple[Any, ...]
    holds: Callable[[], bool]

    @property
    def names(self) -> list[str]:
        return [f"a{k}" for k in range(len(self.args))]

    @property
    def function(self) -> Callable[..., tuple[Any, ...]]:
        """The kernel, with as little before it as these arguments need."""
        plain = is_plain([a for a in self.args if type(a) not in STATIC])
        return self.kernel.function if plain else self.kernel.call

    @property
    def parameters(self) -> list[str]:
        return [*(f"{name}=absent" for name in self.names), "*more"]

    @property
    def passed(self) -> list[str]:
        """What the kernel takes: arguments that are traced, then what f captured."""
        traced = [n for n, a in zip(self.names, self.args) if type(a) not in STATIC]
        return [*traced, *(f"c{k}" for k in range(len(self.captured)))]

    def scope(self) -> dict[str, Any]:
        """What the text of a route names."""
        named = {f"c{k}": c for k, c in enumerate(self.captured)}
        return named | {"holds": self.holds, "ndarray": np.ndarray, "absent": _ABSENT}


def route(seen: Seen, kinds: Sequence[Any], answer: str = "{}") -> Route:
    """The kernel for calls like one that was seen; its results as `answer` puts them."""
    scope = seen.scope()
    scope["function"] = converting(seen.function, kinds)
    tests = [t for name, a in zip(seen.names, seen.args) for t in tests_of(name, a, scope)]
    call = f"function({', '.join(seen.passed)})"
    return made(seen.parameters, ["more", *tests], answer.format(call), scope)


def made(
    parameters: Sequence[str], tests: Sequence[str], answer: str, scope: dict[str, Any]
) -> Route:
    """The function of this text: None where one of the tests succeeds or a guard does not hold."""
    lines = [
        f"def route({', '.join(parameters)}):",
        f"    if {' or '.join([*tests, 'not holds()'])}:",
        "        return None",
        f"    return {answer}",
    ]
    exec(_code("\n".join(lines)), scope)
    return scope["route"]


_ABSENT = object()
_code = functools.lru_cache(maxsize=256)(lambda text: compile(text, "<route>", "exec"))


def tests_of(name: str, value: Any, scope: dict[str, Any]) -> list[str]:
    """The conditions under which an argument is another than this, cheapest first."""
    kind = f"type({name}) is not {name}t"
    scope[f"{name}t"] = type(value)
    if type(value) in STATIC:
        scope[f"{name}v"] = value
        return [kind, f"{name} != {name}v"]
    if type(value) is not np.ndarray:
        return [kind]
    facts = {"dtype": "is not", "shape": "!=", "strides": "!="}
    scope |= {f"{name}{fact}": getattr(value, fact) for fact in facts}
    return [kind, *(f"{name}.{fact} {differs} {name}{fact}" for fact, differs in facts.items())]


def converting(function: Callable[..., Any], kinds: Sequence[Any]) -> Callable[..., Any]:
    """The function, its results after the first made as they are wanted."""
    if not any(kinds):
        return function

    def converted(*args: Any) -> tuple[Any, ...]:
        value, *parts = function(*args)
        return value, *[g if kind is None else kind(g) for kind, g in zip(kinds, parts)]

    return converted


def kind_of(x: Any) -> Callable[[Any], Any] | None:
    """What a number that is a derivative by x is made with, if not by compiled code."""
    if isinstance(x, np.generic):
        return type(x)
    if isinstance(x, np.ndarray) and x.ndim == 0:
        return functools.partial(np.array, dtype=x.dtype)
    return None
