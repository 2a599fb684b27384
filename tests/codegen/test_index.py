"""A program prints as what stands at every index."""

from __future__ import annotations

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
    show,
)

N, I, J = Var("n"), Var("i"), Var("j")
X = Buffer("x", (N,))
ROWS = (("j", N),)

WANTED = """
all_kinds(x: float64[n], k: int64) -> s, z
  n = x.shape[0]
  y[i < n]: float64 = (x[add(i, k)] if lt(i, 3) else 0.0)
  s: float64 = add(mul(2.0, y[j]) for j < n)
  c[i < n]: float32 = running maximum along i from the end of float32(x[i])
  z: float64[n] = x, then z[j] += s for j < n
  w: float64[3] = zeros, then w[0] = float32(0.5)
  q: float64[n, n], r: float64[n, n] = routine(z, w, mode=full)
"""


def test_every_statement_prints_as_one_line() -> None:
    condition = Apply("lt", (I, Const(3, "int64")))
    shifted = Read("x", (I + Read("k", ()),))
    y = Define(Buffer("y", (N,)), ("i",), Select(condition, shifted, Const(0)))
    doubled = Apply("mul", (Const(2), Read("y", (J,))))
    s = Define(Buffer("s", ()), (), Reduce("add", ROWS, doubled))
    highest = Cast("float32", Read("x", (I,)))
    c = Scan(Buffer("c", (N,), "float32"), ("i",), 0, "maximum", highest, reverse=True)
    z = Scatter(Buffer("z", (N,)), "x", ROWS, (J,), Read("s", ()))
    three, half = (Const(3, "int64"),), Const(0.5, "float32")
    w = Scatter(Buffer("w", three), None, (), (Const(0, "int64"),), half, accumulate=False)
    both = (Buffer("q", (N, N)), Buffer("r", (N, N)))
    qr = Call(both, "routine", ("z", "w"), (("mode", "full"),))
    inputs = (X, Buffer("k", (), "int64"))
    program = Program("all_kinds", (("n", "x", 0),), inputs, (y, s, c, z, w, qr), ("s", "z"))
    assert str(program) == WANTED.strip()


def test_constants_that_differ_print_differently() -> None:
    values = [(2, "int64"), (2, "float64"), (2, "int32"), (2.0, "float32"), (True, "bool")]
    assert len({show(Const(*pair)) for pair in values}) == len(values)
    assert show(Const(-0.0)) != show(Const(0.0))
