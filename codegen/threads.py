"""Threads for the loops of kernels: a pool in machine code, asked by compiled code itself.

A loop that is worth it is cut into chunks; the caller works too. Where the cuts are depends on the
number of threads alone, so sums come out the same each time. Each thread has a share of neighbouring
chunks, the same one call after call, whose elements its cache may still hold; when it is through, it
takes what is left of the others' shares. The workers are Python threads that never touch Python
again. If the pool is busy, as when many threads call kernels at once, the caller runs all its chunks
itself.
"""

from __future__ import annotations

import contextlib
import ctypes
import functools
import operator
import os
import platform
import sys
import threading
from typing import Any

from . import machine

PARALLEL = "symdiff.threads.parallel"
COUNT = "symdiff.threads.count"
CHUNKS = "symdiff.threads.chunks"
NAMES = frozenset({PARALLEL, COUNT, CHUNKS})
_SHARES = 256  # at most; further threads help with these
_PATIENCE = 5_000  # looks for work, a few hundred microseconds, before a worker goes to sleep
_LIBRARY = ("mutex_init", "mutex_lock", "mutex_unlock", "cond_init", "cond_wait", "cond_broadcast")
available = sys.platform in ("linux", "darwin")

_CODE = """
@busy = internal global i64 0, align 64
@threads = internal global i64 1, align 64
@generation = internal global i64 0, align 64
@next = internal global [{shares} x [8 x i64]] zeroinitializer, align 64
@done = internal global i64 0, align 64
@active = internal global i64 0, align 64
@open = internal global i64 0
@function = internal global ptr null
@arguments = internal global ptr null
@chunks = internal global i64 0
@turns = internal global i64 0
@shares = internal global i64 1
@mutex = internal global [128 x i8] zeroinitializer, align 64
@cond = internal global [128 x i8] zeroinitializer, align 64

declare i32 @pthread_mutex_init(ptr, ptr)
declare i32 @pthread_mutex_lock(ptr)
declare i32 @pthread_mutex_unlock(ptr)
declare i32 @pthread_cond_init(ptr, ptr)
declare i32 @pthread_cond_wait(ptr, ptr)
declare i32 @pthread_cond_broadcast(ptr)
declare i32 @sched_yield()
{declared}

define void @reset() {{
  %m = call i32 @pthread_mutex_init(ptr @mutex, ptr null)
  %c = call i32 @pthread_cond_init(ptr @cond, ptr null)
  store atomic i64 0, ptr @busy release, align 8
  store atomic i64 0, ptr @active release, align 8
  store atomic i64 1, ptr @threads release, align 8
  ret void
}}

define void @set_threads(i64 %n) {{
  store atomic i64 %n, ptr @threads release, align 8
  ret void
}}

define i64 @"{count}"() {{
  %n = load atomic i64, ptr @threads monotonic, align 8
  ret i64 %n
}}

; in how many chunks so many turns are cut; 1 if their work is not more than threads and chunks cost
define i64 @"{chunk_count}"(i64 %turns, i64 %per_thread, i64 %work, i64 %cost, i64 %per_chunk) {{
  %threads = load atomic i64, ptr @threads monotonic, align 8
  %wanted = mul i64 %threads, %per_thread
  %few = icmp slt i64 %turns, %wanted
  %count = select i1 %few, i64 %turns, i64 %wanted
  %joining = mul i64 %count, %per_chunk
  %least = add i64 %joining, %cost
  %enough = icmp sgt i64 %work, %least
  %several = icmp sgt i64 %threads, 1
  %pays = and i1 %enough, %several
  %chunks = select i1 %pays, i64 %count, i64 1
  ret i64 %chunks
}}

define internal void @wait_a_little(i64 %k) {{
  %long = icmp ugt i64 %k, 2000
  br i1 %long, label %yield, label %pause
pause:
  {pause}
  ret void
yield:
  %ignored = call i32 @sched_yield()
  ret void
}}

; where a part begins of so much that is cut into so many parts
define internal i64 @part_start(i64 %part, i64 %whole, i64 %parts) {{
  %all = mul i64 %part, %whole
  %start = udiv i64 %all, %parts
  ret i64 %start
}}

define internal void @run(ptr %f, ptr %args, i64 %chunk, i64 %chunks, i64 %turns) {{
  %next = add i64 %chunk, 1
  %start = call i64 @part_start(i64 %chunk, i64 %turns, i64 %chunks)
  %stop = call i64 @part_start(i64 %next, i64 %turns, i64 %chunks)
  call void %f(ptr %args, i64 %chunk, i64 %start, i64 %stop)
  ret void
}}

define internal void @share_out(i64 %chunks) {{
entry:
  %threads = load atomic i64, ptr @threads monotonic, align 8
  %many = icmp ugt i64 %threads, {shares}
  %shares = select i1 %many, i64 {shares}, i64 %threads
  store i64 %chunks, ptr @chunks
  store i64 %shares, ptr @shares
  br label %each
each:
  %k = phi i64 [0, %entry], [%k1, %each]
  %start = call i64 @part_start(i64 %k, i64 %chunks, i64 %shares)
  %place = getelementptr [8 x i64], ptr @next, i64 %k
  store atomic i64 %start, ptr %place release, align 8
  %k1 = add i64 %k, 1
  %more = icmp ult i64 %k1, %shares
  br i1 %more, label %each, label %over
over:
  ret void
}}

define internal void @work(ptr %f, ptr %args, i64 %first) {{
entry:
  %chunks = load i64, ptr @chunks
  %turns = load i64, ptr @turns
  %shares = load i64, ptr @shares
  br label %share
share:
  %k = phi i64 [0, %entry], [%k1, %over]
  %turn = add i64 %first, %k
  %mine = urem i64 %turn, %shares
  %following = add i64 %mine, 1
  %stop = call i64 @part_start(i64 %following, i64 %chunks, i64 %shares)
  %place = getelementptr [8 x i64], ptr @next, i64 %mine
  br label %take
take:
  %chunk = atomicrmw add ptr %place, i64 1 acq_rel
  %left = icmp ult i64 %chunk, %stop
  br i1 %left, label %run, label %over
run:
  call void @run(ptr %f, ptr %args, i64 %chunk, i64 %chunks, i64 %turns)
  %before = atomicrmw add ptr @done, i64 1 acq_rel
  br label %take
over:
  %k1 = add i64 %k, 1
  %more = icmp ult i64 %k1, %shares
  br i1 %more, label %share, label %out
out:
  ret void
}}

define internal void @wait_until(ptr %place, i64 %value) {{
entry:
  br label %look
look:
  %k = phi i64 [0, %entry], [%next, %again]
  %now = load atomic i64, ptr %place acquire, align 8
  %there = icmp eq i64 %now, %value
  br i1 %there, label %over, label %again
again:
  call void @wait_a_little(i64 %k)
  %next = add i64 %k, 1
  br label %look
over:
  ret void
}}

define void @"{parallel}"(ptr %f, ptr %args, i64 %chunks, i64 %turns) {{
entry:
  %pair = cmpxchg ptr @busy, i64 0, i64 1 acq_rel monotonic
  %mine = extractvalue {{i64, i1}} %pair, 1
  br i1 %mine, label %hand_out, label %alone
hand_out:
  store ptr %f, ptr @function
  store ptr %args, ptr @arguments
  store i64 %turns, ptr @turns
  call void @share_out(i64 %chunks)
  store atomic i64 0, ptr @done release, align 8
  %l1 = call i32 @pthread_mutex_lock(ptr @mutex)
  store i64 1, ptr @open
  %g = load atomic i64, ptr @generation monotonic, align 8
  %g1 = add i64 %g, 1
  store atomic i64 %g1, ptr @generation release, align 8
  %b = call i32 @pthread_cond_broadcast(ptr @cond)
  %u1 = call i32 @pthread_mutex_unlock(ptr @mutex)
  call void @work(ptr %f, ptr %args, i64 0)
  call void @wait_until(ptr @done, i64 %chunks)
  %l2 = call i32 @pthread_mutex_lock(ptr @mutex)
  store i64 0, ptr @open
  %u2 = call i32 @pthread_mutex_unlock(ptr @mutex)
  call void @wait_until(ptr @active, i64 0)
  store atomic i64 0, ptr @busy release, align 8
  ret void
alone:
  %chunk = phi i64 [0, %entry], [%following, %alone]
  call void @run(ptr %f, ptr %args, i64 %chunk, i64 %chunks, i64 %turns)
  %following = add i64 %chunk, 1
  %more = icmp ult i64 %following, %chunks
  br i1 %more, label %alone, label %over
over:
  ret void
}}

define void @worker(i64 %number) {{
entry:
  br label %idle
idle:
  %seen = phi i64 [0, %entry], [%now, %late], [%now, %finished]
  br label %spin
spin:
  %k = phi i64 [0, %idle], [%k1, %spun]
  %early = load atomic i64, ptr @generation acquire, align 8
  %new = icmp ne i64 %early, %seen
  br i1 %new, label %enter, label %spun
spun:
  {pause}
  %k1 = add i64 %k, 1
  %patient = icmp ult i64 %k1, {patience}
  br i1 %patient, label %spin, label %enter
enter:
  %l = call i32 @pthread_mutex_lock(ptr @mutex)
  br label %check
check:
  %now = load atomic i64, ptr @generation monotonic, align 8
  %same = icmp eq i64 %now, %seen
  br i1 %same, label %sleep, label %awake
sleep:
  %w = call i32 @pthread_cond_wait(ptr @cond, ptr @mutex)
  br label %check
awake:
  %open = load i64, ptr @open
  %still = icmp ne i64 %open, 0
  br i1 %still, label %join, label %late
late:
  %u1 = call i32 @pthread_mutex_unlock(ptr @mutex)
  br label %idle
join:
  %a = atomicrmw add ptr @active, i64 1 acq_rel
  %f = load ptr, ptr @function
  %args = load ptr, ptr @arguments
  %u2 = call i32 @pthread_mutex_unlock(ptr @mutex)
  call void @work(ptr %f, ptr %args, i64 %number)
  br label %finished
finished:
  %s = atomicrmw sub ptr @active, i64 1 acq_rel
  br label %idle
}}
"""


