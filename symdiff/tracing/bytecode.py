"""What the code of a Python function says about it: names it mentions, and what it may change."""

from __future__ import annotations

import dis
import sys
from collections.abc import Iterator
from functools import cache
from types import CodeType
from typing import NamedTuple

_STORES = {dis.opmap[name] for name in ("STORE_GLOBAL", "DELETE_GLOBAL")}
_CELLS = ("STORE_DEREF", "DELETE_DEREF")
_GLOBALS = ("LOAD_GLOBAL", "LOAD_NAME")
_IMPORT, _RAISE = dis.opmap["IMPORT_NAME"], dis.opmap["RAISE_VARARGS"]

# Built-in functions that act on the world, or that reach names no code mentions.
_UNSEEN = frozenset({
    "breakpoint", "eval", "exec", "globals", "input", "locals", "open", "print", "vars",
})  # fmt: skip
_KINDS = frozenset({"type", "float"})
_CHANCE = ("rand", "drop", "normal", "uniform", "bernoulli", "multinomial", "seed", "sample",
           "choice", "shuffle", "permut", "poisson", "exponential", "rrelu", "rvs")  # fmt: skip


class Reading(NamedTuple):
    """Facts about one code object and those inside it."""

    names: frozenset[str]  # globals and attributes, and texts that may be names of attributes
    builtins: frozenset[str]  # names that are not to be seen through, if they are the built-in ones
    imports: frozenset[str]
    changes: bool  # whether it binds globals or variables of enclosing functions anew
    chance: bool  # whether its names suggest random numbers
    kept: frozenset[str]  # names of kinds that are read for more than to be called


@cache
def reading(code: CodeType) -> Reading:
    """What can be told of a function before it runs."""
    codes = list(_codes(code))
    names = {n for c in codes for n in c.co_names} | {
        k for c in codes for k in c.co_consts if isinstance(k, str) and k.isidentifier()
    }
    return Reading(
        frozenset(names),
        _UNSEEN & _loaded(codes) if names & _UNSEEN else frozenset(),
        frozenset(n for n in names if n in sys.modules) if _imports(codes) else frozenset(),
        any(_changes(c, code) for c in codes),
        any(word in name for name in names for word in _CHANCE),
        _KINDS & _kept(codes) if names & _KINDS else frozenset(),
    )


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for inner in code.co_consts:
        if isinstance(inner, CodeType):
            yield from _codes(inner)


def _loaded(codes: list[CodeType]) -> set[str]:
    return {i.argval for c in codes for i in dis.get_instructions(c) if i.opname in _GLOBALS}


def _kept(codes: list[CodeType]) -> set[str]:
    """What is loaded otherwise than to be called at once, which the lowest bit tells."""
    loads = [i for c in codes for i in dis.get_instructions(c) if i.opname in _GLOBALS]
    return {i.argval for i in loads if i.opname != "LOAD_GLOBAL" or not (i.arg or 0) & 1}


def _imports(codes: list[CodeType]) -> bool:
    return any(_IMPORT in c.co_code[::2] for c in codes)


def _changes(code: CodeType, outermost: CodeType) -> bool:
    """A variable of a function in between belongs to the call, one from outside does not."""
    if _STORES.intersection(code.co_code[::2]):
        return True
    outside = set(code.co_freevars) & set(outermost.co_freevars)
    return bool(outside) and any(
        i.opname in _CELLS and i.argval in outside for i in dis.get_instructions(code)
    )


def is_raised(code: CodeType, place: int) -> bool:
    """Whether a `raise` or an `assert` stands at this place."""
    return code.co_code[place] == _RAISE
