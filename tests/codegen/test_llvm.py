"""The LLVM target: same values as the other targets, in vectors; errors leave nothing behind."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from index_interpreter import run
from random_programs import INPUTS, programs
from test_vecmath import samples

from codegen import build, native
from codegen.fuse import fuse
from codegen.index import (
    Apply,
    Buffer,
    Call,
    Cast,
    Const,
    Define,
    Program,
    Read,
    Reduce,
    Scalar,
    Scatter,
    Select,
    Var,
)
from codegen.kernel import Kernel
from codegen.loops import loops
from codegen.targets import llvm, llvm_entry, llvm_lanes
from codegen.targets.llvm_entry import vector_bytes
from codegen.vecmath import NAMES, function
from codegen.vecmath.arrays import Numbers

N, HERE = Var("n"), Var("i")
X = Read("x", (HERE,))
OF_TWO = ("pow", "arctan2")
SIZES = (0, 1, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 100, 1000)


@pytest.fixture(autouse=True)
def _no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE", "0")


def a(name: str, *args: Scalar) -> Scalar:
    return Apply(name, args)


def elementwise(value: Scalar, dtype: str = "float64", result: str = "") -> Kernel:
    target = Buffer("y", (N,), result or dtype)
    inputs = (Buffer("x", (N,), dtype), Buffer("z", (N,), dtype))
    return program(inputs, (Define(target, ("i",), value),), ("y",))


def reduction(combine: str, value: Scalar, dtype: str = "float64") -> Kernel:
    reduce = Reduce(combine, (("i", N),), value)
    return program(
        (Buffer("x", (N,), dtype),), (Define(Buffer("s", (), dtype), (), reduce),), ("s",)
    )


def program(inputs: Any, body: Any, outputs: Any, target: str = "llvm") -> Kernel:
    return build(Program("test", (("n", "x", 0),), inputs, body, outputs), target)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", sorted(NAMES))
def test_vector_functions_are_what_numpy_computes_bit_by_bit(name: str, dtype: str) -> None:
    x = samples(name, np.dtype(dtype).type)
    with np.errstate(all="ignore"):
        # NumPy's fma is not exact among denormals, and pow's base is not negative here
        x = x[abs(x) > np.finfo(dtype).smallest_normal * 1e20]
        x = abs(x) if name == "pow" else x
        z = np.random.default_rng(0).permutation(x)
        args = (x, z) if name in OF_TWO else (x,)
        wanted = function(name)(*map(Numbers, args)).array
    reads = (X, Read("z", (HERE,)))[: len(args)]
    (y,) = elementwise(Apply(name, reads), dtype)(x, z)
    ordinary = (abs(wanted) > np.finfo(dtype).smallest_normal * 1e20) | (wanted == 0)
    ordinary |= np.isnan(wanted)
    np.testing.assert_array_equal(y[ordinary], wanted[ordinary])


@pytest.mark.parametrize("shape", [(), (N,)])
def test_sine_and_cosine_of_one_number_are_made_by_one_call(shape: tuple[Var, ...]) -> None:
    index = ("i",) if shape else ()
    x = Read("x", (HERE,) if shape else ())
    body = Define(Buffer("y", shape), index, a("mul", a("sin", x), a("cos", x)))
    sizes = (("n", "x", 0),) if shape else ()
    made = Program("waves", sizes, (Buffer("x", shape),), (body,), ("y",))
    calls = [x for x in llvm.text(loops(fuse(made))).splitlines() if "call" in x and "vecmath" in x]
    assert len(calls) == (2 if shape else 1)  # for whole vectors, and for the rest


@pytest.mark.parametrize("features", [{}, {"avx": True}])
@pytest.mark.parametrize("name", sorted(NAMES))
def test_vector_functions_on_lesser_processors(
    name: str, features: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llvm_lanes, "host_features", lambda: features)
    monkeypatch.setattr(llvm_entry, "host_features", lambda: features)
    llvm_entry.vector_bytes.cache_clear()
    x = np.concatenate([np.linspace(0.1, 30, 77), [0.0, 5e-324, 1e-310, 1e300, math.inf, math.nan]])
    inputs = (Buffer("x", (N,)), Buffer("z", (N,)))
    reads = (X, Read("z", (HERE,)))[: 2 if name in OF_TWO else 1]
    body = (Define(Buffer("y", (N,)), ("i",), Apply(name, reads)),)
    made = Program("lesser", (("n", "x", 0),), inputs, body, ("y",))
    (y,) = Kernel.of(made, loops(fuse(made)), llvm.load)(x, x[::-1])
    llvm_entry.vector_bytes.cache_clear()
    args = (x, x[::-1]) if name in OF_TWO else (x,)
    with np.errstate(all="ignore"):
        wanted = function(name)(*map(Numbers, args)).array
    np.testing.assert_allclose(y, wanted, rtol=5e-16, atol=1e-323)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(programs(most=5), st.sampled_from((1, 9, 35)), st.sampled_from((3, 17, 64)))
def test_random_programs_give_what_the_numba_target_gives(made: Program, n: int, m: int) -> None:
    rng = np.random.default_rng(n * m)
    shapes = {"n": n, "m": m}
    arrays = [
        rng.normal(size=[shapes[e.name] for e in b.shape]).astype(b.dtype) for b in INPUTS[:-1]
    ]
    arrays.append(rng.integers(0, n, n))
    for value, wanted in zip(build(made, "llvm")(*arrays), build(made)(*arrays), strict=True):
        digits = 1e-4 if np.asarray(wanted).dtype == "float32" else 1e-9
        np.testing.assert_allclose(value, wanted, rtol=digits, atol=digits)


@pytest.mark.parametrize("n", SIZES)
def test_every_length_is_covered_to_the_last_element(n: int) -> None:
    x = np.random.default_rng(n).normal(size=n)
    (y,) = elementwise(a("add", a("mul", X, X), Const(1.0)))(x, x)
    np.testing.assert_allclose(y, x * x + 1, rtol=1e-15)
    (y,) = elementwise(a("tanh", X))(x, x)
    np.testing.assert_allclose(y, np.tanh(x), rtol=1e-15)
    (s,) = reduction("add", X)(x)
    assert s == pytest.approx(math.fsum(x), rel=1e-14, abs=1e-14)
    (s,) = reduction("maximum", X)(x)
    assert s == (x.max() if n else -math.inf)


def test_reversed_strided_and_gathered_reads() -> None:
    n, rng = 37, np.random.default_rng(0)
    x, q = rng.normal(size=(n, 5)), rng.integers(0, n, n)
    inputs = (Buffer("x", (N, Var("m"))), Buffer("q", (N,), "int64"))
    last, two = N - 1 - HERE, Const(2, "int64")
    reads = [
        Read("x", (last, two)),
        Read("x", (HERE, two)),
        Read("x", (Read("q", (HERE,)), two)),
        Read("x", (two, two)),
    ]
    body = tuple(Define(Buffer(f"y{k}", (N,)), ("i",), read) for k, read in enumerate(reads))
    made = Program("test", (("n", "x", 0), ("m", "x", 1)), inputs, body, ("y0", "y1", "y2", "y3"))
    wanted = (x[::-1, 2], x[:, 2], x[q, 2], np.full(n, x[2, 2]))
    for value, right in zip(build(made, "llvm")(x, q), wanted, strict=True):
        np.testing.assert_array_equal(value, right)


def test_what_is_not_chosen_is_not_read() -> None:
    n = 21
    x = np.arange(float(n))
    padded = Select(a("ge", HERE, Const(3, "int64")), Read("x", (HERE - 3,)), Const(-1.0))
    (y,) = elementwise(padded)(x, x)
    np.testing.assert_array_equal(y, np.concatenate([[-1, -1, -1], x[:-3]]))
    none = Select(a("lt", X, Const(-1.0)), Read("x", (Const(10**15, "int64"),)), X)
    (y,) = elementwise(none)(x, x)
    np.testing.assert_array_equal(y, x)


def test_sums_are_as_exact_as_pairwise_ones() -> None:
    x = np.random.default_rng(0).uniform(size=1_000_003)
    (s,) = reduction("add", X)(x)
    assert abs(s - math.fsum(x)) <= 2 * np.spacing(s)
    x32 = x.astype(np.float32)
    (s,) = reduction("add", X, "float32")(x32)
    assert abs(s - math.fsum(x32)) <= 2 * np.spacing(np.float32(s))


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
@pytest.mark.parametrize("place", [0, 5000, 19999, 20004])
def test_infinite_sums_stay_infinite(value: float, place: int) -> None:
    x = np.ones(20_005)
    x[place] = value
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(reduction("add", X)(x)[0], x.sum())
    np.testing.assert_array_equal(reduction("maximum", X)(x)[0], x.max())
    np.testing.assert_array_equal(reduction("minimum", X)(x)[0], x.min())


def assembly(kernel: Kernel) -> str:
    return native.assembly(llvm.text(kernel.procedure))


@pytest.mark.parametrize("name", ["exp", "tanh", "sin", "log", "sqrt", "maximum"])
def test_loops_use_the_widest_registers(name: str) -> None:
    register = {64: "zmm", 32: "ymm", 16: "xmm"}[vector_bytes()]
    args = (X, Read("z", (HERE,)))[: 2 if name == "maximum" else 1]
    kernel = elementwise(Apply(name, args))
    text = assembly(kernel)
    assert text.count(register) > 5
    assert f"call{name}" not in text.replace(" ", "")


def test_equal_nests_are_one_function() -> None:
    y = X
    body = []
    for k in range(40):
        read = Read(f"t{k - 1}" if k else "x", (N - 1 - HERE,))
        body.append(Define(Buffer(f"t{k}", (N,)), ("i",), a("tanh", read)))
    kernel = program((Buffer("x", (N,)),), tuple(body), ("t39",))
    x = np.linspace(-1, 1, 50)
    (y,) = kernel(x)
    wanted = x
    for _ in range(40):
        wanted = np.tanh(wanted[::-1])
    np.testing.assert_allclose(y, wanted, rtol=1e-14)
    text = native.optimised(llvm.text(kernel.procedure))
    assert text.count("define internal") < 8


def test_a_nest_that_is_called_once_is_no_function() -> None:
    kernel = elementwise(a("tanh", X))
    text = llvm.text(kernel.procedure)
    assert text.count('@"nest"') == 2  # its definition, and the call
    assert "@nest" not in native.optimised(text)


def test_a_negative_zero_is_not_taken_for_a_zero() -> None:
    inputs = (Buffer("x", (N,)),)
    body = tuple(
        Define(Buffer(name, (N,)), ("i",), a("mul", a("abs", X), Const(zero)))
        for name, zero in (("u", 0.0), ("v", -0.0))
    )
    u, v = program(inputs, body, ("u", "v"))(np.ones(3))
    assert not np.signbit(u).any()
    assert np.signbit(v).all()


def test_wrong_shapes_are_refused() -> None:
    kernel = elementwise(a("add", X, Read("z", (HERE,))))
    with pytest.raises(ValueError, match=r"z must have the shape \(n,\)"):
        kernel(np.ones(3), np.ones(4))


def test_an_index_out_of_bounds_is_refused() -> None:
    inputs = (Buffer("x", (N,)), Buffer("q", (Var("k"),), "int64"))
    place = a("wrap_index", Read("q", (HERE,)), N)
    body = (Define(Buffer("y", (Var("k"),)), ("i",), Read("x", (place,))),)
    extents = (("n", "x", 0), ("k", "q", 0))
    kernel = build(Program("test", extents, inputs, body, ("y",)), "llvm")
    x = np.arange(5.0)
    np.testing.assert_array_equal(kernel(x, np.array([0, -1, 4, -5]))[0], [0, 4, 4, 0])
    for wrong in (5, -6, 10**15):
        with pytest.raises(IndexError, match="out of bounds"):
            kernel(x, np.array([0, wrong, 1]))


def test_integers_refuse_negative_powers() -> None:
    power = elementwise(a("pow", X, Read("z", (HERE,))), "int64")
    np.testing.assert_array_equal(power(np.array([2, -3]), np.array([10, 3]))[0], [1024, -27])
    with pytest.raises(ValueError, match="negative integer powers"):
        power(np.array([2, 2]), np.array([1, -1]))


def into(kernel: Kernel) -> Any:
    return llvm.load(loops(fuse(kernel.program)), True)


def test_given_outputs_are_written_in_place_and_may_not_overlap() -> None:
    function = into(elementwise(a("exp", X)))
    x, y = np.linspace(0, 1, 11), np.empty(11)
    assert function(x, x, y) == ()
    np.testing.assert_allclose(y, np.exp(x), rtol=1e-15)
    memory = np.linspace(0, 1, 20)
    for part in (memory[:10], memory[4:14], memory[9:19]):
        with pytest.raises(ValueError, match="the memory given for y overlaps x"):
            function(memory[:10], np.ones(10), part)
    function(memory[:10], memory[:10], memory[10:])
    with pytest.raises(ValueError, match="y must have the shape"):
        function(x, x, np.empty(12))


def test_read_only_inputs_are_taken() -> None:
    x = np.linspace(0, 1, 11)
    x.flags.writeable = False
    np.testing.assert_allclose(elementwise(a("exp", X))(x, x)[0], np.exp(x), rtol=1e-15)


def test_too_much_memory_is_a_memory_error() -> None:
    m = Var("m")
    inputs = (Buffer("x", (N,)), Buffer("z", (m,)))
    product = a("mul", X, Read("z", (Var("j"),)))
    body = (Define(Buffer("y", (N, m)), ("i", "j"), product),)
    extents = (("n", "x", 0), ("m", "z", 0))
    kernel = build(Program("outer", extents, inputs, body, ("y",)), "llvm")
    x = np.ones(3_000_000)
    with pytest.raises(MemoryError):
        kernel(x, x)
    np.testing.assert_array_equal(kernel(x[:2], x[:3])[0], np.ones((2, 3)))


def test_without_memory_for_a_temporary_nothing_is_written() -> None:
    """The matrix between is too large; the output before it is small, and given."""
    m, i, j = Var("m"), Var("i"), Var("j")
    inputs = (Buffer("x", (N,)), Buffer("z", (m,)))
    body = (
        Define(Buffer("y", (N,)), ("i",), a("mul", Read("x", (i,)), Const(2.0))),
        Define(Buffer("t", (N, m)), ("i", "j"), a("mul", Read("x", (i,)), Read("z", (j,)))),
        Call((Buffer("u", (N, m)),), "sort", ("t",)),
        Define(Buffer("s", ()), (), Reduce("add", (("i", N), ("j", m)), Read("u", (i, j)))),
    )
    program = Program("sorted_outer", (("n", "x", 0), ("m", "z", 0)), inputs, body, ("y", "s"))
    kernel, x = build(program, "llvm"), np.ones(3_000_000)
    y, s = np.full(x.shape, 7.0), np.full((), 7.0)
    with pytest.raises(MemoryError):
        kernel.into((y, s), x, x)
    assert s == 7.0
    np.testing.assert_array_equal(y, 7.0)


def test_into_an_input_or_twice_the_same_array() -> None:
    """What overlaps is computed apart: the inputs are read to the end as they were."""
    backwards = Read("x", (N - 1 - HERE,))
    inputs, extents = (Buffer("x", (N,)),), (("n", "x", 0),)
    body = (
        Define(Buffer("y", (N,)), ("i",), a("add", backwards, Const(1.0))),
        Define(Buffer("z", (N,)), ("i",), a("mul", X, Const(2.0))),
    )
    kernel = build(Program("overlapping", extents, inputs, body, ("y", "z")), "llvm")
    x, room = np.arange(10.0), np.zeros(25)
    wanted = x[::-1] + 1.0, 2.0 * x
    room[3:13] = x
    kernel.into((room[5:15], room[15:]), room[3:13])
    np.testing.assert_array_equal(room[5:15], wanted[0])
    np.testing.assert_array_equal(room[15:], wanted[1])
    same = x.copy()
    kernel.into((same, np.empty(10)), same)
    np.testing.assert_array_equal(same, wanted[0])


def row_programs() -> st.SearchStrategy[Program]:
    """Sums over rows, functions of them, sums of those, and what goes back to the rows."""
    m, j = Var("m"), Var("j")
    row = Reduce("add", (("j", m),), a("mul", Read("a", (HERE, j)), Read("w", (j,))))
    largest = Reduce("maximum", (("j", m),), Read("a", (HERE, j)))
    z, u = Read("z", (HERE,)), Read("u", (HERE,))
    functions = st.sampled_from(
        [
            a("sigmoid", z),
            a("exp", a("sub", z, u)),
            a("mul", a("tanh", z), u),
            Select(a("gt", z, Const(0.0)), a("log1p", a("abs", z)), u),
            Cast("float64", a("gt", z, u)),
        ]
    )
    back = st.sampled_from(
        [
            a("mul", Read("f", (HERE,)), Read("a", (HERE, j))),
            a("sub", a("exp", Read("a", (HERE, j))), Read("f", (HERE,))),
        ]
    )

    def made(f: Scalar, g: Scalar, wanted: list[str]) -> Program:
        body = (
            Define(Buffer("z", (N,)), ("i",), row),
            Define(Buffer("u", (N,)), ("i",), largest),
            Define(Buffer("f", (N,)), ("i",), f),
            Define(Buffer("s", ()), (), Reduce("add", (("i", N),), Read("f", (HERE,)))),
            Define(Buffer("b", (N, m)), ("i", "j"), g),
            Define(Buffer("c", (m,)), ("j",), Reduce("add", (("i", N),), Read("b", (HERE, j)))),
        )
        inputs = (Buffer("a", (N, m)), Buffer("w", (m,)))
        return Program("rows", (("n", "a", 0), ("m", "a", 1)), inputs, body, tuple(wanted))

    names = st.lists(st.sampled_from(["z", "u", "f", "s", "b", "c"]), min_size=1, max_size=4)
    return st.builds(made, functions, back, names)


@settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
@given(row_programs(), st.sampled_from((0, 1, 7, 8, 9, 30)), st.sampled_from((0, 1, 5, 40)))
def test_scalars_of_rows_run_in_lanes(made: Program, n: int, m: int) -> None:
    rng = np.random.default_rng(n * m)
    x, w = rng.normal(size=(n, m)), rng.normal(size=m)
    with np.errstate(all="ignore"):
        wanted = run(made, x, w)
    for value, right in zip(build(made, "llvm")(x, w), wanted, strict=True):
        np.testing.assert_allclose(value, right, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(
    "shape",
    [
        (3, 4, 5),
        (40, 30, 20),
        (1, 50, 60),
        (60, 50, 1),
        (0, 3, 4),
        (3, 0, 4),
        (41, 2100, 7),
        (9, 50, 16),
        (33, 100, 2),
        (8, 8, 8),
        (17, 3, 9),
        (64, 8, 1),
        (1, 22, 22),
        (2, 128, 2),
    ],
)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True), (True, True)])
def test_matrix_products(shape: Any, dtype: str, turned: tuple[bool, bool]) -> None:
    n, k, m = shape
    i, j, r = Var("i"), Var("j"), Var("r")
    left, right = (
        Read("x", (r, i) if turned[0] else (i, r)),
        Read("z", (j, r) if turned[1] else (r, j)),
    )
    extents = (
        ("n", "x", 1 if turned[0] else 0),
        ("k", "x", 0 if turned[0] else 1),
        ("m", "z", 0 if turned[1] else 1),
    )
    sides = [Buffer("x", (N, Var("k")), dtype), Buffer("z", (Var("k"), Var("m")), dtype)]
    inputs = tuple(
        Buffer(b.name, b.shape[::-1], dtype) if t else b for b, t in zip(sides, turned, strict=True)
    )
    value = Reduce("add", (("r", Var("k")),), a("mul", left, right))
    body = (Define(Buffer("y", (N, Var("m")), dtype), ("i", "j"), value),)
    kernel = build(Program("product", extents, inputs, body, ("y",)), "llvm")
    rng = np.random.default_rng(0)
    x, z = rng.normal(size=(n, k)).astype(dtype), rng.normal(size=(k, m)).astype(dtype)
    given_ = [np.ascontiguousarray(w.T if t else w) for w, t in zip((x, z), turned, strict=True)]
    digits = 1e-12 if dtype == "float64" else 1e-4
    np.testing.assert_allclose(kernel(*given_)[0], x @ z, rtol=digits, atol=digits)


def test_scatter_takes_repeated_places_one_after_the_other() -> None:
    inputs = (Buffer("x", (N,)), Buffer("q", (N,), "int64"))
    scatter = Scatter(Buffer("y", (N,)), None, (("i", N),), (Read("q", (HERE,)),), X)
    x, q = np.random.default_rng(0).normal(size=100), np.arange(100) // 7
    (y,) = program(inputs, (scatter,), ("y",))(x, q)
    wanted = np.zeros(100)
    np.add.at(wanted, q, x)
    np.testing.assert_allclose(y, wanted, rtol=1e-14)


def test_mixed_dtypes_in_one_loop() -> None:
    value = a("add", Cast("float64", X), Cast("float64", HERE))
    x = np.arange(70, dtype=np.float32)
    (y,) = elementwise(value, "float32", "float64")(x, x)
    np.testing.assert_array_equal(y, 2.0 * np.arange(70))
    (y,) = elementwise(a("gt", X, Const(3.0, "float32")), "float32", "bool")(x, x)
    np.testing.assert_array_equal(y, x > 3)


def test_eight_threads_compile_and_call_one_kernel() -> None:
    kernel = elementwise(a("sin", a("exp", X)))
    x = np.linspace(0, 3, 5000)
    wanted, found = np.sin(np.exp(x)), []

    def work() -> None:
        for _ in range(20):
            found.append(kernel(x, x)[0])

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 160
    for y in found:
        np.testing.assert_allclose(y, wanted, rtol=1e-12, atol=1e-12)


def test_long_straight_programs_compile_in_seconds() -> None:
    names = ["x0", "x1"]
    body = []
    for k in range(2000):
        args = tuple(Read(n, ()) for n in names[-2:])
        value = a(("add", "mul", "sub", "sin")[k % 4], *(args[:1] if k % 4 == 3 else args))
        body.append(Define(Buffer(f"t{k}", ()), (), value))
        names.append(f"t{k}")
    inputs = (Buffer("x0", ()), Buffer("x1", ()))
    made = Program("long", (), inputs, tuple(body), (names[-1],))
    args = (0.3, 0.7)
    np.testing.assert_allclose(
        build(made, "llvm")(*args)[0], build(made, "python")(*args)[0], rtol=1e-9
    )


SECOND = """
import sys
import numpy as np
from codegen import build, native
if sys.argv[1] == "second":
    del native.object_file  # nothing can be compiled
