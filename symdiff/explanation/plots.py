"""Plots of a formula and its derivative, by matplotlib where it is installed."""

from __future__ import annotations

import importlib
import io
import re
from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np

from ..calculus.interpret import run
from ..formulas.closed_form import Formula
from ..graph.node import Node
from ..graph.op import OpError
from ..tensors.mapping import vmap
from ..tensors.names.creation import as_tensor, tensor
from ..tensors.torch_face import Tensor

POINTS = 401
LONGEST = 50  # characters of a formula in a legend


def plot(formula: Formula, **ranges: tuple[float, float]) -> Any:
    """A figure: one symbol gives curves, two give contours with the gradient's arrows."""
    if len(ranges) not in (1, 2) or set(ranges) != set(formula.names):
        names = ", ".join(formula.names) or "none"
        raise OpError(f"plot: give a range for each of one or two symbols; the formula has {names}")
    figure = _figure()
    axes = figure.subplots()
    (_curves if len(ranges) == 1 else _contours)(axes, formula, ranges)
    return figure


def around(formula: Formula, point: Mapping[str, float]) -> str:
    """The plot near a point as SVG for a page; a note where matplotlib is missing."""
    if not all(map(np.isfinite, point.values())):
        return ""
    ranges = {name: (x - _reach(x), x + _reach(x)) for name, x in point.items()}
    try:
        return as_svg(plot(formula, **ranges))
    except ImportError as error:
        return f"<p>{escape(str(error))}</p>"


def _reach(x: float) -> float:
    return max(1.0, 1.5 * abs(x))


def as_svg(figure: Any) -> str:
    """A figure as an SVG element that asks for nothing from elsewhere, in the colour of the text."""
    figure.patch.set_alpha(0)
    for axes in figure.axes:
        axes.patch.set_alpha(0)
    file = io.StringIO()
    with importlib.import_module("matplotlib").rc_context({"svg.hashsalt": "symdiff"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    text = file.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    return re.sub(r"#000000\b", "currentColor", text).replace("<svg", '<svg class="plot"', 1)


def _figure() -> Any:
    try:
        return importlib.import_module("matplotlib.figure").Figure(figsize=(7, 4.5))
    except ImportError as error:
        raise ImportError("plots are drawn by matplotlib: pip install matplotlib") from error


def _curves(axes: Any, formula: Formula, ranges: dict[str, tuple[float, float]]) -> None:
    ((name, (low, high)),) = ranges.items()
    points = np.linspace(low, high, POINTS)
    told = {"f": (formula, "-"), f"d/d{name}": (formula.derive(name), "--")}
    for label, (f, style) in told.items():
        axes.plot(points, tabulated(f, {name: points}), style, label=_label(label, f))
    axes.set_xlabel(_literal(name))
    axes.legend(frameon=False)


def _contours(axes: Any, formula: Formula, ranges: dict[str, tuple[float, float]]) -> None:
    (a, (low, high)), (b, (bottom, top)) = ranges.items()
    xs, ys = np.meshgrid(np.linspace(low, high, 61), np.linspace(bottom, top, 61))
    heights = tabulated(formula, {a: xs, b: ys})
    axes.get_figure().colorbar(axes.contourf(xs, ys, heights, 20))
    few = {a: xs[::6, ::6], b: ys[::6, ::6]}
    arrows = [tabulated(formula.derive(name), few) for name in few]
    if np.any(arrows):
        axes.quiver(*few.values(), *arrows)
    axes.set(xlabel=_literal(a), ylabel=_literal(b), title=_label("f", formula))


def tabulated(formula: Formula, points: Mapping[str, np.ndarray]) -> np.ndarray:
    """The values of a scalar formula at many points, found in one pass."""
    graph = formula.graph
    shape = np.broadcast_shapes(*(x.shape for x in points.values()))
    given = [_given(node, points) for node in graph.inputs]
    mapped = [0 if node.label in points else None for node in graph.inputs]
    with np.errstate(all="ignore"):
        found = vmap(lambda *xs: as_tensor(run(graph, xs)[0]), tuple(mapped))(*given)
    return found.numpy().reshape(shape)


def _given(node: Node, points: Mapping[str, np.ndarray]) -> Tensor:
    return tensor(points[node.label].ravel() if node.label in points else node.value)


def _label(name: str, formula: Formula) -> str:
    """`name = formula`; the name alone where the formula would be too long."""
    text = formula.text
    long = len(text) > LONGEST or "\n" in text
    return _literal(name if long else f"{name} = {text}")


def _literal(text: str) -> str:
    """Text that matplotlib does not take for mathematics of its own."""
    return text.replace("$", r"\$")