@functools.cache
def assembly() -> machine.Assembly:
    """The pool's machine code."""
    intel = platform.machine() in ("x86_64", "AMD64")
    text = _CODE.format(
        count=COUNT,
        chunk_count=CHUNKS,
        parallel=PARALLEL,
        shares=_SHARES,
        patience=_PATIENCE,
        declared="declare void @llvm.x86.sse2.pause()" if intel else "",
        pause="call void @llvm.x86.sse2.pause()" if intel else "call i32 @sched_yield()",
    )
    return machine.Assembly("threads", text)


class Pool:
    """The machine code, loaded, and its workers."""

    def __init__(self) -> None:
        own = (f"pthread_{name}" for name in _LIBRARY)
        machine.offer_library(ctypes.CDLL(None), *own, "sched_yield")
        self.engine = assembly().engine()
        machine.offer(self.engine, *NAMES)
        self.workers = 0
        self.lock = threading.Lock()
        self.reset = self._function("reset")  # a child could not ask while the parent compiles
        self.reset()
        os.register_at_fork(after_in_child=self._forked)

    def _function(self, name: str, *args: Any) -> Any:
        return machine.function(self.engine, name, *args)

    def set(self, count: int) -> None:
        """From now on so many threads, this one included; those there are do the others' shares."""
        with self.lock:
            with contextlib.suppress(RuntimeError):  # no more to be had, or Python is about to end
                while self.workers < count - 1:
                    self._start(self.workers + 1)
                    self.workers += 1
            self._function("set_threads", ctypes.c_int64)(count)

    def _start(self, number: int) -> None:
        work = functools.partial(self._function("worker", ctypes.c_int64), number)
        threading.Thread(target=work, name="symdiff", daemon=True).start()

    def _forked(self) -> None:
        """A child has none of its parent's workers: it goes on alone until it asks for some."""
        self.lock = threading.Lock()
        self.workers = 0
        self.reset()


_wanted: int | None = None
_installing = threading.Lock()


def num_threads() -> int:
    """How many threads loops are shared among."""
    if _wanted is not None:
        return _wanted
    given = os.environ.get("SYMDIFF_NUM_THREADS", "")
    return int(given) if given.isdecimal() and int(given) else _cores()


def _cores() -> int:
    """The processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def set_num_threads(count: int) -> None:
    """Shares the loops of kernels among so many threads; 1 for none but the caller's, in BLAS too."""
    global _wanted
    count = operator.index(count)
    if count < 1:
        raise ValueError(f"the number of threads must be positive, not {count}")
    _wanted = count
    with _installing:
        if _pool.cache_info().currsize:
            _pool().set(count)


def install() -> Pool:
    """Makes the pool known to compiled code, and starts its workers; there is one for all kernels."""
    with _installing:
        return _pool()


@functools.cache
def _pool() -> Pool:
    pool = Pool()
    pool.set(num_threads())
    return pool
