"""What kernels ask of Python and NumPy: take an argument apart, make an array.

Small functions in LLVM's language, made once in a process, in one module with the allocator.
Offsets into Python's objects follow from the size of their head; NumPy's arrays keep theirs from
one version to the next.
"""

from __future__ import annotations

import ctypes
import functools
import pickle
import sys
from typing import Any

import numpy as np

from .. import machine
from . import memory

ARRAY = "symdiff.python.array"
NEW = "symdiff.python.new"
RAISE = "symdiff.python.raise"
_RAISER = "symdiff.python.raiser"
NUMBERS = {
    "float64": "symdiff.python.float",
    "float32": "symdiff.python.float",
    "int64": "symdiff.python.integer",
    "int32": "symdiff.python.integer",
    "bool": "symdiff.python.truth",
}
HEAD = object.__basicsize__
DATA, EXTENTS, FLAGS = HEAD, HEAD + 16, HEAD + 48
READABLE, WRITEABLE = 0x101, 0x501  # C-contiguous, aligned; and writeable
_OWN = 1 << 12  # bytes up to which NumPy's own memory is quicker
_FUNCTIONS = (
    "PyBool_FromLong PyBytes_FromStringAndSize PyCapsule_GetPointer PyCapsule_New PyErr_Occurred "
    "PyErr_SetString PyEval_RestoreThread PyEval_SaveThread PyFloat_AsDouble PyFloat_FromDouble "
    "PyLong_AsLongLong PyLong_FromLongLong PyObject_CallOneArg PyObject_IsTrue PyTuple_New "
    "PyTuple_SetItem Py_DecRef"
)
_LinAlgError = np.linalg.LinAlgError
_RAISED = (IndexError, MemoryError, OverflowError, TypeError, ValueError, _LinAlgError)
ERRORS = {e.__name__: f"symdiff.python.{e.__name__}" for e in _RAISED}
_NUMPY = {"PyArray_Type": 2, "PyArray_New": 93, "PyArray_SetBaseObject": 282}  # places in its table

# Python's functions give -1 for an error, and for the number -1.
_UNLESS_ERROR = """  br i1 %suspect, label %check, label %good
check:
  %error = call ptr @PyErr_Occurred()
  %none = icmp eq ptr %error, null
  ret i1 %none
good:
  ret i1 true"""

_CODE = """
@PyFloat_Type = external global i8
@PyArray_Type = external global i8
@"{TypeError}" = external global i8
@"{raiser}" = external global i8
declare double @PyFloat_AsDouble(ptr)
declare i64 @PyLong_AsLongLong(ptr)
declare i32 @PyObject_IsTrue(ptr)
declare ptr @PyErr_Occurred()
declare void @PyErr_SetString(ptr, ptr)
declare ptr @PyCapsule_New(ptr, ptr, ptr)
declare ptr @PyCapsule_GetPointer(ptr, ptr)
declare void @Py_DecRef(ptr)
declare ptr @PyBytes_FromStringAndSize(ptr, i64)
declare ptr @PyObject_CallOneArg(ptr, ptr)
declare ptr @PyArray_New(ptr, i32, ptr, i32, ptr, ptr, i32, i32, ptr)
declare i32 @PyArray_SetBaseObject(ptr, ptr)

; the array itself if it is as wanted; `types` has a bit for every type number that will do
define ptr @"{array}"(ptr %x, i32 %rank, i32 %types, i32 %wanted, ptr %message) {{
  %type_at = getelementptr i8, ptr %x, i64 {type}
  %type = load ptr, ptr %type_at
  %exact = icmp eq ptr %type, @PyArray_Type
  br i1 %exact, label %look, label %wrong
look:
  %rank_at = getelementptr i8, ptr %x, i64 {rank}
  %has = load i32, ptr %rank_at
  %fits = icmp eq i32 %has, %rank
  %dtype_at = getelementptr i8, ptr %x, i64 {dtype}
  %dtype = load ptr, ptr %dtype_at
  %number_at = getelementptr i8, ptr %dtype, i64 {number}
  %number = load i32, ptr %number_at
  %short = and i32 %number, 31
  %plain = icmp eq i32 %short, %number
  %shifted = lshr i32 %types, %short
  %bit = trunc i32 %shifted to i1
  %order_at = getelementptr i8, ptr %dtype, i64 {order}
  %order = load i8, ptr %order_at
  %native = icmp ne i8 %order, {foreign}
  %flags_at = getelementptr i8, ptr %x, i64 {flags}
  %flags = load i32, ptr %flags_at
  %set = and i32 %flags, %wanted
  %ready = icmp eq i32 %set, %wanted
  %ok1 = and i1 %fits, %plain
  %ok2 = and i1 %bit, %native
  %ok3 = and i1 %ok1, %ok2
  %ok = and i1 %ok3, %ready
  br i1 %ok, label %right, label %wrong
right:
  ret ptr %x
wrong:
  call void @PyErr_SetString(ptr @"{TypeError}", ptr %message)
  ret ptr null
}}

define i1 @"{float}"(ptr %x, ptr %place) {{
  %type_at = getelementptr i8, ptr %x, i64 {type}
  %type = load ptr, ptr %type_at
  %exact = icmp eq ptr %type, @PyFloat_Type
  br i1 %exact, label %quick, label %slow
quick:
  %value_at = getelementptr i8, ptr %x, i64 {head}
  %value = load double, ptr %value_at
  store double %value, ptr %place
  ret i1 true
slow:
  %asked = call double @PyFloat_AsDouble(ptr %x)
  store double %asked, ptr %place
  %suspect = fcmp oeq double %asked, -1.0
{unless_error}
}}

define i1 @"{integer}"(ptr %x, ptr %place) {{
  %value = call i64 @PyLong_AsLongLong(ptr %x)
  store i64 %value, ptr %place
  %suspect = icmp eq i64 %value, -1
{unless_error}
}}

define i1 @"{truth}"(ptr %x, ptr %place) {{
  %value = call i32 @PyObject_IsTrue(ptr %x)
  %bit = trunc i32 %value to i1
  store i1 %bit, ptr %place
  %ok = icmp sge i32 %value, 0
  ret i1 %ok
}}

; what a function of Python makes of an error that it gets as bytes
define void @"{raise}"(ptr %pickled, i32 %size) {{
  %long = sext i32 %size to i64
  %bytes = call ptr @PyBytes_FromStringAndSize(ptr %pickled, i64 %long)
  %failed = icmp eq ptr %bytes, null
  br i1 %failed, label %over, label %call
call:
  %result = call ptr @PyObject_CallOneArg(ptr @"{raiser}", ptr %bytes)
  call void @Py_DecRef(ptr %bytes)
  br label %over
over:
  ret void
}}

define internal void @release_capsule(ptr %capsule) {{
  %data = call ptr @PyCapsule_GetPointer(ptr %capsule, ptr null)
  call void @"{give}"(ptr %data)
  ret void
}}

; an array of so many bytes, not filled; null and an error if there is no memory
define ptr @"{new}"(i32 %rank, ptr %extents, i32 %type, i64 %bytes) {{
  %small = icmp ult i64 %bytes, {own}
  br i1 %small, label %whole, label %ours
whole:
  %numpys = call ptr @PyArray_New(ptr @PyArray_Type, i32 %rank, ptr %extents,
    i32 %type, ptr null, ptr null, i32 0, i32 0, ptr null)
  ret ptr %numpys
ours:
  %data = call ptr @"{take}"(i64 %bytes)
  %failed = icmp eq ptr %data, null
  br i1 %failed, label %none, label %wrap
wrap:
  %base = call ptr @PyCapsule_New(ptr %data, ptr null, ptr @release_capsule)
  %baseless = icmp eq ptr %base, null
  br i1 %baseless, label %return_memory, label %make
return_memory:
  call void @"{give}"(ptr %data)
  ret ptr null
make:
  %array = call ptr @PyArray_New(ptr @PyArray_Type, i32 %rank, ptr %extents,
    i32 %type, ptr null, ptr %data, i32 0, i32 {writeable}, ptr null)
  %arrayless = icmp eq ptr %array, null
  br i1 %arrayless, label %return_base, label %join
return_base:
  call void @Py_DecRef(ptr %base)
  ret ptr null
join:
  %code = call i32 @PyArray_SetBaseObject(ptr %array, ptr %base)
  %apart = icmp slt i32 %code, 0
  br i1 %apart, label %return_array, label %done
return_array:
  call void @Py_DecRef(ptr %array)
  ret ptr null
done:
  ret ptr %array
none:
  ret ptr null
}}
"""


