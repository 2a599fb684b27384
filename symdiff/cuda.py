"""PyTorch's `torch.cuda`, for programs that ask before they use it: there is none here."""


def is_available() -> bool:
    return False


def device_count() -> int:
    return 0
