"""Procedure -> machine code that is a function of Python: LLVM reads nests, and nothing else does.

What is made is kept in the cache on disk: the object file, and what it must know before it runs.
"""

from __future__ import annotations

import json
import re
from typing import Any

from .. import cache, machine, native, threads
from ..garbage import collected_later
from ..nests import Procedure
from ..progress import told
from ..runtime import python
from ..runtime.symbols import register
from . import llvm_routines
from .llvm_entry import SYMBOL, Entry


def load(procedure: Procedure, outputs_given: bool = False) -> Any:
    """The function of a procedure: of the inputs, or of inputs and output arrays."""
    name = re.sub(r"[^A-Za-z0-9_]", "_", procedure.name)
    key = f"{cache.digest(str(procedure), str(outputs_given))}\n{machine.processor()}"
    python.install()
    function = _from_disk(name, key)
    if function is None:
        about = f"compiling {procedure.name} ({len(procedure.body):,} steps)"
        with told(about), collected_later():
            function = _made(procedure, outputs_given, name, key)
    return function


def text(procedure: Procedure, outputs_given: bool = False) -> str:
    """The module in LLVM's language, before its passes."""
    return str(_emitted(procedure, outputs_given).module)


def _emitted(procedure: Procedure, outputs_given: bool) -> Entry:
    entry = Entry(procedure, outputs_given)
    entry.emit()
    return entry


def _made(procedure: Procedure, outputs_given: bool, name: str, key: str) -> Any:
    entry = _emitted(procedure, outputs_given)
    code = native.object_file(str(entry.module))
    symbols = [v.name for v in entry.module.global_values if getattr(v, "is_declaration", True)]
    head = json.dumps({"symbols": symbols, "routines": entry.routines.called})
    cache.write(name, key, head.encode() + b"\n" + code)
    return _linked(name, symbols, entry.routines.called, code)


def _from_disk(name: str, key: str) -> Any:
    """The function that another process made, or None."""
    payload = cache.read(name, key)
    if payload is None:
        return None
    head, _, code = payload.partition(b"\n")
    try:
        known = json.loads(head)
        return _linked(name, known["symbols"], known["routines"], code)
    except Exception:
        return None


def _linked(name: str, symbols: list[str], routines: dict[str, str], code: bytes) -> Any:
    register(symbols)
    if threads.NAMES.intersection(symbols):
        threads.install()
    llvm_routines.link(routines)
    return native.builtin(name, code, SYMBOL)
