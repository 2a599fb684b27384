"""Memory for the arrays of kernels: large blocks are kept for the next call when they are freed.

The system gives a large block page by page, at its first touch, and takes it back when it is freed:
a kernel that allocates its results would spend most of its time there. Numba's runtime asks this
allocator instead. It is machine code of its own, so that it lives as long as any array.
"""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from typing import Any

from llvmlite import binding
from numba.core import registry

NEW = "symdiff.memory.new"
_LARGE = 1 << 20  # bytes from which on a block is kept
_HUGE = 1 << 22  # bytes from which on the system is asked for huge pages
_SLOTS = 16
_MADV_HUGEPAGE = 14

# Blocks begin with their size; 64 bytes further on is what the caller gets.
_CODE = """
@slots = internal global [{slots} x i64] zeroinitializer, align 64
@kept = internal global i64 0, align 64
@allocator = internal global {{ptr, ptr, ptr, ptr}} {{ptr @take, ptr null, ptr @give, ptr null}}

declare ptr @malloc(i64)
declare void @free(ptr)
declare i32 @posix_memalign(ptr, i64, i64)
declare i32 @madvise(ptr, i64, i32)
declare ptr @NRT_MemInfo_alloc_safe_aligned_external(i64, i32, ptr)

define ptr @"{new}"(i64 %size) {{
  %memory = call ptr @NRT_MemInfo_alloc_safe_aligned_external(i64 %size, i32 64, ptr @allocator)
  ret ptr %memory
}}

define internal ptr @fresh(i64 %size) {{
  %place = alloca ptr
  %huge = icmp uge i64 %size, {huge}
  br i1 %huge, label %paged, label %plain
plain:
  %small = call ptr @malloc(i64 %size)
  ret ptr %small
paged:
  %failed = call i32 @posix_memalign(ptr %place, i64 2097152, i64 %size)
  %ok = icmp eq i32 %failed, 0
  br i1 %ok, label %advise, label %none
advise:
  %block = load ptr, ptr %place
  %ignored = call i32 @madvise(ptr %block, i64 %size, i32 {advice})
  ret ptr %block
none:
  ret ptr null
}}

define internal ptr @kept_block(i64 %size) {{
entry:
  %quarter = lshr i64 %size, 2
  %most = add i64 %size, %quarter
  br label %look
look:
  %k = phi i64 [0, %entry], [%next, %further]
  %slot = getelementptr [{slots} x i64], ptr @slots, i64 0, i64 %k
  %seen = load atomic i64, ptr %slot monotonic, align 8
  %empty = icmp eq i64 %seen, 0
  br i1 %empty, label %further, label %grab
grab:
  %taken = atomicrmw xchg ptr %slot, i64 0 acquire
  %gone = icmp eq i64 %taken, 0
  br i1 %gone, label %further, label %measure
measure:
  %block = inttoptr i64 %taken to ptr
  %has = load i64, ptr %block
  %enough = icmp uge i64 %has, %size
  %near = icmp ule i64 %has, %most
  %fits = and i1 %enough, %near
  br i1 %fits, label %found, label %back
found:
  %less = atomicrmw sub ptr @kept, i64 %has monotonic
  ret ptr %block
back:
  %pair = cmpxchg ptr %slot, i64 0, i64 %taken release monotonic
  %returned = extractvalue {{i64, i1}} %pair, 1
  br i1 %returned, label %further, label %drop
drop:
  %dropped = atomicrmw sub ptr @kept, i64 %has monotonic
  call void @free(ptr %block)
  br label %further
further:
  %next = add i64 %k, 1
  %more = icmp ult i64 %next, {slots}
  br i1 %more, label %look, label %none
none:
  ret ptr null
}}

define internal ptr @take(i64 %wanted, ptr %ignored) {{
entry:
  %size = add i64 %wanted, 64
  %large = icmp uge i64 %size, {large}
  br i1 %large, label %reuse, label %make
reuse:
  %old = call ptr @kept_block(i64 %size)
  %found = icmp ne ptr %old, null
  br i1 %found, label %give, label %make
make:
  %new = call ptr @fresh(i64 %size)
  %failed = icmp eq ptr %new, null
  br i1 %failed, label %none, label %mark
mark:
  store i64 %size, ptr %new
  br label %give
give:
  %block = phi ptr [%old, %reuse], [%new, %mark]
  %data = getelementptr i8, ptr %block, i64 64
  ret ptr %data
none:
  ret ptr null
}}

define internal void @give(ptr %data, ptr %ignored) {{
entry:
  %block = getelementptr i8, ptr %data, i64 -64
  %size = load i64, ptr %block
  %large = icmp uge i64 %size, {large}
  br i1 %large, label %count, label %free
count:
  %before = atomicrmw add ptr @kept, i64 %size monotonic
  %after = add i64 %before, %size
  %room = icmp ule i64 %after, {most}
  %number = ptrtoint ptr %block to i64
  br i1 %room, label %look, label %uncount
look:
  %k = phi i64 [0, %count], [%next, %taken]
  %slot = getelementptr [{slots} x i64], ptr @slots, i64 0, i64 %k
  %pair = cmpxchg ptr %slot, i64 0, i64 %number release monotonic
  %put = extractvalue {{i64, i1}} %pair, 1
  br i1 %put, label %done, label %taken
taken:
  %next = add i64 %k, 1
  %more = icmp ult i64 %next, {slots}
  br i1 %more, label %look, label %uncount
uncount:
  %less = atomicrmw sub ptr @kept, i64 %size monotonic
  br label %free
free:
  call void @free(ptr %block)
  ret void
done:
  ret void
}}
"""


available = sys.platform == "linux"


@functools.cache
def install() -> Any:
    """Makes `NEW` known to compiled code; gives the engine that holds the allocator."""
    assert registry.cpu_target.target_context is not None  # Numba's runtime is known to LLVM now
    library = ctypes.CDLL(None)
    for name in ("malloc", "free", "posix_memalign", "madvise"):
        binding.add_symbol(name, ctypes.cast(getattr(library, name), ctypes.c_void_p).value)
    text = _CODE.format(
        new=NEW, slots=_SLOTS, large=_LARGE, huge=_HUGE, advice=_MADV_HUGEPAGE, most=_most()
    )
    target = binding.Target.from_default_triple().create_target_machine(opt=2)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(text), target)
    engine.finalize_object()
    binding.add_symbol(NEW, engine.get_function_address(NEW))
    return engine


def _most() -> int:
    """The bytes that are kept at most: an eighth of the memory."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8
