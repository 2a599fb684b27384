"""The error of a library that could not be followed, told in the user's terms.

It names what was called and the user's line, as they stand in the traceback; it knows no function.
"""

from __future__ import annotations

import ast
import linecache
import re
from collections.abc import Iterator
from itertools import islice, pairwise
from types import TracebackType

from ..tracing.captures import is_library
from ..tracing.twins import speaks_of_handles

_TOLD = (
    "{function}, called in {file}, line {line}, cannot be followed: it asks for plain numbers, and "
    "these would lose the gradient. Write this step with NumPy's functions, or give a function "
    "that does it a derivative of its own by sd.custom_vjp"
)
_OF_OTHERS = re.compile(r"'(?!Array')\w+' object\b")  # 'NoneType' object has no attribute


def refusal(error: BaseException) -> TypeError | None:
    """The error to raise instead, if the last that a user's code called is a library's function
    that asks handles nothing; SciPy's go on to call the user's code with numbers.
    """
    if _OF_OTHERS.search(str(error)) or not speaks_of_handles(error):
        return None
    every = list(_links(error.__traceback__))
    links = [link for link in every if not _is_ours(link)]
    calls = [(a, b) for a, b in pairwise(links) if _is_users(a) and not _is_users(b)]
    last = max((k for k, link in enumerate(links) if _is_users(link)), default=0)
    failed = [(a, b) for a, b in calls if a is links[last] or _home(b).startswith("scipy.")]
    if not failed and _is_users(every[-1]) and _text_called(every[-1]):
        failed = [(every[-1], every[-1])]  # a function in C, which leaves no frame
    return _told(*failed[-1]) if failed else None


def _told(user: TracebackType, library: TracebackType) -> TypeError:
    function = _text_called(user) or _name(library)
    file = user.tb_frame.f_code.co_filename
    return TypeError(_TOLD.format(function=function, file=file, line=user.tb_lineno))


def _links(link: TracebackType | None) -> Iterator[TracebackType]:
    while link is not None:
        yield link
        link = link.tb_next


def _home(link: TracebackType) -> str:
    return str(link.tb_frame.f_globals.get("__name__"))


def _is_users(link: TracebackType) -> bool:
    return not is_library(_home(link))


def _is_ours(link: TracebackType) -> bool:
    return _home(link).split(".")[0] in ("symdiff", "codegen")


def _name(link: TracebackType) -> str:
    """The function of a frame; those of libraries are public two steps down at most."""
    return ".".join([*_home(link).split(".")[:2], link.tb_frame.f_code.co_qualname])


def _text_called(link: TracebackType) -> str | None:
    """What is called there, as it is written; None where the text is not at hand."""
    code = link.tb_frame.f_code
    first, last, start, end = next(islice(code.co_positions(), link.tb_lasti // 2, None))
    if first is None or last is None:
        return None
    lines = [line.encode() for line in linecache.getlines(code.co_filename)[first - 1 : last]]
    if not lines:
        return None
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    try:
        read = ast.parse(b"(" + b"".join(lines) + b")", mode="eval").body
    except SyntaxError:
        return None
    return ast.unparse(read.func) if isinstance(read, ast.Call) else None
