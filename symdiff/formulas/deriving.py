"""derive and formula: a function, a text, a SymPy expression or a tensor as a closed form."""

from __future__ import annotations

import contextlib
import inspect
import itertools
import re
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from types import FrameType
from typing import Any

import numpy as np

from ..calculus.interpret import run
from ..derivatives.retrying import with_twin
from ..functions import reducing
from ..graph.extents import Scope
from ..graph.node import Node, constant, topological, with_args
from ..graph.op import OPS, NeedsValue, OpError
from ..handles.handle import Handle, pick
from ..handles.numpy_face import Array
from ..tensors.torch_face import Tensor
from ..tracing.captures import global_names
from ..tracing.graphs import Graph, Inputs, trace
from .closed_form import Formula, Wrt
from .from_sympy import is_sympy, translated
from .parse import evaluated
from .sizes import holds, named_again, pinned
from .symbols import Letters, Shapes

_NAMELESS = re.compile(r"c\d+").fullmatch  # an array that a trace met, and nothing calls

Origin = Callable[..., Any] | str | Handle | Formula | Any


def derive(what: Origin, wrt: Wrt = None, *, shapes: Shapes = None, order: int = 1) -> Any:
    """The derivative's closed form: of a function, a text, a SymPy expression or a tensor.

    `wrt` names the symbol to differentiate by (a list gives a tuple) and may be left out if there is
    only one. The derivative of y by x has shape y.shape + x.shape. `shapes` is a text as below, or a
    dict of tuples; letters without a shape are numbers. A text is read, never evaluated; one that is
    no formula, or whose shapes do not fit, is an OpError, which is a ValueError.

    >>> import symdiff as sd
    >>> sd.derive("sum((A @ x - b)**2)", "x", shapes="A:m,n x:n b:m")
    2*A.T @ (A @ x - b)
    >>> sd.derive(lambda t: t**3, order=2)
    6*t
    """
    return _formula_of(what, shapes, user_frame()).derive(wrt, order=order)


def formula(what: Origin, *, shapes: Shapes = None) -> Formula:
    """The closed form of what a function, a text, a SymPy expression or a tensor computes.

    >>> import numpy as np, symdiff as sd
    >>> sd.formula(lambda x: np.sin(x)**2)
    sin(x)**2
    """
    return _formula_of(what, shapes, user_frame())


def _formula_of(what: Origin, shapes: Shapes, frame: FrameType | None) -> Formula:
    try:
        return _read(what, shapes, frame)
    except (OpError, IndexError) as error:
        if any(sign in str(error) for sign in _SHAPELESS):
            error.add_note('letters without a shape are scalars; shapes="A:m,n x:n" gives them one')
        raise


_SHAPELESS = ("a scalar is no operand", "array is 0-dimensional")


def _read(what: Origin, shapes: Shapes, frame: FrameType | None) -> Formula:
    if isinstance(what, Formula):
        return what
    if isinstance(what, str):
        return Formula(graph_of_text(what, shapes))
    if isinstance(what, Tensor) and what._past and not what.requires_grad:
        return _of_gradient(what, Names(frame))
    if isinstance(what, Handle):
        return Formula(graph_of_tensor(what, Names(frame)))
    if is_sympy(what):
        return Formula(graph_of_sympy(what, shapes))
    if callable(what):
        return Formula(graph_of_function(what, shapes))
    raise OpError(f"derive: {type(what).__name__} is no function, text, expression or tensor")


# --- texts


def graph_of_text(text: str, shapes: Shapes = None) -> Graph:
    """The graph of a formula in NumPy's syntax."""
    letters = Letters(shapes)
    for name in letters.shapes:
        letters.leaf(name)

    def lookup(name: str) -> Any:
        if name in letters.origins and name not in letters.shapes:
            return letters.size(name)
        return Array.of(letters.leaf(name))

    out = evaluated(text, lookup)
    inputs = Inputs(list(letters.leaves.values()), letters.scope, letters.origins)
    return _single(trace("f", lambda *_: out, inputs))


