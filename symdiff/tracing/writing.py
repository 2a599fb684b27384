"""Guards written out as Python text: what all calls ask must cost next to nothing.

Each line compares one thing by identity. Where one is another thing now, which may yet be equal,
the guards are asked themselves.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from .identity import QUICKLY, pointers

_MOST = 300  # lines; more are not worth their compilation
_FEW = 8  # items of one container, each with a line of its own


def written(kept: tuple[Sequence[Any], ...], hold: Callable[[], bool]) -> Callable[[], bool]:
    """A function that says whether all that guards keep is what it was."""
    places, settings, contents, shapes, copies = kept
    text = _Text({"hold": hold, "changed": (KeyError, ValueError), "__builtins__": {"len": len}})
    for place in places:
        text.add(_place(text, *place))
    for setting in settings:
        text.add(_setting(text, *setting))
    for content in contents:
        for line in _content(text, content):
            text.add(line)
    for shape in shapes:
        text.add(_shape(text, *shape))
    for copy in copies:
        text.add(f"not {text.name(copy.holds)}()")
    return text.function() if len(text.lines) <= _MOST else hold


class _Text:
    """Conditions under which something is not what it was, and what they name."""

    def __init__(self, scope: dict[str, Any]) -> None:
        self.scope = scope
        self.lines: dict[str, None] = {}
        self._names: dict[int, str] = {}

    def name(self, thing: Any) -> str:
        """A name for a thing in the text."""
        if id(thing) not in self._names:
            name = self._names[id(thing)] = f"v{len(self._names)}"
            self.scope[name] = thing
        return self._names[id(thing)]

    def add(self, line: str) -> None:
        self.lines[line] = None

    def function(self) -> Callable[[], bool]:
        tests = [f"        if {line}: return hold()" for line in self.lines]
        body = ["def unchanged():", "    try:", *tests, "        return True",
                "    except changed:", "        return hold()"]  # fmt: skip
        exec(compile("\n".join(body), "<guards>", "exec"), self.scope)
        return self.scope["unchanged"]


def _place(text: _Text, read: Any, where: Any, value: Any) -> str:
    """A name that is gone raises a KeyError, a variable that has no value a ValueError."""
    if isinstance(where, types.CellType):
        found = f"{text.name(where)}.cell_contents"
    elif isinstance(read, (types.BuiltinMethodType, types.MethodType)) and read.__name__ == "get":
        found = f"{text.name(read.__self__)}[{where!r}]"
    else:
        found = f"{text.name(read)}({text.name(where)})"
    return f"{found} is not {text.name(value)}"


def _setting(text: _Text, function: Any, code: Any, defaults: Any, keyword_defaults: Any) -> str:
    f, c, a, b = map(text.name, (function, code, defaults, keyword_defaults))
    same = f"f.__code__ is {c} and f.__defaults__ is {a} and f.__kwdefaults__ is {b}"
    return f"(f := {f}()) is None or not ({same})"


def _shape(
    text: _Text, source: Any, shape: tuple[int, ...], dtype: Any, wanted: bool | None
) -> str:
    x = text.name(source)
    asked = "" if wanted is None else f"{x}.requires_grad is not {wanted} or "
    return f"{asked}{x}.shape != {text.name(shape)} or {x}.dtype is not {text.name(dtype)}"


def _content(text: _Text, content: Any) -> Iterator[str]:
    container, then, keys = content
    c = text.name(container)
    if len(then) > _FEW and QUICKLY:
        yield from _by_pointers(text, c, then, keys)
    elif len(then) > _FEW or not _is_plain(container, keys):
        yield f"not {text.name(content.holds)}()"
    elif isinstance(container, dict):
        yield f"[*{c}] != {list(keys)!r}"
        yield from (f"{c}[{k!r}] is not {text.name(v)}" for k, v in zip(keys, then))
    else:
        yield f"len({c}) != {len(then)}"
        yield from (f"{c}[{k}] is not {text.name(v)}" for k, v in enumerate(then))


def _by_pointers(
    text: _Text, c: str, then: tuple[Any, ...], keys: tuple[Any, ...]
) -> Iterator[str]:
    """All items at once; the guards keep these alive, so what is elsewhere is another thing."""
    where, values = text.name(pointers), f"{c}.values()" if keys else c
    for items, kept in [(values, then), (c, keys)][: 2 if keys else 1]:
        yield f"{where}((*{items},)) != {text.name(pointers(kept))}"


def _is_plain(container: Any, keys: tuple[Any, ...]) -> bool:
    if type(container) is dict:
        return all(type(k) is str for k in keys)
    return type(container) is list
