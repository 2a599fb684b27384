"""Functions that a module has for itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from . import ir
from .llvm_lanes import INT32


def declared(module: Any, name: str, types_: Sequence[Any]) -> Any:
    """A function that stays one, unless it turns out that it is called but once."""
    function = ir.Function(module, ir.FunctionType(INT32, types_), module.get_unique_name(name))
    function.linkage = "internal"
    for attribute in ("noinline", "nounwind"):
        function.attributes.add(attribute)
    for arg in function.args:
        if isinstance(arg.type, ir.PointerType):
            arg.add_attribute("noalias")
    return function
