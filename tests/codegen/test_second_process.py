"""Kernels from the disk, in processes that compile nothing: right, safe and beside other code."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from codegen import cache, machine, native
from codegen.fuse import fuse
from codegen.index import Apply, Buffer, Const, Define, Program, Read, Var
from codegen.kernel import Kernel
from codegen.loops import loops
from codegen.targets import llvm

N, HERE = Var("n"), Var("i")

GRADIENTS = """
import os, sys, threading
import numpy as np
import symdiff as sd
from codegen import native

if sys.argv[1] == "second":
    del native.object_file  # nothing can be compiled
A = np.arange(9.0).reshape(3, 3) + 9 * np.eye(3)

def losses(A):
    yield np.sum(np.sin(A) * np.exp(-A * A / 100))
    yield np.sum(np.linalg.solve(A, A[0]) ** 2) + np.linalg.slogdet(A)[1]
    yield np.sum(np.cumsum(np.sort(A, axis=-1), axis=-1) ** 2)

def gradients(n=3):
    return [sd.grad(lambda A, k=k: list(losses(A))[k])(A) for k in range(n)]

def told(found):
    return [round(float(np.sum(np.abs(g))), 9) for g in found]
"""
LOADED = 'print([m for m in ("numba", "scipy.linalg") if m in sys.modules])'
USERS = """
import numba

@numba.njit
def own(a):
    return np.sum(a.reshape(9) * np.ones((3, 3)).reshape(9)) + np.linalg.det(a)

wanted = np.sum(A) + np.linalg.det(A)
assert abs(own(A) - wanted) < 1e-9 * abs(wanted)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SYMDIFF_CACHE", raising=False)
    return tmp_path


def said(text: str, which: str = "second") -> list[str]:
    """What another process prints."""
    command = [sys.executable, "-W", "error", "-c", GRADIENTS + text, which]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:-1]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[str]]:
    """A cache that another process has filled, and what that process found."""
    place = tmp_path_factory.mktemp("filled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SYMDIFF_CACHE_DIR", str(place))
        return place, said("print(told(gradients()))", "first")


@pytest.fixture
def found(filled: tuple[Path, list[str]], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(filled[0]))
    return filled[1]


def test_routines_too_come_without_numba(found: list[str]) -> None:
    assert said(f"print(told(gradients()))\n{LOADED}") == [*found, "[]"]


def test_users_own_compiled_code_runs_before_and_after(found: list[str]) -> None:
    ours, again = "print(told(gradients()))", "assert abs(own(A) - wanted) < 1e-9 * abs(wanted)"
    assert said("\n".join([ours, USERS, ours, again])) == 2 * found
    quicker = USERS.replace("np.linalg.det", "np.max")
    assert said("\n".join([quicker, ours, again])) == found


def test_errors_of_routines_are_numpys(found: list[str]) -> None:
    text = """
gradients()
try:
    sd.grad(lambda A: list(losses(A))[1])(np.zeros((3, 3)))
except np.linalg.LinAlgError as error:
    print(error)
"""
    assert said(f"{text}\n{LOADED}") == ["Singular matrix", "[]"]


def test_threads_load_and_call_kernels_at_once(found: list[str]) -> None:
    text = """
all_found = []
threads = [threading.Thread(target=lambda: all_found.append(told(gradients()))) for _ in range(8)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert len(all_found) == 8 and all(f == all_found[0] for f in all_found)
print(all_found[0])
"""
    assert said(text) == found


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system does not fork")
def test_a_forked_child_goes_on(found: list[str]) -> None:
    text = """
import warnings
warnings.simplefilter("ignore")  # of threads that a fork leaves behind
before = gradients(2)
child = os.fork()
if child == 0:
    good = told(gradients()[:2]) == told(before)
    os._exit(0 if good else 1)
print(os.waitpid(child, 0)[1])
"""
    assert said(text) == ["0"]


def program(more: float) -> Program:
    value = Apply("mul", (Apply("exp", (Read("x", (HERE,)),)), Const(more)))
    body = (Define(Buffer("y", (N,)), ("i",), value),)
    return Program("kept", (("n", "x", 0),), (Buffer("x", (N,)),), body, ("y",))


