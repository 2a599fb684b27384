"""PyTorch's face: Tensor, its looks, its functions by name, vmap.

- `torch_face` is the Tensor: made of `data`, in `dtypes` that mix by `promotion`, shown by
  `printing`; `storage` shares numbers without histories, `misfits` says what does not fit
- its history: `grad_fn`, `hooks`, `gradients`, `formulas`
- many at once: `batching`, `mapping` (vmap), `jacobians`
- `names/`: the functions
"""
