"""Kernels reach BLAS, LAPACK and special functions by symbols; SciPy is not imported for BLAS."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

from codegen import machine
from codegen.runtime import scipys_blas, symbols

FOUND = scipys_blas.function("scipy_ddot_") is not None


@pytest.mark.parametrize(
    "symbol", ["scipy.blas.dgemm", "scipy.lapack.sgetrf", "scipy.special.digamma"]
)
def test_what_is_registered_is_known(symbol: str) -> None:
    symbols.register([symbol, "others.symbol"])
    assert machine.is_known(symbol)
    assert not machine.is_known("others.symbol")


def test_an_unknown_special_function_says_so() -> None:
    with pytest.raises(LookupError, match="no nonsense on doubles"):
        symbols.special_symbol("nonsense")


@pytest.mark.parametrize("name", ["ddot", "dnrm2"])
def test_both_ways_lead_to_the_same_function(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    places = [symbols._place("blas", name)]
    monkeypatch.setattr(scipys_blas, "function", lambda name: None)
    places.append(symbols._place("blas", name))
    number, step = ctypes.c_int(3), ctypes.c_int(1)
    x = (ctypes.c_double * 3)(1.0, 2.0, 2.0)
    array = [ctypes.byref(x), ctypes.byref(step)]
    args = [ctypes.byref(number), *array, *(array if name == "ddot" else [])]
    for place in places:
        function = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_void_p] * len(args))(place)
        assert function(*args) == {"ddot": 9.0, "dnrm2": 3.0}[name]


@pytest.mark.skipif(not FOUND, reason="SciPy has no OpenBLAS of its own here")
def test_scipy_is_not_imported_for_blas() -> None:
    text = """
import sys
from codegen.runtime import symbols
symbols.register(["scipy.blas.dgemm", "scipy.lapack.dgetrf"])
print([name for name in ("scipy", "numba", "numpy.f2py") if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
