"""Random generators put back after a trace, so that equal seeds give equal numbers, compiled or not."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..tensors.names.randomness import generator


def keep_lots(generators: Iterable[Any]) -> Callable[[], None]:
    """What puts these back where they are now, and those that all programs share."""
    shared = (generator(), np.random.mtrand._rand, random._inst)
    met = {id(g): g for g in (*shared, *generators)}
    back = [_put_back(g) for g in met.values()]

    def put_back() -> None:
        for put in back:
            put()

    return put_back


def _put_back(source: Any) -> Callable[[], None]:
    if isinstance(source, random.Random):
        state = source.getstate()
        return lambda: source.setstate(state)
    if isinstance(source, np.random.RandomState):
        state = source.get_state()
        return lambda: source.set_state(state)
    bits = source.bit_generator if isinstance(source, np.random.Generator) else source
    state = bits.state
    return lambda: setattr(bits, "state", state)
