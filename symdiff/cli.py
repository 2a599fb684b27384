"""The command line: derive, explain, plot and compare formulas; look into the kernel cache."""

from __future__ import annotations

import argparse
import inspect
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from codegen import cache

from .explanation.comparing import compare
from .explanation.explaining import explain
from .explanation.plots import plot
from .formulas.closed_form import Formula
from .formulas.deriving import derive, formula
from .formulas.parse import evaluated
from .graph.op import NoDerivative, OpError

EXAMPLES = """examples:
  symdiff derive "sum((A@x-b)**2)" --wrt x --shapes "A:m,n x:n b:m"
  symdiff derive "sin(x)**2" --latex
  symdiff explain "sum((x+2)**2)" x=1,2,3 --html page.html
  symdiff compare "sum(sin(x)*a)" x=points.npy a=2
  symdiff plot "exp(-x**2)" x=-3:3 --output bell.svg
  symdiff cache show
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; 0 if it went well, 1 if compared gradients differ, 2 for a wrong request."""
    options = parser().parse_args(argv)
    try:
        return options.run(options)
    except (
        OpError,
        NoDerivative,
        TypeError,
        ValueError,
        SyntaxError,
        OSError,
        ImportError,
    ) as error:
        print(f"symdiff {options.command}: {error}", file=sys.stderr)
        return 2


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="symdiff", description="Differentiate formulas in NumPy's syntax.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    commands = made.add_subparsers(dest="command", required=True)
    one = _command(commands, "derive", _derive, "print a derivative's closed form")
    one.add_argument("--wrt", help="the symbol to differentiate by (several: x,y)")
    one.add_argument("--shapes", help='shapes of the symbols: "A:m,n x:n"; others are scalars')
    one.add_argument("--order", type=int, default=1, help="how many times (default 1)")
    one.add_argument("--latex", action="store_true", help="print LaTeX")
    one.add_argument("--source", choices=["numpy", "numba"], help="print a standalone function")
    one.add_argument("--steps", action="store_true", help="print how it is derived, rule by rule")
    one = _command(commands, "explain", _explain, "tell value and gradient step by step")
    _takes_values(one)
    one.add_argument("--html", metavar="FILE", help="write a page instead of tables")
    one = _command(commands, "compare", _compare, "the gradient by five ways, with errors")
    _takes_values(one)
    one = _command(commands, "plot", _plot, "plot a function of one symbol and its derivative")
    _takes_values(one, "the range: x=-3:3")
    one.add_argument("--output", metavar="FILE", default="plot.svg", help="default: plot.svg")
    one = _bare(commands, "cache", _cache, "show or clear the compiled kernels kept on the disk")
    one.add_argument("action", choices=["show", "clear"], nargs="?", default="show")
    return made


def _command(commands: Any, name: str, run: Callable[..., int], about: str) -> Any:
    one = _bare(commands, name, run, about)
    one.add_argument("text", help="a formula in NumPy's syntax")
    return one


def _bare(commands: Any, name: str, run: Callable[..., int], about: str) -> Any:
    one = commands.add_parser(
        name, help=about, description=about.capitalize() + ".", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    one.set_defaults(run=run)
    return one


def _takes_values(one: Any, about: str = "x=1.5, x=1,2,3, 'A=[[1,2],[3,4]]', x=file.npy") -> None:
    one.add_argument("values", nargs="*", metavar="name=value", help=about)


# --- values


def _value(text: str) -> Any:
    """A number, a list, or what a file holds."""
    if text.endswith(".npy"):
        return np.load(text, allow_pickle=False).astype(float)
    if text.endswith(".csv"):
        return np.loadtxt(text, delimiter=",", ndmin=1)
    rows = text.replace(" ", "").removeprefix("[[").removesuffix("]]").split("],[")
    if len(rows) > 1 or text.lstrip().startswith("[["):
        return np.array([_numbers(row) for row in rows])
    inner = text.strip().removeprefix("[").removesuffix("]")
    listed = "," in text or text.lstrip().startswith("[")
    return np.array(_numbers(inner)) if listed else float(inner)


def _numbers(text: str) -> list[float]:
    return [float(word) for word in text.split(",") if word.strip()]


def _named(pairs: Sequence[str]) -> dict[str, str]:
    for pair in pairs:
        if not pair.partition("=")[0].isidentifier() or "=" not in pair:
            raise OpError(f"{pair!r} is not of the form name=value")
    return {name: value for name, _, value in (pair.partition("=") for pair in pairs)}


def _function(text: str, names: Sequence[str]) -> Callable[..., Any]:
    """The text as a function of its symbols, by position."""

    def f(*args: Any) -> Any:
        given = dict(zip(names, args))

        def lookup(name: str) -> Any:
            if name not in given:
                raise OpError(f"{name} has no value; give {name}=...")
            return given[name]

        return evaluated(text, lookup)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    f.__signature__ = inspect.Signature(  # type: ignore[attr-defined]
        [inspect.Parameter(name, kind) for name in names]
    )
    return f


# --- commands


def _derive(options: argparse.Namespace) -> int:
    wrt = options.wrt.split(",") if options.wrt and "," in options.wrt else options.wrt
    found = derive(options.text, wrt, shapes=options.shapes, order=options.order)
    for one in found if isinstance(found, tuple) else (found,):
        print(_written(one, options))
    return 0


def _written(found: Formula, options: argparse.Namespace) -> str:
    if options.source:
        return found.source(options.source)
    if options.steps:
        return repr(found.steps)
    return found.latex if options.latex else found.text


def _explain(options: argparse.Namespace) -> int:
    given = {name: _value(value) for name, value in _named(options.values).items()}
    told = explain(_function(options.text, list(given)), *given.values())
    if options.html:
        told.save(options.html)
        print(Path(options.html).resolve())
    else:
        print(told)
    return 0


def _compare(options: argparse.Namespace) -> int:
    given = {name: _value(value) for name, value in _named(options.values).items()}
    told = compare(_function(options.text, list(given)), *given.values())
    print(told)
    return 0 if told.agree else 1


def _plot(options: argparse.Namespace) -> int:
    ranges = {name: _range(value) for name, value in _named(options.values).items()}
    plot(formula(options.text), **ranges).savefig(options.output)
    print(Path(options.output).resolve())
    return 0


def _range(text: str) -> tuple[float, float]:
    low, colon, high = text.partition(":")
    if not colon:
        raise OpError(f"{text!r} is not a range like -3:3")
    return float(low), float(high)


def _cache(options: argparse.Namespace) -> int:
    folder = cache.directory()
    if folder is None:
        print("the cache is off")
    elif options.action == "clear":
        print(f"{_kernels(cache.clear())} removed from {folder}")
    else:
        kept = cache.entries()
        for entry in kept:
            used = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used))
            print(f"{used}  {entry.size:>9,} bytes  {entry.name}")
        total = sum(entry.size for entry in kept)
        print(f"{_kernels(len(kept))}, {total:,} bytes in {folder}")
    return 0


def _kernels(count: int) -> str:
    return "1 kernel" if count == 1 else f"{count} kernels"
