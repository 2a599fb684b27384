"""The table of ops, one file a family."""

from . import contract, creation, elementwise, identity, index, reduce, shape, special

__all__ = ["contract", "creation", "elementwise", "identity", "index", "reduce", "shape", "special"]
