"""A function's twin: the same code, which reads stand-ins for what asks no handle what to do.

It reads globals as they are at the time. Functions of the users' that it calls are twins, too, and
so are, while it runs, methods of their classes and functions of their modules.
"""

from __future__ import annotations

import functools
import inspect
import re
import traceback
import types
import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from ..handles.stand_ins import BUILTINS, stand_in
from .bytecode import is_raised, reading
from .captures import cell_contents, held_by_users, is_library
from .replacing import ByThread, one_for, replaced
from .transformed import Transformed

Function = Callable[..., Any]
# of how NumPy and SciPy speak of object arrays, and Array of numbers that are asked for
_SIGNS = re.compile(
    r"dtype\('O'\)|\bobject\b|array element|no callable|for the input types|would lose"
    r"|holds references|proper array of floats|unsupported data types"
    r"|cannot hold|vectorized|type 'Array'|: casting= is|^float\(\) needs|^np\.asarray\(\) needs"
)
_ONE_EACH = (types.FunctionType, functools._lru_cache_wrapper)
_FOLLOWED = (types.MethodType, functools.partial)
_OF_MODULES = ("__name__", "__package__", "__spec__", "__builtins__")  # Python reads them past us


class Followed(Transformed):
    """A twin that meets twins, too, in the classes and modules that it uses."""

    def __init__(self, twin: Function) -> None:
        super().__init__(twin, functools.partial(Followed))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        reached = held_by_users(self.__wrapped__, *args, *kwargs.values())
        with replaced(reached, _stands_for):
            return self.__wrapped__(*map(_given, args), **{k: _given(v) for k, v in kwargs.items()})


def twin_of(f: Function) -> Function | None:
    """The twin of what is differentiated; None if it can have none."""
    if followed(f) is None:
        return None
    if isinstance(f, types.FunctionType):
        return _made_of(f).root
    if isinstance(f, Transformed):
        return f.remade(twin_of(f.__wrapped__) or f.__wrapped__)
    return Followed(_twin_of(f) or f)


def _remembering(f: Any) -> Function:
    """What remembers a twin's results as f does its function's, with a memory of its own."""
    twin = _twin_of(f.__wrapped__) or f.__wrapped__
    if f not in _memories or _memories[f].__wrapped__ is not twin:
        _memories[f] = functools.lru_cache(**f.cache_parameters())(twin)
    return _memories[f]


def lost_history(error: BaseException) -> bool:
    """Whether a function failed because what it called asked no handle what to do."""
    return any(_SIGNS.search(str(e)) or _is_from_scipy(e) for e in _causes(error))


