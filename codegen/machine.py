"""Machine code in this process: assembled from LLVM's text, or loaded as it was kept on the disk.

It needs LLVM alone: a kernel that is found on the disk runs before a compiler is imported.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import importlib
import os
import threading
from collections.abc import Callable, Sequence
from typing import Any

from . import cache

# llvmlite's objects have no useful static types.
Engine = Any
_loading = threading.RLock()
_aside: list[threading.Thread] = []
_PATIENCE = 10.0  # seconds; who forks within a call to LLVM keeps its thread waiting


@functools.cache
def expect() -> None:
    """Begins to load LLVM's library: the system may do so while Python prepares what to compile."""
    package = importlib.import_module("llvmlite")
    name = importlib.import_module("llvmlite.utils").get_library_name()
    path = os.path.join(package.__path__[0], "binding", name)
    if os.name == "posix" and os.path.exists(path):
        load = ctypes.CDLL(None).dlopen  # while ctypes.CDLL loads, no other thread of Python runs
        load.argtypes = [ctypes.c_char_p, ctypes.c_int]
        _beside(load, path.encode(), os.RTLD_NOW)


def _beside(work: Callable[..., object], *args: object) -> None:
    """Has a thread do this. A fork waits for it: a child would find its locks taken for ever."""
    thread = threading.Thread(target=work, args=args, name="symdiff assembly")
    with contextlib.suppress(RuntimeError):  # no more to be had, or Python is about to end
        thread.start()
        _aside.append(thread)


def _finished() -> None:
    for thread in tuple(_aside):
        thread.join(_PATIENCE)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_finished)


@functools.cache
def _llvm() -> Any:
    binding = importlib.import_module("llvmlite.binding")
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    return binding


@functools.cache
def processor() -> str:
    """What code is made for: the system, the processor and its features, Numba's settings."""
    llvm = _llvm()
    system, name = llvm.get_process_triple(), llvm.get_host_cpu_name()
    settings = sorted(item for item in os.environ.items() if item[0].startswith("NUMBA_"))
    return f"{system} {name} {llvm.get_host_cpu_features().flatten()} {settings}"


def loaded(code: bytes) -> Engine:
    """An engine with the functions of an object file, whose symbols must be known."""
    with _loading:
        llvm = _llvm()
        engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _target())
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
        engine.finalize_object()
        return engine


class Assembly:
    """Functions in LLVM's text, which is assembled once for all processes."""

    def __init__(self, name: str, text: str) -> None:
        self._name, self._text = name, text
        self._key = f"{cache.digest(text)} {processor()}"
        self._making = threading.Lock()
        self._begun = False
        self._code: bytes | None = None

    def engine(self) -> Engine:
        """An engine with the functions."""
        return loaded(self._found() or self.made(*self.read()))

    def _found(self) -> bytes | None:
        if self._code is None:
            self._code = cache.read(self._name, self._key)
        return self._code

    def is_new(self) -> bool:
        """Whether nobody has asked this before, and there is no code."""
        begun, self._begun = self._begun, True
        return not begun and self._found() is None

    def read(self) -> tuple[Any, Any]:
        """What makes code, and what of."""
        return _target(), _llvm().parse_assembly(self._text)

    def made(self, target: Any, module: Any) -> bytes:
        """The object file."""
        with self._making:
            if self._code is None:
                self._code = bytes(target.emit_object(module))
                cache.write(self._name, self._key, self._code)
            return self._code


def begin(*assemblies: Assembly) -> None:
    """Has a thread assemble what is not there, so that who needs it later waits for less.

    What it would ask LLVM for beside the code is asked before: while another thread computes, each
    question would take it a turn of Python's.
    """
    wanted = [(assembly, assembly.read()) for assembly in assemblies if assembly.is_new()]
    if wanted:
        _beside(_assemble, wanted)


def _assemble(wanted: Sequence[tuple[Assembly, tuple[Any, Any]]]) -> None:
    for assembly, read in wanted:
        assembly.made(*read)


def _target() -> Any:
    """Made quickly: these functions run for nanoseconds, and every first process waits for them."""
    return _llvm().Target.from_default_triple().create_target_machine(opt=0)


def function(engine: Engine, name: str, *args: Any) -> Callable[..., None]:
    """A function of an engine, with arguments of these types, that gives nothing."""
    return ctypes.CFUNCTYPE(None, *args)(engine.get_function_address(name))


def offer(engine: Engine, *names: str) -> None:
    """Makes functions of an engine known to the code that is made or loaded from now on."""
    for name in names:
        offer_address(name, engine.get_function_address(name))


def offer_library(library: ctypes.CDLL, *names: str) -> None:
    """The same for functions of a library; what it lacks is left out."""
    for name in names:
        found = getattr(library, name, None)
        if found is not None:
            offer_address(name, address(found))


def offer_address(name: str, place: int) -> None:
    _llvm().add_symbol(name, place)


def address(function: Any) -> int:
    """Where a function of a library is."""
    place = ctypes.cast(function, ctypes.c_void_p).value
    assert place is not None
    return place


def is_known(name: str) -> bool:
    """Whether code that calls this function can be loaded."""
    return _llvm().address_of_symbol(name) is not None or hasattr(ctypes.CDLL(None), name)
