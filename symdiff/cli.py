"""The command line: derive, explain, plot and compare formulas; look into the kernel cache."""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import os
import re
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from codegen import cache

from . import __version__
from .cli_values import ranges, values
from .derivatives.calls import as_handle
from .explanation.comparing import compare
from .explanation.explaining import Explanation, explain
from .explanation.faults import explain_nan
from .explanation.page import of_formulas, section
from .explanation.plots import as_svg, plot
from .formulas.closed_form import Formula
from .formulas.deriving import derive, formula
from .formulas.latex import latex_of
from .formulas.notation import Name
from .formulas.parse import evaluated
from .graph.op import NoDerivative, OpError

EXAMPLES = """examples:
  symdiff derive "sum((A@x-b)**2)" --wrt x --shapes "A:m,n x:n b:m"
  symdiff derive "sin(x)**2" --latex
  symdiff derive "x*exp(-y)" --wrt x,y --source numpy > slopes.py
  symdiff explain "sum((x+2)**2)" x=1,2,3 --html page.html
  symdiff compare "sum(sin(x)*a)" x=points.npy a=2
  seq 5 | symdiff explain "mean(x**2)" x=-
  symdiff plot "exp(-x**2)" x=-3:3 --output bell.svg
  symdiff cache show
  symdiff cache clear
"""


