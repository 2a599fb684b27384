"""More hostile texts: look-alike letters, walruses, lists without end, towers of powers, ways to objects."""

from __future__ import annotations

import pytest
from test_parse_hostile import guarded, outcome

from symdiff.formulas.parse import TextError

assert guarded  # the fixture

REFUSED = [
    "\u0455in(x)", "s\u0456n(x)", "x\uff0b1", "x\u22172", "x\u22121", "(x\uff09", "x\u22c5y",
    "x\u20442", "x\u2032", "x\u2033", "\u2202x", "\u03a3(x)", "x\u207b\xb9", "x\u2081 + 1",
    "\u2016x\u2016", "|x|", "\u27e8x, x\u27e9", "x\xa0+ 1", "x\u3000+1", "x\u200d", "\ufeffx",
    "x\x0b+1", "x\x1a", "x\x85+1", "\u2066x\u2069", "x + 1\u2029y", "(x := 3) + x",
    "x if (y := 1) else y", "[x := 1]", "sin(x := 2)", "sum((x := [1,2]))", "f'{x!r}'",
    "f'{x:{y}}'", "f'{(lambda: 1)()}'", "rb'x'", "u'x'", "'x' 'y'", "'x'*10**9", "'x'.format(y)",
    "'{0.__class__}'.format(x)", "t'{x}'", "[x for x in range(10**9)]", "sum(x for x in y)",
    "[*y]", "[*[*[y]]]", "{**x}", "{*y}", "(*y,)", "sin(**{'x': 1})", "{'a': x}['a']", "[x][0]",
    "[x, y][0]", "(x, y)[0]", "[[x]][0][0]", "(x,)[0]", "10**10**10", "10**10**10**10",
    "2**2**2**2**2", "(10**9)**(10**9)", "x**10**10", "2**-10**9", "2**0.5**-99999", "7//0", "7%0",
    "7.0%0", "x.T.T.__class__", "x.T.node", "x.T.base", "x.__T", "x._node", "x.shape",
    "x.shape[0]", "x.ndim", "x.real", "x.imag", "x.flat", "x.__len__()", "x.__getattribute__('T')",
    "x.__init__", "sin.__call__(x)", "sin.__self__", "sum.__globals__['os']", "inv.__code__",
    "einsum.__defaults__", "pi.__class__", "e.__class__", "(1.0).real", "(1).bit_length()",
    "x.T.__matmul__(x)", "x[x.T]", "x['__class__']", "y[0].node", "y[().__class__]", "y[y]",
    "y[y > 0]", "y[1:2:3:4]", "y[::10**30]", "y[10**30:]", "y[:10**30]", "y[-10**30]", "y[0.5]",
    "y[1e3]", "y[..., None, ...]", "y[0, 0]", "y[0][0]", "y[1:'a']", "y[lambda: 0]", "y[x]",
    "y[0:x]", "y[sin(0)]", "y[slice(0, 1)]", "y[-5]", "y[4]", "A[:, 9]", "A[10**18]", "__class__",
    "__import__", "__loader__ + x", "__spec__", "__builtins__['eval']", "__build_class__",
    "__annotations__", "__", "___", "__x__", "None + x", "copyright()", "license()", "b'x'[0]",
    "bytes(10**10)", "bytearray(10**10)", "memoryview(x)", "range(10**9)", "list(x)", "dict(x=1)",
    "set()", "iter(x)", "map(sin, x)", "filter(x, y)", "zip(x, y)", "sorted(y)", "reversed(y)",
    "any(y)", "all(y)", "hash(x)", "bin(10**9)", "hex(x)", "ord('x')", "chr(120)", "repr(x)",
    "str(x)", "int('9'*9999)", "float('inf')", "complex(1, 1)", "pow(2, 10**9, 7)", "divmod(7, 2)",
    "min()", "max()", "min(x, key=sin)", "max(y, default=1)", "sum(y, 1)", "sum([y]*10**9)",
    "sum(y, axis=10**30)", "sum(y, axis=(0,)*10**9)", "arange(10**12)", "arange(-5)", "arange(x)",
    "eye(5, k=10**9)", "eye(5, k=9)", "eye(5, k=x)", "eye(x)", "eye('n')", "eye(3, 4, 5)",
    "reshape(y, (2, -1, -1))", "reshape(y, (10**30,))", "roll(y, 10**40)", "diff(y, n=10**9)",
    "matrix_power(A, -10**9)", "matrix_power(ones((3,3)), 10**8)", "cumsum(y, axis=5)",
    "moveaxis(A, 0, 99)", "transpose(A, axes=(0, 0))", "squeeze(A, axis=0)",
    "concatenate([y]*10**8)", "concatenate([y, A])", "stack([y, A])", "where(y)", "norm(A, 'nuc')",
    "norm(y, 'x')", "norm(y, ord=10**400)", "einsum('ij,jk', A)", "einsum('i'*1000, y)",
    "einsum('\xe9', y)", "einsum('i->ii', y)", "einsum('i,i', y, y, optimize='x')",
    "median(y, overwrite_input=True)", "sort(y, kind='quicksort')", "trace(y)", "det(A)", "inv(A)",
    "solve(A, y)", "cholesky(A)", "logdet(A)", "A @ A", "A + A.T", "y @ A", "A * y[:3]",
    "cross(y, y)", "average(y, weights=x)", "nan_to_num(x, nan=1)", "sin(x, where=y)",
    "sin(x, dtype='f4')", "maximum(x)", "maximum(x, y, x)", "logaddexp(x)", "heaviside(x, 0.5, 1)",
    "ptp(A, axis=9)", "x; import os", "x\nx", "x, y", "(x, y)", "[x, y]", "x = y", "x == y == x",
    "x <= y <= 1", "x & y", "x | y", "x ^ y", "~x", "x and x", "x or x", "x is x", "x ? y : x",
    "x++", "x--", "x -> y", "x @= y", "x..T", "x.", ".x", "x,,y", "x y", "2x", "1.5.5", "0_1",
    "01", "1__1", "0x", "1J", "%x", "x%", "x!=", "'''", "\"", "'", "\\x", "\\u0041",
    "\\N{LATIN SMALL LETTER A}", "x\\", "yield", "async x", "raise", "del", "nonlocal x", "exec x",
    "print x", "import x", "from x import *", "with x:", "for x in y:", "while x:", "if x:",
    "try:", "class X:", "def f():", "lambda x: x", "match x:", "type x = y", "break", "continue",
]  # fmt: skip
LONG = [
    "1" * 20_000, "1_0" * 3000, "1." * 500, "0x" + "F" * 5000, "0b" + "1" * 5000, "0o" + "7" * 5000,
    "(" * 1000 + "x" + ")" * 1000, "(" * 100_000 + "x", "[" * 100_000, "{" * 9999, "x" + "(" * 9999,
    "x if " * 1500 + "x" + " else x" * 1500, "sin(" * 4000 + "x" + ")" * 4000, "x" + ".T" * 9999,
    "x[" * 5000 + "0" + "]" * 5000, "lambda:" * 2000 + "x", "[[" * 40 + "x" + "]]" * 40,
    "not " * 4999 + "x", "x**" * 6000 + "x", "x" + "[0]" * 6000,
]  # fmt: skip


def test_look_alikes_and_detours_are_refused_and_run_nothing(guarded: None) -> None:
    assert [text for text in REFUSED if outcome(text) is None] == []


def test_endless_texts_are_refused_in_bounded_time(guarded: None) -> None:
    assert [text[:20] for text in LONG if outcome(text) is None] == []


@pytest.mark.parametrize(
    ("text", "place"), [("x + sum([y]*10**9)", "[y]"), ("x*matrix_power(A @ A.T, 10**8)", "matrix")]
)
def test_what_would_grow_without_end_is_refused_at_its_place(text: str, place: str) -> None:
    """A list that is repeated took all memory, and a large power of a matrix minutes."""
    error = outcome(text)
    assert isinstance(error, TextError)
    line, mark = str(error).splitlines()[-2:]
    assert line[mark.index("^") :].startswith(place)
