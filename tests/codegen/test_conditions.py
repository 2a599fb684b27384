"""Comparisons of indices are decided where the ranges tell, and only there."""

from __future__ import annotations

import pytest
from small_programs import I, J, M, N, at, call

from codegen.fuse.conditions import decided, ranges_facts
from codegen.index import Apply, Const, Scalar, Select

RANGES = ranges_facts([("i", N), ("j", M)])


def integer(value: int) -> Const:
    return Const(value, "int64")


def compare(name: str, left: Scalar, right: Scalar) -> Apply:
    return Apply(name, (left, right))


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        (compare("ge", I, integer(0)), True),
        (compare("lt", I, N), True),
        (compare("le", I, N - 1), True),
        (compare("lt", I, N + 3), True),
        (compare("gt", I, N), False),
        (compare("ge", integer(0), I + 1), False),
        (compare("lt", I + J, N + M), None),
        (compare("lt", I, N - 1), None),
        (compare("lt", I, M), None),
        (compare("ge", N, integer(1)), None),
        (compare("lt", integer(-1), N), True),
        (compare("eq", I, I), None),
        (compare("lt", at("q", I), N), None),
        (call("lt", at("x", I), 1), None),
    ],
)
def test_ranges_decide_comparisons(condition: Apply, value: bool | None) -> None:
    right = condition if value is None else Const(value, "bool")
    assert decided(condition, RANGES) == right


def test_a_branch_knows_its_condition() -> None:
    x, y, z = at("x", I), at("y", I), at("z", I)
    inside = compare("lt", I, J)
    value = Select(inside, Select(compare("le", I, J), x, y), Select(inside, y, z))
    assert decided(value, RANGES) == Select(inside, x, z)


def test_parts_of_a_conjunction_are_known_inside() -> None:
    x, y = at("x", I), at("y", I)
    both = call("and", compare("ge", I, integer(2)), compare("lt", I, J))
    value = Select(both, Select(compare("ge", I, integer(1)), x, y), y)
    assert decided(value, RANGES) == Select(both, x, y)


def test_what_does_not_name_an_index_is_left_to_run_time() -> None:
    """x[0] is read only if there is an x[0], also where a loop over x has been left."""
    guarded = Select(compare("lt", integer(0), N), at("x", 0), Const(1.0))
    assert decided(guarded, RANGES) == guarded


def test_a_zero_that_a_choice_leaves_is_not_added() -> None:
    gone = Select(compare("ge", I, N), at("x", I), Const(0.0))
    assert decided(call("add", at("y", I), gone), RANGES) == at("y", I)
    assert decided(call("add", gone, gone), RANGES) == Const(0.0)
