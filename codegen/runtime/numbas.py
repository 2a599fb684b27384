"""What code that Numba compiled asks of Numba's runtime, for a process that has not loaded Numba.

Memory begins with what Numba knows it by: references, a function to call at the end and what that
is given, data, size, allocator. Arrays that are reshaped are C-contiguous. If Numba is loaded after
all, its own functions are known from then on; each side frees what the other has made.
"""

from __future__ import annotations

import functools
from typing import Any

from .. import machine
from . import memory, python

_NAMES = ("NRT_MemInfo_alloc_aligned", "NRT_MemInfo_call_dtor", "numba_attempt_nocopy_reshape")

_CODE = """
%memory = type {{i64, ptr, ptr, ptr, i64, ptr}}
@allocator = internal global {{ptr, ptr, ptr, ptr}} {{ptr null, ptr null, ptr @free_info, ptr null}}

declare void @free(ptr)
declare ptr @"{take}"(i64)
declare void @"{give}"(ptr)

define internal void @free_info(ptr %info, ptr %ignored) {{
  call void @"{give}"(ptr %info)
  ret void
}}

define ptr @NRT_MemInfo_alloc_aligned(i64 %size, i32 %align) {{
entry:
  %all = add i64 %size, 64
  %info = call ptr @"{take}"(i64 %all)
  %failed = icmp eq ptr %info, null
  br i1 %failed, label %none, label %fill
fill:
  %data = getelementptr i8, ptr %info, i64 64
  %counted = insertvalue %memory {{
    i64 1, ptr null, ptr null, ptr null, i64 0, ptr @allocator}}, ptr %data, 3
  %whole = insertvalue %memory %counted, i64 %size, 4
  store %memory %whole, ptr %info
  br label %none
none:
  ret ptr %info
}}

define void @NRT_MemInfo_call_dtor(ptr %info) {{
entry:
  %whole = load %memory, ptr %info
  %end = extractvalue %memory %whole, 1
  %endless = icmp eq ptr %end, null
  br i1 %endless, label %release, label %call
call:
  %given = extractvalue %memory %whole, 2
  %data = extractvalue %memory %whole, 3
  %size = extractvalue %memory %whole, 4
  call void %end(ptr %data, i64 %size, ptr %given)
  br label %release
release:
  %allocator = extractvalue %memory %whole, 5
  %plain = icmp eq ptr %allocator, null
  br i1 %plain, label %free, label %return
return:
  %places = getelementptr {{ptr, ptr, ptr, ptr}}, ptr %allocator, i64 0, i32 2
  %function = load ptr, ptr %places
  %own_place = getelementptr {{ptr, ptr, ptr, ptr}}, ptr %allocator, i64 0, i32 3
  %own = load ptr, ptr %own_place
  call void %function(ptr %info, ptr %own)
  ret void
free:
  call void @free(ptr %info)
  ret void
}}

define i32 @numba_attempt_nocopy_reshape(i64 %rank, ptr %shape, ptr %strides,
    i64 %new_rank, ptr %new_shape, ptr %new_strides, i64 %itemsize, i32 %order) {{
entry:
  br label %look
look:
  %k = phi i64 [%new_rank, %entry], [%axis, %axes]
  %stride = phi i64 [%itemsize, %entry], [%next, %axes]
  %over = icmp eq i64 %k, 0
  br i1 %over, label %done, label %axes
axes:
  %axis = sub i64 %k, 1
  %place = getelementptr i64, ptr %new_strides, i64 %axis
  store i64 %stride, ptr %place
  %extent_place = getelementptr i64, ptr %new_shape, i64 %axis
  %extent = load i64, ptr %extent_place
  %next = mul i64 %stride, %extent
  br label %look
done:
  ret i32 1
}}
"""


@functools.cache
def install() -> Any:
    """Makes these functions known to compiled code, where Numba's own are not."""
    python.install()
    text = _CODE.format(take=memory.TAKE, give=memory.GIVE)
    engine = machine.Assembly("numbas", text).engine()
    machine.offer(engine, *(name for name in _NAMES if not machine.is_known(name)))
    return engine
