"""An explanation as one HTML page that needs nothing else: no network, no script, no other file."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from ..formulas.closed_form import Formula
from .picture import svg
from .steps import Step
from .tables import LONG, Table, dense

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2430; --paper: #fdfdfb; --faint: #667085;
        --line: #d6d9de; --mark: #ffe9b0; --user: #cfe6ff; --box: #f1f4f8; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e8ec; --paper: #15181d; --faint: #98a2b3; --line: #343a44;
          --mark: #5a4511; --user: #173f66; --box: #20252d; } }
.explanation { color: var(--ink); background: var(--paper); line-height: 1.5;
  font-family: system-ui, sans-serif; max-width: 72rem; margin: auto; padding: 1rem; }
.explanation h1 { font-size: 1.4rem; } .explanation h2 { font-size: 1.1rem; margin: 2rem 0 .4rem; }
.explanation .wide { overflow-x: auto; }
.explanation table { border-collapse: collapse; font-size: .9rem; }
.explanation th { text-align: left; color: var(--faint); font-weight: 600; }
.explanation th, .explanation td { padding: .3rem .8rem .3rem 0; vertical-align: top;
  border-bottom: 1px solid var(--line); }
.explanation td { font-family: ui-monospace, monospace; }
.explanation math { font-size: 1.15rem; display: math; }
.explanation code, .explanation pre { font-family: ui-monospace, monospace; font-size: .9rem; }
.explanation pre { overflow-x: auto; margin: .2rem 0 .6rem; }
.explanation summary { cursor: pointer; }
.explanation svg { max-width: 100%; height: auto; }
.explanation svg.plot { fill: currentColor; }
.explanation svg.graph path { fill: none; stroke: var(--faint); }
.explanation svg.graph rect { fill: var(--box); stroke: var(--line); }
.explanation svg.graph .leaf rect { stroke: var(--faint); stroke-dasharray: 3 2; }
.explanation svg.graph text { fill: var(--ink); font: 12px ui-monospace, monospace; text-anchor: middle; }
.explanation tr:hover td { background: var(--mark); }
.explanation svg.graph g:hover rect { fill: var(--mark); }
@media print { .explanation { max-width: none; } .explanation table, .explanation svg {
  break-inside: avoid; } }
"""


def page(title: str, body: str) -> str:
    """The whole document."""
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<link rel="icon" href="data:,"><title>{escape(title)}</title>'
        "<style>body { margin: 0; color-scheme: light dark; "
        "background: light-dark(#fdfdfb, #15181d) }"
        f"</style></head><body>{body}</body></html>\n"
    )


def fragment(
    title: str,
    formulas: Sequence[tuple[str, Formula, str]],
    tables: Sequence[Table],
    steps: Sequence[Step],
    more: str = "",
) -> str:
    """The part that a notebook shows; a page has more, which follows the formulas."""
    parts = [f"<h1>{escape(title)}</h1>"]
    parts += [_formula(name, f, value) for name, f, value in formulas]
    parts.append(more)
    if len(steps) <= LONG:
        parts.append(f'<h2>Graph</h2><div class="wide">{svg(steps)}</div>')
    parts += [_table(table) for table in dense(tables)]
    style = f"<style>{_STYLE}{_marks(steps) if len(steps) <= LONG else ''}</style>"
    return f'{style}<article class="explanation">{"".join(parts)}</article>'


def _formula(name: str, formula: Formula, value: str) -> str:
    return (
        f"<h2>{escape(name)}</h2><div class='wide'>{formula.mathml}</div>"
        f"<div class='wide'><code>{escape(formula.text)}</code> = {escape(value)}</div>"
    )


def derivation(name: str, formula: Formula) -> str:
    """The rules that lead to a derivative, to be unfolded."""
    rows = "".join(
        f"<li>{escape(s.rule)}<pre>  {_under(s.before)}\n= {_under(s.after)}</pre></li>"
        for s in formula.steps
    )
    return f"<details><summary>How {escape(name)} is derived</summary><ol>{rows}</ol></details>"


def _under(text: str) -> str:
    return escape(text).replace("\n", "\n  ")


def section(title: str, content: str) -> str:
    return f'<h2>{escape(title)}</h2><div class="wide">{content}</div>' if content else ""


def _table(table: Table) -> str:
    head = "".join(f"<th>{escape(c)}</th>" for c in table.columns)
    rows = "".join(_row(row) for row in table.rows)
    return (
        f'<h2>{escape(table.title)}</h2><div class="wide"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: Sequence[str]) -> str:
    line = f' data-line="{row[0]}"' if row[0].isdigit() else ""
    return f"<tr{line}>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>"


def _marks(steps: Sequence[Step]) -> str:
    """Hovering a step marks its arguments in one colour, its users in another."""
    numbers = {s.node: s.number for s in steps}
    users: dict[int, list[int]] = {}
    rules = []
    for step in steps:
        for arg in step.arguments:
            if arg in numbers:
                users.setdefault(numbers[arg], []).append(step.number)
                rules.append(_mark(step.number, numbers[arg], "mark"))
    rules += [_mark(k, user, "user") for k, found in users.items() for user in found]
    return "".join(rules)


def _mark(hovered: int, marked: int, colour: str) -> str:
    source, target = f'[data-line="{hovered}"]:hover', f'[data-line="{marked}"]'
    where = f".explanation:has({source})"
    return f"{where} tr{target} td {{ background: var(--{colour}) }} " \
           f"{where} g{target} rect {{ fill: var(--{colour}) }}\n"  # fmt: skip
