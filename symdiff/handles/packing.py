"""What the tape keeps, in the hands of users' hooks: packed as it is kept, unpacked as it is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ..graph.node import Node
from .modes import no_grad

Pack = Callable[[Any], Any]


class Packing:
    """The mode in which operations are recorded while hooks are set; as a truth value, true."""

    def __init__(self, face: type[Any], pack: Pack, unpack: Pack) -> None:
        self.face, self.pack, self.unpack = face, pack, unpack

    def kept(self, nodes: Sequence[Any], saved: tuple[Any, tuple[Any, ...]]) -> Packed:
        """What `Node.saved` is for these arguments: arrays in it are packed, all else stays."""
        y, xs = saved
        ys = tuple([self.parcel(None, part) for part in y]) if type(y) is tuple else None
        packed = tuple([self.parcel(node, x) for node, x in zip(nodes, xs)])
        return Packed(ys or self.parcel(None, y), packed)

    def parcel(self, node: Any, value: Any) -> Any:
        """An array packed, as the tensor that it was; what is no array is not."""
        if not isinstance(value, np.ndarray):
            return value
        owner = node.owner() if isinstance(node, Node) and node.owner is not None else None
        known = node if isinstance(node, Node) and node.requires_grad else None
        with no_grad():
            return Parcel(self.pack(self.face.of(known, value) if owner is None else owner), self)


class Parcel:
    """What a hook made of a tensor."""

    def __init__(self, content: Any, packing: Packing) -> None:
        self.content, self.packing = content, packing

    def opened(self) -> np.ndarray:
        with no_grad():
            x = self.packing.unpack(self.content)
        if not isinstance(x, self.packing.face):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(x).__name__}"
            )
        return x.value


class Packed:
    """The pair that `Node.saved` is, (result, arguments), opened each time it is taken apart."""

    def __init__(self, y: Any, xs: tuple[Any, ...]) -> None:
        self._y, self._xs = y, xs

    def __getitem__(self, k: int) -> Any:
        return opened(self._xs) if k else self._y

    def __iter__(self) -> Iterator[Any]:
        yield opened(self._y)
        yield opened(self._xs)


def opened(kept: Any) -> Any:
    """What is kept, without its parcels."""
    if type(kept) is tuple:
        return tuple([opened(part) for part in kept])
    return kept.opened() if isinstance(kept, Parcel) else kept
