"""The graph as a picture: layers from inputs to result, drawn as SVG by a layout of our own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from ..graph.node import Node
from .steps import Step

WIDTH, HEIGHT, GAP_X, GAP_Y = 132, 36, 18, 34
LONGEST = 18  # characters in a box


def svg(steps: Sequence[Step]) -> str:
    """The picture of these steps; each bears the number of its line, for the page to mark."""
    if not steps:
        return ""
    places = _places(_layers(steps))
    numbers = {s.node: s.number for s in steps}
    width = max(x for x, _ in places.values()) + WIDTH + GAP_X + WIDTH // 2
    height = max(y for _, y in places.values()) + HEIGHT + GAP_Y // 2
    labels = {n: s.labels[n] for s in steps for n in (s.node, *s.arguments)}
    texts = {s.node: f"{s.name} = {s.text}" for s in steps}
    edges = [_edge(places[a], places[s.node]) for s in steps for a in dict.fromkeys(s.arguments)]
    boxes = [_box(n, place, texts.get(n, labels[n]), numbers) for n, place in places.items()]
    return (
        f'<svg class="graph" role="img" aria-label="computation graph" '
        f'viewBox="0 0 {width} {height}" width="{width}">{"".join(edges)}{"".join(boxes)}</svg>'
    )


def _layers(steps: Sequence[Step]) -> list[list[Node]]:
    """Each node one layer below its lowest argument, in order of the mean of its arguments."""
    depth: dict[Node, int] = {}
    for step in steps:
        for arg in step.arguments:
            depth.setdefault(arg, 0)
        depth[step.node] = 1 + max((depth[a] for a in step.arguments), default=0)
    layers: list[list[Node]] = [[] for _ in range(1 + max(depth.values()))]
    rank: dict[Node, float] = {}
    for node in sorted(depth, key=lambda n: (depth[n], n.seq)):
        layers[depth[node]].append(node)
    for layer in layers:
        layer.sort(key=lambda n: _mean([rank[a] for a in n.args if a in rank]))
        rank.update((node, k - len(layer) / 2) for k, node in enumerate(layer))
    return layers


def _mean(xs: Sequence[float]) -> float:
    return sum(xs) / len(xs) if xs else 0.0


def _places(layers: Sequence[Sequence[Node]]) -> dict[Node, tuple[float, float]]:
    widest = max(map(len, layers))
    return {
        node: (
            GAP_X + (k + (widest - len(layer)) / 2) * (WIDTH + GAP_X),
            GAP_Y / 2 + row * (HEIGHT + GAP_Y),
        )
        for row, layer in enumerate(layers)
        for k, node in enumerate(layer)
    }


def _edge(start: tuple[float, float], end: tuple[float, float]) -> str:
    x, y = start[0] + WIDTH / 2, start[1] + HEIGHT
    u, v = end[0] + WIDTH / 2, end[1]
    bend = (v - y) / 2
    aside = WIDTH if v - y > GAP_Y else 0  # past the boxes between
    a, b = x + aside, u + aside
    return f'<path d="M{x:g} {y:g}C{a:g} {y + bend:g} {b:g} {v - bend:g} {u:g} {v:g}"/>'


def _box(node: Node, place: tuple[float, float], text: str, numbers: Mapping[Node, int]) -> str:
    x, y = place
    kind = "step" if node in numbers else "leaf"
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    link = f' data-line="{numbers[node]}"' if node in numbers else ""
    return (
        f'<g class="{kind}"{link}><title>{escape(text)}</title>'
        f'<rect x="{x:g}" y="{y:g}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>'
        f'<text x="{x + WIDTH / 2:g}" y="{y + HEIGHT / 2 + 4:g}">{escape(short)}</text></g>'
    )
