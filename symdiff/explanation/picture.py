"""The graph as a picture: layers from inputs to result, drawn as SVG by a layout of our own.

An edge that crosses layers has a place in each of them, so that it runs between the boxes.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from html import escape

from ..graph.node import Node
from .steps import Step

LETTER, HEIGHT, GAP_X, GAP_Y = 7.25, 34, 18, 34
LONGEST = 28  # characters in a box
ROUNDS = 4  # of setting each layer right by its neighbours

Point = tuple[Node, int]  # a node in its own layer, or its edge's place in one further down
Keys = dict[str, str]
Layers = list[list[Point]]


def svg(steps: Sequence[Step]) -> str:
    """The picture of these steps; each box bears its key, for the page to mark."""
    if not steps:
        return ""
    keys = keys_of(steps)
    labels = {n: s.labels[n] for s in steps for n in (s.node, *s.arguments)}
    texts = {**labels, **{s.node: f"{s.name} = {s.text}" for s in steps}}
    marks = {**{n: keys[label] for n, label in labels.items() if label in keys},
             **{s.node: str(s.number) for s in steps}}  # fmt: skip
    depth = _depths(steps)
    widths = {n: LETTER * min(len(t), LONGEST) + GAP_X for n, t in texts.items()}
    centres = _centres(_layers(steps, depth), widths, depth)
    width = max(x + (widths[n] if k == depth[n] else 0) / 2 for (n, k), x in centres.items())
    height = _top(max(depth.values()) + 1)
    edges = [_edge(a, s.node, centres, depth) for s in steps for a in dict.fromkeys(s.arguments)]
    boxes = [
        _box(centres[n, depth[n]], _top(depth[n]), widths[n], text, marks[n])
        for n, text in texts.items()
    ]
    return (
        f'<svg class="graph" role="img" aria-label="computation graph" '
        f'viewBox="0 0 {width + GAP_X:.0f} {height:.0f}" width="{width + GAP_X:.0f}">'
        f"{''.join(edges)}{''.join(boxes)}</svg>"
    )


def keys_of(steps: Sequence[Step]) -> Keys:
    """By name or line: the number of a step's line, for leaves a letter and a number."""
    numbers = {str(step.number): str(step.number) for step in steps}
    done = {step.node for step in steps}
    leaves = dict.fromkeys(s.labels[a] for s in steps for a in s.arguments if a not in done)
    return {**{name: f"i{k}" for k, name in enumerate(leaves)}, **numbers}


# --- which layer, and where in it


def _depths(steps: Sequence[Step]) -> dict[Node, int]:
    """A step one layer below its lowest argument; a leaf right above its first user."""
    depth: dict[Node, int] = {}
    done = {step.node for step in steps}
    for step in steps:
        depth[step.node] = 1 + max((depth[a] for a in step.arguments if a in done), default=0)
    for step in steps:
        for leaf in (a for a in step.arguments if a not in done):
            depth[leaf] = min(depth.get(leaf, depth[step.node]), depth[step.node] - 1)
    return depth


def _layers(steps: Sequence[Step], depth: Mapping[Node, int]) -> Layers:
    """Boxes and passing edges of each layer, neighbours near each other."""
    lowest = dict(depth)
    for step in steps:
        for a in step.arguments:
            lowest[a] = max(lowest[a], depth[step.node] - 1)
    layers: Layers = [[] for _ in range(1 + max(depth.values()))]
    for n in sorted(depth, key=lambda n: n.seq):
        for k in range(depth[n], lowest[n] + 1):
            layers[k].append((n, k))
    return layers


def _neighbours(layers: Layers, depth: Mapping[Node, int]) -> tuple[dict[Point, list[Point]], ...]:
    """What each point hangs on from above, and what hangs on it."""
    points = {p for layer in layers for p in layer}
    above: dict[Point, list[Point]] = {p: [] for p in points}
    below: dict[Point, list[Point]] = {p: [] for p in points}
    for n, k in points:
        arguments = dict.fromkeys(a for a in n.args if a in depth)
        tops = [(n, k - 1)] if k > depth[n] else [(a, k - 1) for a in arguments]
        for top in tops:
            above[n, k].append(top)
            below[top].append((n, k))
    return above, below


def _centres(
    layers: Layers, widths: Mapping[Node, float], depth: Mapping[Node, int]
) -> dict[Point, float]:
    """Each point near the mean of its neighbours, as far as the boxes beside it allow."""
    above, below = _neighbours(layers, depth)
    sizes = {p: widths[p[0]] if p[1] == depth[p[0]] else 0.0 for layer in layers for p in layer}
    centres = {p: k * 100.0 for layer in layers for k, p in enumerate(layer)}
    for _ in range(ROUNDS):
        for near, order in ((above, layers), (below, layers[::-1])):
            for layer in order:
                wanted = {p: _mean([centres[q] for q in near[p]], centres[p]) for p in layer}
                layer.sort(key=wanted.__getitem__)
                centres.update(_set_apart(layer, wanted, sizes))
    left = min(x - sizes[p] / 2 for p, x in centres.items()) - GAP_X
    return {p: x - left for p, x in centres.items()}


def _mean(xs: Sequence[float], otherwise: float) -> float:
    return sum(xs) / len(xs) if xs else otherwise


def _set_apart(
    layer: Sequence[Point], wanted: Mapping[Point, float], sizes: Mapping[Point, float]
) -> dict[Point, float]:
    """The places nearest to the wanted ones, in least squares, that keep all boxes apart.

    Less what the boxes before take, places need only grow: neighbours that do not are pooled.
    """
    taken, groups = [0.0], []
    for a, b in itertools.pairwise(layer):
        taken.append(taken[-1] + (sizes[a] + sizes[b]) / 2 + GAP_X)
    for p, offset in zip(layer, taken):
        groups.append([wanted[p] - offset])
        while len(groups) > 1 and _mean(groups[-2], 0) > _mean(groups[-1], 0):
            groups[-2:] = [groups[-2] + groups[-1]]
    places = [_mean(group, 0) for group in groups for _ in group]
    return {p: place + offset for p, place, offset in zip(layer, places, taken)}


# --- drawing


def _top(layer: int) -> float:
    return GAP_Y / 2 + layer * (HEIGHT + GAP_Y)


def _edge(start: Node, end: Node, centres: Mapping[Point, float], depth: Mapping[Node, int]) -> str:
    """From the foot of a box past the boxes between to the head of another."""
    first, last = depth[start], depth[end]
    x, y = centres[start, first], _top(first) + HEIGHT
    drawn = f"M{x:.1f} {y:.1f}"
    for k in range(first + 1, last + 1):
        u = centres[(end if k == last else start), k]
        drawn += f"C{x:.1f} {y + GAP_Y / 2:.1f} {u:.1f} {y + GAP_Y / 2:.1f} {u:.1f} {y + GAP_Y:.1f}"
        x, y = u, y + GAP_Y + HEIGHT
        drawn += f"V{y:.1f}" if k < last else ""
    return f'<path d="{drawn}"/>'


def _box(centre: float, top: float, width: float, text: str, mark: str) -> str:
    kind = "step" if mark.isdigit() else "leaf"
    short = text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
    return (
        f'<g class="{kind}" data-line="{mark}"><title>{escape(text)}</title>'
        f'<rect x="{centre - width / 2:.1f}" y="{top:.1f}" width="{width:.1f}" height="{HEIGHT}" '
        f'rx="6"/><text x="{centre:.1f}" y="{top + HEIGHT / 2 + 4:.1f}">{escape(short)}</text></g>'
    )
