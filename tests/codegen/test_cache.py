"""The cache on disk: what is right is found by the next process, everything else is a miss."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from codegen import cache

PAYLOAD = bytes(range(256)) * 40


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv("SYMDIFF_CACHE", raising=False)
    return tmp_path / "kernels"


def only_file() -> Path:
    (entry,) = cache.entries()
    return entry.path


def test_what_was_written_is_read() -> None:
    cache.write("loss", "key", PAYLOAD)
    assert cache.read("loss", "key") == PAYLOAD
    assert cache.read("loss", "other key") is None
    assert cache.read("other", "key") is None


def test_only_the_user_may_enter(folder: Path) -> None:
    cache.write("loss", "key", PAYLOAD)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert only_file().stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("length", [0, 1, 14, 15, 46, 47, 48, 5000, 47 + len(PAYLOAD) - 1])
def test_a_cut_file_is_a_miss(length: int) -> None:
    cache.write("loss", "key", PAYLOAD)
    os.truncate(only_file(), length)
    assert cache.read("loss", "key") is None


@pytest.mark.parametrize("place", [0, 20, 47, 3000, -1])
def test_a_changed_byte_is_a_miss(place: int) -> None:
    cache.write("loss", "key", PAYLOAD)
    content = bytearray(only_file().read_bytes())
    content[place] ^= 1
    only_file().write_bytes(content)
    assert cache.read("loss", "key") is None
    cache.write("loss", "key", PAYLOAD)
    assert cache.read("loss", "key") == PAYLOAD


def test_a_renamed_file_is_a_miss() -> None:
    cache.write("loss", "key", PAYLOAD)
    first = only_file()
    cache.write("loss", "other key", b"other")
    second = next(e.path for e in cache.entries() if e.path != first)
    os.replace(first, second)
    assert cache.read("loss", "other key") is None


def test_a_file_that_others_may_write_is_a_miss(folder: Path) -> None:
    cache.write("loss", "key", PAYLOAD)
    only_file().chmod(0o620)
    assert cache.read("loss", "key") is None
    only_file().chmod(0o600)
    folder.chmod(0o702)
    assert cache.directory() is None
    assert cache.read("loss", "key") is None


def test_what_another_user_owns_is_a_miss(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write("loss", "key", PAYLOAD)
    uid = os.geteuid() + 1
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    assert cache.read("loss", "key") is None


def test_a_folder_that_is_a_link_is_not_used(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    folder.symlink_to(elsewhere)
    cache.write("loss", "key", PAYLOAD)
    assert cache.read("loss", "key") is None
    assert not list(elsewhere.iterdir())


def test_switched_off(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE", "0")
    cache.write("loss", "key", PAYLOAD)
    assert cache.read("loss", "key") is None
    assert cache.entries() == []
    assert cache.clear() == 0
    assert not folder.exists()


def test_a_place_that_cannot_be_a_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path / "file"))
    cache.write("loss", "key", PAYLOAD)
    assert cache.read("loss", "key") is None
    assert cache.size() == 0


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a container that runs under a number of its own."""
    for name in ("SYMDIFF_CACHE_DIR", "XDG_CACHE_HOME", "HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    cache.write("loss", "key", PAYLOAD)
    assert cache.read("loss", "key") is None
    assert cache.size() == 0


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_folder_that_takes_nothing(
    monkeypatch: pytest.MonkeyPatch, folder: Path, code: int
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(code, os.strerror(code))

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", refuse)
        cache.write("loss", "key", PAYLOAD)
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", refuse)
        cache.write("loss", "key", PAYLOAD)
    assert cache.read("loss", "key") is None
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full disk to offer")
def test_a_full_disk(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    def full(prefix: str, dir: Path) -> tuple[int, str]:
        return os.open("/dev/full", os.O_WRONLY), str(dir / "unfinished")

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "mkstemp", full)
        cache.write("loss", "key", PAYLOAD)
    assert list(folder.iterdir()) == []


def test_versions_make_other_names(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.digest("program")
    assert before == cache.digest("program") != cache.digest("progra", "m")
    monkeypatch.setattr(cache, "versions", lambda: "others")
    assert cache.digest("program") != before


def test_sources_are_known_by_their_places_sizes_and_times(tmp_path: Path) -> None:
    def told(folder: str, when: float, **texts: str) -> str:
        (tmp_path / folder).mkdir(exist_ok=True)
        for name, text in texts.items():
            path = tmp_path / folder / f"{name}.py"
            path.write_text(text)
            os.utime(path, (when, when))
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(cache, "_STARTED", time.time())
            return cache.sources.__wrapped__(tmp_path / folder)

    first = told("here", 1000.0, a="x = 1\n", b="y = 2\n")
    assert first == told("here", 1000.0, a="x = 1\n", b="y = 2\n")
    assert first != told("here", 1001.0, a="x = 1\n", b="y = 3\n")
    assert first != told("here", 1000.0, a="x = 10\n", b="y = 2\n")
    assert first != told("here", 1000.0, a="x = 1\n", b="y = 2\n", c="")
    assert first != told("there", 1000.0, a="x = 1\n", b="y = 2\n")


def test_sources_that_changed_since_or_are_not_there_have_a_name_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("", "x = 1\n"):
        if text:
            (tmp_path / "a.py").write_text(text)
        monkeypatch.setattr(cache, "_STARTED", 0.0)
        one = cache.sources.__wrapped__(tmp_path)
        assert one != cache.sources.__wrapped__(tmp_path)


def test_list_size_clear(folder: Path) -> None:
    cache.write("loss", "key", PAYLOAD)
    cache.write("model-2", "key", b"short")
    (folder / ".unfinished-1").write_bytes(b"left over")
    os.utime(next(e.path for e in cache.entries() if e.name == "loss"), (1, 1))
    assert [entry.name for entry in cache.entries()] == ["model-2", "loss"]
    assert cache.size() == sum(path.stat().st_size for path in folder.glob("*.kernel"))
    assert cache.clear() == 2
    assert list(folder.iterdir()) == []


WRITES = """
import sys
from codegen import cache
number = int(sys.argv[1])
print("ready", flush=True)
while True:
    for key in range(3):
        cache.write("loss", str(key), bytes([key]) * 3_000_000)
        assert cache.read("loss", str(key)) in (None, bytes([key]) * 3_000_000)
"""


def test_writers_killed_in_the_middle_leave_nothing_wrong() -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITES, str(n)], stdout=subprocess.PIPE)
        for n in range(2)
    ]
    for writer in writers:
        assert writer.stdout is not None
        assert writer.stdout.readline() == b"ready\n"
    end = time.monotonic() + 0.3
    while time.monotonic() < end:
        for key in range(3):
            assert cache.read("loss", str(key)) in (None, bytes([key]) * 3_000_000)
    for writer in writers:
        assert writer.poll() is None
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
    for key in range(3):
        assert cache.read("loss", str(key)) in (None, bytes([key]) * 3_000_000)
    cache.clear()


