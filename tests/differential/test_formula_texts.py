"""Texts of derivatives give what their graphs give: products and quotients of random sums."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np

import symdiff as sd
from tests.formulas.identities import SIZES, by_source, evaluated, value

from .checking import near, seeds
from .draw import texts

ARRAYS = texts("""x; y; x*y; x - mean(x); y - mean(y); (x - mean(x))**2; x*y - mean(x*y); exp(x - mean(x))
x/std(x); (x - mean(x))/std(x); abs(x - y); A@x; A@(x - mean(x)); A.T@A@x; x*exp(-a*x); tanh(x)/(1 + x@x)
a**2*x**2*exp(y) - a*x*exp(y); norm(x - y)*x; x/norm(x); x@A@y*x; cumsum(x)*y; x*maximum(x, y)
sum(x[:, None] - x, axis=1); sum((x[:, None] - x)*(y[:, None] - y), axis=1); (x[:, None] - x)@y
sum(A*(x[:, None] - x)**2, axis=0); sum(exp(-(x[:, None] - x)**2), axis=1); A*outer(x, y)@x
sum(tanh(x[:, None] - y)*(x[:, None] - x), axis=1); sum((x[:, None] - x[None, :])*A, axis=1)
sum(cos(x[:, None] - x)*A, axis=1); sum(abs(x[:, None] - x + 2)*(y - y[:, None]), axis=0)
sum((x[:, None] - x)**3*(y[:, None] - y), axis=1); mean(outer(x, y)*A, axis=0); diag(A)*x
sum(diag(x)@A, axis=0); (eye(n) - outer(x, x))@y; where(x > y, x**2, sin(x)); (A*A.T)@x**2
logsumexp(A*x, axis=1); solve(A, x*y); inv(A)@x*y; softmax(x)*y; einsum('ij,j,i->j', A, x, x)""")
NUMBERS = texts("""mean({}); sum({}); sum(({})**2); sqrt(1 + mean(({})**2)); var({}); a*mean({})
exp(a)*sum({}); sum(({})*y)/n; log(1 + sum(({})**2)); max({})*a**2""")
SHAPES = {"x": ("n",), "y": ("n",), "A": ("n", "n"), "a": ()}


def drawn(rng: random.Random) -> str:
    """A random number's text: products, quotients and differences of sums over products."""
    return "".join(_parts(rng))


def _parts(rng: random.Random) -> Iterator[str]:
    yield f"({_number(rng)})"
    if rng.random() < 0.6:
        yield f"*({_number(rng)})"
    if rng.random() < 0.3:
        yield f"/(2 + ({_number(rng)})**2)"
    if rng.random() < 0.3:
        yield f" - ({_number(rng)})"


def _number(rng: random.Random) -> str:
    array = rng.choice(ARRAYS)
    if rng.random() < 0.5:
        array = f"({array})*({rng.choice(ARRAYS)})"
    return rng.choice(NUMBERS).format(array)


def values(seed: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    matrix = 2 * np.eye(SIZES["n"]) + 0.3 * rng.normal(size=(SIZES["n"], SIZES["n"]))
    x, y = rng.uniform(0.3, 0.9, SIZES["n"]), rng.uniform(0.2, 1.0, SIZES["n"])
    return {"x": x, "y": y, "A": matrix, "a": 0.7}


@seeds(range(12), range(100, 600))
def test_a_text_gives_what_its_graph_gives(seed: int) -> None:
    rng = random.Random(seed)
    text, order, names = drawn(rng), rng.choice([1, 1, 2]), values(seed)
    by = rng.choice("xxxA") if order == 1 else "x"
    derived = sd.derive(text, by, shapes=SHAPES, order=order)
    wanted = value(derived, names)
    lines = [line.strip().removeprefix("where ") for line in derived.text.splitlines()]
    if "more definitions" in derived.text:  # the source stands for what the text leaves out
        said = by_source(derived, names)
    else:
        said = evaluated("; ".join(map(str.strip, lines)), names)
    near(np.broadcast_to(said, wanted.shape), wanted, 1e-8, (text, by, order))