NEWEST = 20  # kernels that are listed


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command: 0 if it went well, 1 if compared gradients differ, 2 for a wrong request."""
    options = _request(sys.argv[1:] if argv is None else argv)
    try:
        done = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has had enough: head, less
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130  # as shells tell of programs that were stopped
    except _COMPLAINTS as error:
        print(f"symdiff {options.command}: {_told(error, options.command)}", file=sys.stderr)
        return 2
    return done


def _request(argv: Sequence[str]) -> argparse.Namespace:
    """What is asked for: formulas may begin with a minus, values may stand behind options."""
    reader = parser()
    options, rest = reader.parse_known_args([_spaced(word) for word in argv])
    if rest and ("values" not in options or any(word.startswith("-") for word in rest)):
        reader.error(f"unrecognized arguments: {' '.join(rest)}")
    if rest:
        options.values += rest
    return options


def _spaced(word: str) -> str:
    """A word that begins with one minus is a formula or a number: a space says that it is no option."""
    return f" {word}" if re.match(r"-(?!-|h?$)", word) else word


_COMPLAINTS = (OpError, NoDerivative, TypeError, ValueError, SyntaxError, OSError, ImportError,
               ArithmeticError, NotImplementedError, RecursionError, MemoryError)  # fmt: skip


def _told(error: BaseException, command: str) -> str:
    """What went wrong, said once, and how to give shapes where they are missing."""
    told = str(error).removeprefix(f"{command}: ") or type(error).__name__
    shapeless = command == "derive" and "a scalar is no operand" in told
    return (
        f'{told}\nsymbols without a shape are scalars: --shapes "A:m,n x:n"' if shapeless else told
    )


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(
        prog="symdiff", description="Differentiate formulas in NumPy's syntax.", epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    made.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = made.add_subparsers(dest="command", required=True)
    one = _command(commands, "derive", _derive, "print a derivative's closed form")
    one.add_argument("--wrt", help="the symbol to differentiate by (several: x,y)")
    one.add_argument("--shapes", help='shapes of the symbols: "A:m,n x:n"; others are scalars')
    one.add_argument("--order", type=int, default=1, help="how many times (default 1)")
    shown = _writes_formulas(one)
    shown.add_argument("--steps", action="store_true", help="print how it is derived, rule by rule")
    one = _command(commands, "explain", _explain, "tell value and gradient step by step")
    _takes_values(one)
    _writes_formulas(one)
    one = _command(commands, "compare", _compare, "the gradient by five ways, with errors")
    _takes_values(one)
    one.add_argument(
        "--html", metavar="FILE", type=str.strip, help="write a page instead of a table"
    )
    one = _command(commands, "plot", _plot, "plot a function of one or two symbols and its slopes")
    _takes_values(one, "the range: x=-3:3")
    drawn = one.add_mutually_exclusive_group()
    drawn.add_argument(
        "--html", metavar="FILE", type=str.strip, help="write a page with formulas and plot"
    )
    drawn.add_argument(
        "--output", metavar="FILE", type=str.strip, default="plot.svg", help="default: plot.svg"
    )
    one = _bare(commands, "cache", _cache, "show or clear the compiled kernels kept on the disk")
    one.add_argument("action", choices=["show", "clear"], nargs="?", default="show")
    one.add_argument("--all", action="store_true", help=f"show all, not the {NEWEST} used last")
    return made


def _command(commands: Any, name: str, run: Callable[..., int], about: str) -> Any:
    one = _bare(commands, name, run, about)
    one.add_argument("text", type=str.strip, help="a formula in NumPy's syntax")
    return one


def _bare(commands: Any, name: str, run: Callable[..., int], about: str) -> Any:
    one = commands.add_parser(
        name, help=about, description=about.capitalize() + ".", epilog=_examples(name),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    one.set_defaults(run=run)
    return one


def _examples(name: str) -> str:
    """Those of one command."""
    head, *lines = EXAMPLES.splitlines()
    return "\n".join([head, *(line for line in lines if f"symdiff {name} " in line)])


def _writes_formulas(one: Any) -> Any:
    shown = one.add_mutually_exclusive_group()
    shown.add_argument("--latex", action="store_true", help="print LaTeX")
    shown.add_argument("--source", choices=["numpy", "numba"], help="print standalone functions")
    shown.add_argument(
        "--html", metavar="FILE", type=str.strip, help="write a page that needs nothing else"
    )
    return shown


_VALUES = "x=1.5, x=1,2,3, 'A=[[1,2],[3,4]]', x=file.npy, x=file.csv, x=- for what is piped in"


def _takes_values(one: Any, about: str = _VALUES) -> None:
    one.add_argument("values", nargs="*", metavar="name=value", help=about)


# --- formulas as functions


def _function(text: str, names: Sequence[str]) -> Callable[..., Any]:
    """The text as a function of its symbols, by position."""

    def f(*args: Any) -> Any:
        read: set[str] = set()
        given = {name: as_handle(x) for name, x in zip(names, args)}
        return _all_read(evaluated(text, _lookup(given, read)), names, read, text)

    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    f.__signature__ = inspect.Signature([inspect.Parameter(name, kind) for name in names])
    return f


def _lookup(given: Mapping[str, Any], read: set[str]) -> Callable[[str], Any]:
    def value_of(name: str) -> Any:
        if name not in given:
            raise OpError(f"{name} has no value; give {name}=...")
        read.add(name)
        return given[name]

    return value_of


def _all_read(value: Any, names: Sequence[str], read: set[str], text: str) -> Any:
    """The value; a name that was given in vain is likely to be a slip."""
    unread = [name for name in names if name not in read]
    if unread:
        raise OpError(f"{', '.join(unread)} does not occur in {text}")
    return value


# --- commands


def _derive(options: argparse.Namespace) -> int:
    wrt = _names(options.wrt) if options.wrt and "," in options.wrt else options.wrt
    found = derive(options.text, wrt, shapes=options.shapes, order=options.order)
    many = found if isinstance(found, tuple) else (found,)
    if options.html:
        names = wrt if isinstance(wrt, list) else [wrt or _only(many[0])]
        told = {_slope_name(name, options.order): f for name, f in zip(names, many)}
        return _saved(options.html, of_formulas(f"The derivative of {options.text}", told))
    suffixes = wrt if isinstance(wrt, list) else [""]
    for name, one in zip(suffixes, many):
        print(_written(one, options, f"f_{name}" if name else "f"))
    return 0


def _names(text: str) -> list[str]:
    """The letters of `x, y`."""
    return [name.strip() for name in text.split(",")]


def _only(found: Formula) -> str:
    (derivation, *_) = found.derivations
    return derivation.graph.inputs[derivation.place].label


def _slope_name(name: str, order: int) -> str:
    return f"d/d{name}" if order == 1 else f"d^{order}/d{name}^{order}"


def _written(found: Formula, options: argparse.Namespace, name: str) -> str:
    if options.source:
        graph = dataclasses.replace(found.graph, name=name)
        return dataclasses.replace(found, graph=graph).source(options.source)
    if getattr(options, "steps", False):
        return repr(found.steps)
    return found.latex if options.latex else found.text


def _explain(options: argparse.Namespace) -> int:
    given = values(options.values)
    f = _function(options.text, list(given))
    told = explain(f, *given.values())
    if options.html:
        told.save(options.html)
        _tell_place(options.html)
    elif options.latex or options.source:
        print("\n".join(_formulas(told, options)))
    else:
        fault = explain_nan(f, *given.values())
        print(told, *[f"\n{fault}"] if fault else [], sep="\n")
    return 0


def _formulas(told: Explanation, options: argparse.Namespace) -> list[str]:
    """The value and the slopes, each under a name of its own."""
    if not told.formulas:
        raise OpError("this formula has too many steps to be written; derive it by one symbol")
    slopes = {f"f_{name}": f for name, f in told.derivatives.items()}
    named = {**told.formulas, **slopes}
    lead = (lambda name: "") if options.source else (lambda name: f"{_latex_name(name)} = ")
    return [lead(name) + _written(f, options, name) for name, f in named.items()]


def _latex_name(name: str) -> str:
    """`f`, or f_x as the derivative of f by x."""
    of, _, by = name.partition("_")
    return rf"\partial {of} / \partial {latex_of(Name(0, by))}" if by else of


def _compare(options: argparse.Namespace) -> int:
    given = values(options.values)
    told = compare(_function(options.text, list(given)), *given.values())
    if options.html:
        told.save(options.html)
        _tell_place(options.html)
    else:
        print(told)
    return 0 if told.agree else 1


def _plot(options: argparse.Namespace) -> int:
    ends = ranges(options.values)
    f = formula(options.text)
    figure = plot(f, **ends)
    if options.html:
        told = {"f": f, **{f"d/d{name}": f.derive(name) for name in ends}}
        drawn = section("Plot", as_svg(figure))
        return _saved(options.html, of_formulas(f"Plot of {options.text}", told, drawn))
    figure.savefig(options.output)
    _tell_place(options.output)
    return 0


def _saved(file: str, text: str) -> int:
    Path(file).write_text(text, encoding="utf-8")
    _tell_place(file)
    return 0


def _tell_place(file: str) -> None:
    print(Path(file).resolve())


def _cache(options: argparse.Namespace) -> int:
    folder = cache.directory()
    if folder is None:
        print("the cache is off")
    elif options.action == "clear":
        print(f"{_kernels(cache.clear())} removed from {folder}")
    else:
        kept = cache.entries()
        for entry in kept if options.all else kept[:NEWEST]:
            used = time.strftime("%Y-%m-%d %H:%M", time.localtime(entry.used))
            print(f"{used}  {entry.size:>9,} bytes  {entry.name}")
        if len(kept) > NEWEST and not options.all:
            print(f"... {len(kept) - NEWEST} more; --all shows them")
        total = sum(entry.size for entry in kept)
        print(f"{_kernels(len(kept))}, {total:,} bytes in {folder}")
    return 0


def _kernels(count: int) -> str:
    return "1 kernel" if count == 1 else f"{count} kernels"
