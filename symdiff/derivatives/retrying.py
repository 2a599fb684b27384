"""A second try, by its twin, of a function that lost the history of what is differentiated."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from ..graph.op import NeedsValue
from ..tracing.transformed import Function
from ..tracing.twins import lost_history, twin_of

T = TypeVar("T")


def with_twin(f: Function, use: Callable[[Function], T]) -> T:
    """What `use` makes of f or, where f loses a history, of its twin."""
    asked = getattr(NeedsValue.count, "raised", 0)
    try:
        return use(f)
    except (TypeError, ValueError, AttributeError) as error:
        twin = twin_of(f) if lost_history(error) else None
        if twin is not None:
            try:
                found = use(twin)
                NeedsValue.count.raised = asked  # what the first try asked for is of no account
                return found
            except Exception:  # of which the first error tells more: it names what f itself calls
                pass
        raise
