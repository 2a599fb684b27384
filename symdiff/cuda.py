"""PyTorch's `torch.cuda`, for programs that ask before they use it: there is none here."""


def is_available() -> bool:
    """False."""
    return False


def device_count() -> int:
    """0."""
    return 0
