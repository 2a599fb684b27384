"""Random NumPy programs that write in place: tape and kernel against finite differences."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import numpy as np

import symdiff as sd
from tests.differences import slopes

from .checking import function, seeds
from .draw import texts

PLACES = texts("""[0]; [:, 1]; [::2]; [..., ::-1]; [1:, 1:3]; [[0, 2]]; [[0, 0]]; [x > 0.1]; [0, 1]; [-1, ::2]
[:, [1, 3]]; [np.array([2, 1, 0])]; [:, None]; [1:3][0]; [::-1][:2]""")
VALUES = texts("T; x; np.sin(T); T * S; T + 1.5; S ** 2")
STATEMENTS = texts("""TI = (E)I; TI += (E)I; TI -= (E)I; TI *= (E)I; T += E; T *= E; TI = x[0, 0]
T.fill(x[1, 1]); np.add(E, S, out=T); np.maximum(E, S, out=T); np.sin(E, out=T); T.sort(axis=0)
T.sort(axis=1); v = T[1:]; v *= v; v = T.T; v *= 0.5; v = T[:, ::-1]; v *= 2.0; v = T.ravel(); v *= v
w = T[:2]; u = w[..., 1:]; u += x[:2, 1:]; w -= T[1:]; np.copyto(T, E, where=x > 0.3)
np.put(T, [0, 5, 7], (E).ravel()[:3]); np.put(T, [1, 4, 6, 9], x[0, :2]); np.putmask(T, x > 0, E)
np.putmask(T, x > 0, x[:, :1] * 2); np.place(T, x > 0.2, [0.5, 1.5]); np.place(T, x > 0.2, x[0] * x[1])
np.fill_diagonal(T, 0.5); np.fill_diagonal(T, x[0, :3]); np.add.at(T, [0, 0, 1], 1.5)
np.add.at(T, (slice(None), [1, 1]), x[0, 0]); T[0], T[2] = T[2].copy(), T[0].copy()""")
TOGETHER = {"v": 2, "w": 4}  # statements that stand together, by the name they begin with

Function = Callable[[Any], Any]


def drawn(rng: random.Random) -> str:
    """A program of two arrays and their views."""
    lines = ["a = x * 1.0", "b = np.zeros_like(x)"]
    starts = [k for k, s in enumerate(STATEMENTS) if s[0] not in "vwu" or s[1:4] == " = "]
    starts = [k for k in starts if STATEMENTS[k][0] != "u"]
    for _ in range(rng.randint(2, 6)):
        k = rng.choice(starts)
        together = STATEMENTS[k : k + TOGETHER.get(STATEMENTS[k][0], 1)]
        names = {"E": rng.choice(VALUES), "I": rng.choice(PLACES)}
        target, other = rng.choice("ab"), rng.choice("ab")
        for text in together:
            for letter, word in names.items():
                text = text.replace(letter, word)
            lines.append(text.replace("T.T", f"{target}.transpose()").replace("T", target))
            lines[-1] = lines[-1].replace("S", other)
    lines.append("return np.sum(a * x) + np.sum(np.cos(b) * a)")
    return "def f(x):\n    " + "\n    ".join(lines)


@seeds(range(5), range(100, 400))
def test_programs_that_write(seed: int) -> None:
    source = drawn(random.Random(seed))
    f = function(source)
    x = np.random.default_rng(seed).uniform(-1, 1, (3, 4)).round(4)
    wanted = slopes(f, x)
    for compiled in (False, True):
        value, slope = sd.value_and_grad(f, compile=compiled)(x)
        np.testing.assert_allclose(value, f(x), rtol=1e-9, err_msg=source)
        scale = 1 + np.abs(wanted).max()
        np.testing.assert_allclose(slope, wanted, 1e-5, 1e-5 * scale, err_msg=source)
