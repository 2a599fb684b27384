"""Loops whose turns need each other, around work that may run in many lanes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symdiff as sd
from codegen.index import Const, Read, Var
from codegen.nests import Accumulate, For, Let, Local, Store
from codegen.targets.llvm_groups import groups

TERM, TOTAL = Local("term", "float64"), Local("total", "float64")
PLACE = (Var("i"),)


def test_what_reads_a_running_total_goes_turn_by_turn() -> None:
    body = (
        Let("term", "float64", Read("x", PLACE)),
        Accumulate(TOTAL, "add", TERM),
        Store("y", PLACE, TOTAL),
    )
    loop = For("i", Const(0, "int64"), Var("n"), body)
    dtypes = {"x": "float64", "y": "float64", "term": "float64", "total": "float64"}
    assert [group.in_lanes for group in groups(loop, dtypes)] == [True, False]


PROGRAMS = {
    "sums": lambda x: np.sum(np.cumsum(np.tanh(x)) * x),
    "products": lambda x: np.sum(np.cumprod(1 + 0.1 * np.sin(x)) * np.exp(x)),
    "sums of sums": lambda x: np.sum(np.exp(-(np.cumsum(np.cumsum(np.tanh(x))) ** 2))),
    "sums along rows": lambda x: np.sum(np.cumsum(np.sin(x).reshape(7, -1), 1) ** 2),
    "sums along columns": lambda x: np.sum(np.cumsum(np.sin(x).reshape(7, -1), 0) ** 2),
    "sums and their end": lambda x: np.sum(np.cumsum(np.exp(x))[::3]) + np.sum(np.exp(x)),
}


@pytest.mark.parametrize("size", [7, 63, 700])
@pytest.mark.parametrize("name", PROGRAMS)
def test_running_sums_are_the_tapes(name: str, size: int) -> None:
    x: Any = np.random.default_rng(0).normal(size=size)
    got = sd.value_and_grad(PROGRAMS[name])(x)
    wanted = sd.value_and_grad(PROGRAMS[name], compile=False)(x)
    for a, b in zip(got, wanted, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12)
