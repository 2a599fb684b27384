"""The index engine: a graph as sums of products over named indices, and back.

coefficients < forms < terms < factoring < reading < rules; forms < planning. Exact numbers; what
expressions are; the algebra that contracts deltas; graph -> forms, op by op; forms -> graph.
"""
