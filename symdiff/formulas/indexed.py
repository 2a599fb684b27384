"""Forms -> SymPy by elements: sums over named indices of `Indexed`, for arrays of any rank."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..calculus.einstein.forms import UNIT, Applied, Factor, Form, Map, Product, Scalar, Sum, Symbol
from ..graph.late import LateModule
from ..ops import creation, linalg
from ..ops import elementwise as ew
from .text import text_of
from .to_sympy import counted, function_named, number_of, size_of, symbol_of
from .writing import written

sympy: Any = LateModule("sympy")
LETTERS = "ijklmnpqrst"


def element_of(form: Form) -> Any:
    """The element at i, j, ... as a function of these indices."""
    index = [sympy.Symbol(LETTERS[k], integer=True) for k in range(len(form.shape))]
    value = _Elements(len(index)).at(form, index)
    return sympy.Lambda(tuple(index), value) if index else value


class _Elements:
    """Reads forms at indices; summed indices get letters that are still free."""

    def __init__(self, used: int) -> None:
        self.used = used

    def at(self, form: Any, index: Sequence[Any]) -> Any:
        if not isinstance(form, Form):
            return number_of(form)
        if isinstance(form, Scalar):
            return (
                size_of(form.value) if hasattr(form.value, "polynomial") else number_of(form.value)
            )
        if isinstance(form, Sum):
            return sympy.Add(*(self._product(p, index) for p in form.products))
        if isinstance(form, Map):
            args = [
                self._read(a, index) if isinstance(a, Factor) else number_of(a) for a in form.args
            ]
            return args[0] if form.op is ew.astype else _applied(form.op, args)
        return self._leaf(form, index)

    def _read(self, f: Factor, index: Sequence[Any]) -> Any:
        value = self.at(f.form, [0 if i == UNIT else index[i] for i in f.at])
        return value if f.power == 1 else counted(value) ** f.power

    def _product(self, p: Product, index: Sequence[Any]) -> Any:
        place: dict[int, Any] = {}
        deltas = []
        for i, at in zip(p.out, index):
            if i in place:
                deltas.append(sympy.KroneckerDelta(place[i], at))
            elif i != UNIT:
                place[i] = at
        ranges = []
        for i in p.summed:
            place[i] = sympy.Symbol(self._letter(), integer=True)
            ranges.append((place[i], 0, size_of(p.sizes[i]) - 1))
        full = [place.get(i, 0) for i in range(len(p.sizes))]
        factors = [counted(self._read(f, full)) for f in p.factors]
        value = sympy.Mul(number_of(p.number), *deltas, *factors)
        return sympy.Sum(value, *ranges) if ranges else value

    def _letter(self) -> str:
        self.used += 1
        k = self.used - 1
        return LETTERS[k] if k < len(LETTERS) else f"i_{k}"

    def _leaf(self, form: Form, index: Sequence[Any]) -> Any:
        if isinstance(form, Symbol):
            name = form.node.label or "c"
            return sympy.IndexedBase(name)[tuple(index)] if index else sympy.Symbol(name)
        assert isinstance(form, Applied)
        if form.op is creation.iota:
            return index[0]
        (inner,) = form.args[:1] or (None,)
        if form.op is linalg.inv and isinstance(inner, Symbol):
            return sympy.Inverse(symbol_of(inner.node.label, inner.shape))[tuple(index)]
        name = text_of(written([form], ()).results[0])
        return sympy.IndexedBase(sympy.Symbol(name))[tuple(index)] if index else sympy.Symbol(name)


def _applied(op: Any, args: Sequence[Any]) -> Any:
    by_relation = {
        "less": sympy.Lt, "less_equal": sympy.Le, "greater": sympy.Gt, "greater_equal": sympy.Ge,
        "equal": sympy.Eq, "not_equal": sympy.Ne, "invert": sympy.Not, "pow": sympy.Pow,
    }  # fmt: skip
    return by_relation.get(op.name, function_named(op.name))(*args)
