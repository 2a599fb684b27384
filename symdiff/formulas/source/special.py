"""Special functions for Numba: those that SciPy has compiled, found by their names when they are loaded."""

from __future__ import annotations

from collections.abc import Iterator

FINDER = '''
def _of_scipy(name, count):
    """SciPy's compiled function of some doubles, as Numba calls it."""
    found = cython_special.__pyx_capi__
    wanted = '"double (' + "double, " * count + "int"
    key = next(
        k
        for k in found
        if k.endswith(name)
        and k.removesuffix(name).rstrip("0123456789_") in ("", "__pyx_fuse")
        and wanted in str(found[k])
    )
    kind = ctypes.CFUNCTYPE(ctypes.c_double, *[ctypes.c_double] * count, ctypes.c_int)
    address = extending.get_cython_function_address("scipy.special.cython_special", key)
    return kind(address)
'''

_ZETA = '''
@numba.vectorize
def _zeta(s, q):
    """Hurwitz's zeta function, the sum of 1/(q + k)**s, by Euler and Maclaurin."""
    total = 0.0
    while q < 12:
        total += q ** (-s)
        q += 1
    term = s * q ** (-s - 1)
    total += q ** (1 - s) / (s - 1) + q ** (-s) / 2
    for k in range(8):
        total += term * (
            1 / 12, -1 / 720, 1 / 30240, -1 / 1209600, 1 / 47900160,
            -691 / 1307674368000, 1 / 74724249600, -3617 / 10670622842880000,
        )[k]
        term *= (s + 2 * k + 1) * (s + 2 * k + 2) / (q * q)
    return total
'''

_POLYGAMMA = '''
@numba.vectorize
def _polygamma(n, x):
    """The n-th derivative of digamma."""
    if n == 0:
        return _digamma(x)
    return (-1) ** (n + 1) * math.gamma(n + 1) * _zeta(n + 1.0, x)
'''

_ONE = (
    "j0 j1 y0 y1 i0 i1 i0e i1e k0 k1 k0e k1e erfcx erfinv ndtr ndtri log_ndtr entr logit log_expit "
    "erfcinv exp1 expi exprel ellipk ellipe"
).split()
_TWO = (
    "jv yv iv ive kv kve beta betaln gammainc gammaincc xlogy xlog1py binom ellipkinc ellipeinc "
    "boxcox boxcox1p inv_boxcox inv_boxcox1p"
).split()


def _functions() -> Iterator[tuple[str, str, str]]:
    """Each function's name, its name in SciPy's compiled module, and its arguments."""
    yield from ((name, name, "x") for name in _ONE)
    yield from ((name, name, "a, b") for name in _TWO)
    yield "digamma", "psi", "x"
    yield from ((name, name, "a, b, x") for name in ("betainc", "hyp1f1"))
    yield "hyp2f1", "hyp2f1", "a, b, c, x"


def _vectorized(name: str, theirs: str, arguments: str) -> str:
    count = len(arguments.split(", "))
    return (
        f'\n_{name}_of_scipy = _of_scipy("{theirs}", {count})\n\n\n'
        f"@numba.vectorize\ndef _{name}({arguments}):\n"
        f'    """scipy.special.{name}"""\n'
        f"    return _{name}_of_scipy({arguments}, 0)\n"
    )


SPECIAL = {name: _vectorized(name, theirs, arguments) for name, theirs, arguments in _functions()}
SPECIAL |= {"zeta": _ZETA, "polygamma": _POLYGAMMA}
