"""Keywords as arguments by position, as functions are traced."""

from __future__ import annotations

import functools
import inspect
from typing import Any

from ..tracing.transformed import Function, Transformed
from .calls import Argnums, chosen


class Binding:
    """All arguments of a call by position; `reach`: that many at least, else with defaults."""

    def __init__(self, f: Function, reach: int) -> None:
        self.f, self.reach = f, reach
        self._orders: dict[Any, tuple[str, ...] | None] = {}

    def __call__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
        if not kwargs:
            return args
        key = len(args), tuple(kwargs)
        if key not in self._orders:
            self._orders[key] = self._order(*key)
        names = self._orders[key]
        if names is None:
            return _bound(self.f, args, kwargs)
        return (*args, *[kwargs[name] for name in names])

    def by_keyword_alone(self, kwargs: dict[str, Any]) -> tuple[str, ...]:
        """Those of the keywords that f takes, but not by position."""
        return tuple(sorted(filter(self._is_alone, kwargs)))

    def _is_alone(self, name: str) -> bool:
        parameter = self._parameters.get(name)
        if parameter is not None:
            return parameter.kind is inspect.Parameter.KEYWORD_ONLY
        kinds = {p.kind for p in self._parameters.values()}
        return inspect.Parameter.VAR_KEYWORD in kinds

    @functools.cached_property
    def _parameters(self) -> dict[str, inspect.Parameter]:
        return dict(inspect.signature(self.f).parameters)

    def _order(self, count: int, given: tuple[str, ...]) -> tuple[str, ...] | None:
        """The keywords in the order of the parameters, if they come next to each other."""
        whole = count + len(given)
        parameters = list(inspect.signature(self.f).parameters.values())[:whole]
        names = tuple(p.name for p in parameters[count:])
        plain = all(p.kind in _BY_POSITION for p in parameters)
        return names if plain and whole >= self.reach and set(names) == set(given) else None


_BY_POSITION = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _bound(f: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[Any, ...]:
    """With defaults; those of keywords alone f finds itself."""
    signature = inspect.signature(f).bind(*args, **kwargs)
    signature.apply_defaults()
    if astray := signature.kwargs.keys() & kwargs.keys():
        raise TypeError(f"{sorted(astray)} are names of positional parameters; rename the keywords")
    return signature.args


def reach_of(argnums: Argnums) -> int:
    """How many arguments there must be for argnums to name them; counted from the end, all."""
    return max(k + 1 if k >= 0 else 1 << 30 for k in chosen(argnums))


class Spread(Transformed):
    """f with some keywords behind `count` arguments, by position like these."""

    def __init__(self, f: Function, count: int, names: tuple[str, ...]) -> None:
        super().__init__(f, functools.partial(Spread, count=count, names=names))
        self._count, self._names = count, names
        told = inspect.signature(f).parameters.values()
        parameters = [p.name for p in told if p.kind in _BY_POSITION][:count]
        parameters += [f"argument{k}" for k in range(len(parameters), count)]
        kind = inspect.Parameter.POSITIONAL_ONLY
        self.__signature__ = inspect.Signature(
            [inspect.Parameter(name, kind) for name in (*parameters, *names)]
        )

    def __call__(self, *args: Any) -> Any:
        keywords = dict(zip(self._names, args[self._count :], strict=True))
        return self.__wrapped__(*args[: self._count], **keywords)