def _single(graph: Graph) -> Graph:
    if len(graph.outputs) != 1:
        raise OpError(f"{graph.name} gives {len(graph.outputs)} results; a formula has one")
    return graph


def graph_of_sympy(expression: Any, shapes: Shapes = None) -> Graph:
    """The graph of an expression or a matrix of SymPy's; symbols without a shape are scalars."""
    letters = Letters(shapes)
    out = translated(expression, letters)
    inputs = Inputs(list(letters.leaves.values()), letters.scope, letters.origins)
    return trace("f", lambda *_: out, inputs)


# --- functions


def graph_of_function(f: Callable[..., Any], shapes: Shapes = None) -> Graph:
    """The graph of a Python function; parameters without a shape are scalars."""
    letters = Letters(shapes)
    names = list(_parameters(f, letters.shapes))
    unknown = set(letters.shapes) - set(names)
    if unknown:
        raise OpError(
            f"shapes: {_name_of(f)} has no parameter {', '.join(sorted(unknown))}; "
            f"it has {', '.join(names)}"
        )
    positional, keywords = _split(f, names)

    def called(*handles: Any) -> Any:
        given = dict(zip(names, handles))
        named = {n: given[n] for n in keywords}
        return with_twin(f, handles, lambda g: g(*(given[n] for n in positional), **named))

    try:
        graph = _traced(f, called, letters, names)
    except NeedsValue:  # NumPy asks a size for its value as a number, as np.arange does
        letters = Letters(shapes)
        letters.as_numbers()
        graph = _traced(f, called, letters, names)
    _name_captured(graph, f, [*names, *letters.origins])
    graph, lost = _single(_with_numbers(graph)), pinned(letters)
    return _with_sizes(graph, called, Letters(shapes), lost) if lost else graph


def _traced(
    f: Callable[..., Any], called: Callable[..., Any], letters: Letters, names: Sequence[str]
) -> Graph:
    leaves = [letters.leaf(n) for n in names]
    return trace(_name_of(f), called, Inputs(leaves, letters.scope, letters.origins))


def _with_sizes(
    graph: Graph, f: Callable[..., Any], letters: Letters, lost: Sequence[str]
) -> Graph:
    """The graph, sizes that became numbers being names again; an error where that cannot be."""
    for near in ((0,), (0, -1, 1)):
        with contextlib.suppress(OpError):
            named = _named(graph, Letters(letters.shapes), lost, near)
            if named is not None and holds(named, f, letters):
                return named
    raise OpError(
        f"{graph.name}: the size {lost[0]} became a number, as range and len make it one; "
        f"write x.shape[0] where its value is meant, or give a number for {lost[0]} in shapes"
    )


def _named(
    graph: Graph, letters: Letters, lost: Sequence[str], near: Sequence[int]
) -> Graph | None:
    """The graph, numbers that are a size, or one as near to it, being that size again."""
    leaves = [letters.leaf(n.label) for n in graph.inputs if n.value is None]
    outside = {n.label for n in graph.inputs if n.value is not None and not _NAMELESS(n.label)}
    inputs = Inputs(leaves, letters.scope, letters.origins)
    out = named_again(graph, letters, lost, outside, near)
    named = trace(graph.name, lambda *_: out, inputs)
    return None if pinned(letters) else named


def _parameters(f: Callable[..., Any], shapes: Mapping[str, Any]) -> Iterator[str]:
    """The parameters that are symbols: those without a default, and those with a shape."""
    for p in inspect.signature(f).parameters.values():
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        if p.default is p.empty or p.name in shapes:
            yield p.name


def _split(f: Callable[..., Any], names: list[str]) -> tuple[list[str], list[str]]:
    """The names that are given by position, and those given by keyword."""
    kinds = {p.name: p for p in inspect.signature(f).parameters.values()}
    positional = [n for n in names if kinds[n].kind is kinds[n].POSITIONAL_ONLY]
    return positional, [n for n in names if n not in positional]


