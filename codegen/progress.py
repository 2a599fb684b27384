"""A line on the terminal while a kernel takes long to make; nothing where no terminal is."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

PATIENCE = 1.0  # seconds before the line is shown
_one = threading.Lock()


@contextlib.contextmanager
def told(doing: str) -> Iterator[None]:
    """Tells on stderr what takes longer than a second, and wipes it away when that is done.

    It is one line for all threads and for what goes on inside. `SYMDIFF_PROGRESS=0` turns it off.
    """
    stream = sys.stderr
    if not _watched(stream) or not _one.acquire(blocking=False):
        yield
        return
    line = _Line(stream, f"symdiff: {doing} ...")
    try:
        yield
    finally:
        line.wipe()
        _one.release()


def _watched(stream: TextIO | None) -> bool:
    """Whether a person sees what is written there, and wants to."""
    if stream is None or os.environ.get("SYMDIFF_PROGRESS", "1").lower() in ("0", "off", "no"):
        return False
    return not stream.closed and stream.isatty()


class _Line:
    """A text that a timer writes, unless it is wiped before."""

    def __init__(self, stream: TextIO, text: str) -> None:
        self.stream, self.text = stream, text
        self.turn, self.shown, self.over = threading.Lock(), False, False
        self.timer = threading.Timer(PATIENCE, self.show)
        self.timer.daemon = True
        self.timer.start()

    def show(self) -> None:
        with self.turn:
            if not self.over:
                self.shown = True
                self.write(self.text)

    def wipe(self) -> None:
        self.timer.cancel()
        with self.turn:
            self.over = True
            if self.shown:
                self.write(f"\r{' ' * len(self.text)}\r")

    def write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):  # the terminal is gone, or lacks a letter
            self.stream.write(text)
            self.stream.flush()
