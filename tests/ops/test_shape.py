"""Ops that move elements, as kernels have them: the same numbers as NumPy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from symdiff.compiling.compiler import CompiledOp
from symdiff.graph.op import OPS, OpError, aval_of
from symdiff.tracing.graphs import inputs_for, trace

RNG = np.random.default_rng(0)
X, Y, V = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 3, 4)), RNG.normal(size=3)

CASES: dict[str, tuple[str, tuple[Any, ...], dict[str, Any]]] = {
    "reshape": ("reshape", (X,), {"ndim": 2, "shape": (6, 2)}),
    "reshape with ones": ("reshape", (X,), {"ndim": 2, "shape": (1, 3, 1, 4)}),
    "reshape to a scalar": ("reshape", (V[:1],), {"ndim": 1, "shape": ()}),
    "transpose": ("transpose", (X,), {"perm": (1, 2, 0)}),
    "transpose within": ("transpose", (X,), {"perm": (1, 0)}),
    "expand": ("expand", (X[:, :1],), {"shape": (3, 4)}),
    "sum": ("sum", (X,), {"axes": (-3, -1)}),
    "concatenate": ("concatenate", (X, Y[..., :1], X[..., :0]), {"axis": -1}),
    "concatenate in front": ("concatenate", (X, Y), {"axis": -3}),
    "concatenate integers": ("concatenate", (X[0], np.arange(8).reshape(2, 4)), {"axis": -2}),
    "stack": ("stack", (X, Y, X), {"axis": -1}),
    "stack in front": ("stack", (X, Y), {"axis": -4}),
    "stack numbers": ("stack", (V[0], 2.0, V[1]), {"axis": -1}),
    "diagonal": ("diagonal", (X,), {"offset": 1}),
    "diagonal below": ("diagonal", (X,), {"offset": -1}),
    "diagonal outside": ("diagonal", (X,), {"offset": 9}),
    "diag_embed": ("diag_embed", (X[..., :2],), {"offset": -2, "shape": (4, 3)}),
    "tril": ("tril", (X,), {"k": 0}),
    "triu": ("triu", (X,), {"k": -1}),
    "triu of truth values": ("triu", (X > 0,), {"k": 1}),
    "argsort": ("argsort", (X,), {}),
    "argmax": ("argmax", (X,), {}),
    "argmin": ("argmin", (X,), {}),
    "searchsorted": ("searchsorted", (np.sort(V), X), {"side": "right"}),
}


@pytest.mark.parametrize(("name", "args", "params"), CASES.values(), ids=CASES)
def test_kernels_are_numpys(name: str, args: Any, params: Any) -> None:
    arrays = [a for a in args if not isinstance(a, float) or isinstance(a, np.generic)]
    labels = [f"x{k}" for k in range(len(arrays))]

    def function(*given: Any) -> Any:
        rest = iter(given)
        return OPS[name](*(a if type(a) is float else next(rest) for a in args), **params)

    graph = trace(name, function, inputs_for(labels, [aval_of(a) for a in arrays]))
    got = np.asarray(CompiledOp(graph).op(*map(np.asarray, arrays)))
    expected = np.asarray(OPS[name].evaluate(*args, **params))
    assert (got.shape, got.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(got, expected, rtol=1e-14)


WRONG: dict[str, tuple[str, tuple[Any, ...], dict[str, Any], str]] = {
    "reshape": ("reshape", (X,), {"ndim": 3, "shape": (5, 5)}, "has no room"),
    "expand": ("expand", (X,), {"shape": (2, 3, 5)}, "does not broadcast"),
    "concatenate": ("concatenate", (X, Y[:1]), {"axis": -1}, "differ beyond axis 2"),
    "stack": ("stack", (X, Y[:1]), {"axis": -1}, "must have one shape"),
}


@pytest.mark.parametrize(("name", "args", "params", "message"), WRONG.values(), ids=WRONG)
def test_shapes_that_do_not_fit(name: str, args: Any, params: Any, message: str) -> None:
    with pytest.raises(OpError, match=message):
        OPS[name].infer(*map(aval_of, args), **params)