from codegen.index import *
n, i, j = Var("n"), Var("i"), Var("j")
inputs = (Buffer("a", (n, n)), Buffer("b", (n, n)))
product = Apply("mul", (Read("a", (i, j)), Read("b", (j, Var("k")))))
body = (
    Define(Buffer("c", (n, n)), ("i", "k"), Reduce("add", (("j", n),), product)),
    Define(Buffer("d", (n, n)), ("i", "k"), Apply("j0", (Read("c", (i, Var("k"))),))),
    Call((Buffer("e", (n, n)),), "inv", ("a",)),
)
kernel = build(Program("second", (("n", "a", 0),), inputs, body, ("c", "d", "e")), "llvm")
a = np.eye(40) + np.arange(1600.0).reshape(40, 40) / 1600
c, d, e = kernel(a, a)
np.testing.assert_allclose(c, a @ a, rtol=1e-12)
np.testing.assert_allclose(e, np.linalg.inv(a), rtol=1e-9, atol=1e-12)
print(float(d[0, 0]))
"""


def test_a_second_process_finds_blas_lapack_and_scipy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE_DIR", str(tmp_path))
    monkeypatch.setenv("SYMDIFF_CACHE", "1")
    command = [sys.executable, "-c", SECOND]
    first, second = (
        subprocess.run([*command, which], capture_output=True, text=True, check=True).stdout
        for which in ("first", "second")
    )
    assert first == second
