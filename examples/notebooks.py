"""Each lesson as a notebook with its outputs: `python examples/notebooks.py` makes them anew.

A lesson's docstring becomes the heading; `# %% words` begins a cell and says what it is about, and
the comment below it what is to be seen.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).parent
Cell = tuple[str, str]  # kind and text


def lessons() -> list[Path]:
    return sorted(HERE.glob("[01][0-9]_*.py"))


def cells(script: str) -> Iterator[Cell]:
    """Markdown and code, in the order of the script."""
    docstring = ast.get_docstring(ast.parse(script)) or ""
    heading, _, more = docstring.partition("\n")
    yield "markdown", f"# {heading}\n{more}".strip()
    code = script.partition('"""')[2].partition('"""')[2]
    for part in code.split("\n# %% "):
        words, _, text = part.partition("\n")
        prose, text = _prose_and_code(text)
        if words:
            yield "markdown", f"## {words}\n\n{prose}".strip()
        if text.strip():
            yield "code", text.strip("\n")


def _prose_and_code(text: str) -> Cell:
    """The comment that a cell begins with, as a paragraph; and the rest."""
    lines = text.split("\n")
    count = next((k for k, line in enumerate(lines) if not line.startswith("# ")), len(lines))
    return " ".join(line[2:] for line in lines[:count]), "\n".join(lines[count:])


def notebook(lesson: Path) -> nbformat.NotebookNode:
    """The lesson as a notebook that has not been run."""
    new = {"markdown": nbformat.v4.new_markdown_cell, "code": nbformat.v4.new_code_cell}
    made = [
        new[kind](text, id=f"cell-{k}") for k, (kind, text) in enumerate(cells(lesson.read_text()))
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel})


def executed(lesson: Path) -> nbformat.NotebookNode:
    """The lesson as a notebook with what its cells print."""
    made = notebook(lesson)
    where = {"metadata": {"path": str(lesson.parent)}}
    NotebookClient(
        made, kernel_name="python3", resources=where, record_timing=False, coalesce_streams=True
    ).execute()
    made.metadata.pop("language_info", None)
    return made


def main() -> int:
    for lesson in lessons():
        nbformat.write(executed(lesson), lesson.with_suffix(".ipynb"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
