"""Generated text is read too: here it stands, and must be as one would write it."""

from __future__ import annotations

import numpy as np
import pytest
import small_programs
from small_programs import I, N, at, call, define, program

from codegen import build
from codegen.index import Apply, Buffer, Const, Define, Program, Read, Select

TEXTS: dict[str, str] = {
    "tanh_squares": """
import numpy as np
from codegen.runtime import compiled, plus, square, tanh


@compiled
def tanh_squares(x):
    n = x.shape[0]
    g = np.empty(n)
    loss = 0.0
    for i in range(n):
        t = tanh(x[i])
        s = square(t)
        loss = plus(loss, s)
        g[i] = 2.0 * t * (1.0 - s)
    return loss, g
""",
    "softmax": """
import numpy as np
from codegen.runtime import compiled, exp, maximum, plus


@compiled
def softmax(x):
    n = x.shape[0]
    m = x.shape[1]
    y = np.empty((n, m))
    for i in range(n):
        largest = -np.inf
        for j in range(m):
            largest = maximum(largest, x[i, j])
        z = 0.0
        for j in range(m):
            e_ij = exp(x[i, j] - largest)
            y[i, j] = e_ij
            z = plus(z, e_ij)
        for j in range(m):
            y[i, j] = y[i, j] / z
    return y,
""",
    "logistic": """
import numpy as np
from codegen.runtime import compiled, plus, sigmoid


@compiled
def logistic(X, w, y):
    n = X.shape[0]
    m = X.shape[1]
    if w.shape != (m,):
        raise ValueError('w must have the shape (m,)')
    if y.shape != (n,):
        raise ValueError('y must have the shape (n,)')
    g = np.empty(m)
    for j in range(m):
        g[j] = 0.0
    for i in range(n):
        h = 0.0
        for j in range(m):
            h = plus(h, X[i, j] * w[j])
        r = sigmoid(h) - y[i]
        for j in range(m):
            g[j] = plus(g[j], X[i, j] * r)
    return g,
""",
    "layer": """
import numpy as np
from codegen.runtime import compiled, exp, tanh


@compiled
def layer(A, B):
    n = A.shape[0]
    m = A.shape[1]
    l = B.shape[0]
    if B.shape != (l, m):
        raise ValueError('B must have the shape (l, m)')
    E = np.empty((n, m))
    for i in range(n):
        for j in range(m):
            E[i, j] = exp(A[i, j])
    S = np.empty((n, l))
    np.dot(E, B.T, S)
    for i in range(n):
        for j in range(l):
            S[i, j] = tanh(S[i, j])
    return S,
""",
    "log_sum_exp": """
import numpy as np
from codegen.runtime import compiled, exp, log, plus


@compiled
def log_sum_exp(x):
    n = x.shape[0]
    g = np.empty(n)
    s = 0.0
    for i in range(n):
        e_i = exp(x[i])
        g[i] = e_i
        s = plus(s, e_i)
    loss = log(s)
    for i in range(n):
        g[i] = g[i] / s
    return loss, g
""",
    "heat": """
import numpy as np
from codegen.runtime import compiled, maximum, minimum


@compiled
def heat(u):
    n = u.shape[0]
    new = np.empty(n)
    cut1 = minimum(1, n)
    for i in range(cut1):
        new[i] = u[i]
    cut2 = minimum(maximum(cut1, n - 1), n)
    for i in range(cut1, cut2):
        new[i] = u[i] + 0.1 * (u[i - 1] + u[i + 1] - 2.0 * u[i])
    for i in range(cut2, n):
        new[i] = u[i]
    return new,
""",
    "gather_and_back": """
import numpy as np
from codegen.runtime import compiled, exp, plus


@compiled
def gather(x, q):
    n = x.shape[0]
    m = q.shape[0]
    g = np.empty(n)
    for i in range(n):
        g[i] = 0.0
    for i in range(m):
        g[q[i]] = plus(g[q[i]], exp(x[q[i]]))
    c = np.empty(n)
    c_add = -0.0
    for i in range(n):
        c_add = plus(c_add, g[i])
        c[i] = c_add
    return g, c
""",
}


