"""A module of LLVM's language: functions made of blocks made of lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .values import Constant, FunctionType, PointerType, Type, Value


class Block:
    """Lines that run one after the other, and how they end.

    `known` has what the lines have computed, `loaded` what they have read and nothing has changed.
    Values that no turn of a loop changes stand in the block `before` the loop; `level` counts the
    loops around. Whatever the block `above` has computed is known here, too.
    """

    __slots__ = (
        *("above", "before", "end", "function", "known", "label", "level"),
        *("lines", "loaded", "phis"),
    )

    def __init__(self, function: Function, label: str, before: Block | None) -> None:
        self.function, self.label, self.before = function, label, before
        self.level: int = 0 if before is None else before.level + 1
        self.above: Block | None = None
        self.phis: list[Phi] = []
        self.lines: list[str] = []
        self.end: str | None = None
        self.known: dict[str, Value] = {}
        self.loaded: dict[str, Value] = {}

    @property
    def is_terminated(self) -> bool:
        return self.end is not None

    def texts(self) -> list[str]:
        assert self.end is not None, f"{self.label} of {self.function.name} does not end"
        return [f"{self.label}:", *(phi.line() for phi in self.phis), *self.lines, self.end]


class Phi(Value):
    """The value that comes from the one block or the other."""

    __slots__ = ("incoming",)

    def __init__(self, type_: Type, text: str, level: int) -> None:
        super().__init__(type_, text, level)
        self.incoming: list[tuple[str, str]] = []

    def add_incoming(self, value: Value, block: Block) -> None:
        self.incoming.append((value.text, block.label))

    def line(self) -> str:
        ways = ", ".join(f"[ {text}, %{label} ]" for text, label in self.incoming)
        return f"{self.text} = phi {self.type.text} {ways}"


class Argument(Value):
    """A parameter of a function, with its attributes."""

    __slots__ = ("attributes",)

    def __init__(self, type_: Type, text: str) -> None:
        super().__init__(type_, text)
        self.attributes: list[str] = []

    def add_attribute(self, attribute: str) -> None:
        self.attributes.append(attribute)


class Global(Value):
    """What a module knows by name."""

    __slots__ = ("linkage", "module", "name")

    def __init__(self, module: Module, type_: Type, name: str) -> None:
        super().__init__(PointerType(type_), f'@"{name}"')
        self.module, self.name, self.linkage = module, name, ""
        module.globals[name] = self

    @property
    def is_declaration(self) -> bool:
        """Whether only its name is here."""
        raise NotImplementedError


class GlobalVariable(Global):
    __slots__ = ("content", "initializer")

    def __init__(self, module: Module, type_: Type, name: str) -> None:
        super().__init__(module, type_, name)
        self.content = type_
        self.initializer: Constant | None = None

    @property
    def is_declaration(self) -> bool:
        return self.initializer is None

    def __str__(self) -> str:
        if self.initializer is None:
            return f"{self.text} = external global {self.content.text}"
        return f"{self.text} = {self.linkage} constant {self.content.text} {self.initializer.text}"


class Function(Global):
    __slots__ = ("args", "attributes", "blocks", "kind", "labels", "numbers")

    def __init__(self, module: Module, kind: FunctionType, name: str) -> None:
        super().__init__(module, kind, name)
        self.kind = kind
        self.args = tuple(Argument(type_, f"%a{k}") for k, type_ in enumerate(kind.args))
        self.attributes: set[str] = set()
        self.blocks: list[Block] = []
        self.labels: dict[str, int] = {}
        self.numbers = 0  # of the names that its values have

    @property
    def is_declaration(self) -> bool:
        return not self.blocks

    def append_basic_block(self, name: str = "block", before: Block | None = None) -> Block:
        count = self.labels[name] = self.labels.get(name, 0) + 1
        self.blocks.append(Block(self, f"{name}.{count}", before))
        return self.blocks[-1]

    def __str__(self) -> str:
        attributes = " ".join(sorted(self.attributes))
        if not self.blocks:
            return f"declare {self._head()} {attributes}"
        lines = [line for block in self.blocks for line in block.texts()]
        return "\n".join([f"define {self.linkage} {self._head()} {attributes} {{", *lines, "}"])

    def _head(self) -> str:
        args = ", ".join(
            " ".join([a.type.text, *a.attributes, *([a.text] if self.blocks else [])])
            for a in self.args
        )
        return f"{self.kind.result.text} {self.text}({args})"


class Module:
    """Functions and variables, by name."""

    def __init__(self, triple: str = "", data_layout: str = "") -> None:
        self.triple, self.data_layout = triple, data_layout
        self.globals: dict[str, Any] = {}

    def get_unique_name(self, name: str) -> str:
        number = 0
        found = name
        while found in self.globals:
            number += 1
            found = f"{name}.{number}"
        return found

    def declare(self, name: str, result: Type, args: Sequence[Type]) -> Function:
        """A function that must be found elsewhere."""
        return Function(self, FunctionType(result, args), name)

    @property
    def declared(self) -> list[str]:
        """The names of what must be found elsewhere."""
        return [name for name, known in self.globals.items() if known.is_declaration]

    def __str__(self) -> str:
        head = [f'target triple = "{self.triple}"', f'target datalayout = "{self.data_layout}"']
        weights = '!0 = !{!"branch_weights", i32 1, i32 99}'
        return "\n".join([*head, *map(str, self.globals.values()), weights, ""])
