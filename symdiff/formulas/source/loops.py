"""einsum for Numba, which has none: each specification as one function of plain loops."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import replace

from ..notation import Call, Name, Notation
from .rewriting import mapped


class Loops:
    """The specifications met, each with the function that does it."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}

    def called(self, x: Notation) -> Notation:
        """The notation with calls of those functions in place of einsum."""
        x = mapped(x, self.called)
        if not isinstance(x, Call) or x.function != "einsum":
            return x
        spec, *operands = x.args
        assert isinstance(spec, Name)
        name = self.names.setdefault(ast.literal_eval(spec.text), f"_einsum{len(self.names)}")
        return replace(x, function=name, args=tuple(operands))

    @property
    def texts(self) -> dict[str, str]:
        return {name: _function(name, spec) for spec, name in self.names.items()}


def _function(name: str, spec: str) -> str:
    """def of the loops over all indices, those of the result outside."""
    inputs, out = spec.split("->")
    terms = inputs.split(",")
    order = dict.fromkeys(out + inputs.replace(",", ""))
    operands = [f"x{k}" for k in range(len(terms))]
    lines = [f"{i}_size = {_size(i, terms)}" for i in order]
    sizes = ", ".join(f"{i}_size" for i in out)
    lines.append(f"out = np.zeros(({sizes},))" if out else "out = 0.0")
    for depth, i in enumerate(order):
        lines.append(f"{'    ' * depth}for {i} in range({i}_size):")
    product = " * ".join(_element(x, t) for x, t in zip(operands, terms))
    lines.append(f"{'    ' * len(order)}{_element('out', out)} += {product}")
    head = [f"def {name}({', '.join(operands)}):", f'    """einsum({spec!r}, ...)"""']
    body = [f"    {line}" for line in [*lines, "return out"]]
    return "\n".join(['\n@numba.njit(error_model="numpy")', *head, *body, ""])


def _size(index: str, terms: Sequence[str]) -> str:
    k = next(k for k, t in enumerate(terms) if index in t)
    return f"x{k}.shape[{terms[k].index(index)}]"


def _element(x: str, indices: str) -> str:
    return f"{x}[{', '.join(indices)}]" if indices else x
