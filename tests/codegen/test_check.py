"""A malformed program is stopped, with a message that says where and why."""

from __future__ import annotations

from typing import Any

import pytest
from small_programs import I, N, at, call, define, program, total

from codegen import ProgramError, build
from codegen.check import check, dtype_of
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
    Scan,
    Scatter,
    Select,
    Var,
)

X = Buffer("x", (N,))
Y = Buffer("y", (N,))
ROW = at("x", I)


def one(statement: Any, *outputs: str, inputs: tuple[Buffer, ...] = (X,)) -> Program:
    return Program("bad", (("n", "x", 0),), inputs, (statement,), outputs)


def made(value: Any, dtype: str = "float64") -> Program:
    return one(Define(Buffer("y", (N,), dtype), ("i",), value), "y")


MALFORMED = [
    (made(at("z", I)), "statement making y: no buffer z here; there are x"),
    (made(at("y", I)), "no buffer y here; it is made later"),
    (made(at("x", I, I)), "x has rank 1 and is read with 2 indices"),
    (made(at("x", Var("j"))), "no index or extent j here; there are i, n"),
    (made(at("x", Const(0.5))), "an index of x must be an integer, not float64"),
    (made(ROW, "float32"), "the value is float64, the target float32; use Cast"),
    (made(call("add", ROW, Const(1, "int64"))), "add on float64 and int64; use Cast"),
    (made(call("exp", Const(1, "int64"))), "exp is not for int64; use Cast"),
    (made(call("sine", ROW)), "unknown primitive sine"),
    (made(Apply("exp", (ROW, ROW))), "exp takes 1 arguments, not 2"),
    (made(call("and", ROW, ROW)), "and is not for float64"),
    (made(Select(ROW, ROW, ROW)), "a condition must be bool, not float64"),
    (
        made(Select(call("lt", ROW, ROW), ROW, Const(1, "float32"))),
        "the branches of a choice are float64 and float32",
    ),
    (made(Const(0.5, "int64")), "0.5 is no constant of dtype int64"),
    (made(Const(1.0, "complex64")), "1.0 is no constant of dtype complex64"),
    (made(Cast("float16", ROW)), "cannot cast to float16"),
    (made(Reduce("mean", (("k", N),), ROW)), "cannot reduce with mean"),
    (made(total("i", (N,), ROW)), "the index name i already means something"),
    (made(total("k", (Var("i"),), ROW)), "no index or extent i here"),
    (made("exp"), "'exp' is no scalar of the language"),
    (one(Define(X, ("i",), ROW), "x"), "x is made twice"),
    (one(Define(Y, ("i", "j"), ROW), "y"), "2 index names for a target of rank 1"),
    (one(Define(Y, ("n",), ROW), "y"), "the index name n already means something"),
    (one(Define(Buffer("n", ()), (), Const(1.0)), "n"), "n is already the name of an extent"),
    (one(Define(Buffer("y", (), "half"), (), Const(1.0)), "y"), "unknown dtype half"),
    (one(Define(Y, ("i",), ROW), "z"), "outputs: no buffer z here; there are x, y"),
    (one(Scan(Y, ("i",), 1, "add", ROW), "y"), "no axis 1 in a target of rank 1"),
    (one(Scan(Y, ("i",), 0, "sub", ROW), "y"), "cannot scan with sub"),
    (
        one(Scan(Buffer("y", (N,), "int64"), ("i",), 0, "logaddexp", I), "y"),
        "logaddexp needs floats",
    ),
    (one(Scatter(Y, None, (("i", N),), (), ROW), "y"), "0 indices for a target of rank 1"),
    (one(Scatter(Y, "z", (("i", N),), (I,), ROW), "y"), "no buffer z here"),
    (
        one(Scatter(Buffer("y", ()), None, (("i", N),), (), ROW), "y"),
        "a scatter needs a target with axes",
    ),
    (one(Call((Y,), "fft", ("x",)), "y"), "unknown routine fft"),
    (
        one(Call((Y,), "solve", ("x", "z")), "y", inputs=(X, Buffer("z", (N,), "float32"))),
        "solve on float32 and float64; cast them before",
    ),
    (one(Call((Y,), "solve", ("x",)), "y"), "solve has 2 sources, not 1"),
    (one(Call((Y,), "svd", ("x",)), "y"), "svd has 3 targets, not 1"),
    (one(Call((Y,), "argmax", ("x",)), "y"), "argmax of float64 gives int64, not float64"),
    (
        Program("bad", (("n", "z", 0),), (X,), (), ("x",)),
        "extent n: no input z; there are x",
    ),
    (Program("bad", (("n", "x", 1),), (X,), (), ("x",)), "x has no axis 1, its rank is 1"),
    (Program("bad", (("n", "x", 0),) * 2, (X,), (), ("x",)), "extent n: is declared twice"),
]


@pytest.mark.parametrize(("bad", "message"), MALFORMED)
def test_malformed_programs_are_stopped(bad: Program, message: str) -> None:
    with pytest.raises(ProgramError) as error:
        build(bad, "python")
    assert message in str(error.value)
    assert str(error.value).startswith("bad: ")


def test_a_good_program_passes() -> None:
    check(program("good", {"x": (N,)}, [define("y", "i", (N,), call("exp", ROW))], "y"))


def test_targets_that_are_not_there() -> None:
    good = program("good", {"x": (N,)}, [define("y", "i", (N,), call("exp", ROW))], "y")
    with pytest.raises(ValueError, match="no target c; there are python, numba, llvm"):
        build(good, "c")


@pytest.mark.parametrize(
    ("scalar", "dtype"),
    [
        (Const(1.0), "float64"),
        (Var("i"), "int64"),
        (Read("f", ()), "float32"),
        (call("lt", Read("f", ()), Read("f", ())), "bool"),
        (call("sin", Read("f", ())), "float32"),
        (Cast("int32", Read("f", ())), "int32"),
        (total("k", (N,), Read("f", ())), "float32"),
        (call("where", Const(True, "bool"), Read("f", ()), Read("f", ())), "float32"),
    ],
)
def test_dtypes_are_inferred(scalar: Any, dtype: str) -> None:
    assert dtype_of(scalar, {"f": "float32"}) == dtype
