"""An explanation as one HTML page that needs nothing else: no network, no script, no other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from ..formulas.closed_form import Formula
from .picture import Keys, keys_of, svg
from .steps import Step
from .style import STYLE
from .tables import LONG, Table, dense

SHORT = 12  # steps of a derivation; a longer one is folded


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
    pictured = steps if len(steps) <= LONG else ()
    keys = keys_of(pictured)
    parts = [_formula(name, f) + _value(value) for name, f, value in formulas]
    parts += [more, section("Graph", svg(pictured))]
    parts += [table_of(table, keys) for table in dense(tables)]
    return article(title, "".join(parts), _marks(pictured, keys))


def article(title: str, content: str, marks: str = "") -> str:
    """Content in the style of explanations, below its title."""
    return (
        f"<style>{STYLE}{marks}</style>"
        f'<article class="explanation"><h1>{escape(title)}</h1>{content}</article>'
    )


def _formula(name: str, formula: Formula) -> str:
    return (
        f"<h2>{escape(name)}</h2><div class='wide'>{formula.mathml}</div>"
        f"<div class='wide'><code>{_lines(formula.text)}</code></div>"
    )


def _value(text: str) -> str:
    return f"<div class='wide'>= {escape(text)}</div>"


def of_formulas(title: str, formulas: Mapping[str, Formula], more: str = "") -> str:
    """A page of formulas without values: each with its derivation, if it is a derivative."""
    parts = [_formula(name, f) for name, f in formulas.items()]
    told = "".join(derivation(name, f) for name, f in formulas.items() if f.derivations)
    return page(title, article(title, "".join(parts) + section("Derivation", told) + more))


def _lines(text: str) -> str:
    return escape(text).replace("\n", "<br>")


def derivation(name: str, formula: Formula) -> str:
    """The rules that lead to a derivative, one below the other; folded if there are many."""
    rows, last = "", None
    for step in formula.steps:
        begins = "" if step.before == last else f'<div class="wide">{step.before_mathml}</div>'
        rows += f"<li>{_rule(step.rule)}{begins}{_equal(step.after_mathml)}</li>"
        last = step.after
    opened = " open" if len(formula.steps) <= SHORT else ""
    return (
        f"<details{opened}><summary>How {escape(name)} is derived</summary>"
        f"<ol>{rows}</ol></details>"
    )


def _rule(text: str) -> str:
    """`product rule: d(u*v) = v*du + u*dv`, the mathematics set apart."""
    name, colon, says = text.partition(": ")
    return escape(name) + (f": <code>{escape(says)}</code>" if colon and "=" in says else
                           escape(colon + says))  # fmt: skip


def _equal(mathml: str) -> str:
    return f'<div class="wide equal"><span>=</span>{mathml}</div>'


def section(title: str, content: str) -> str:
    return f'<h2>{escape(title)}</h2><div class="wide">{content}</div>' if content else ""


def table_of(table: Table, keys: Keys | None = None) -> str:
    """A table; a row about a step or an input bears its key."""
    head = "".join(f"<th>{escape(c)}</th>" for c in table.columns)
    rows, key = "", ""
    for row in table.rows:
        key = (keys or {}).get(row[0], "") if row[0] else key  # a step may go on in the next row
        rows += _row(row, table.columns, key)
    return (
        f'<h2>{escape(table.title)}</h2><div class="wide"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
    )


def _row(row: Sequence[str], columns: Sequence[str], key: str) -> str:
    cells = "".join(
        f'<td data-column="{escape(column)}">{_lines(cell)}</td>'
        for column, cell in zip(columns, row)
    )
    return f'<tr data-line="{key}">{cells}</tr>' if key else f"<tr>{cells}</tr>"


def _marks(steps: Sequence[Step], keys: Keys) -> str:
    """Hovering a step marks its arguments in one colour, its users in another."""
    return "".join(
        _mark(user, argument, "mark") + _mark(argument, user, "user")
        for user, argument in dict.fromkeys(_edges(steps, keys))
    )


def _edges(steps: Sequence[Step], keys: Keys) -> Iterator[tuple[str, str]]:
    numbers = {step.node: str(step.number) for step in steps}
    for step in steps:
        for arg in step.arguments:
            yield str(step.number), numbers.get(arg) or keys[step.labels[arg]]


def _mark(hovered: str, marked: str, colour: str) -> str:
    source, target = f'[data-line="{hovered}"]:hover', f'[data-line="{marked}"]'
    where = f".explanation:has({source})"
    return f"{where} tr{target} td {{ background: var(--{colour}) }} " \
           f"{where} g{target} rect {{ fill: var(--{colour}) }}\n"  # fmt: skip
