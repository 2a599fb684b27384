"""One thread for BLAS and LAPACK where sharing costs more than it saves, by compiled code itself.

BLAS hands out parts of a matrix and waits for each; where another program has a processor, a product
of 0.3 ms so takes as long as that program keeps it. `ENTER` gives BLAS one thread, for small matrices
or where kernels have one thread, `LEAVE` gives back what was there. Only OpenBLAS can be asked.
"""

from __future__ import annotations

import ctypes
import functools
import os
import threading
from typing import Any

from .. import machine, threads
from . import scipys_blas

ENTER = "symdiff.blas.enter"
LEAVE = "symdiff.blas.leave"
PER_NUMBER = 256  # multiplications for a number of a matrix in LAPACK, as `ENTER` counts them
_TINY = 2**18  # OpenBLAS itself does not share as many multiplications
_LARGE = 2**26  # takes some milliseconds
_PREFIXES = ("scipy_openblas_", "openblas_")
_installing = threading.Lock()

_CODE = """
@get = internal global ptr null
@set = internal global ptr null
@lock = internal global i64 0, align 64
@depth = internal global i64 0
@before = internal global i32 0

declare i32 @sched_yield()
declare i64 @"{count}"()

define void @start(ptr %get, ptr %set) {{
  store ptr %get, ptr @get
  store ptr %set, ptr @set
  ret void
}}

define internal void @acquire() {{
entry:
  br label %try
try:
  %pair = cmpxchg ptr @lock, i64 0, i64 1 acquire monotonic
  %mine = extractvalue {{i64, i1}} %pair, 1
  br i1 %mine, label %over, label %wait
wait:
  %ignored = call i32 @sched_yield()
  br label %try
over:
  ret void
}}

define i64 @"{enter}"(i64 %work) {{
entry:
  %tiny = icmp sle i64 %work, {tiny}
  br i1 %tiny, label %none, label %ask
ask:
  %small = icmp sle i64 %work, {large}
  %threads = call i64 @"{count}"()
  %one = icmp sle i64 %threads, 1
  %wanted = or i1 %small, %one
  br i1 %wanted, label %look, label %none
look:
  call void @acquire()
  %depth = load i64, ptr @depth
  %inside = icmp sgt i64 %depth, 0
  br i1 %inside, label %enter, label %first
first:
  %get = load ptr, ptr @get
  %now = call i32 %get()
  %many = icmp sgt i32 %now, 1
  br i1 %many, label %change, label %unchanged
change:
  store i32 %now, ptr @before
  %set = load ptr, ptr @set
  call void %set(i32 1)
  br label %enter
enter:
  %deeper = add i64 %depth, 1
  store i64 %deeper, ptr @depth
  store atomic i64 0, ptr @lock release, align 8
  ret i64 1
unchanged:
  store atomic i64 0, ptr @lock release, align 8
  br label %none
none:
  ret i64 0
}}

define internal void @restore() {{
entry:
  %get = load ptr, ptr @get
  %now = call i32 %get()
  %still = icmp eq i32 %now, 1
  br i1 %still, label %change, label %over
change:
  %before = load i32, ptr @before
  %set = load ptr, ptr @set
  call void %set(i32 %before)
  br label %over
over:
  ret void
}}

define void @"{leave}"(i64 %entered) {{
entry:
  %not = icmp eq i64 %entered, 0
  br i1 %not, label %over, label %out
out:
  call void @acquire()
  %depth = load i64, ptr @depth
  %outer = sub i64 %depth, 1
  store i64 %outer, ptr @depth
  %last = icmp eq i64 %outer, 0
  br i1 %last, label %back, label %release
back:
  call void @restore()
  br label %release
release:
  store atomic i64 0, ptr @lock release, align 8
  br label %over
over:
  ret void
}}

define void @forked() {{
entry:
  %depth = load i64, ptr @depth
  store i64 0, ptr @depth
  store i64 0, ptr @lock
  %inside = icmp sgt i64 %depth, 0
  br i1 %inside, label %back, label %over
back:
  call void @restore()
  br label %over
over:
  ret void
}}
"""

_NOTHING = """
define i64 @"{enter}"(i64 %work) {{
  ret i64 0
}}

define void @"{leave}"(i64 %entered) {{
  ret void
}}
"""


def openblas(name: str) -> Any:
    """OpenBLAS's own function of this name, from the library that SciPy uses; None without it."""
    found = (scipys_blas.function(prefix + name) for prefix in _PREFIXES)
    return next((function for function in found if function is not None), None)


def install() -> Any:
    """Makes `ENTER` and `LEAVE` known to compiled code; gives the engine that has them."""
    with _installing:  # there must be one lock for all kernels, so one engine
        return _installed()


def assemblies() -> list[machine.Assembly]:
    """What `install` will load."""
    return [*([threads.assembly()] if _asked() else []), _assembly()]


@functools.cache
def _installed() -> Any:
    if _asked():
        threads.install()
    engine = _assembly().engine()
    machine.offer(engine, ENTER, LEAVE)
    if _asked():
        addresses = map(machine.address, _asked())
        machine.function(engine, "start", ctypes.c_void_p, ctypes.c_void_p)(*addresses)
        os.register_at_fork(after_in_child=machine.function(engine, "forked"))
    return engine


@functools.cache
def _asked() -> tuple[Any, ...]:
    """What tells and what sets OpenBLAS's number of threads, where there are both."""
    found = (openblas("get_num_threads"), openblas("set_num_threads"))
    return found if threads.available and None not in found else ()


@functools.cache
def _assembly() -> machine.Assembly:
    code = _CODE if _asked() else _NOTHING
    text = code.format(count=threads.COUNT, enter=ENTER, leave=LEAVE, tiny=_TINY, large=_LARGE)
    return machine.Assembly("blas_threads", text)
