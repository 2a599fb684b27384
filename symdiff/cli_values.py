"""What a command line gives for the letters of a formula: numbers, lists, files, ranges."""

from __future__ import annotations

import io
import json
import re
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .graph.op import OpError

_WORD = re.compile(r"[^\[\],\s]+")


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
    if text == "-":
        return _table(sys.stdin.read())
    if text.endswith(".csv"):
        return _table(_text_of(text))
    return _array(text) if "," in text or "[" in text else _number(text.strip())


def _array(text: str) -> Any:
    """The numbers of `1,2` or `[[1,2],[3,4]]`, whose outermost brackets may be left out."""
    json_numbers = _WORD.sub(lambda word: json.dumps(_number(word[0])), text)
    try:
        parts = json.loads(f"[{json_numbers.strip().removesuffix(',')}]")
    except ValueError:
        raise OpError("its brackets and commas do not fit; write 1,2,3 or [[1,2],[3,4]]") from None
    rows = parts[0] if len(parts) == 1 and isinstance(parts[0], list) else parts
    try:
        return np.array(rows, float)
    except ValueError:
        lengths = ", ".join(str(len(row) if isinstance(row, list) else 1) for row in rows)
        raise OpError(f"the rows have different lengths: {lengths}") from None


def _array_file(file: str) -> Any:
    try:
        return np.load(file, allow_pickle=False)
    except ValueError:
        raise OpError("this file holds no numbers, and Python's objects are not opened") from None


def _text_of(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise OpError("this is no text in UTF-8") from None


def _table(text: str) -> Any:
    """A line a row, its numbers parted by commas, or else by spaces."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of an empty text, which is said below
        try:
            value = np.loadtxt(io.StringIO(text), delimiter="," if "," in text else None, ndmin=1)
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
