"""What users hold: values with a history, taped or traced, and the reverse sweep over them.

- `handle`, with its `operators` and `views`; `numpy_face` is the handle with NumPy's methods, and
  `readable` one whose numbers may be read; `operands` are what else ops are applied to
- the tape: `tape` notes an operation, `short` and `remembered` do so in less time; `packing` is for
  hooks on what is kept, `snapshots` for arrays that their owner may change; `modes` turn it off
- back: `sweep`, `large` for its rules on large arrays, `backprop` for what users call
- NumPy's calls that find us: `numpy_protocol`, `numpy_names`
- calls that do not: `stand_ins`, made of `instead`, `scipy_names` and `scipy_*` for its parts
"""
