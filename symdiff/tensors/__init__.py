"""PyTorch's face: Tensor, its looks, its functions by name, vmap."""
