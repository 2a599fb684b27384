"""Programs that the tests of codegen look at, and short names to write more of them."""

from __future__ import annotations

from typing import Any

from codegen.index import (
    Apply,
    Buffer,
    Const,
    Define,
    Program,
    Read,
    Reduce,
    Scalar,
    Scan,
    Scatter,
    Select,
    Statement,
    Var,
)

N, M, L = Var("n"), Var("m"), Var("l")
I, J, K = (Var(name) for name in "ijk")


def at(buffer: str, *index: Scalar | int) -> Read:
    return Read(buffer, tuple(Const(i, "int64") if isinstance(i, int) else i for i in index))


def call(name: str, *args: Scalar | float) -> Apply:
    """A primitive; numbers among its arguments are float64."""
    return Apply(name, tuple(a if isinstance(a, Scalar) else Const(float(a)) for a in args))


def define(
    name: str, index: str, shape: tuple[Scalar, ...], value: Scalar, dtype: str = "float64"
) -> Define:
    return Define(Buffer(name, shape, dtype), tuple(index), value)


def total(over: str, extents: tuple[Scalar, ...], body: Scalar, combine: str = "add") -> Reduce:
    return Reduce(combine, tuple(zip(over, extents, strict=True)), body)


def program(name: str, inputs: dict[str, Any], body: list[Statement], *outputs: str) -> Program:
    """Inputs by their shapes; an extent is the size of the first input axis that has its name."""
    buffers = tuple(Buffer(name, shape) for name, shape in inputs.items())
    extents: dict[str, tuple[str, str, int]] = {}
    for buffer in buffers:
        for axis, extent in enumerate(buffer.shape):
            if isinstance(extent, Var):
                extents.setdefault(extent.name, (extent.name, buffer.name, axis))
    return Program(name, tuple(extents.values()), buffers, tuple(body), outputs)


def tanh_squares() -> Program:
    """loss = sum(tanh(x)**2) and its gradient, node by node."""
    body: list[Statement] = [
        define("t", "i", (N,), call("tanh", at("x", I))),
        define("s", "i", (N,), call("square", at("t", I))),
        define("loss", "", (), total("k", (N,), at("s", K))),
        define("two", "", (), Const(2.0)),
        define("twos", "i", (N,), at("two")),
        define("gt", "i", (N,), call("mul", at("twos", I), at("t", I))),
        define("d", "i", (N,), call("sub", 1, at("s", I))),
        define("g", "i", (N,), call("mul", at("gt", I), at("d", I))),
    ]
    return program("tanh_squares", {"x": (N,)}, body, "loss", "g")


def softmax() -> Program:
    """Softmax of each row, with the largest element taken off."""
    body: list[Statement] = [
        define("largest", "i", (N,), total("k", (M,), at("x", I, K), "maximum")),
        define("wide", "ij", (N, M), at("largest", I)),
        define("d", "ij", (N, M), call("sub", at("x", I, J), at("wide", I, J))),
        define("e", "ij", (N, M), call("exp", at("d", I, J))),
        define("z", "i", (N,), total("k", (M,), at("e", I, K))),
        define("y", "ij", (N, M), call("div", at("e", I, J), at("z", I))),
    ]
    return program("softmax", {"x": (N, M)}, body, "y")


def logistic() -> Program:
    """The gradient of a linear model: X.T @ (sigmoid(X @ w) - y)."""
    body: list[Statement] = [
        define("h", "i", (N,), total("k", (M,), call("mul", at("X", I, K), at("w", K)))),
        define("p", "i", (N,), call("sigmoid", at("h", I))),
        define("r", "i", (N,), call("sub", at("p", I), at("y", I))),
        define("XT", "ij", (M, N), at("X", J, I)),
        define("g", "i", (M,), total("k", (N,), call("mul", at("XT", I, K), at("r", K)))),
    ]
    return program("logistic", {"X": (N, M), "w": (M,), "y": (N,)}, body, "g")


def layer() -> Program:
    """tanh(exp(A) @ B.T): a factor that is no array yet, and one that lies transposed."""
    body: list[Statement] = [
        define("E", "ij", (N, M), call("exp", at("A", I, J))),
        define("BT", "ij", (M, L), at("B", J, I)),
        define("C", "ij", (N, L), total("k", (M,), call("mul", at("E", I, K), at("BT", K, J)))),
        define("S", "ij", (N, L), call("tanh", at("C", I, J))),
    ]
    return program("layer", {"A": (N, M), "B": (L, M)}, body, "S")


def log_sum_exp() -> Program:
    """log(sum(exp(x))) and its gradient: exp(x) is needed again when the sum is known."""
    body: list[Statement] = [
        define("e", "i", (N,), call("exp", at("x", I))),
        define("s", "", (), total("k", (N,), at("e", K))),
        define("loss", "", (), call("log", at("s"))),
        define("g", "i", (N,), call("div", at("e", I), at("s"))),
    ]
    return program("log_sum_exp", {"x": (N,)}, body, "loss", "g")


def heat() -> Program:
    """One step of the heat equation with fixed ends: slices, and an assignment to a slice."""
    inside = call("and", Apply("ge", (I, Const(1, "int64"))), Apply("lt", (I, N - 1)))
    flow = call("sub", call("add", at("left", I), at("right", I)), call("mul", 2, at("middle", I)))
    moved = call("add", at("u", I), call("mul", 0.1, at("flow", I - 1)))
    body: list[Statement] = [
        define("left", "i", (N - 2,), at("u", I)),
        define("middle", "i", (N - 2,), at("u", I + 1)),
        define("right", "i", (N - 2,), at("u", I + 2)),
        define("flow", "i", (N - 2,), flow),
        define("new", "i", (N,), Select(inside, moved, at("u", I))),
    ]
    return program("heat", {"u": (N,)}, body, "new")


def gather_and_back() -> Program:
    """x[q], and the gradient of a sum over it, which scatters back; then a running sum."""
    inputs = (Buffer("x", (N,)), Buffer("q", (M,), "int64"))
    place = at("q", I)
    body = (
        define("y", "i", (M,), call("exp", at("x", place))),
        Scatter(Buffer("g", (N,)), None, (("i", M),), (place,), at("y", I)),
        Scan(Buffer("c", (N,)), ("i",), 0, "add", at("g", I)),
    )
    return Program("gather", (("n", "x", 0), ("m", "q", 0)), inputs, body, ("g", "c"))
