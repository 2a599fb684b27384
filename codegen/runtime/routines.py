"""The routines that kernels call by symbols: whole-array functions that Numba compiles.

What a symbol stands for is plain data, so that a kernel from the disk can have its routines linked.
Their machine code is kept on the disk as well: Numba loads where a routine is made, or is needed
for a kernel that is made.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import json
from typing import Any

from .. import cache, machine, runtime
from . import numbas
from .symbols import register

_engines: list[Any] = []  # a routine may run for as long as the process


def symbol(what: str) -> str:
    """The symbol of a routine, which is told as `[name, parameters, (dtype, rank) of each]`."""
    return f"symdiff.routine.{cache.digest(what)[:24]}"


def link(called: dict[str, str]) -> None:
    """Makes the routines known to code that is linked from now on."""
    for known_as, what in called.items():
        if not machine.is_known(known_as):
            machine.offer_address(known_as, _from_disk(what) or _compiled(what))


def _key(what: str) -> str:
    return f"{cache.digest(what)}\n{machine.processor()}"


def _name(what: str) -> str:
    return json.loads(what)[0]


@functools.cache
def _from_disk(what: str) -> int | None:
    """Where the routine that another process made is now; None if there is none."""
    head, _, code = (cache.read(f"{_name(what)}_code", _key(what)) or b"").partition(b"\n")
    with contextlib.suppress(Exception):
        known = json.loads(head)
        register(known["symbols"])
        numbas.install()
        if all(map(machine.is_known, known["symbols"])):
            engine = machine.loaded(code)
            _engines.append(engine)
            return engine.get_function_address(known["name"])
    return None


def _compiled(what: str) -> int:
    """Where the routine is that Numba has compiled in this process; others find it on the disk."""
    done = made(what)
    name, library = done.fndesc.llvm_func_name, done.library
    with contextlib.suppress(RuntimeError):  # what Numba itself has from the disk lacks its code
        head = json.dumps({"symbols": _kept().called(library), "name": name})
        code = library._get_compiled_object()
        cache.write(f"{_name(what)}_code", _key(what), head.encode() + b"\n" + code)
    return library.get_pointer_to_function(name)


@functools.cache
def made(what: str) -> Any:
    """A routine with its parameters given, compiled by Numba for arguments of these kinds.

    It is kept on the disk by itself: Numba reads such routines for longer than kernels compile.
    """
    name, params, kinds = json.loads(what)
    args = ", ".join(f"a{k}" for k in range(len(kinds)))
    given = "".join(f", {key}={value!r}" for key, value in params)
    text = f"({args}):\n    return routine({args}{given})\n"
    own = f"{name}_{cache.digest(name, text)[:16]}"
    scope: dict[str, Any] = {"routine": runtime.function(name), "__name__": __name__}
    exec(f"def {own}{text}", scope)
    function = _kept().kept(scope[own], text)
    types_ = tuple(numba_type(dtype, rank) for dtype, rank in kinds)
    function.compile(types_)
    return function.overloads[types_]


def results(what: str) -> list[str]:
    """The dtypes of the numbers that a routine gives."""
    types = importlib.import_module("numba").types
    found = made(what).signature.return_type
    parts = () if found == types.none else found if isinstance(found, types.BaseTuple) else (found,)
    return ["bool" if part == types.boolean else str(part) for part in parts]


def _kept() -> Any:
    return importlib.import_module(f"{__package__}.kept")


def numba_type(dtype: str, rank: int) -> Any:
    types = importlib.import_module("numba").types
    number = types.boolean if dtype == "bool" else getattr(types, dtype)
    return types.Array(number, rank, "C") if rank else number
