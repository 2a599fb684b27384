"""The index engine: a graph as sums of products over named indices, and back.

coefficients, constants < forms < terms < lengths < algebra < factoring, cancelling, textbook <
pairing < expanding < quotients < reading < rules, moves, masks, progressions; forms < making < planning.
Exact numbers; what expressions are; the algebra that contracts deltas; what people write; graph ->
forms, op by op; forms -> graph.
"""
