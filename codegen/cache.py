"""Compiled kernels on disk: one file each, in a folder that only the user may write.

A file is trusted only if its folder and it belong to the user and its digest is right; everything
else, from a cut file to a full disk, is as if nothing were there. What the bytes mean is not known
here. `SYMDIFF_CACHE_DIR` sets the place, `SYMDIFF_CACHE=0` turns the cache off.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import hashlib
import importlib.util
import os
import platform
import stat
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

_MAGIC = b"symdiff kernel\n"
_SUFFIX = ".kernel"
_UNFINISHED, _ABANDONED = ".unfinished-", 3600.0  # seconds after which nobody writes any more
_WRITTEN_BY_OTHERS = stat.S_IWGRP | stat.S_IWOTH
MOST, MOST_BYTES = 4096, 1 << 30  # kernels that are kept, and what they may take
_BUILT_WITH = ("numba", "llvmlite", "numpy", "scipy")
_STARTED = time.time()


class Entry(NamedTuple):
    """A kernel in the cache: the name of its function, its size in bytes, when it was last used."""

    name: str
    path: Path
    size: int
    used: float


def directory() -> Path | None:
    """The folder of the cache, made if need be; None if the cache is off or the folder not safe."""
    if os.environ.get("SYMDIFF_CACHE", "1").lower() in ("0", "off", "no", "false"):
        return None
    try:
        folder = _base() / "kernels"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if _is_own(folder.lstat()) and not folder.is_symlink() else None
    except (OSError, RuntimeError):  # the latter where the user has no home
        return None


def _base() -> Path:
    """`SYMDIFF_CACHE_DIR`, or where the system keeps the caches of a user."""
    given = os.environ.get("SYMDIFF_CACHE_DIR")
    if given:
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "symdiff"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "symdiff"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "symdiff"


def _is_own(status: os.stat_result) -> bool:
    """Whether it belongs to the user and nobody else may write it."""
    if sys.platform == "win32":
        return True
    return status.st_uid == os.geteuid() and not status.st_mode & _WRITTEN_BY_OTHERS


def digest(*texts: str) -> str:
    """A name for these texts under these versions: it changes with either."""
    sha = hashlib.sha256()
    for text in (versions(), *texts):
        sha.update(f"{len(text)}:{text}".encode())
    return sha.hexdigest()


@functools.cache
def versions() -> str:
    """What compiled code depends on beside its program: our own sources, libraries, interpreter."""
    libraries = hashlib.sha256()
    for library in _BUILT_WITH:
        libraries.update(_told_version(library))
    own = sources(Path(__file__).parent)
    return "\n".join([own, libraries.hexdigest(), sys.version, sys.platform, platform.machine()])


@functools.cache
def sources(folder: Path) -> str:
    """A name for the Python files in a folder, as they were when this process read them.

    They are known by size and time, as Python's own bytecode knows them: a first call waits.
    Files that changed since then, or that are not there, have a name that nobody else knows.
    """
    sha, paths = hashlib.sha256(str(folder).encode()), sorted(_python_files(folder))
    for path in paths:
        status = os.stat(path)
        if _STARTED < max(status.st_mtime, status.st_ctime) <= time.time():
            return os.urandom(16).hex()
        sha.update(f"{path[len(str(folder)) :]}:{status.st_size}:{int(status.st_mtime)}".encode())
    return sha.hexdigest() if paths else os.urandom(16).hex()


def _python_files(folder: Path) -> Iterator[str]:
    for place, _, names in os.walk(folder):
        yield from (os.path.join(place, name) for name in names if name.endswith(".py"))


def _told_version(library: str) -> bytes:
    """The file in which a library tells its version: importing it would take longer."""
    spec = importlib.util.find_spec(library)
    places = (spec and spec.submodule_search_locations) or []
    found = (Path(place, name) for place in places for name in ("_version.py", "version.py"))
    return next((path.read_bytes() for path in found if path.exists()), str(places).encode())


def read(name: str, key: str) -> bytes | None:
    """What was written under this name and key, or None."""
    folder = directory()
    if folder is None:
        return None
    path = _path(folder, name, key)
    try:
        with open(path, "rb") as file:
            content = file.read() if _is_own(os.fstat(file.fileno())) else b""
    except OSError:
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    seal, payload = content[: len(_MAGIC) + 32], content[len(_MAGIC) + 32 :]
    return payload if seal == _seal(key, payload) else None


def write(name: str, key: str, payload: bytes) -> None:
    """Keeps the payload if that is possible; readers see all of it or nothing."""
    folder = directory()
    if folder is None:
        return
    with contextlib.suppress(OSError):
        _replace(_path(folder, name, key), _seal(key, payload) + payload)
        _trim_at_exit()


def _path(folder: Path, name: str, key: str) -> Path:
    return folder / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:32]}{_SUFFIX}"


def _seal(key: str, payload: bytes) -> bytes:
    """The key goes into the digest, so that a renamed file is not taken for another."""
    return _MAGIC + hashlib.sha256(key.encode() + b"\0" + payload).digest()


def _replace(path: Path, content: bytes) -> None:
    """A whole new file under the path, or the old one."""
    descriptor, unfinished = tempfile.mkstemp(prefix=_UNFINISHED, dir=path.parent)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
        os.replace(unfinished, path)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(unfinished)
        raise


def entries() -> list[Entry]:
    """The kernels in the cache, the one used last first."""
    found = []
    for path in _files():
        with contextlib.suppress(OSError):
            status = path.stat()
            name = path.name.removesuffix(_SUFFIX).rpartition("-")[0]
            found.append(Entry(name, path, status.st_size, status.st_mtime))
    return sorted(found, key=lambda entry: -entry.used)


def _files(pattern: str = f"*{_SUFFIX}") -> list[Path]:
    folder = directory()
    return [] if folder is None else list(folder.glob(pattern))


@functools.cache
def _trim_at_exit() -> None:
    atexit.register(trim)


def trim() -> None:
    """Removes the kernels used longest ago, so that no more than `MOST` are left, and what
    processes that were killed left unfinished.
    """
    taken = 0
    for k, entry in enumerate(entries()):
        taken += entry.size
        if k >= MOST or taken > MOST_BYTES:
            with contextlib.suppress(OSError):
                entry.path.unlink()
    for path in _files(_UNFINISHED + "*"):
        with contextlib.suppress(OSError):
            if path.stat().st_mtime < time.time() - _ABANDONED:
                path.unlink()


def size() -> int:
    """The bytes that the cache takes."""
    return sum(entry.size for entry in entries())


def clear() -> int:
    """Removes all kernels, and what was never finished; gives the number of kernels."""
    kernels = _files()
    for path in (*kernels, *_files(_UNFINISHED + "*")):
        with contextlib.suppress(OSError):
            path.unlink()
    return len(kernels)
