"""What a command line gives for the letters of a formula: numbers, lists, files, ranges."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .graph.op import OpError


def values(pairs: Sequence[str]) -> dict[str, Any]:
    """`x=1,2 A=points.npy` as arrays by name."""
    return {name: _value(name, text) for name, text in _named(pairs).items()}


def ranges(pairs: Sequence[str]) -> dict[str, tuple[float, float]]:
    """`x=-3:3` as the ends by name."""
    return {name: _range(text) for name, text in _named(pairs).items()}


def _named(pairs: Sequence[str]) -> dict[str, str]:
    named: dict[str, str] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name.isidentifier() or not equals:
            raise OpError(f"{pair!r} is not of the form name=value")
        if name in named:
            raise OpError(f"{name} is given twice: {named[name]}, then {value}")
        named[name] = value
    return named


def _value(name: str, text: str) -> Any:
    """A number, a list, or what a file holds."""
    try:
        return _floats(_read(text))
    except ValueError as error:
        raise OpError(f"{name}={text}: {error}") from error


def _read(text: str) -> Any:
    if text.endswith(".npy"):
        return _array_file(text)
    if text.endswith(".csv") or text == "-":
        return _table_file(sys.stdin if text == "-" else text)
    rows = text.replace(" ", "").removeprefix("[[").removesuffix("]]").split("],[")
    if len(rows) > 1 or text.lstrip().startswith("[["):
        return _matrix([_numbers(row) for row in rows])
    inner = text.strip().removeprefix("[").removesuffix("]")
    listed = "," in text or text.lstrip().startswith("[")
    return np.array(_numbers(inner)) if listed else _number(inner)


def _array_file(file: str) -> Any:
    try:
        return np.load(file, allow_pickle=False)
    except ValueError:
        raise OpError("this file holds no numbers, and Python's objects are not opened") from None


def _table_file(file: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an empty file, which is said below
        try:
            value = np.loadtxt(file, delimiter=",", ndmin=1, encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise OpError("this is no text in UTF-8") from None
        except ValueError as error:
            raise OpError(str(error).partition("; use `usecols`")[0]) from None
    if not value.size:
        raise OpError("there are no numbers in it")
    return value


def _floats(value: Any) -> Any:
    """Floats stay as they are, whole numbers become floats; there are no others."""
    kind = getattr(value, "dtype", np.dtype(float)).kind
    if kind not in "fiub":
        raise OpError(f"numbers are wanted, not {value.dtype}")
    return value if kind == "f" else value.astype(float)


def _matrix(rows: Sequence[Sequence[float]]) -> Any:
    if len(set(map(len, rows))) > 1:
        raise OpError(f"the rows have different lengths: {', '.join(str(len(r)) for r in rows)}")
    return np.array(rows)


def _numbers(text: str) -> list[float]:
    return [_number(word) for word in text.split(",") if word.strip()]


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise OpError(f"{text!r} is no number, list, .npy or .csv file") from None


def _range(text: str) -> tuple[float, float]:
    low, _, high = text.partition(":")
    try:
        ends = float(low), float(high)
    except ValueError:
        ends = np.nan, np.nan
    if not -np.inf < ends[0] < ends[1] < np.inf:
        raise OpError(f"{text!r} is not a range like -3:3")
    return ends
