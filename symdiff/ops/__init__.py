"""The table of ops, one file a family."""

from . import contract, elementwise, index, reduce, shape, special

__all__ = ["contract", "elementwise", "index", "reduce", "shape", "special"]
