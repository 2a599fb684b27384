"""The table of ops, one file a family."""

from . import (
    bessel,
    contract,
    creation,
    elementwise,
    identity,
    index,
    reduce,
    rounding,
    running,
    shape,
    special,
)

__all__ = [
    "bessel",
    "contract",
    "creation",
    "elementwise",
    "identity",
    "index",
    "reduce",
    "rounding",
    "running",
    "shape",
    "special",
]
