"""Running products as a textbook has them: what the slopes of cumprod compute with care, by division.

For people only, and for vectors: right where no element is 0.
"""

from __future__ import annotations

from typing import Any

from ...graph.extents import same, same_shape
from ...graph.node import Node
from ...ops import index, running
from ...ops import shape as shape_ops
from .coefficients import times
from .forms import Factor, Form
from .reading import Reader, rule
from .terms import Open


@rule(running.cumprod)
def _cumprod(self: Reader, node: Node) -> Open | None:
    """The product before each place is cumprod(x)/x."""
    x = node.args[0]
    if not (self.textbook and node.params["exclusive"] and isinstance(x, Node)) or len(x.shape) > 1:
        return None
    form = self.whole(self.take(x))
    whole = _running(self, running.cumprod, form, node.params["reverse"], exclusive=False)
    return self.times([whole, _over(self, form)], node)


@rule(running.recurrence)
def _recurrence(self: Reader, node: Node) -> Open | None:
    """r[k] = g[k] + x[k+1]*r[k+1] adds up g*p from k on and divides by p[k], p being cumprod(x)."""
    a, g = node.args
    x = _of_successors(a) if node.params["reverse"] else None
    if not self.textbook or x is None or self.uses[x] < 2 or not isinstance(g, Node):
        return None
    products = _running(self, running.cumprod, self.whole(self.take(x)), exclusive=False)
    (p,) = (f.form for f in products.terms[0].factors)
    weighed = self.settled(self.times([self.take(g), products], node))
    number, weighed.number = weighed.number, 1
    whole = self.whole(Open([weighed], node.shape, node.dtype))
    total = _running(self, running.cumsum, whole, reverse=True)
    total.terms[0].number = times(number, total.terms[0].number)
    return self.times([total, _over(self, p)], node)


def _of_successors(a: Any) -> Node | None:
    """The x of an array of the elements after each place, and a 0; it may be repeated along axes before."""
    while isinstance(a, Node) and a.op in (shape_ops.expand, shape_ops.reshape):
        longer, a = a, a.args[0]
        if not isinstance(a, Node) or not same(longer.shape[-1], a.shape[-1]):
            return None
    inner = a.args[0] if isinstance(a, Node) and a.op is index.embed else None
    if not isinstance(inner, Node) or inner.op is not index.index:
        return None
    (source,), (target,) = inner.params["key"][-1:], a.params["key"][-1:]
    x = inner.args[0]
    if not (isinstance(source, index.Span) and isinstance(target, index.Span)):
        return None
    moved = same(source.start, 1) and same(target.start, 0) and source.step == target.step == 1
    whole = isinstance(x, Node) and same_shape(x.shape, (source.length + 1,))
    return x if moved and whole else None


def _running(self: Reader, op: Any, form: Form, reverse: bool = False, **params: Any) -> Open:
    """A running sum or product along the last axis."""
    params = {"axis": -1, "reverse": reverse, **params}
    made = Node(op, (), params, shape=form.shape, dtype=form.dtype)
    return Open([self.of_form(self.forms.applied(made, (form,)))], form.shape, form.dtype)


def _over(self: Reader, form: Form) -> Open:
    """1/form"""
    term = self.of_form(form)
    term.factors = [Factor(f.form, f.at, -f.power) for f in term.factors]
    return Open([term], form.shape, form.dtype)
