"""Elementwise ops tell the dtype that their evaluation gives, also before its library has loaded."""

import subprocess
import sys

import numpy as np
import pytest

from symdiff.graph.op import OPS, Aval, representative

FLOATS = [float, np.dtype("float64"), np.dtype("float32")]
ELEMENTWISE = sorted(name for name, op in OPS.items() if op.elementwise and op.domain)


@pytest.mark.parametrize("name", ELEMENTWISE)
def test_floats_have_the_dtype_that_is_told(name):
    op = OPS[name]
    for dtype in FLOATS:
        told = op.infer(*(Aval((), dtype) for _ in op.domain)).dtype
        with np.errstate(all="ignore"):
            given = np.asarray(op.evaluate(*(representative(dtype) for _ in op.domain))).dtype
        assert np.dtype(told) == given


def test_a_sigmoid_loads_no_scipy_to_tell_its_dtype():
    text = """
import sys
import symdiff as sd
assert sd.derive("sigmoid(x) + erf(x)").shape == ()
print([m for m in sys.modules if m.startswith("scipy.special")])
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
