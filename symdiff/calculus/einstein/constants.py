"""Floats that are known: 6.283185307179586 is what Python makes of 2*pi, 0.3333333333333333 of 1/3.

For people only. What has fewer digits than a float can hold was written as a decimal, and stays one.
"""

from __future__ import annotations

import functools
import math
import re
from fractions import Fraction
from typing import Any

from ...graph.exact import Exact, Ratio

_LARGEST = 64  # of a numerator and a denominator
_FEWEST_DIGITS = 15  # of a float that was computed
_MOST_WRITTEN = 8  # digits of a decimal that a computed one is taken for
_WITHIN = 2**-51  # relative: a rounding or two

_KNOWN = (
    Exact(1.0, "1"),
    Exact(math.pi, "pi"),
    Exact(math.e, "exp(1)"),
    *(Exact(math.sqrt(k), f"sqrt({k})") for k in (2, 3, 5, 6, 7, 10)),
    Exact(math.sqrt(math.pi), "sqrt(pi)"),
    Exact(math.sqrt(2 * math.pi), "sqrt(2*pi)"),
    Exact(1 / math.sqrt(math.pi), "1/sqrt(pi)"),
    Exact(1 / math.sqrt(2 * math.pi), "1/sqrt(2*pi)"),
    Exact(math.pi**2, "pi**2"),
    *(Exact(math.log(k), f"log({k})") for k in (2, 3, 5, 7, 10)),
    Exact(math.log(math.pi), "log(pi)"),
    Exact(math.log(2 * math.pi), "log(2*pi)"),
)


@functools.lru_cache(maxsize=1024)
def known(x: float) -> tuple[Fraction, Exact] | None:
    """The fraction and the constant whose product a float is.

    >>> known(2 * math.pi / 3), known(0.75)
    ((Fraction(2, 3), pi), None)
    """
    if not math.isfinite(x) or not _is_long(x):
        return None
    for constant in _KNOWN:
        share = Fraction(x / float(constant)).limit_denominator(_LARGEST)
        if not 0 < abs(share.numerator) <= _LARGEST:
            continue
        if abs(float(share) * float(constant) - x) <= _WITHIN * abs(x):
            return share, constant
    return None


def _is_long(x: float) -> bool:
    """Whether a float has more digits than one writes."""
    return len(repr(abs(x)).partition("e")[0].strip("0.")) >= _FEWEST_DIGITS


def recognised(x: Any) -> Any:
    """The number; a float that is known, as one that has its formula.

    >>> recognised(math.pi / 2), recognised(0.1), recognised(1 / 3), recognised(math.pi - 1)
    (pi/2, 0.1, 1/3, pi - 1)
    """
    x = tidied(x) if type(x) is float else x
    found = known(x) if type(x) is float else None
    if found is None:
        return _lowered(x) or x if type(x) is float else x
    share, constant = found
    if constant == 1:
        return Ratio(share)
    above = "" if share.numerator == 1 else "-" if share.numerator == -1 else f"{share.numerator}*"
    below = "" if share.denominator == 1 else f"/{share.denominator}"
    return Exact(x, f"{above}{constant.formula}{below}")


def tidied(x: float) -> float:
    """The short decimal that a float is but for a rounding, as 1.3 in 2.3 - 1.

    >>> tidied(2.3 - 1), tidied(1.1 - 1), tidied(math.pi)
    (1.3, 0.1, 3.141592653589793)
    """
    if not 0.01 < abs(x) < math.inf or not _is_long(x):
        return x
    short = float(f"{x:.{_MOST_WRITTEN}g}")
    return short if abs(short - x) <= 2**-52 * max(1, abs(x)) else x


_DEEPEST = 4  # of derivatives that lower an exponent one by one


def _lowered(x: float) -> Exact | None:
    """A constant less 1, 2, ..., as exponents are that a derivative made smaller."""
    for k in range(1, _DEEPEST + 1):
        found = known(x + k)
        if found is not None and found[0] == 1:
            return Exact(x, f"{found[1].formula} - {k}")
    return None


_QUOTIENT = re.compile(r"(\d+)/([a-z]\w*(?:\([^()]*\))?)")


def parts_of_quotient(x: Exact) -> tuple[int, Exact, int] | None:
    """A constant such as 2/sqrt(pi) as 2, sqrt(pi) and the power -1.

    >>> parts_of_quotient(Exact(2 / math.sqrt(math.pi), "2/sqrt(pi)"))
    (2, sqrt(pi), -1)
    """
    parts = _QUOTIENT.fullmatch(x.formula)
    return None if parts is None else (int(parts[1]), Exact(int(parts[1]) / x, parts[2]), -1)