@pytest.mark.parametrize("name", TEXTS)
def test_golden_text(name: str) -> None:
    made = build(getattr(small_programs, name)(), "python")
    assert made.source == TEXTS[name].lstrip()


def line(value: Read | Apply | Select | Const, dtype: str = "float64") -> str:
    """How a value over x, y (float64), p, q (int32), f (float32), b (bool) is spelled."""
    kinds = {"xy": "float64", "pq": "int32", "f": "float32", "b": "bool"}
    dtypes = {name: kind for names, kind in kinds.items() for name in names}
    inputs = tuple(Buffer(name, (), kind) for name, kind in dtypes.items())
    body = (Define(Buffer("r", (), dtype), (), value),)
    source = build(Program("one", (), inputs, body, ("r",)), "python").source
    return next(text for text in source.splitlines() if "r = " in text).strip()


X, Y, P, Q, F, B = (at(name) for name in "xypqfb")


@pytest.mark.parametrize(
    ("value", "dtype", "text"),
    [
        (call("sub", X, call("sub", Y, X)), "float64", "r = x - (y - x)"),
        (call("sub", call("sub", X, Y), X), "float64", "r = x - y - x"),
        (call("mul", call("add", X, Y), call("neg", X)), "float64", "r = (x + y) * -x"),
        (call("div", X, call("mul", Y, X)), "float64", "r = x / (y * x)"),
        (call("neg", call("neg", X)), "float64", "r = --x"),
        (call("neg", call("mul", X, Y)), "float64", "r = -(x * y)"),
        (call("lt", X, Y), "bool", "r = x < y"),
        (call("eq", call("lt", X, Y), B), "bool", "r = (x < y) == b"),
        (call("not", call("and", B, call("or", B, B))), "bool", "r = not (b and (b or b))"),
        (call("add", P, call("mul", P, Q)), "int32", "r = np.int32(p + np.int32(p * q))"),
        (Select(B, X, call("add", X, Y)), "float64", "r = x if b else x + y"),
        (call("add", Select(B, X, Y), X), "float64", "r = (x if b else y) + x"),
        (call("mul", F, Const(0.1, "float32")), "float32", "r = f * np.float32(0.1)"),
        (call("mul", X, float("-inf")), "float64", "r = x * -np.inf"),
        (call("pow", X, 3), "float64", "r = power(x, 3.0)"),
        (call("pow", X, 2), "float64", "r = square(x)"),
        (call("maximum", B, B), "bool", "r = b or b"),
    ],
)
def test_operators_bind_as_in_python(value: Apply, dtype: str, text: str) -> None:
    assert line(value, dtype) == text


def test_names_that_python_knows_are_avoided() -> None:
    body = [define("exp", "i", (N,), call("exp", at("lambda", I)))]
    made = build(program("np", {"lambda": (N,)}, body, "exp"), "python")
    assert "def np_(lambda_):" in made.source
    assert "exp_[i] = exp(lambda_[i])" in made.source
    np.testing.assert_array_equal(made(np.zeros(2))[0], np.ones(2))


def test_names_that_are_none_are_made_some() -> None:
    body = [define("2 x", "i", (N,), call("neg", at("x.y", I)))]
    made = build(program("<lambda>", {"x.y": (N,)}, body, "2 x"), "python")
    assert "def _lambda_(x_y):" in made.source
    np.testing.assert_array_equal(made(np.ones(2))[0], -np.ones(2))


def test_the_text_runs_by_itself() -> None:
    scope: dict[str, object] = {}
    exec(build(small_programs.softmax(), "numba").source, scope)
    softmax = scope["softmax"]
    assert callable(softmax)
    (y,) = softmax(np.zeros((2, 4)))
    np.testing.assert_array_equal(y, np.full((2, 4), 0.25))
