"""Kernels agree with NumPy and with the tape for arguments of all pairs of dtypes, in any order."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import symdiff as sd

from . import checking
from .draw import texts

DTYPES = ("f8", "f4", "i8", "i4", "?")
FEW = "np.maximum(a, b)*a; a*b*1.0*a"
MORE = """np.sin(a)*b; a@b.T; np.where(b > 0, a, b)*a; a/(2+b)*a*a
(a+2)**b; (a*1.0)**2*b; np.where(a > b, a, 2); np.einsum('ij,ij->i', a, b*1.0); (a*1.0)**3
a*np.float64(1)*a*b; np.concatenate([a, b])**2; np.stack([a, b*1.0])*3; np.cumsum(a, 0)*b
np.mean(a)*b; np.var(a)*np.std(b+a); np.prod(a+1)*b; np.clip(a, 0, 1)*b; np.hypot(a+1, b)
np.arctan2(a, b+2); np.remainder(a, b+3)*a; a//(b+3)*a; np.exp((a > 0)*1.0)*b; np.abs(b)*a
np.linalg.solve(a+5*np.eye(3), b); a[np.array([0, 2, 2])]*b; np.sort(a, 1)*b; np.argsort(b, 1)
np.argmax(b, 0); np.searchsorted(np.sort(b[0]), a); np.copysign(a, b)*a; np.logaddexp(a, b)
np.interp(a, np.sort(b[0])+np.arange(3), b[1]); (a > b)*a; np.tril(a)*np.triu(b); np.outer(a[0], b)
np.trace(a@b)*1.0; np.pad(a, 1)*2; np.linalg.norm(a-b*0.5); np.kron(a, b); np.max(a)*np.min(b)
np.isfinite(b)*a; np.floor(b)*a; a.astype(np.float32)*b.astype(np.float64); -(a*1.0)*b; np.sum(b, 0)
np.any(b, 0)*a; np.diff(a*1.0, axis=0); np.tensordot(a, b, 1); a.reshape(-1)[::2]*2; np.rint(b*1.5)*a
(a*0.5+b*0.5)*a*b; np.sqrt(np.abs(a*1.0*a)); np.dot(a[0]*1.0, b[0]); (a > 0)*1.0+(b > 0)*1.0"""


def drawn(rng: np.random.Generator, dtype: str) -> np.ndarray[Any, Any]:
    """Whole numbers large enough that products of three overflow in 32 bits."""
    x = rng.normal(size=(3, 3)) * (900 if dtype == "i4" and rng.random() < 0.3 else 2)
    return x > 0 if dtype == "?" else x.astype(dtype)


@pytest.fixture(autouse=True)
def _quietly() -> Iterator[None]:
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        yield


def near(ours: Any, theirs: Any, short: bool, why: Any) -> None:
    a, b = np.asarray(ours), np.asarray(theirs)
    if a.ndim:  # a number is given as Python's
        assert a.dtype == b.dtype, why
    checking.near(a.astype(float), b.astype(float), 3e-5 if short else 1e-11, why)


def near_or_refused(kernel: Any, tape: Any, args: Any, short: bool, why: Any) -> None:
    """The same gradient, or an error from both."""
    try:
        wanted = tape(*args)
    except TypeError:  # NumPy has no differences of truth values
        with pytest.raises(TypeError):
            kernel(*args)
    else:
        near(kernel(*args), wanted, short, why)


def check(text: str, seed: int) -> None:
    f = checking.function(f"def f(a, b):\n    return {text}")
    rng = np.random.default_rng(seed)
    compiled = sd.jit(f)
    kernels, tapes = (
        [sd.grad(lambda a, b: np.sum(f(a, b)) * 1.0, k, compile=c) for k in (0, 1)]
        for c in (True, False)
    )
    for kinds in rng.permutation(list(itertools.product(DTYPES, DTYPES))):
        a, b = (drawn(rng, kind) for kind in kinds)
        try:
            wanted = f(a, b)
        except (TypeError, ValueError):  # what NumPy does not compute
            continue
        if np.asarray(wanted).dtype.char not in "?ilfd":
            continue
        short, why = "f4" in kinds, (text, kinds)
        near(compiled(a, b), wanted, short, why)
        for k in range(2):
            if kinds[k][0] == "f":
                near_or_refused(kernels[k], tapes[k], (a, b), short, why)


@pytest.mark.parametrize("text", texts(FEW))
def test_pairs_of_dtypes(text: str) -> None:
    check(text, 0)


@pytest.mark.slow
@pytest.mark.parametrize("text", texts(MORE))
def test_more_functions_of_pairs_of_dtypes(text: str) -> None:
    check(text, 1)
