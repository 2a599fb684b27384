"""Whatever op a function is made of, it can be told, and told with the gradients there are."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np
import pytest

import symdiff as sd
from symdiff.explanation.picture import svg
from symdiff.graph.op import OPS
from tests.ops import call_of, covered, differentiable

SMOOTH = [name for name in covered() if any(differentiable(call_of(OPS[name])))]


def sum_of_squares(call, places):
    """Of all floating point results of the op, as a function of its differentiable arguments."""

    def f(*xs):
        args = list(call.args)
        for k, x in zip(places, xs, strict=True):
            args[k] = x
        y = call.op(*args, **call.params)
        ys = y if isinstance(y, (tuple, list)) else [y]
        return sum(np.sum(v * v) for v in ys if np.dtype(v.dtype).kind == "f")

    return f


@pytest.mark.slow
@pytest.mark.parametrize("name", SMOOTH)
def test_every_op_is_told(name):
    call = call_of(OPS[name])
    places = [k for k, yes in enumerate(differentiable(call)) if yes]
    f, xs = sum_of_squares(call, places), [np.asarray(call.args[k], float) for k in places]
    told = sd.explain(f, *xs)
    slopes = sd.grad(f, tuple(range(len(xs))), compile=False)(*xs)
    gathered = [i.gradient for i in told.inputs if i.gradient is not None]
    for one, slope in zip(gathered, slopes, strict=True):
        np.testing.assert_allclose(one, slope, rtol=1e-12)
    assert f"d/d{told.inputs[0].name}" in repr(told)
    assert "<math" in told._repr_html_()
    ET.fromstring(svg(told.steps))
    for formula in told.derivatives.values():
        ET.fromstring(formula.mathml)
    assert sd.explain_nan(f, *xs) is None
