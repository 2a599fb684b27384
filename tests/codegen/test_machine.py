"""Machine code from LLVM's text: assembled once for all processes, and called."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path

import pytest

from codegen import cache, machine

TEXT = """
define i64 @"test.machine.{name}"(i64 %x) {{
  %y = add i64 %x, {more}
  ret i64 %y
}}
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SYMDIFF_CACHE", raising=False)


def called(name: str, more: int, x: int) -> int:
    engine = machine.Assembly("test", TEXT.format(name=name, more=more)).engine()
    place = engine.get_function_address(f"test.machine.{name}")
    return ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64)(place)(x)


def test_text_is_assembled_once_and_damage_is_repaired(monkeypatch: pytest.MonkeyPatch) -> None:
    assert called("first", 2, 40) == 42
    (kept,) = cache.entries()
    with monkeypatch.context() as patch:
        patch.delattr(machine.Assembly, "made")
        assert called("first", 2, 50) == 52
    content = kept.path.read_bytes()
    kept.path.write_bytes(content[: len(content) // 2])
    assert called("first", 2, 60) == 62
    assert kept.path.read_bytes() == content


def test_what_was_begun_is_assembled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[bytes] = []
    monkeypatch.setattr(cache, "write", lambda name, key, code: written.append(code))
    some = [machine.Assembly("test", TEXT.format(name=f"begun{k}", more=k)) for k in range(2)]
    machine.begin(*some)
    machine.begin(*some)
    engines = [assembly.engine() for assembly in some for _ in range(2)]
    assert len(written) == 2
    places = [e.get_function_address(f"test.machine.begun{k // 2}") for k, e in enumerate(engines)]
    assert len(set(places)) == 4 and all(places)


def test_what_is_on_the_disk_begins_no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    assert called("kept", 2, 40) == 42
    monkeypatch.setattr(machine.threading, "Thread", None)
    machine.begin(machine.Assembly("test", TEXT.format(name="kept", more=2)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
def test_a_fork_while_code_is_assembled_leaves_a_child_that_can_assemble() -> None:
    text = """
import os, signal
from codegen import machine
body = "".join(f"  %v{k + 1} = fadd double %v{k}, 1.0\\n" for k in range(9_000))
text = f"define double @many(double %v0) {{\\n{body}  ret double %v9000\\n}}"
assembly = machine.Assembly("many", text)
machine.begin(assembly)
child = os.fork()
signal.alarm(10)
assert assembly.engine().get_function_address("many") > 0
if child:
    print(os.waitpid(child, 0)[1])
"""
    command = [sys.executable, "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "0\n"


def test_threads_that_the_system_refuses_are_done_without(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(thread: object) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(machine.threading.Thread, "start", refused)
    assembly = machine.Assembly("test", TEXT.format(name="refused", more=1))
    machine.begin(assembly)
    assert assembly.engine().get_function_address("test.machine.refused")


def test_llvm_may_be_loaded_ahead() -> None:
    text = """
from codegen import machine
machine.expect()
machine.expect()
engine = machine.Assembly("ahead", "define void @ahead() { ret void }").engine()
print(engine.get_function_address("ahead") > 0)
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"


def test_another_text_is_another_entry() -> None:
    assert called("second", 1, 1) == 2
    assert called("second", 5, 1) == 6
    assert len(cache.entries()) == 2


def test_the_cache_may_be_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE", "0")
    assert called("third", 3, 4) == 7
    assert cache.entries() == []


def test_functions_are_offered_to_other_code() -> None:
    assert not machine.is_known("test.machine.offered")
    engine = machine.Assembly("test", TEXT.format(name="offered", more=1)).engine()
    machine.offer(engine, "test.machine.offered")
    assert machine.is_known("test.machine.offered")
    machine.offer_library(ctypes.CDLL(None), "no_such_function_anywhere", "malloc")
    assert machine.is_known("malloc") and not machine.is_known("no_such_function_anywhere")
