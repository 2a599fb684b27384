"""The table of Hessians tells of every size, though the peers may not have the memory for it."""

import pytest

from tests.benchmarks import hessians


@pytest.mark.parametrize("problem", hessians.PROBLEMS, ids=lambda problem: problem.name)
def test_a_peer_that_the_memory_cannot_hold_is_told_and_our_values_are_checked(
    problem, monkeypatch
):
    monkeypatch.setattr(hessians, "free_memory", lambda: 0)
    monkeypatch.setattr(hessians, "BUDGET", 0.0)
    cells = hessians.row(problem, 8).split(" | ")
    assert cells[:2] == [f"| {problem.name}", "8"] and cells[2].endswith(" ms")
    assert [cell.startswith("not run: needs 0 GB") for cell in cells[3:]] == [True, True]
