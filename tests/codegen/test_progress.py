"""What takes long says so on a terminal, and only there."""

from __future__ import annotations

import io
import sys
import threading
import time

import pytest

from codegen import build, progress
from codegen.index import Apply, Buffer, Const, Define, Program, Read
from codegen.progress import told

SHOWN = "symdiff: compiling f ..."
PATIENCE = 0.02


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", PATIENCE)
    monkeypatch.delenv("SYMDIFF_PROGRESS", raising=False)


def watched(monkeypatch: pytest.MonkeyPatch, stream: io.StringIO | None = None) -> io.StringIO:
    """The stream instead of stderr; pytest sets that anew between a fixture and its test."""
    stream = stream or Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def wait_for(stream: io.StringIO, text: str) -> None:
    end = time.monotonic() + 5.0
    while text not in stream.getvalue() and time.monotonic() < end:
        time.sleep(0.002)


def test_what_takes_long_is_shown_and_wiped(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    with told("compiling f"):
        wait_for(terminal, SHOWN)
        assert terminal.getvalue() == SHOWN
    assert terminal.getvalue() == f"{SHOWN}\r{' ' * len(SHOWN)}\r"


def test_what_is_quick_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.1)
    before = threading.active_count()
    with told("compiling f"):
        pass
    time.sleep(0.15)
    assert terminal.getvalue() == ""
    assert threading.active_count() == before


def test_the_outermost_is_told_and_an_error_wipes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)

    def fails() -> None:
        with told("compiling f"), told("compiling g"):
            wait_for(terminal, SHOWN)
            time.sleep(2 * PATIENCE)
            raise KeyError

    with pytest.raises(KeyError):
        fails()
    assert terminal.getvalue().split("\r")[0] == SHOWN
    with told("compiling f"):
        wait_for(terminal, f"\r{SHOWN}")
    assert terminal.getvalue().count(SHOWN) == 2


def nothing_is_told(stream: io.StringIO) -> None:
    with told("compiling f"):
        assert not any(isinstance(one, threading.Timer) for one in threading.enumerate())
    assert stream.getvalue() == ""


def test_a_pipe_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = watched(monkeypatch, io.StringIO())
    nothing_is_told(pipe)
    pipe.close()
    with told("compiling f"):
        pass
    monkeypatch.setattr(sys, "stderr", None)
    with told("compiling f"):
        pass


def test_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    monkeypatch.setenv("SYMDIFF_PROGRESS", "0")
    nothing_is_told(terminal)


def test_a_terminal_that_is_gone_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    with told("compiling f"):
        wait_for(terminal, SHOWN)
        terminal.close()


def test_kernels_say_what_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = watched(monkeypatch)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setenv("SYMDIFF_CACHE", "0")
    sum_ = Apply("add", (Read("x", ()), Const(7, "int64")))
    body = (Define(Buffer("y", (), "int64"), (), sum_),)
    program = Program("told", (), (Buffer("x", (), "int64"),), body, ("y",))
    assert build(program, "llvm")(1) == (8,)
    assert "symdiff: compiling told (1 steps) ..." in terminal.getvalue()
    assert terminal.getvalue().endswith("\r")
