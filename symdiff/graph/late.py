"""What loads when it is first used, so that importing symdiff stays quick."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping, Sequence
from types import ModuleType
from typing import Any

from .naming import named


def late(module: str, name: str) -> Callable[..., Any]:
    """The function `name` of `module`, which is imported at the first call; `late` marks it."""

    def function(*args: Any, **kwargs: Any) -> Any:
        return getattr(importlib.import_module(module), name)(*args, **kwargs)

    return marked_late(named(function, name))


def marked_late(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, marked as one whose first call loads a library."""
    function.late = True  # type: ignore[attr-defined]
    return function


class LateModule:
    """A module that is imported when one of its names is first used."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)


def late_names(
    package: str,
    homes: Mapping[str, str],
    tables: Sequence[str] = (),
    absent: Mapping[str, str] | None = None,
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a package whose names load with their modules.

    `homes` tells the names of each module; one without names is itself what is asked for. `tables`
    are modules that list further functions in their `FUNCTIONS`; `absent` tells of names that are
    not offered what does their work.
    """
    here = sys.modules[package]
    found = vars(here)
    module_of = {name: module for module, names in homes.items() for name in names.split()}
    module_of |= {name: "" for name, names in homes.items() if not names}

    def module(name: str) -> Any:
        return importlib.import_module(f"{package}.{name}")

    def functions() -> dict[str, Any]:
        return {name: f for table in tables for name, f in module(table).FUNCTIONS.items()}

    def get(name: str) -> Any:
        home = module_of.get(name)
        if home is not None:
            found[name] = getattr(module(home), name) if home else module(name)
        elif not name.startswith("_"):
            found.update(functions())
        if name not in found:
            raise _missing(here, name, (absent or {}).get(name))
        return found[name]

    def names() -> list[str]:
        return sorted({*found.get("__all__", found), *module_of, *functions()})

    return get, names


def _missing(module: ModuleType, name: str, instead: str | None) -> AttributeError:
    told = f": {instead}" if instead else ""
    complaint = f"module {module.__name__!r} has no attribute {name!r}{told}"
    return AttributeError(complaint, name=name, obj=module)
