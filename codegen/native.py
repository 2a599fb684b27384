"""Functions of Python in machine code: LLVM makes it for this very processor, from its text."""

from __future__ import annotations

import ctypes
import functools
import importlib
import threading
from typing import Any

from . import machine

SYMBOL = "kernel"  # of the function that Python calls
_FASTCALL = 0x80  # METH_FASTCALL: function(self, arguments, their number)
_making = threading.RLock()
_kept: list[Any] = []  # a function may run for as long as the process


@functools.cache
def _llvm() -> Any:
    return importlib.import_module("llvmlite.binding")


@functools.cache
def features() -> dict[str, bool]:
    """What the processor can do, by LLVM's names."""
    return dict(_llvm().get_host_cpu_features())


@functools.cache
def triple() -> str:
    return _llvm().get_process_triple()


@functools.cache
def _target() -> Any:
    _llvm().initialize_native_target()
    _llvm().initialize_native_asmprinter()
    return (
        _llvm()
        .Target.from_triple(triple())
        .create_target_machine(
            cpu=_llvm().get_host_cpu_name(),
            features=_llvm().get_host_cpu_features().flatten(),
            opt=2,
            reloc="static" if triple().startswith(("x86", "i386")) else "default",
            codemodel="jitdefault",
            jit=True,
        )
    )


def start() -> None:
    """Asks LLVM for what emission wants to know of the processor, before others make it wait."""
    features()
    data_layout()


@functools.cache
def data_layout() -> str:
    """How the processor lays out data, as LLVM writes it."""
    return str(_target().target_data)


def _passed(text: str) -> Any:
    """Code that comes as it shall run, loops with their vectors, wants no more than tidying.

    All of LLVM's usual passes take eight times as long as these, and find nothing that they miss.
    """
    module = _llvm().parse_assembly(text)
    builder = _llvm().create_pass_builder(_target(), _llvm().create_pipeline_tuning_options(2))
    passes = _llvm().create_new_module_pass_manager()
    passes.add_always_inliner_pass()
    passes.add_sroa_pass()
    passes.add_instruction_combine_pass()
    passes.run(module, builder)
    return module


def optimised(text: str) -> str:
    """LLVM's text after its passes."""
    with _making:
        return str(_passed(text))


def assembly(text: str) -> str:
    with _making:
        return _target().emit_assembly(_passed(text))


def object_file(text: str) -> bytes:
    with _making:
        return _target().emit_object(_passed(text))


def builtin(name: str, code: bytes) -> Any:
    """The function of an object file as one of Python's; it is told how many arguments there are."""
    engine = machine.loaded(code)
    method = _Method(name.encode(), engine.get_function_address(SYMBOL), _FASTCALL, None)
    _kept.append(engine)
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(method))  # a function reads it to its end
    make = ctypes.pythonapi.PyCFunction_NewEx
    make.restype = ctypes.py_object
    make.argtypes = [ctypes.POINTER(_Method), ctypes.c_void_p, ctypes.c_void_p]
    return make(ctypes.byref(method), None, None)


class _Method(ctypes.Structure):
    """Python's PyMethodDef."""

    _fields_ = [
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    ]
