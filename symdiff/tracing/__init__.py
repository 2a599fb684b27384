"""From a Python function and its arguments to a graph.

- arguments as `trees`; `graphs` are made by calling a function with handles that have no value yet
- what a function reads besides: `bytecode` tells the names, `captures` the things, `identity` whether
  they are the same; `guards` hold what was taken for given, `writing` makes them quick
- `rebinding` traces captured arrays, too; `lots` puts random generators back
- `traces`, kept for calls alike; `transformed`, what all functions made from functions are
- `twins`, for what asks no handle what to do; `replacing` puts them in place
"""
