"""Arguments as trees: lists, tuples, dicts and dataclasses, taken apart and put together."""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

Structure = tuple[Any, ...]


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves in order, and what is left: a hashable structure."""
    kind = type(tree)
    if kind in (list, tuple) or (isinstance(tree, tuple) and hasattr(tree, "_fields")):
        return _joined(kind, None, tree)
    if isinstance(tree, dict):
        made_by = _Defaults(tree.default_factory) if type(tree) is defaultdict else kind
        return _joined(made_by, tuple(tree), tree.values())
    if dataclasses.is_dataclass(tree) and not isinstance(tree, type):
        names = tuple(f.name for f in dataclasses.fields(tree) if f.init)
        return _joined(kind, names, [getattr(tree, n) for n in names])
    return [tree], ()


class _Defaults(NamedTuple):
    """Makes a defaultdict as another was made."""

    factory: Any

    def __call__(self, pairs: dict[Any, Any]) -> defaultdict[Any, Any]:
        return defaultdict(self.factory, pairs)


def _joined(kind: Any, keys: Any, parts: Any) -> tuple[list[Any], Structure]:
    leaves: list[Any] = []
    structures = []
    for part in parts:
        more, structure = flatten(part)
        leaves += more
        structures.append(structure)
    return leaves, (kind, keys, tuple(structures))


def leaf_count(structure: Structure) -> int:
    """How many leaves there are."""
    return sum(map(leaf_count, structure[2])) if structure else 1


def unflatten(structure: Structure, leaves: Sequence[Any]) -> Any:
    """The tree of this structure with these leaves."""
    rest = iter(leaves)
    return _built(structure, rest)


def _built(structure: Structure, leaves: Iterator[Any]) -> Any:
    if not structure:
        return next(leaves)
    kind: Any
    kind, keys, parts = structure
    items = [_built(part, leaves) for part in parts]
    if keys is None:
        return kind(*items) if hasattr(kind, "_fields") else kind(items)
    pairs = dict(zip(keys, items))
    return kind(**pairs) if dataclasses.is_dataclass(kind) else kind(pairs)  # pyright: ignore


def tree_map(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with the function applied to each of its leaves."""
    leaves, structure = flatten(tree)
    return unflatten(structure, [function(leaf) for leaf in leaves])
