"""Procedure -> machine code that is a function of Python: LLVM reads nests, and nothing else does.

What is made is kept in the cache on disk: the object file, and what it must know before it runs.
What makes it loads when the first kernel is not found there.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import re
from typing import Any

from .. import cache, machine, native, threads
from ..garbage import collected_later
from ..nests import For, Gemm, Procedure
from ..progress import told
from ..runtime import blas_threads, python, routines
from ..runtime.symbols import register
from ..steps import every

_MAKING = f"{__package__}.llvm_entry"


def load(procedure: Procedure, outputs_given: bool = False) -> Any:
    """The function of a procedure: of the inputs, or of inputs and output arrays."""
    digest = digest_of(procedure)
    about = f"compiling {procedure.name} ({len(procedure.body):,} steps)"
    with told(about), collected_later():
        function = found(procedure.name, digest, outputs_given)
        return function or _made(procedure, outputs_given, _key(digest, outputs_given))


def digest_of(procedure: Procedure) -> str:
    """What tells a procedure, as it is compiled here, from all others."""
    return cache.digest(str(procedure))


def found(name: str, digest: str, outputs_given: bool) -> Any:
    """The function of this name and digest that another process made for this processor, or None."""
    return _from_disk(_file(name), _key(digest, outputs_given))


def _file(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_]", "_", name)


def _key(digest: str, outputs_given: bool) -> str:
    return f"{digest}\n{outputs_given}\n{machine.processor()}"


def text(procedure: Procedure, outputs_given: bool = False) -> str:
    """The module in LLVM's language, before its passes."""
    return str(_emitted(procedure, outputs_given).module)


def _emitted(procedure: Procedure, outputs_given: bool) -> Any:
    entry = importlib.import_module(_MAKING).Entry(procedure, outputs_given)
    entry.emit()
    return entry


def _made(procedure: Procedure, outputs_given: bool, key: str) -> Any:
    """The function, made here; meanwhile another thread assembles what it will call."""
    native.start()
    machine.begin(*_called(procedure))
    name = _file(procedure.name)
    entry = _emitted(procedure, outputs_given)
    code = native.object_file(str(entry.module))
    known = {"symbols": entry.module.declared, "routines": entry.routines.called}
    cache.write(name, key, json.dumps(known).encode() + b"\n" + code)
    return _linked(name, known, code)


def _called(procedure: Procedure) -> list[machine.Assembly]:
    """What the code of a procedure will call, as far as its steps tell."""
    kinds = {type(step) for outer in procedure.body for step in every(outer)}
    loops = [threads.assembly()] if For in kinds and threads.available else []
    return [python.assembly(), *loops, *(blas_threads.assemblies() if Gemm in kinds else [])]


def _from_disk(name: str, key: str) -> Any:
    """The function that another process made, or None."""
    head, _, code = (cache.read(name, key) or b"").partition(b"\n")
    with contextlib.suppress(Exception):
        return _linked(name, json.loads(head), code)


def _linked(name: str, known: dict[str, Any], code: bytes) -> Any:
    symbols = [symbol for symbol in known["symbols"] if not symbol.startswith("llvm.")]
    python.install()
    register(symbols)
    if threads.NAMES.intersection(symbols):
        threads.install()
    routines.link(known["routines"])
    unknown = [symbol for symbol in symbols if not machine.is_known(symbol)]
    if unknown:  # LLVM would end the process
        raise LookupError(f"nothing is known of {', '.join(unknown)}")
    return native.builtin(name, code)
