"""Long straight-line code is cut into functions, and means what it meant in one piece."""

from __future__ import annotations

import numpy as np
import pytest
from index_interpreter import run

from codegen import native
from codegen.fuse import fuse
from codegen.index import Apply, Buffer, Cast, Const, Define, Program, Read, Reduce, Scalar, Var
from codegen.kernel import Kernel
from codegen.loops import loops
from codegen.nests import Let, Local
from codegen.targets import llvm, llvm_stretch

N, I = Var("n"), Var("i")
INPUTS = (Buffer("x", (N, Var("m"))), Buffer("q", (N,), "int64"), Buffer("p", ()))


def whole(value: int) -> Const:
    return Const(value, "int64")


def a(name: str, *args: Scalar) -> Scalar:
    return Apply(name, args)


FAR = np.random.default_rng(1).integers(0, 1 << 30, 200).tolist()


def line(k: int) -> Scalar:
    """A line that needs earlier ones, near and far, an array, an extent or a parameter."""
    if k < 8:
        return Read("x", (a("fmod", whole(k), N), whole(k % 2)))
    last, other = Read(f"t{k - 1}", ()), Read(f"t{FAR[k] % k}", ())
    kinds = (
        a("add", a("mul", last, Const(0.5)), a("mul", other, Const(0.25))),
        a("sub", a("sin", last), a("mul", other, Read("p", ()))),
        a("div", a("add", last, other), Cast("float64", N)),
        a("where", a("gt", last, other), last, a("cos", other)),
        a("add", last, Cast("float64", Read("q", (whole(k % 3),)))),
        a("add", Read("s", ()), a("mul", last, other)),
    )
    return kinds[k % 6]


def program(lines: int) -> Program:
    total = Reduce("add", (("i", N),), Read("x", (I, whole(0))))
    body = [Define(Buffer("s", ()), (), total)]
    body += [Define(Buffer(f"t{k}", ()), (), line(k)) for k in range(lines)]
    early = a("add", Read(f"t{lines // 3}", ()), Read("x", (I, whole(1))))
    late = a("mul", Read(f"t{lines - 1}", ()), early)
    body.append(Define(Buffer("y", (N,)), ("i",), late))
    extents = (("n", "x", 0), ("m", "x", 1))
    outputs = ("y", f"t{lines // 2}", f"t{lines - 1}")
    return Program("long", extents, INPUTS, tuple(body), outputs)


@pytest.mark.parametrize("cut", [False, True])
def test_pieces_are_the_whole(cut: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE", "0")
    monkeypatch.setattr(llvm_stretch, "_LONG", 40 if cut else 1000)
    monkeypatch.setattr(llvm_stretch, "_SHORT", 15)
    made = program(200)
    kernel = Kernel.of(made, loops(fuse(made)), llvm.load)
    x, q = np.random.default_rng(0).normal(size=(3, 2)), np.array([1, -2, 3])
    for value, wanted in zip(kernel(x, q, 0.3), run(made, x, q, 0.3), strict=True):
        np.testing.assert_allclose(value, wanted, rtol=1e-9)
    pieces = native.optimised(llvm.text(kernel.procedure)).count("define internal i32 @stretch")
    assert (pieces > 3) == cut


def test_a_cosine_is_made_and_kept_where_the_sine_of_the_same_number_is() -> None:
    x, y = Local("x", "float64"), Local("y", "float64")
    lines = [
        Let("s", "float64", a("mul", a("sin", x), y)),
        Let("u", "float64", a("cos", y)),
        Let("c", "float64", a("add", a("neg", a("cos", x)), a("sin", x))),
    ]
    made = llvm_stretch.together(lines)
    assert [line.name for line in made] == ["cos of x", "s", "u", "c"]
    kept = Local("cos of x", "float64")
    assert made[0].value == a("cos", x)
    assert made[1:3] == lines[:2]
    assert made[3].value == a("add", a("neg", kept), a("sin", x))


def test_waves_of_far_pieces_are_the_same_as_in_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYMDIFF_CACHE", "0")
    steps = [a("add", a("sin", Read(f"t{k}", ())), Const(0.1)) for k in range(60)]
    slopes = [a("mul", Read(f"g{k}", ()), a("cos", Read(f"t{59 - k}", ()))) for k in range(60)]
    body = [Define(Buffer("t0", ()), (), Read("p", ()))]
    body += [Define(Buffer(f"t{k + 1}", ()), (), value) for k, value in enumerate(steps)]
    body += [Define(Buffer("g0", ()), (), Const(1.0))]
    body += [Define(Buffer(f"g{k + 1}", ()), (), value) for k, value in enumerate(slopes)]
    made = Program("waves", (), (Buffer("p", ()),), tuple(body), ("t60", "g60"))
    results = []
    for long in (40, 1000):
        monkeypatch.setattr(llvm_stretch, "_LONG", long)
        monkeypatch.setattr(llvm_stretch, "_SHORT", 15)
        results.append(Kernel.of(made, loops(fuse(made)), llvm.load)(0.7))
    np.testing.assert_allclose(*results, rtol=1e-14)
    np.testing.assert_allclose(results[0], run(made, 0.7), rtol=1e-12)
