"""What these tests share: seeds few and many, functions out of source text, and nearness."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest


def seeds(few: Iterable[int], many: Iterable[int]) -> pytest.MarkDecorator:
    """A test for a few seeds in each run, and for many more among the slow ones."""
    slow = [pytest.param(seed, marks=pytest.mark.slow) for seed in many]
    return pytest.mark.parametrize("seed", [*few, *slow], ids="seed{}".format)


def function(source: str, **names: Any) -> Callable[..., Any]:
    """The function `f` that a text defines, which knows np and these names as globals."""
    scope = {"np": np, **names}
    exec(source, scope)
    return scope["f"]


def near(ours: Any, theirs: Any, digits: float, why: object) -> None:
    """One shape, and no number farther off than this part of the largest finite one."""
    a, b = np.asarray(ours), np.asarray(theirs)
    assert a.shape == b.shape, why
    scale = np.max(np.abs(b), initial=1.0, where=np.isfinite(b))
    np.testing.assert_allclose(a, b, rtol=0, atol=digits * scale, err_msg=str(why))
