"""`python -m symdiff.ops [--write README.md]`: the table of op families, read off the records."""

from __future__ import annotations

import contextlib
import os
import pathlib
import sys
from collections.abc import Callable, Sequence

from ..graph.op import OPS, Op

BEGIN, END = "<!-- ops -->\n", "<!-- end of ops -->"


def _differentiable(op: Op) -> bool:
    return op.pullback is not None


def _compiled(op: Op) -> bool:
    return bool(op.at or op.statement or op.routine or op.compose)


COLUMNS: dict[str, Callable[[Op], bool]] = {
    "eager": lambda op: True,
    "derivatives of any order": _differentiable,
    "compiled": _compiled,
    "SymPy twin": lambda op: bool(op.sympy or op.text),
}


def families() -> dict[str, list[Op]]:
    found: dict[str, list[Op]] = {}
    for op in OPS.values():
        found.setdefault(op.family or ("elementary" if op.elementwise else "shape"), []).append(op)
    return dict(sorted(found.items()))


def table() -> str:
    """A row a family: how many of its ops have what, and their names."""
    head = ["family", *COLUMNS, "ops"]
    rows = [_row(name, ops) for name, ops in families().items()]
    return "\n".join(["| " + " | ".join(head) + " |", "|---" * len(head) + "|", *rows]) + "\n"


def _row(name: str, ops: Sequence[Op]) -> str:
    cells = [f"{sum(map(has, ops))}/{len(ops)}" for has in COLUMNS.values()]
    return (
        f"| {name} | " + " | ".join(cells) + " | " + " ".join(f"`{op.name}`" for op in ops) + " |"
    )


def placed(text: str) -> str:
    """The text with the table between its markers."""
    before, _, rest = text.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    if sys.argv[1:2] == ["--write"]:
        path = pathlib.Path(sys.argv[2])
        path.write_text(placed(path.read_text()))
    else:
        with contextlib.suppress(BrokenPipeError):  # whoever reads may have had enough
            os.write(sys.stdout.fileno(), table().encode())
