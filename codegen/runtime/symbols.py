"""Functions that SciPy offers, by address under names of our own: so kernels can be cached.

A kernel that comes from a cache names these symbols: `register` them before it is loaded.
"""

from __future__ import annotations

import ctypes
import importlib
import re
from collections.abc import Iterable

from .. import machine
from . import blas_threads, scipys_blas

_RENAMED = {"digamma": "psi"}
_MODULES = {
    "special": "scipy.special.cython_special",
    "blas": "scipy.linalg.cython_blas",
    "lapack": "scipy.linalg.cython_lapack",
}
_registered: set[str] = set()


def special_symbol(name: str) -> str:
    """The symbol of double f(double, ..., int) for a function of scipy.special; the int is 0."""
    return register_one(f"scipy.special.{name}")


def blas_symbol(name: str) -> str:
    return register_one(f"scipy.blas.{name}")


def lapack_symbol(name: str) -> str:
    return register_one(f"scipy.lapack.{name}")


def register(symbols: Iterable[str]) -> None:
    """Makes symbols known to the linker of compiled code; those of others are left alone."""
    for symbol in symbols:
        if symbol.startswith("scipy."):
            register_one(symbol)


def register_one(symbol: str) -> str:
    if symbol not in _registered:
        _, family, name = symbol.split(".")
        if family != "special":
            blas_threads.install()
        machine.offer_address(symbol, _place(family, name))
        _registered.add(symbol)
    return symbol


def _place(family: str, name: str) -> int:
    """In SciPy's own OpenBLAS, whose names and types are known; else by Cython's table."""
    own = None if family == "special" else scipys_blas.function(f"scipy_{name}_")
    if own is not None:
        return machine.address(own)
    capsules = importlib.import_module(_MODULES[family]).__pyx_capi__
    return _address(_special(capsules, name) if family == "special" else capsules[name])


def _special(capsules: dict[str, object], name: str) -> object:
    """The variant on doubles; Cython numbers the variants of a fused function as it likes."""
    wanted = re.compile(rf"(__pyx_fuse_\d+)?{_RENAMED.get(name, name)}")
    signature = re.compile(rb"double \((double, )+int __pyx_skip_dispatch\)")
    for key, capsule in capsules.items():
        if wanted.fullmatch(key) and signature.fullmatch(_signature(capsule)):
            return capsule
    raise LookupError(f"scipy.special.cython_special has no {name} on doubles")


def _signature(capsule: object) -> bytes:
    get = ctypes.pythonapi.PyCapsule_GetName
    get.restype, get.argtypes = ctypes.c_char_p, [ctypes.py_object]
    return get(capsule)


def _address(capsule: object) -> int:
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    return get(capsule, _signature(capsule))
