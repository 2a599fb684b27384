"""Memory for the arrays of kernels: large blocks are kept for the next call when they are freed.

The system gives a large block page by page, at its first touch, and takes it back when it is freed:
a kernel that allocates its results would spend most of its time there. The allocator belongs
to no kernel, so that it lives as long as any array.
"""

from __future__ import annotations

import os
import sys

TAKE = "symdiff.memory.take"
GIVE = "symdiff.memory.give"
CALLED = ("malloc", "free", "posix_memalign", "madvise")  # of the system's functions
_LARGE = 1 << 17  # bytes from which on a block is kept: malloc may give these back at once
_HUGE = 1 << 22  # bytes from which on the system is asked for huge pages
_SLOTS = 16
_MADV_HUGEPAGE = 14

# What the caller gets is aligned to 64 bytes; before it stand where the block begins, and its size.
_CODE = """
@slots = internal global [{slots} x i64] zeroinitializer, align 64
@kept = internal global i64 0, align 64

declare ptr @malloc(i64)
declare void @free(ptr)
{declared}

define internal ptr @fresh(i64 %size) {{
  {fresh}
plain:
  %small = call ptr @malloc(i64 %size)
  ret ptr %small
}}

define internal ptr @kept_data(i64 %size) {{
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
  %data = inttoptr i64 %taken to ptr
  %place = getelementptr i8, ptr %data, i64 -8
  %has = load i64, ptr %place
  %enough = icmp uge i64 %has, %size
  %near = icmp ule i64 %has, %most
  %fits = and i1 %enough, %near
  br i1 %fits, label %found, label %back
found:
  %less = atomicrmw sub ptr @kept, i64 %has monotonic
  ret ptr %data
back:
  %pair = cmpxchg ptr %slot, i64 0, i64 %taken release monotonic
  %returned = extractvalue {{i64, i1}} %pair, 1
  br i1 %returned, label %further, label %drop
drop:
  %dropped = atomicrmw sub ptr @kept, i64 %has monotonic
  call void @release(ptr %data)
  br label %further
further:
  %next = add i64 %k, 1
  %more = icmp ult i64 %next, {slots}
  br i1 %more, label %look, label %none
none:
  ret ptr null
}}

define ptr @"{take}"(i64 %wanted) {{
entry:
  %size = add i64 %wanted, 128
  %large = icmp uge i64 %size, {large}
  br i1 %large, label %reuse, label %make
reuse:
  %old = call ptr @kept_data(i64 %size)
  %found = icmp ne ptr %old, null
  br i1 %found, label %give, label %make
make:
  %block = call ptr @fresh(i64 %size)
  %failed = icmp eq ptr %block, null
  br i1 %failed, label %give, label %mark
mark:
  %number = ptrtoint ptr %block to i64
  %beyond = add i64 %number, 127
  %aligned = and i64 %beyond, -64
  %new = inttoptr i64 %aligned to ptr
  %start = getelementptr i8, ptr %new, i64 -16
  store ptr %block, ptr %start
  %length = getelementptr i8, ptr %new, i64 -8
  store i64 %size, ptr %length
  br label %give
give:
  %data = phi ptr [%old, %reuse], [null, %make], [%new, %mark]
  ret ptr %data
}}

define internal void @release(ptr %data) {{
  %place = getelementptr i8, ptr %data, i64 -16
  %block = load ptr, ptr %place
  call void @free(ptr %block)
  ret void
}}

define void @"{give}"(ptr %data) {{
entry:
  %nothing = icmp eq ptr %data, null
  br i1 %nothing, label %done, label %measure
measure:
  %place = getelementptr i8, ptr %data, i64 -8
  %size = load i64, ptr %place
  %large = icmp uge i64 %size, {large}
  br i1 %large, label %count, label %free
count:
  %before = atomicrmw add ptr @kept, i64 %size monotonic
  %after = add i64 %before, %size
  %room = icmp ule i64 %after, {most}
  %number = ptrtoint ptr %data to i64
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
  br i1 %more, label %look, label %replace
replace:
  %pages = lshr i64 %size, 12
  %some = urem i64 %pages, {slots}
  %its = getelementptr [{slots} x i64], ptr @slots, i64 0, i64 %some
  %other = atomicrmw xchg ptr %its, i64 %number acq_rel
  %none = icmp eq i64 %other, 0
  br i1 %none, label %done, label %drop
drop:
  %old = inttoptr i64 %other to ptr
  %old_place = getelementptr i8, ptr %old, i64 -8
  %old_size = load i64, ptr %old_place
  %dropped = atomicrmw sub ptr @kept, i64 %old_size monotonic
  call void @release(ptr %old)
  br label %done
uncount:
  %less = atomicrmw sub ptr @kept, i64 %size monotonic
  br label %free
free:
  call void @release(ptr %data)
  ret void
done:
  ret void
}}
"""
_PAGED_DECLARED = """
declare i32 @posix_memalign(ptr, i64, i64)
declare i32 @madvise(ptr, i64, i32)
"""
_PAGED = f"""
  %place = alloca ptr
  %huge = icmp uge i64 %size, {_HUGE}
  br i1 %huge, label %paged, label %plain
paged:
  %failed = call i32 @posix_memalign(ptr %place, i64 2097152, i64 %size)
  %ok = icmp eq i32 %failed, 0
  br i1 %ok, label %advise, label %none
advise:
  %block = load ptr, ptr %place
  %ignored = call i32 @madvise(ptr %block, i64 %size, i32 {_MADV_HUGEPAGE})
  ret ptr %block
none:
  ret ptr null
"""


available = sys.platform == "linux"  # elsewhere no block is kept


def text() -> str:
    """The allocator's code, with as much kept as an eighth of the memory."""
    names = {"take": TAKE, "give": GIVE, "slots": _SLOTS}
    if not available:
        plain, never = "br label %plain", 1 << 62
        return _CODE.format(**names, declared="", fresh=plain, large=never, most=0)
    most = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 8
    paged = {"declared": _PAGED_DECLARED, "fresh": _PAGED.strip()}
    return _CODE.format(**names, **paged, large=_LARGE, most=most)
