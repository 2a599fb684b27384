"""PyTorch's `torch.nn`, as far as it is functions: `sd.nn.functional`."""

from . import functional

__all__ = ["functional"]
