"""Random programs agree with PyTorch: in value, in gradient and in second derivative."""

import pytest

torch = pytest.importorskip("torch")

from .against_torch import mismatches  # noqa: E402
from .checking import seeds  # noqa: E402
from .programs import program  # noqa: E402


@pytest.mark.filterwarnings("ignore")
@seeds(range(100), range(100, 2100))
def test_a_program_agrees_with_pytorch(seed: int) -> None:
    p = program(seed)
    try:
        differing = mismatches(p, seed)
    except RuntimeError as error:
        if "view size is not compatible" in str(error):
            pytest.skip("PyTorch's own backward asks for a view that its strides do not allow")
        raise
    assert differing == [], f"\n{p}"
