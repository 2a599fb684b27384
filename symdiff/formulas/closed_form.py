"""Formula: a graph with one result, to be read, evaluated, differentiated again and carried away."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..calculus.derivative import jacobian_graph, nth_derivative
from ..calculus.einstein.forms import Form
from ..calculus.simplify import forms_of, normal, simplify
from ..compiling.compiler import compiled
from ..graph.extents import Dim, Extent, evaluate
from ..graph.node import Node, topological
from ..graph.op import OpError
from ..handles.handle import Handle
from ..tracing.graphs import Graph, Result
from .carrying import Flat, flat, restored
from .indexed import element_of
from .latex import latex_of
from .mathml import math_element, mathml_of
from .source.standalone import Told, source_of
from .steps import Derivation, Steps
from .summary import Layout, laid_out
from .text import text_of
from .to_sympy import NoMatrixForm, sympy_of
from .writing import Written, written

Wrt = str | Node | Handle | Sequence[Any] | None


@dataclass(frozen=True, eq=False, repr=False)
class Formula:
    """The closed form of an array as a function of named arrays.

    >>> import symdiff as sd
    >>> f = sd.derive("sum((A @ x - b)**2)", "x", shapes="A:m,n x:n b:m")
    >>> f
    2*A.T @ (A @ x - b)
    >>> f.shape
    ('n',)
    """

    graph: Graph
    plain: Graph | None = None
    derivations: tuple[Derivation, ...] = ()

    # --- to be read

    @property
    def reading(self) -> Graph:
        """The graph without guards against 0/0 and inf*0: what a textbook shows."""
        return self.graph if self.plain is None else self.plain

    @property
    def text(self) -> str:
        """The formula in NumPy's syntax, with `where` lines for what is named."""
        return self._layout(text_of).text(" = ", "where ")

    @property
    def latex(self) -> str:
        """The formula in LaTeX's mathematics; what is named stands below it.

        >>> import symdiff as sd
        >>> print(sd.derive("x @ A @ x", "x", shapes="A:n,n x:n").latex)
        \\left(A + A^{\\top}\\right) x
        """
        layout = self._layout(latex_of)
        if not layout.where:
            return layout.result
        lines = [f"& {layout.result}", *layout.lines(" = ", r"& \text{where } ", r"& \quad ")]
        return r"\begin{aligned} " + r" \\ ".join(lines) + r" \end{aligned}"

    @property
    def mathml(self) -> str:
        """The formula as a MathML element."""
        layout = self._layout(mathml_of)
        if not layout.where:
            return math_element(layout.result)
        lead = "<mtext>where&#xa0;</mtext>"
        lines = [layout.result, *layout.lines("<mo>=</mo>", lead, "")]
        rows = "".join(f"<mtr><mtd>{line}</mtd></mtr>" for line in lines)
        return math_element(f'<mtable columnalign="left">{rows}</mtable>')

    @cached_property
    def sympy(self) -> Any:
        """The formula in SymPy: a scalar, a `MatrixExpr`, or the element at i, j, ... as a `Lambda`.

        >>> import symdiff as sd
        >>> sd.derive("x**2*sin(x)").sympy
        x**2*cos(x) + 2*x*sin(x)
        """
        shapes = {node.label: node.shape for node in self.graph.inputs}
        (notation,) = written([self.form], (), named=False).results
        try:
            return sympy_of(notation, shapes)
        except NoMatrixForm:
            return element_of(self.form) if isinstance(self.form, Form) else self.form

    def _sympy_(self) -> Any:
        return self.sympy

    def _repr_latex_(self) -> str:
        return rf"$\displaystyle {self.latex}$"

    def _layout(self, write: Callable[[Any], str]) -> Layout:
        return laid_out(self.notation, write)

    @cached_property
    def form(self) -> Form | Any:
        """The normal form: sums of products over named indices."""
        return forms_of(self.reading, textbook=True)[0]

    @cached_property
    def notation(self) -> Written:
        """What text, LaTeX and MathML are written from."""
        return written([self.form], [*self.names, *self.sizes])

    @property
    def names(self) -> tuple[str, ...]:
        """The arrays that the formula may be given."""
        return tuple(node.label for node in self.graph.inputs)

    @property
    def sizes(self) -> tuple[str, ...]:
        """The names of sizes, as shapes gave them."""
        return tuple(self.graph.origins)

    @property
    def shape(self) -> tuple[int | str, ...]:
        """The sizes of the result: numbers, or the names that the shapes gave them."""
        (y,) = self.graph.outputs
        return tuple(n if isinstance(n, int) else str(n) for n in getattr(y, "shape", ()))

    def __repr__(self) -> str:
        return self.text

    # --- to be carried away

    def __reduce__(self) -> Any:
        """Pickled and copied as flat data, without what it was made from."""
        graphs = [self.graph, self.reading]
        for d in self.derivations:
            graphs += [d.graph, d.result]
        return _unpickled, (flat(graphs), tuple(d.place for d in self.derivations))

    def source(self, target: str = "numpy") -> str:
        '''A function that stands on its own: it needs NumPy and SciPy, or Numba, and no symdiff.

        >>> import symdiff as sd
        >>> print(sd.derive("b @ inv(A) @ c", "c", shapes="A:n,n b:n c:n").source("numpy"))
        import numpy as np
        <BLANKLINE>
        <BLANKLINE>
        def f(A, b, c):
            """inv(A).T @ b
        <BLANKLINE>
            A: array of shape (n, n)
            b: array of shape (n,)
            c: array of shape (n,)
            returns: array of shape (n,)
            """
            A = np.asarray(A, np.float64)
            b = np.asarray(b, np.float64)
            return np.linalg.solve(A.T, b)
        <BLANKLINE>
        '''
        told = Told(self.graph.name, self.text, self.shape)
        return source_of(self.graph, told, target)

    # --- to be evaluated

    def __call__(self, *unnamed: Any, **arrays: Any) -> Any:
        """The value for these arrays, by name.

        >>> import symdiff as sd
        >>> sd.derive("x**3")(x=2.0)
        12.0
        """
        if unnamed:
            raise TypeError(f"a formula takes its letters by name; {self._signature}")
        kernel, inputs, origins = self._kernel
        given = [self._given(node, arrays) for node in inputs]
        unknown = set(arrays) - set(self.names)
        if unknown:
            raise TypeError(f"the formula has no {', '.join(sorted(unknown))}; {self._signature}")
        self._check_shapes(inputs, given, origins)
        out = kernel(*given)[0]
        return out if getattr(out, "shape", ()) else float(out)

    @property
    def _signature(self) -> str:
        return f"it reads {', '.join(self.names) or 'nothing'}"

    def _given(self, node: Node, arrays: Mapping[str, Any]) -> np.ndarray:
        if node.label in arrays:
            value = arrays[node.label]
            value = value.known_value("a formula") if isinstance(value, Handle) else value
            if np.asarray(value).dtype.kind not in "fiub":
                raise TypeError(f"{node.label} is a number or an array of numbers, not {value!r}")
            return np.asarray(value, dtype=node.dtype)
        if node.value is not None:
            return node.value
        raise TypeError(f"the formula needs {node.label}; {self._signature}")

    def _check_shapes(
        self,
        inputs: Sequence[Node],
        given: Sequence[np.ndarray],
        origins: Mapping[str, tuple[str, int]],
    ) -> None:
        """Every array has the shape its symbol has, one size for one name."""
        by_name = {node.label: value for node, value in zip(inputs, given)}
        for node, value in zip(inputs, given):
            if value.ndim != len(node.shape):
                raise OpError(_misfit(node, value))
        sizes = {name: by_name[label].shape[axis] for name, (label, axis) in origins.items()}
        for node, value in zip(inputs, given):
            for want, have in zip(node.shape, value.shape):
                if _number(want, sizes, self.graph) != have:
                    raise OpError(_misfit(node, value, sizes))
        if not self.graph.scope.admits({**self.graph.scope.values, **sizes}):
            raise OpError(f"the formula was made for other sizes than {sizes}")

    @cached_property
    def _kernel(self) -> tuple[Callable[..., Any], tuple[Node, ...], dict[str, tuple[str, int]]]:
        graph = pruned(self.graph)
        return compiled(graph), graph.inputs, graph.origins

    # --- to be differentiated again

    def derive(self, wrt: Wrt = None, *, order: int = 1) -> Any:
        """The derivative by one symbol (or a tuple of them, for a list), `order` times.

        >>> import symdiff as sd
        >>> sd.derive("x @ A @ x", "x", shapes="A:n,n x:n").derive("x")
        A + A.T
        """
        if isinstance(wrt, (list, tuple)):
            return tuple(self.derive(x, order=order) for x in wrt)
        if order < 0:
            raise OpError(f"derive: order {order} is below 0")
        place = self._place(wrt)
        plain, derivations = self.reading, self.derivations
        for _ in range(order):
            before = normal(plain, textbook=True)
            plain = _derivative(before, place)
            derivations = (*derivations, Derivation(before, place, plain))
        return Formula(_derivative(self.graph, place, order), plain, derivations)

    @cached_property
    def steps(self) -> Steps:
        """How the derivative came about, rule by rule; of a long way the middle is left out.

        >>> import symdiff as sd
        >>> sd.derive("sum(sin(A @ x))", "x", shapes="A:m,n x:n").steps
        1. sum rule: d(sum(u)) = sum(du)
            d(sum(sin(A @ x)))
          = sum(d(sin(A @ x)))
        2. chain rule: d(sin(u)) = du*cos(u)
            sum(d(sin(A @ x)))
          = cos(A @ x) @ d(A @ x)
        3. product rule: d(X @ u) = X @ du
            cos(A @ x) @ d(A @ x)
          = cos(A @ x) @ A @ dx
        4. collect and simplify: what stands with the change of the letter is the derivative
            cos(A @ x) @ A @ dx
          = A.T @ cos(A @ x)
        """
        return Steps(step for d in self.derivations for step in d.steps(Formula))

    def _place(self, wrt: Any) -> int:
        """Which input is meant."""
        able = [k for k, node in enumerate(self.graph.inputs) if node.requires_grad]
        names = ", ".join(self.graph.inputs[k].label for k in able)
        if wrt is None:
            if len(able) == 1:
                return able[0]
            raise OpError(f"derive: say by which symbol; the formula has {names or 'none'}")
        for k in able:
            node = self.graph.inputs[k]
            same = isinstance(wrt, Handle) and node.value is not None and node.value is wrt.value
            if same or (not isinstance(wrt, Handle) and node.label == str(wrt)):
                return k
        raise OpError(f"derive: the formula has no {_named(wrt)}; it has {names or 'none'}")


