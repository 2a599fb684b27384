"""NumPy's functions over the ops, for arrays and handles alike: what they mean, and no rules.

- what users pass, made plain: `axes`, `keys`
- elements: `elementary`, `activations`, `logic`, `choosing`
- shapes and places: `shaping`, `joining`, `arranging`, `creation`, `diagonals`, `padding`, `indexing`,
  `taking`, `sorting`, `writing`
- sums: `reducing`, `statistics`, `products`, `summation`
- linear algebra: `linear`, `elimination`, `norms`
- sampled functions: `signal`, `polynomials`, `orthogonal`; functions of the users' own: `applying`
"""
