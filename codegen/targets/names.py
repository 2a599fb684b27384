"""The functions that generated text may call; runtime.py gives them to Numba, python.py to Python."""

from ..index import ARITHMETIC, COMPARISONS, INDEXING, ROUTINES, SPECIAL, TRANSCENDENTAL

SPELLED = {"pow": "power", "round": "rint"}  # where Python has other plans for the name
INFIX = frozenset("add sub mul div lt le gt ge eq ne and or xor not neg".split())
_NAMED = (ARITHMETIC | COMPARISONS | INDEXING | TRANSCENDENTAL | SPECIAL) - INFIX
FUNCTIONS = frozenset(SPELLED.get(name, name) for name in _NAMED) - {"abs"}
GATHERING = {"add": "plus", "mul": "times"}  # may be reassociated
NAMES = FUNCTIONS | {"integer_power"} | frozenset(ROUTINES) | frozenset(GATHERING.values())
