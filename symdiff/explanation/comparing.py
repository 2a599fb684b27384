"""compare: the same gradient by every way there is, side by side."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from ..derivatives.calls import kinds_of
from ..derivatives.transforms import grad
from ..formulas.closed_form import Formula
from ..formulas.deriving import Names, graph_of_tensor
from ..graph.node import Node
from ..handles.handle import Handle, numbers_of
from .complex_step import complex_steps
from .page import article, page, table_of
from .recording import Function, called, named, played
from .subgradients import Kink, kinks
from .tables import Table, plain
from .values import shown

Gradients = tuple[Any, ...]
_CUBE_ROOT = float(np.finfo(float).eps) ** (1 / 3)
_LONGEST_NOTE = 60  # characters
_MOST_ENTRIES = 200  # that are differenced one by one


@dataclass(frozen=True)
class Row:
    """One way: the gradients by each argument, or why there are none."""

    way: str
    gradients: Gradients | None
    error: float  # the largest difference to the tape's, relative to its largest number (or f's)
    seconds: float
    note: str = ""


@dataclass(frozen=True, repr=False)
class Comparison:
    """Gradients by all ways, with their errors measured against the tape."""

    rows: tuple[Row, ...]
    names: tuple[str, ...] = ()
    kinks: tuple[Kink, ...] = ()  # where the ways differ, what may be the reason

    @property
    def agree(self) -> bool:
        """Whether the exact ways agree to half of all digits, and differences to a quarter."""
        parts = {"finite difference": 0.25}
        found = [r for r in self.rows if r.gradients is not None]
        dtypes = [
            g.dtype for r in found for g in r.gradients or () if r.way in ("tape", "compiled")
        ]
        rounding = max((float(np.finfo(d).eps) for d in dtypes), default=float(np.finfo(float).eps))
        return all(r.error <= rounding ** parts.get(r.way, 0.5) for r in found)

    @property
    def table(self) -> Table:
        """What printing shows: a row for each way."""
        rows = tuple(
            (
                r.way,
                r.note if r.gradients is None else self._told(r.gradients),
                "" if r.gradients is None else f"{r.error:.1e}",
                "" if r.gradients is None else f"{r.seconds * 1e3:.3g} ms",
            )
            for r in self.rows
        )
        return Table("Gradients", ("way", "gradient", "error", "time"), rows)

    def _told(self, gradients: Gradients) -> str:
        """The only gradient, or each with the name of its argument."""
        if len(gradients) == 1:
            return shown(gradients[0])
        return "  ".join(f"{name}: {shown(g)}" for name, g in zip(self.names, gradients))

    def __repr__(self) -> str:
        return "\n".join([plain([self.table]), *filter(None, [self._reason])])

    @property
    def _reason(self) -> str:
        """Why the ways may differ."""
        if not all(np.isfinite(g).all() for g in self.rows[0].gradients or ()):
            return "a gradient is not finite: sd.explain_nan tells where that began"
        if not self.kinks:
            return ""
        count = f", as at {len(self.kinks) - 1} more" if self.kinks[1:] else ""
        first = self.kinks[0]
        return f"at a kink the ways may differ: {first.formula} ({first.convention}){count}"

    def _repr_html_(self) -> str:
        reason = f"<p>{escape(self._reason)}</p>" if self._reason else ""
        return article("Gradients compared", table_of(self.table) + reason)

    def save(self, path: str | Path) -> None:
        """Write the comparison as one HTML page."""
        Path(path).write_text(page("Gradients compared", self._repr_html_()), encoding="utf-8")


def compare(f: Function, *args: Any) -> Comparison:
    """The gradient of a scalar function by symbols, tape, kernel, differences and complex step.

    Times are those of the first call, compilation included. Of arrays with more than 200 numbers,
    differences and complex steps look at the first 200. At a kink the ways may differ, as each looks
    from another side: `sd.kinks` tells. And what reads one triangle of a symmetric matrix (eigh) has a
    symmetric gradient, where differences move one entry alone.

    >>> import numpy as np, symdiff as sd
    >>> sd.compare(lambda x: np.sum(np.sin(x)), np.array([0.0, 1.0])).agree
    True
    """
    args = tuple(float(a) if type(a) is int else a for a in args)
    wrt = tuple(k for k, a in enumerate(args) if _is_float(a))
    if not wrt:
        given = kinds_of(args) or "nothing"
        raise TypeError(f"compare: pass floats or arrays of floats as arguments, not {given}")
    ways: dict[str, Callable[[], Gradients]] = {
        "tape": lambda: grad(f, wrt, compile=False)(*args),
        "compiled": lambda: grad(f, wrt)(*args),
        "symbolic": lambda: _symbolic(f, args),
        "finite difference": lambda: tuple(_differences(f, args, k) for k in wrt),
        "complex step": lambda: _complex_steps(f, args),
    }
    told = {way: _timed(way, make) for way, make in ways.items()}
    exact = [numbers_of(g) for g in told["tape"][0]]
    least = _least(f, args)
    rows = [
        _row(way, found, exact, spent, note, least) for way, (found, spent, note) in told.items()
    ]
    made = Comparison(tuple(rows), tuple(named(f, args)[k] for k in wrt))
    return made if made.agree else replace(made, kinks=tuple(kinks(f, *args)))


def _is_float(x: Any) -> bool:
    return isinstance(x, float) or getattr(getattr(x, "dtype", None), "kind", "") == "f"


def _timed(way: str, make: Callable[[], Gradients]) -> tuple[Any, float, str]:
    """What a way gives and how long it took; only the tape must succeed."""
    start = time.perf_counter()
    try:
        with np.errstate(all="ignore"):
            return make(), time.perf_counter() - start, ""
    except (TypeError, ValueError, NotImplementedError, RuntimeError, ArithmeticError) as error:
        if way == "tape":
            raise
        return None, 0.0, f"not possible: {_first_words(error)}"


def _first_words(error: Exception) -> str:
    line = (str(error).splitlines() or [type(error).__name__])[0]
    return line if len(line) <= _LONGEST_NOTE else line[: _LONGEST_NOTE - 3] + "..."


def _least(f: Function, args: Gradients) -> float:
    """How large a gradient is told from 0, where values are rounded: at a minimum none is."""
    results, _, _ = called(f, args)
    if not results or results[0].dtype.kind != "f" or not np.isfinite(results[0].value):
        return 0.0
    rounding = float(np.finfo(results[0].dtype).eps)
    return abs(float(results[0].value)) * rounding ** (1 / 3)


def _row(
    way: str, found: Any, exact: Sequence[Any], seconds: float, note: str, least: float
) -> Row:
    if found is None:
        return Row(way, None, np.nan, seconds, note)
    gradients = tuple(map(numbers_of, found))
    error = max(_error(g, e, least) for g, e in zip(gradients, exact, strict=True))
    return Row(way, gradients, error, seconds)


def _error(g: np.ndarray, exact: np.ndarray, least: float) -> float:
    """Not seeing a NaN that both have, nor numbers that were left out at the end."""
    exact = exact.ravel()[: g.size] if g.size < exact.size else exact.ravel()
    size = np.max(np.abs(exact[np.isfinite(exact)]), initial=least) or 1.0
    same = (g.ravel() == exact) | (np.isnan(g.ravel()) & np.isnan(exact))
    with np.errstate(all="ignore"):
        difference = np.where(same, 0.0, np.abs(g.ravel() - exact)) / size
    return float(np.max(np.nan_to_num(difference, nan=np.inf), initial=0.0))


def _recorded(f: Function, args: Gradients) -> tuple[Handle, list[Node], Names]:
    ys, xs, names = called(f, args)
    if not ys:
        raise TypeError("the result does not depend on the arguments")
    return ys[0], xs, names


def _symbolic(f: Function, args: Gradients) -> Gradients:
    y, xs, names = _recorded(f, args)
    formula = Formula(graph_of_tensor(y, names))
    return tuple(
        formula.derive(names.of(x))() if names.of(x) in formula.names else np.zeros(x.shape)
        for x in xs
    )


def _differences(f: Function, args: Gradients, k: int) -> np.ndarray:
    """Central differences, entry by entry."""

    def slope(x: np.ndarray, index: tuple[int, ...]) -> float:
        h = _CUBE_ROOT * max(1.0, abs(float(x[index])))
        if x.dtype.itemsize < 8:
            h = h**0.5
        up, down = x.copy(), x.copy()
        up[index] += h
        down[index] -= h
        width = float(up[index]) - float(down[index])  # before f, which may write into them
        return float(_call(f, args, k, up) - _call(f, args, k, down)) / width

    return _by_entry(numbers_of(args[k]), slope)


def _by_entry(x: np.ndarray, slope: Callable[[np.ndarray, tuple[int, ...]], float]) -> np.ndarray:
    indices = list(np.ndindex(x.shape))[:_MOST_ENTRIES]
    found = np.array([slope(x, index) for index in indices])
    return found.reshape(x.shape) if found.size == x.size else found


def _call(f: Function, args: Gradients, k: int, value: np.ndarray) -> Any:
    """f with its kth argument replaced by one like it."""
    given = args[k]
    new = type(given).of(None, value) if isinstance(given, Handle) else value[()]
    return numbers_of(f(*args[:k], new, *args[k + 1 :]))[()]


def _complex_steps(f: Function, args: Gradients) -> Gradients:
    y, xs, names = _recorded(f, args)
    recording = played([y.node], names)
    return tuple(complex_steps(recording, x, _MOST_ENTRIES) for x in xs)
