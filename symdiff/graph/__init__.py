"""What is computed from what: sizes by name, ops as records, nodes.

- numbers and sizes: `exact` constants, `polynomials` in named sizes, the `extents` that have them
- `op`, the record of an operation, and how one is called; `node`, what was computed from what
- Python itself: `asked` tells who reads a class, `naming` names functions, `late` loads libraries
"""
