"""A formula as a function that stands on its own: NumPy or Numba, and no symdiff."""
