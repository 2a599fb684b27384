"""An elementwise gradient needs its inputs, its outputs, and hardly a byte beside them."""

from __future__ import annotations

import pathlib
import subprocess
import sys

import pytest

STATUS = pathlib.Path("/proc/self/status")

# The kernel is made on a small array; the peak of the process starts anew before the large one.
_SCRIPT = """
import pathlib
import numpy as np
import symdiff as sd

def kilobytes(key):
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return int(next(k for k in lines if k.startswith(key)).split()[1])

gradient = sd.value_and_grad(lambda x: np.sum(np.tanh(x) ** 2 + np.exp(-x * x)))
gradient(np.ones(50_000))
x = np.full(4_000_000, 0.5)
pathlib.Path("/proc/self/clear_refs").write_text("5")
before = kilobytes("VmRSS")
value, g = gradient(x)
print(1024 * (kilobytes("VmHWM") - before) - g.nbytes)
"""


@pytest.mark.skipif(not STATUS.exists(), reason="the system does not tell a process's peak")
def test_an_elementwise_gradient_needs_less_than_a_megabyte_beside_its_arrays() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 1_000_000
