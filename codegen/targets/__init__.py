"""What loop nests become: text for Python and Numba."""