def _name_of(f: Callable[..., Any]) -> str:
    name = getattr(f, "__name__", "f")
    return name if name.isidentifier() else "f"


def _name_captured(graph: Graph, f: Callable[..., Any], taken: list[str]) -> None:
    """Arrays that the function reads from outside bear the names they have there."""
    outside = {name: x for name, x in _outside(inspect.unwrap(f)).items() if name not in taken}
    for node in graph.inputs:
        name = _name_among(outside, node.value) if node.value is not None else None
        if name is not None:
            node.label = name
            del outside[name]


def _name_among(outside: Mapping[str, np.ndarray], x: np.ndarray) -> str | None:
    """What an array is called, or its copy if it holds places."""
    own = (name for name, other in outside.items() if other is x)
    places = x.dtype.kind == "i"
    copies = (name for name, other in outside.items() if places and np.array_equal(other, x))
    return next(itertools.chain(own, copies), None)


def _with_numbers(graph: Graph) -> Graph:
    """The graph, its nameless numbers (np.sqrt(2) is an array to NumPy) being no inputs but numbers."""
    plain = [n for n in graph.inputs if n.value is not None and not n.shape and _NAMELESS(n.label)]
    for node in plain:
        node.label = ""
    inputs = tuple(n for n in graph.inputs if n not in plain)
    return Graph(graph.name, inputs, graph.outputs, graph.scope, graph.origins)


def _outside(f: Any) -> dict[str, np.ndarray]:
    """The arrays in the function's globals and closure, by name."""
    code = getattr(f, "__code__", None)
    if code is None:
        return {}
    space = {n: f.__globals__[n] for n in global_names(code) if n in f.__globals__}
    for name, cell in zip(code.co_freevars, f.__closure__ or ()):
        space[name] = cell.cell_contents
    return {name: x for name, value in space.items() if (x := _array(value)) is not None}


def _array(value: Any) -> np.ndarray | None:
    own = value.value if isinstance(value, Handle) else value
    return own if isinstance(own, np.ndarray) else None


# --- tensors


def graph_of_tensor(y: Handle, names: Names) -> Graph:
    """The graph that an eager result was computed by; its leaves bear the user's names."""
    if y.is_traced:
        raise OpError("formula: this array is being traced; ask for the formula of the function")
    leaves: dict[Node, Node] = {}
    for node in topological(y.node):
        if node.op is None:
            leaves[node] = _leaf(node, names, leaves)
    new = _rebuilt(y.node, leaves)
    return Graph("f", _inputs(leaves), (new,), Scope())


def _of_gradient(gradient: Tensor, names: Names) -> Formula:
    """The closed form of what backward passes added up in a leaf's `.grad`.

    It must give the very numbers: those of all passes, or of the last one, after `zero_`.
    """
    if None in (gradient._past[-1].x(), gradient._past[-1].y()):
        raise OpError("formula: what this gradient was computed from is gone; keep the result")
    found = [(c.x(), c.y(), c.g) for c in gradient._past]
    living = [(x, y, g) for x, y, g in found if x is not None and y is not None]
    for past in (living, living[-1:]):
        formula = _total(past, names)
        value = run(formula.graph, [leaf.value for leaf in formula.graph.inputs])[0]
        precision = np.finfo(gradient.dtype).eps ** 0.5
        if np.allclose(value, gradient.value, precision, precision, equal_nan=True):
            return formula
    raise OpError(
        "formula: this gradient is not the derivative of the results that still exist: "
        "a hook or a write changed it, or an earlier pass was by a result that is gone"
    )


def _total(past: Sequence[tuple[Node, Node, Any]], names: Names) -> Formula:
    """The derivative of the sum of g*y, over the passes, by the leaf."""
    leaves: dict[Node, Node] = {}
    for node in topological(*(y for _, y, _ in past)):
        if node.op is None:
            leaves[node] = _leaf(node, names, leaves)
    total: Any = 0.0
    for _, y, g in past:
        weighed = Array.of(_rebuilt(y, leaves))
        if y.shape or g.item() != 1:
            seed = constant(g, label="g")
            leaves[seed] = _leaf(seed, names, leaves)
            weighed = weighed * Array.of(leaves[seed])
        total = total + reducing.sum(weighed)
    graph = Graph("f", _inputs(leaves), (total.node,), Scope())
    return Formula(graph).derive(leaves[past[0][0]].label)