def test_those_used_longest_ago_make_room(monkeypatch: pytest.MonkeyPatch) -> None:
    for k in range(5):
        cache.write("f", str(k), b"code")
        os.utime(max(cache.entries(), key=lambda e: e.used).path, (k, k))
    assert cache.read("f", "1") == b"code"  # used now
    monkeypatch.setattr(cache, "MOST", 3)
    cache.trim()
    assert [cache.read("f", str(k)) is not None for k in range(5)] == [
        False,
        True,
        False,
        True,
        True,
    ]
    monkeypatch.setattr(cache, "MOST_BYTES", cache.size() - 1)
    cache.trim()
    assert len(cache.entries()) == 2


def test_what_was_left_unfinished_goes_when_nobody_writes_it_any_more(folder: Path) -> None:
    cache.write("loss", "key", PAYLOAD)
    old, new = folder / ".unfinished-1", folder / ".unfinished-2"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (1, 1))
    cache.trim()
    assert not old.exists() and new.exists()
    assert cache.read("loss", "key") == PAYLOAD


def test_a_process_that_wrote_trims_when_it_ends(folder: Path) -> None:
    program = "from codegen import cache; cache.MOST = 2\nfor k in range(4): cache.write('f', str(k), b'x')"
    subprocess.run([sys.executable, "-c", program], check=True, env=os.environ)
    assert len(cache.entries()) == 2
