"""An explanation as tables: in plain text where piped, with rules and colour in a terminal."""

from __future__ import annotations

import importlib
import io
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from .steps import Input, Step
from .values import shown

LONG = 24  # steps; beyond, steps of one source line become one row
MOST_ROWS = 18
WIDEST = 64  # characters of a line in a column, but for these
WIDER = {"formula": 120, "local derivative": 90, "source": 110}


@dataclass(frozen=True)
class Table:
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def where(step: Step) -> str:
    """`file.py:12  the line itself`."""
    if step.place is None:
        return ""
    file, line = step.place
    return _printable(f"{_file_name(Path(file))}:{line}  {step.source}".rstrip())


def _printable(text: str) -> str:
    """Without what a terminal would obey, or turn around."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _file_name(file: Path) -> str:
    """A notebook's cell is kept in a file that nobody knows."""
    return "cell" if file.parent.name.startswith("ipykernel_") else file.name


def tables_of(inputs: Sequence[Input], steps: Sequence[Step]) -> list[Table]:
    """What is shown: line by line, or folded by source line if there are many."""
    if len(steps) > LONG:
        return [_inputs(sorted(inputs, key=lambda i: i.gradient is None)), folded(steps)]
    return [_inputs(inputs), forward(steps), backward(steps)]


def _inputs(inputs: Sequence[Input]) -> Table:
    rows = tuple((i.name, shown(i.value), gathered(i.arriving, i.gradient)) for i in inputs)
    return Table("Inputs", ("name", "value", "gradient"), tuple(_middle_left_out(rows)))


def forward(steps: Sequence[Step]) -> Table:
    rows = tuple((str(s.number), f"{s.name} = {s.text}", shown(s.value), where(s)) for s in steps)
    return Table("Forward", ("line", "formula", "value", "source"), rows)


def backward(steps: Sequence[Step]) -> Table:
    """Youngest first; a step with two arguments has two rows."""
    rows = [row for s in reversed(steps) if s.leaving for row in _backward_rows(s)]
    columns = ("line", "gradient arriving", "to", "local derivative", "gradient leaving")
    rules = any(slope.is_rule for step in steps for slope in step.slopes)
    title = "Backward, where g is the gradient arriving" if rules else "Backward"
    return Table(title, columns, tuple(rows))


def _backward_rows(step: Step) -> list[tuple[str, ...]]:
    first = (str(step.number), f"{step.name}: {_arriving(step)}")
    leaving: dict[str, Any] = {}
    for name, part in step.leaving:
        leaving[name] = leaving[name] + part if name in leaving else part
    rows = [(s.argument, str(s), shown(leaving[s.argument])) for s in step.slopes]
    return [(*(first if k == 0 else ("", "")), *row) for k, row in enumerate(rows)]


def _arriving(step: Step) -> str:
    """The gradient of a step, or those of its results."""
    if step.gradient is not None:
        return gathered(step.arriving, step.gradient)
    return ", ".join(f"{shown(part)} ({name})" for name, part in step.parts)


def gathered(arriving: Sequence[tuple[str, Any]], total: Any) -> str:
    """A gradient; where several paths meet, as the sum of what each brings."""
    if total is None:
        return ""
    if len(arriving) < 2:
        return shown(total)
    if len(arriving) > 3:
        return f"sum of {len(arriving)} paths = {shown(total)}"
    return " + ".join(f"{shown(part)} ({name})" for name, part in arriving) + f" = {shown(total)}"


def folded(steps: Sequence[Step]) -> Table:
    """One row for each source line: how often it ran, its last value, its largest gradient."""
    groups: dict[Any, list[Step]] = {}
    for step in steps:
        groups.setdefault(step.place or step.op.name, []).append(step)
    rows = [_folded_row(group) for group in groups.values()]
    columns = ("lines", "last step", "value", "largest gradient", "source")
    return Table(f"{len(steps)} steps, by source line", columns, tuple(_middle_left_out(rows)))


def _folded_row(group: Sequence[Step]) -> tuple[str, ...]:
    last = group[-1]
    numbers = f"{group[0].number}-{last.number} ({len(group)})" if group[1:] else str(last.number)
    source = where(last) or last.op.name
    return (numbers, f"{last.name} = {last.text}", shown(last.value), _largest(group), source)


def _largest(group: Sequence[Step]) -> str:
    sizes = [np.max(np.abs(s.gradient), initial=0) for s in group if s.gradient is not None]
    return f"{max(sizes):.4g}" if sizes else ""


def _middle_left_out(rows: Sequence[tuple[str, ...]]) -> Sequence[tuple[str, ...]]:
    if len(rows) <= MOST_ROWS:
        return rows
    half = MOST_ROWS // 2
    note = (f"... {len(rows) - 2 * half} more", *[""] * (len(rows[0]) - 1))
    return [*rows[:half], note, *rows[-half:]]


# --- rendering


def plain(tables: Sequence[Table]) -> str:
    """Aligned columns."""
    return "\n\n".join(_plain(table) for table in dense(tables))


def dense(tables: Sequence[Table]) -> list[Table]:
    """The tables that have rows, without columns that are empty in all of them."""
    return [_dense(table) for table in tables if table.rows]


def _dense(table: Table) -> Table:
    used = [k for k in range(len(table.columns)) if any(row[k] for row in table.rows)]
    rows = tuple(tuple(row[k] for k in used) for row in table.rows)
    return Table(table.title, tuple(table.columns[k] for k in used), rows)


def _plain(table: Table) -> str:
    widest = [WIDER.get(column, WIDEST) for column in table.columns]
    rows = [table.columns, *(line for row in table.rows for line in _lines(row, widest))]
    widths = [max(map(len, column)) for column in zip(*rows)]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths)).rstrip() for row in rows]
    return "\n".join([table.title, *("  " + line for line in lines)])


def _lines(row: Sequence[str], widest: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """A row whose cells may have several lines."""
    cells = [[_short(line, w) for line in cell.splitlines()] for cell, w in zip(row, widest)]
    return itertools.zip_longest(*cells, fillvalue="")


def _short(line: str, widest: int) -> str:
    return line if len(line) <= widest else line[: widest - 3] + "..."


def coloured(tables: Sequence[Table]) -> str:
    """As a terminal shows it."""
    console = importlib.import_module("rich.console").Console(
        file=io.StringIO(), force_terminal=True
    )
    for table in dense(tables):
        console.print(_rich(table))
    return console.file.getvalue()


def _rich(table: Table) -> Any:
    text = importlib.import_module("rich.text").Text
    made = importlib.import_module("rich.table").Table(
        title=text(table.title), title_justify="left"
    )
    for column in table.columns:
        made.add_column(text(column), overflow="fold")
    for row in table.rows:
        made.add_row(*map(text, row))
    return made
