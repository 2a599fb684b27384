"""Random programs agree with PyTorch: in value, in gradient and in second derivative."""

import pytest

torch = pytest.importorskip("torch")

from .against_torch import mismatches  # noqa: E402
from .programs import program  # noqa: E402


def check(seed: int) -> None:
    p = program(seed)
    try:
        differing = mismatches(p, seed)
    except RuntimeError as error:
        if "view size is not compatible" in str(error):
            pytest.skip("PyTorch's own backward asks for a view that its strides do not allow")
        raise
    assert differing == [], f"\n{p}"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(100), ids="seed{}".format)
def test_a_program_agrees_with_pytorch(seed: int) -> None:
    check(seed)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", range(100, 2100), ids="seed{}".format)
def test_many_programs_agree_with_pytorch(seed: int) -> None:
    check(seed)