def _inputs(leaves: Mapping[Node, Node]) -> tuple[Node, ...]:
    return tuple(dict.fromkeys(leaf for leaf in leaves.values() if leaf.label))


def _leaf(node: Node, names: Names, others: Mapping[Node, Node]) -> Node:
    """A leaf of the formula: named, unless it is a plain number."""
    name = names.of(node) or node.label
    taken = {leaf.label for leaf in others.values()}
    if not name and (node.shape or node.requires_grad):
        name = "x" if node.requires_grad else "c"
    name = fresh(name, taken) if name else ""
    return Node(None, shape=node.shape, dtype=node.dtype, value=node.value, label=name,
                requires_grad=node.requires_grad)  # fmt: skip


def fresh(name: str, taken: Collection[str]) -> str:
    """The name, or the first of name2, name3, ... that is free."""
    if name not in taken:
        return name
    return next(new for k in itertools.count(2) if (new := f"{name}{k}") not in taken)


def _rebuilt(root: Node, leaves: Mapping[Node, Node]) -> Node:
    """The same structure on other leaves; compiled functions are opened."""
    new: dict[Node, Any] = dict(leaves)
    for node in topological(root):
        if node in new:
            continue
        args = tuple(new[a] if isinstance(a, Node) else a for a in node.args)
        assert node.op is not None
        if node.op is pick and isinstance(args[0], tuple):
            new[node] = args[0][node.params["which"]]
        elif OPS.get(node.op.name) is node.op or node.op.compose is None:
            new[node] = with_args(node, args)
        else:
            new[node] = _opened(node, args)
    return new[root]


def _opened(node: Node, args: tuple[Any, ...]) -> Any:
    handles = [Array.of(a) if isinstance(a, Node) else a for a in args]
    assert node.op is not None and node.op.compose is not None
    out = node.op.compose(*handles, **node.params)
    return tuple(map(_node_of, out)) if isinstance(out, tuple) else _node_of(out)


def _node_of(out: Any) -> Any:
    return out.node if isinstance(out, Handle) else out


def user_frame() -> FrameType | None:
    """The frame of whoever called symdiff."""
    frame = sys._getframe(1)
    package = __name__.partition(".")[0]
    while frame is not None and frame.f_globals.get("__name__", "").startswith(package):
        frame = frame.f_back
    return frame


class Names:
    """What a frame's variables call nodes and arrays."""

    def __init__(self, frame: FrameType | None) -> None:
        self.nodes: dict[int, str] = {}
        self.arrays: list[tuple[str, np.ndarray]] = []
        for space in (frame.f_locals, frame.f_globals) if frame is not None else ():
            for name, value in list(space.items()):
                if not name.startswith("_"):
                    self.note(name, value)

    def note(self, name: str, value: Any) -> None:
        if isinstance(value, Handle) and value._node is not None:
            self.nodes.setdefault(id(value._node), name)
        elif isinstance(value, (np.ndarray, Handle)):
            self.arrays.append((name, np.asarray(_array(value))))

    def of(self, node: Node, taken: Collection[str] = ()) -> str:
        """The name of a leaf; an array is known again by its numbers, since the tape keeps copies.

        Of equal arrays, one that is not taken.
        """
        found = self.nodes.get(id(node))
        if found is not None or node.value is None or node.requires_grad or not node.shape:
            return found or ""
        free = ((n, a) for n, a in self.arrays if n not in taken and a.shape == node.shape)
        return next((n for n, a in free if np.array_equal(a, node.value)), "")


def tensor_formula(self: Handle) -> Formula:
    """The closed form of how this tensor was computed."""
    return _formula_of(self, None, user_frame())