def _unpickled(data: Flat, places: Sequence[int]) -> Formula:
    graph, plain, *rest = restored(data)
    steps = zip(rest[::2], places, rest[1::2], strict=True)
    return Formula(graph, plain, tuple(Derivation(*step) for step in steps))


def _named(wrt: Any) -> str:
    return "such tensor" if isinstance(wrt, (Handle, Node)) else repr(str(wrt))


def _misfit(node: Node, value: np.ndarray, sizes: Mapping[str, int] | None = None) -> str:
    want = ", ".join(map(str, node.shape)) + ("," if len(node.shape) == 1 else "")
    have = ", ".join(f"{k} = {n}" for k, n in (sizes or {}).items())
    return f"{node.label} has shape {value.shape}, not ({want})" + (f" with {have}" if have else "")


def _number(n: Dim, sizes: Mapping[str, int], graph: Graph) -> int:
    if not isinstance(n, Extent):
        return n
    values = {**graph.scope.values, **sizes}
    return evaluate(n.polynomial, values, graph.scope.quotients)


def _derivative(graph: Graph, place: int, order: int = 1) -> Graph:
    """The derivative by one input, `order` times; of a number by a number, without as many sweeps."""
    x, (y,) = graph.inputs[place], graph.outputs
    if order > 1 and not x.shape and not getattr(y, "shape", ()):
        first = (x, *(other for other in graph.inputs if other is not x))
        whole = nth_derivative(_with(graph, first, graph.outputs), order)
        return _with(graph, graph.inputs, whole.outputs)
    for _ in range(order):
        whole = jacobian_graph(graph, [place])
        graph = _with(graph, graph.inputs, whole.outputs[-1:])
    return graph


def _with(graph: Graph, inputs: tuple[Node, ...], outputs: tuple[Result, ...]) -> Graph:
    return Graph(graph.name, inputs, outputs, graph.scope, graph.origins)


def pruned(graph: Graph) -> Graph:
    """The graph with only the inputs that its outputs need, for values or for sizes."""
    graph = simplify(graph)
    nodes = topological(*(y for y in graph.outputs if isinstance(y, Node)))
    used = {node for node in nodes if node.op is None}
    labels = {node.label for node in graph.inputs if node in used}
    origins = {}
    for name, (label, axis) in graph.origins.items():
        found = _origin(graph, name, labels) or (label, axis)
        origins[name] = found
        labels.add(found[0])
    inputs = tuple(node for node in graph.inputs if node.label in labels)
    return Graph(graph.name, inputs, graph.outputs, graph.scope, origins)


def _origin(graph: Graph, name: str, labels: set[str]) -> tuple[str, int] | None:
    """An axis of a used input that has exactly this size."""
    for node in graph.inputs:
        if node.label in labels:
            for axis, n in enumerate(node.shape):
                if isinstance(n, Extent) and n.polynomial == (((name,), 1),):
                    return node.label, axis
    return None
