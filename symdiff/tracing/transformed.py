"""A function made from another: named, bound to objects, copied and pickled as that one is.

Knows by which recipe it was made; knows nothing of derivatives.
"""

from __future__ import annotations

import functools
import inspect
import sys
import types
from collections.abc import Callable
from typing import Any

Function = Callable[..., Any]
_WITH_ATTRIBUTES = (types.FunctionType, types.MethodType)


class Transformed:
    """What `recipe(f)` gives: it has the name, the text and the signature of f.

    It pickles as the recipe and f, so it does wherever f does.
    """

    __wrapped__: Function
    __name__: str
    __qualname__: str

    def __init__(self, f: Function, recipe: functools.partial[Any]) -> None:
        if not callable(f):
            raise TypeError(
                f"{recipe.func.__name__} takes a function, not {type(f).__name__}: "
                "the function itself, not what it gives"
            )
        updated = ("__dict__",) if isinstance(f, _WITH_ATTRIBUTES) else ()
        functools.update_wrapper(self, f, updated=updated)
        self.recipe = recipe

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def __repr__(self) -> str:
        f = self.__wrapped__
        name = repr(f) if isinstance(f, Transformed) else getattr(f, "__name__", repr(f))
        return f"<{', '.join([f'{self.recipe.func.__name__} of {name}', *self._choices()])}>"

    def _choices(self) -> list[str]:
        """What was asked for beyond the defaults."""
        usual = inspect.signature(self.recipe.func).parameters
        given = self.recipe.keywords.items()
        return [f"{key}={value!r}" for key, value in given if value != usual[key].default]

    def __get__(self, owner: Any, kind: type | None = None) -> Any:
        return self if owner is None else types.MethodType(self, owner)

    def remade(self, f: Function) -> Transformed:
        """The same of another function."""
        return self if f is self.__wrapped__ else self.recipe(f)

    def __reduce__(self) -> str | tuple[Any, ...]:
        """By name where it stands for f, as one that was made by a decorator does."""
        if _named(self) is self:
            return self.__qualname__
        return self.recipe, (self.__wrapped__,)


def _named(thing: Any) -> Any:
    """What is found under the module and the name that a thing bears."""
    found: Any = sys.modules.get(getattr(thing, "__module__", ""))
    for name in getattr(thing, "__qualname__", "").split("."):
        found = getattr(found, name, None)
    return found