def speaks_of_handles(error: BaseException) -> bool:
    """Whether an error's text is about what only handles are."""
    return any(_SIGNS.search(str(e)) for e in _causes(error))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error, and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def is_users_own(error: BaseException) -> bool:
    """Whether an error is one that a function makes anyhow, as by a `raise` of its own."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    if last is None or is_library(last.tb_frame.f_globals.get("__name__")):
        return False
    return is_raised(last.tb_frame.f_code, last.tb_lasti) or not lost_history(error)


def users_place(error: BaseException) -> tuple[types.CodeType, int] | None:
    """Where a program was when an error arose: functions and their twins have the same code."""
    first = error.__cause__ or error  # which may be told in other terms
    frames = [frame for frame, _ in traceback.walk_tb(first.__traceback__)]
    users = [f for f in frames if not is_library(f.f_globals.get("__name__"))]
    return (users[-1].f_code, users[-1].f_lineno) if users else None


def _is_from_scipy(error: BaseException) -> bool:
    frames = (frame.f_globals for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(str(names.get("__name__")).startswith("scipy.") for names in frames)


def _stands_for(value: Any) -> Any:
    """What a twin reads where the function reads `value`."""
    if type(value) is ByThread:
        return value
    if isinstance(value, _ONE_EACH):
        return stand_in(value) if _twin_of(value) is None else one_for(value, _twin_of)
    if isinstance(value, _FOLLOWED):
        return _twin_of(value) or stand_in(value)
    if type(value) is tuple and any(map(callable, value)):
        return tuple(map(_stands_for, value))
    return stand_in(value)


def _given(value: Any) -> Any:
    """What a twin is given, or has by default, in the place of `value`."""
    return _stands_for(value) if isinstance(value, _ONE_EACH) else value


class Globals(dict[str, Any]):
    """The globals of a function as its twin reads them; what is put in here comes first."""

    def __init__(
        self, names: dict[str, Any], own: dict[str, Any], builtins: dict[str, Any]
    ) -> None:
        super().__init__(own)
        self._names, self._builtins = names, builtins

    def __missing__(self, name: str) -> Any:
        return _stands_for(self._names[name]) if name in self._names else self._builtins[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def keys(self) -> Any:
        return self._names.keys()

    def get(self, name: str, default: Any = None) -> Any:
        try:
            return self[name]
        except KeyError:
            return default

    def copy(self) -> Globals:
        own = dict(zip(dict.keys(self), dict.values(self)))
        return Globals(self._names, own, self._builtins)


class _Made(NamedTuple):
    """A function's twin, as others call it and by itself, and what its defaults were and the cells
    held that it has others for.
    """

    twin: types.FunctionType
    root: Followed
    defaults: tuple[Any, Any]
    cells: list[tuple[types.CellType, Any]]

    def is_of(self, f: types.FunctionType) -> bool:
        """Whether the twin reads what f reads now."""
        twin, _, (by_place, by_name), cells = self
        return (
            f.__code__ is twin.__code__
            and f.__dict__ is twin.__dict__
            and f.__defaults__ is by_place
            and f.__kwdefaults__ is by_name
            and (not cells or all(cell_contents(cell) is then for cell, then in cells))
        )


_memories: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()  # of lru_cache
_made: weakref.WeakKeyDictionary[types.FunctionType, _Made] = weakref.WeakKeyDictionary()


def followed(f: Any) -> Any:
    """The function within f that has the twin; None if there is none, as for a twin itself."""
    while f is not None and not isinstance(f, types.FunctionType):
        f = getattr(f, "__func__", None) or getattr(f, "func", None) or _within(f)
    if f is None or isinstance(f.__globals__, Globals) or is_library(f.__module__):
        return None
    read = reading(f.__code__)
    return None if read.changes or "type" in read.kept else f  # which could tell them apart


def _within(f: Any) -> Any:
    if isinstance(f, (Transformed, functools._lru_cache_wrapper)):
        return f.__wrapped__
    own = inspect.getattr_static(type(f), "__call__", None)
    return own if isinstance(own, types.FunctionType) else None


def currency(f: Any) -> Callable[[], bool]:
    """What tells from now on whether the twin that f has reads what f reads."""
    f = followed(f)
    return functools.partial(_made[f].is_of, f)


def _twin_of(f: Function) -> Function | None:
    """The twin of a function that is called by one that has a twin."""
    if followed(f) is None:
        return None
    if isinstance(f, types.FunctionType):
        return _made_of(f).twin
    if isinstance(f, types.MethodType):
        return types.MethodType(_stands_for(f.__func__), f.__self__)
    if isinstance(f, functools.partial):
        keywords = {key: _stands_for(value) for key, value in f.keywords.items()}
        return functools.partial(_stands_for(f.func), *map(_stands_for, f.args), **keywords)
    if isinstance(f, functools._lru_cache_wrapper):
        return _remembering(f)
    return twin_of(f) if isinstance(f, Transformed) else None  # an object's class has the twin


def _made_of(f: types.FunctionType) -> _Made:
    if f not in _made or not _made[f].is_of(f):
        _make(f)
    return _made[f]


def _make(f: types.FunctionType) -> None:
    cells = [(cell, cell_contents(cell)) for cell in f.__closure__ or ()]
    changed = [(cell, then) for cell, then in cells if _is_read_anew(then)]
    mine = {id(cell): types.CellType() for cell, _ in changed}
    own = {k: f.__globals__[k] for k in _OF_MODULES if k in f.__globals__}
    kept = reading(f.__code__).kept
    space = Globals(f.__globals__, own, {k: v for k, v in BUILTINS.items() if k not in kept})
    closure = tuple(mine.get(id(cell), cell) for cell, _ in cells)
    defaults = f.__defaults__ and tuple(map(_given, f.__defaults__))
    twin = types.FunctionType(f.__code__, space, f.__name__, defaults, closure)
    twin.__kwdefaults__ = f.__kwdefaults__ and {k: _given(v) for k, v in f.__kwdefaults__.items()}
    twin.__qualname__ = f.__qualname__
    twin.__dict__ = f.__dict__  # one and the same, as programs write to it
    others = [(cell, then) for cell, then in changed if then is not f]
    _made[f] = _Made(twin, Followed(twin), (f.__defaults__, f.__kwdefaults__), others)
    for cell, then in changed:  # f itself may be in one of them
        mine[id(cell)].cell_contents = twin if then is f else _stands_for(then)


def _is_read_anew(value: Any) -> bool:
    return callable(value) or isinstance(value, (types.ModuleType, tuple))
