"""The table says what was measured, and nothing of what was not."""

from __future__ import annotations

import math

import pytest

from tests.benchmarks.__main__ import named
from tests.benchmarks.fresh import First, median
from tests.benchmarks.table import Row, summary, whole
from tests.benchmarks.timing import Times


def row(jax: First) -> Row:
    mine = First(since_start=0.2, call=0.1, memory=0.0)
    return Row("chain", Times({"symdiff": 1e-6, "PyTorch": 3e-6}), (mine, mine, jax))


def test_first_calls_are_compared_with_jaxs_only_if_it_took_part() -> None:
    assert "in 0.50 of JAX's time" in summary([row(First(0.4, 0.2, 0.0))], firsts=True)
    assert summary([row(First(taken=False))], firsts=True) == (
        "Least over the best peer: 3.00 (chain)."
    )


def test_a_table_without_peers_ends_with_its_rows() -> None:
    alone = Row("chain", Times({"symdiff": 1e-6}), (First(), First(), First()))
    assert whole([alone], [], 1, False, "float64").endswith("| geometric mean |  |  |  |")


def test_a_text_that_no_name_holds_is_answered_with_the_names() -> None:
    known = {"chain, 10": 1, "chain, 100": 2, "stencil": 3}
    assert named("chain", known) == [1, 2]
    with pytest.raises(SystemExit, match=r"'tree'(?s:.)*chain, 10\n  chain, 100\n  stencil"):
        named("tree", known)


def test_first_calls_are_medians_unless_one_came_to_no_end() -> None:
    several = [First(3.0, 1.0, 10.0), First(1.0, 3.0, 30.0), First(2.0, 2.0, 20.0)]
    assert median(several) == First(2.0, 2.0, 20.0)
    assert math.isnan(median([several[0], First()]).call)
    assert not median([First(taken=False), several[0]]).taken