@functools.cache
def assembly() -> machine.Assembly:
    return machine.Assembly("python", memory.text() + _text())


@functools.cache
def install() -> Any:
    """Makes these functions, the allocator and what kernels call of Python known to compiled code."""
    machine.offer_library(ctypes.CDLL(None), *memory.CALLED)
    machine.offer_library(ctypes.pythonapi, *_FUNCTIONS.split())
    machine.offer_address("PyFloat_Type", id(float))
    for error, symbol in zip(_RAISED, ERRORS.values(), strict=True):
        machine.offer_address(symbol, id(error))
    for name, place in _NUMPY.items():
        machine.offer_address(name, _numpy_table()[place])
    machine.offer_address(_RAISER, id(_raise))
    engine = assembly().engine()
    own = (ARRAY, NEW, RAISE, *set(NUMBERS.values()))
    machine.offer(engine, memory.TAKE, memory.GIVE, *own)
    return engine


def _raise(pickled: bytes) -> None:
    """The error of a routine; compiled code holds it as Numba has pickled it."""
    error, args, _ = pickle.loads(pickled)
    raise error(*args or ())


def _text() -> str:
    foreign = ord("<" if sys.byteorder == "big" else ">")
    places = {"type": HEAD - 8, "head": HEAD, "rank": HEAD + 8, "dtype": HEAD + 40, "flags": FLAGS}
    of_dtype = {"order": HEAD + 10, "number": HEAD + 12, "foreign": foreign}
    names = {"array": ARRAY, "new": NEW, "take": memory.TAKE, "give": memory.GIVE}
    of_errors = {"raise": RAISE, "raiser": _RAISER, **ERRORS}
    numbers = {name.rpartition(".")[2]: name for name in NUMBERS.values()}
    others = {"own": _OWN, "writeable": WRITEABLE, "unless_error": _UNLESS_ERROR}
    return _CODE.format(**places, **of_dtype, **names, **numbers, **of_errors, **others)


@functools.cache
def _numpy_table() -> Any:
    """The addresses of NumPy's C functions."""
    core: Any = getattr(np, "_core", None) or np.core
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    place = get(core._multiarray_umath._ARRAY_API, None)
    return ctypes.cast(place, ctypes.POINTER(ctypes.c_size_t))


@functools.cache
def type_numbers(dtype: str) -> tuple[int, ...]:
    """NumPy's numbers of the types whose elements look the same; the first is its favourite."""
    wanted = np.dtype(dtype)
    same = (np.dtype(c) for c in np.typecodes["AllInteger"] + "fdg?")
    others = [t.num for t in same if (t.kind, t.itemsize) == (wanted.kind, wanted.itemsize)]
    return (wanted.num, *others)