def value(more: float) -> float:
    """By a kernel that is looked for on the disk, as in a process that does not know it yet."""
    kernel = Kernel.of(program(more), loops(fuse(program(more))), llvm.load)
    return float(kernel(np.zeros(1))[0][0])


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that are compiled from now on."""
    texts: list[str] = []
    compile_ = native.object_file

    def noted(text: str) -> bytes:
        texts.append(text)
        return compile_(text)

    monkeypatch.setattr(native, "object_file", noted)
    return texts


def kernel_file() -> Path:
    return next(entry.path for entry in cache.entries() if entry.name == "kept")


def sealed(payload: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets every file seem to be in order and to hold this."""
    monkeypatch.setattr(cache, "read", lambda name, key: payload if name == "kept" else None)


def test_damage_is_repaired(made: list[str]) -> None:
    assert value(2.0) == value(2.0) == 2.0
    assert len(made) == 1
    content = kernel_file().read_bytes()
    kernel_file().write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert value(2.0) == 2.0
    assert len(made) == 2 and kernel_file().read_bytes() == content


def test_another_version_or_processor_is_a_miss(
    made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert value(3.0) == 3.0
    with monkeypatch.context() as patch:
        patch.setattr(cache, "versions", lambda: "others")
        assert value(3.0) == 3.0 and len(made) == 2
    with monkeypatch.context() as patch:
        patch.setattr(machine, "processor", lambda: "another")
        assert value(3.0) == 3.0 and len(made) == 3
    assert value(3.0) == 3.0 and len(made) == 3


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"nonsense",
        b"{}\ncode",
        b'{"symbols": ["symdiff.of.the.future"], "routines": {}}\ncode',
    ],
)
def test_rightly_sealed_nonsense_is_a_miss(
    payload: bytes, made: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    sealed(payload, monkeypatch)
    assert value(4.0) == 4.0 and len(made) == 1


CONSTANT_SIZES = """
import sys
import numpy as np
from codegen import build, native, threads
from codegen.index import Apply, Buffer, Const, Define, Program, Read, Reduce, Var

threads.set_num_threads(int(sys.argv[1]))
if sys.argv[2] == "second":
    del native.object_file  # nothing can be compiled
size, i = Const(200_000, "int64"), Var("i")
value = Apply("exp", (Read("x", (i,)),))
body = (
    Define(Buffer("y", (size,)), ("i",), value),
    Define(Buffer("s", ()), (), Reduce("add", (("i", size),), Read("y", (i,)))),
)
kernel = build(Program("constant", (), (Buffer("x", (size,)),), body, ("y", "s")), "llvm")
x = np.linspace(0.0, 1.0, 200_000)
y, s = kernel(x)
np.testing.assert_allclose(y, np.exp(x), rtol=1e-14)
np.testing.assert_allclose(s, np.exp(x).sum(), rtol=1e-12)
"""


@pytest.mark.parametrize("count", [1, 2])
def test_constant_sizes_run_in_a_second_process(count: int) -> None:
    """Nothing but the kernel's file tells that process which of our symbols the kernel calls."""
    command = [sys.executable, "-c", CONSTANT_SIZES, str(count)]
    for which in ("first", "second"):
        subprocess.run([*command, which], check=True)


def test_functions_outlive_the_modules_that_made_them(found: list[str]) -> None:
    """At the end Python clears modules first: a function's definition must still be there then."""
    text = """
import gc
from codegen import native
kernels = [sd.grad(lambda A, k=k: np.sum(A) * k + np.sum(np.sin(A))) for k in range(20)]
for kernel in kernels:
    kernel(A)
for name, value in list(vars(native).items()):
    if isinstance(value, list):
        value[:] = [kept for kept in value if not hasattr(kept, "_fields_")]
junk = [bytearray(b"\\xff" * 31) for _ in range(100_000)]
gc.collect()
print("alive")
"""
    assert said(text, "first")[-1] == "alive"
