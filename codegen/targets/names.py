"""The functions that generated text calls; codegen.runtime has them for Numba, python.py here."""

import re

from ..index import ARITHMETIC, COMPARISONS, INDEXING, ROUTINES, SPECIAL, TRANSCENDENTAL

SPELLED = {"pow": "power", "round": "rint"}  # where Python has other plans for the name
_INFIX = "add sub mul div lt le gt ge eq ne and or xor not neg"
_NAMED = (ARITHMETIC | COMPARISONS | INDEXING | TRANSCENDENTAL | SPECIAL) - frozenset(
    _INFIX.split()
)
FUNCTIONS = frozenset(SPELLED.get(name, name) for name in _NAMED) - {"abs"}
GATHERING = {"add": "plus", "mul": "times"}  # may be reassociated
ROUTINE_NAMES = frozenset(ROUTINES) | frozenset(f"{name}_of" for name in ROUTINES)
NAMES = FUNCTIONS | {"integer_power"} | ROUTINE_NAMES | frozenset(GATHERING.values())


def called(text: str) -> list[str]:
    """The functions that a text calls."""
    return sorted(NAMES.intersection(re.findall(r"\w+(?=\()", text)))


def defined(text: str) -> str:
    """The name of the function that a text defines."""
    return text.split("(", 1)[0].removeprefix("def ")
