"""The table of ops, one file a family.

- every element: `elementwise`, `rounding`, `special`, `bessel`, `hypergeometric`, `identity`
- shapes and places: `shape`, `joining`, `diagonals`, `index`, `gathering`, `sorting`, `creation`
- sums: `reduce`, `running`, `norms`, `contract`, `convolution`
- matrices: `linalg`, `determinant`, `elimination`, `factorisations`, `least_squares`
- what these are made with: `families`, `broadcasting`, `matrices`, `pairwise`, `large`
"""

from . import (
    bessel,
    contract,
    convolution,
    creation,
    determinant,
    diagonals,
    elementwise,
    elimination,
    factorisations,
    gathering,
    hypergeometric,
    identity,
    index,
    joining,
    least_squares,
    linalg,
    norms,
    reduce,
    rounding,
    running,
    shape,
    sorting,
    special,
)

__all__ = [
    "bessel",
    "contract",
    "convolution",
    "creation",
    "determinant",
    "diagonals",
    "elementwise",
    "elimination",
    "factorisations",
    "gathering",
    "hypergeometric",
    "identity",
    "index",
    "joining",
    "least_squares",
    "linalg",
    "norms",
    "reduce",
    "rounding",
    "running",
    "shape",
    "sorting",
    "special",
]
