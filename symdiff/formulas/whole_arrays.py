"""Ops on whole arrays -> notation: generic from the record, by hand only for how parts are taken."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..calculus.einstein.forms import Applied, Form, Map, Scalar, Sum
from ..graph.exact import is_number
from ..graph.extents import Dim, Extent, same
from ..ops.contract import terms
from ..ops.index import Span
from .elements import filled
from .notation import Call, Listed, Name, Notation, Number, Subscript, Times, times, transposed
from .patterns import from_pattern

Keywords = tuple[tuple[str, Any], ...]


def applied(form: Applied, args: Sequence[Notation]) -> Notation:
    """An op on whole arrays as users write it."""
    by_hand = WRITERS.get(form.op.name)
    return by_hand(form, args) if by_hand is not None else _generic(form, args)


def _generic(form: Applied, args: Sequence[Notation]) -> Notation:
    if "{" in form.op.text:
        return from_pattern(form.op.text, args, len(form.shape))
    keywords: list[tuple[str, Any]] = []
    for name, value in form.params.items():
        if name == "axes":
            axes = _axes(form, value)
            keywords += [("axis", axes)] if axes is not None else []
        elif _is_plain(value) and not _is_usual(name, value):
            whole = isinstance(value, float) and value.is_integer()
            keywords.append((_KEYWORDS.get(name, name), int(value) if whole else value))
    name = _SHORTER.get(form.op.name, form.op.name)
    return Call(len(form.shape), name, tuple(args), tuple(keywords))


_KEYWORDS = {"p": "ord"}
_USUAL = {"p": 2, "ddof": 0, "offset": 0, "hermitian": False, "k": 0}  # what needs not be told
_SHORTER = {"amax": "max", "amin": "min"}


def _is_usual(name: str, value: Any) -> bool:
    return name in _USUAL and is_number(value) and _USUAL[name] == value


def _axes(form: Applied, axes: Sequence[int]) -> Any:
    """The axes counted from the front; None for all of them."""
    rank = len(form.args[0].shape)
    if len(axes) == rank:
        return None
    front = tuple(rank + k for k in axes)
    return front[0] if len(front) == 1 else front


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(map(_is_plain, value))
    return isinstance(value, (bool, int, float, str, Extent))


def _convolve(form: Applied, args: Sequence[Notation]) -> Notation:
    """All shifts that meet, or a stretch of them."""
    rank, first, count = len(form.shape), form.params["start"], form.params["length"]
    whole = form.args[0].shape[-1] + form.args[1].shape[-1] - 1
    if not (_is_a_count(first) and _is_a_count(whole - first - count)):
        return _generic(form, args)
    part = _entry(Span(first, count, 1), whole)
    made = Call(rank, "convolve", tuple(args))
    return made if part == slice(None) else Subscript(rank, made, (*[Ellipsis] * (rank > 1), part))


def _is_a_count(n: Dim) -> bool:
    """Whether a number is 0 or more, whatever the sizes are that it is made from, each 1 or more."""
    terms = n.polynomial if isinstance(n, Extent) else (((), n),)
    return all(c > 0 for m, c in terms if m) and sum(c for _, c in terms) >= 0


# --- parts of arrays


def _index(form: Applied, args: Sequence[Notation]) -> Notation:
    (x,) = args
    shape = form.args[0].shape
    key = form.params["key"]
    entries = [slice(None)] * (len(shape) - len(key))
    entries += [_entry(k, n) for k, n in zip(key, shape[len(shape) - len(key) :])]
    while entries and entries[-1] == slice(None):
        entries.pop()
    if entries[:1] == [slice(None)] and len(form.shape) == 1 and _is_identity(x):
        entries = entries[1:]  # a column of it is a row
    if isinstance(x, Subscript) and x.key == tuple(entries) == (slice(None, None, -1),):
        return x.arg
    return Subscript(len(form.shape), x, tuple(entries)) if entries else x


def _is_identity(x: Notation) -> bool:
    return isinstance(x, Call) and x.function == "eye" and not x.keywords


def _entry(k: Any, n: Dim) -> Any:
    """A span of an axis as a slice, without what goes without saying."""
    if not isinstance(k, Span):
        return k
    stop = k.start + k.length * k.step
    if k.step == -1 and same(stop, -1) and same(k.start, n - 1):
        return slice(None, None, -1)
    start = None if same(k.start, 0) else k.start
    if k.step == 1:
        return slice(start, _end(stop, n))
    negative = not isinstance(stop, Extent) and stop < 0
    return slice(start, None if negative or (k.step > 0 and not _below(stop, n)) else stop, k.step)


def _end(stop: Dim, n: Dim) -> Dim | None:
    """Where a slice stops; of an axis with a name, counted from its end if that is a number."""
    if same(stop, n):
        return None
    left = stop - n
    return left if isinstance(n, Extent) and isinstance(left, int) and left < 0 else stop


def _below(stop: Dim, n: Dim) -> bool:
    return not isinstance(stop, Extent) and not isinstance(n, Extent) and stop < n


def _embed(form: Applied, args: Sequence[Notation]) -> Notation:
    """Zeros around x, as np.pad gives them; a number at one place as a unit vector."""
    key, shape = form.params["key"], form.params["shape"]
    (x,) = args
    if len(shape) == 1 and not isinstance(key[0], Span):
        return _along_last(x, _unit(key[0], shape[0]), len(form.shape) - 1)
    alone = x.rank == 0 and not any(isinstance(k, Span) for k in key)
    if alone and _is_computed_by_python(form.args[0]):  # it has no subscript
        x = times([x, filled("ones", (1,) * len(key))])
        key = tuple(Span(k, 1, 1) for k in key)
    backwards = [k.step == -1 for k in key if isinstance(k, Span)]
    if any(backwards):
        x, key = _turned(x, len(form.args[0].shape), backwards), tuple(map(_forwards, key))
    if any(isinstance(k, Span) and k.step != 1 for k in key):
        return _generic(form, args)
    return _padded(x, key, shape, len(form.shape) - len(key))


def _padded(x: Notation, key: Sequence[Any], shape: Sequence[Dim], lead: int) -> Notation:
    """Zeros around x along the axes behind the first `lead`; a single place is a new axis."""
    widths = [(0, 0)] * lead + [_around(k, n) for k, n in zip(key, shape)]
    axes = [slice(None)] * lead + [slice(None) if isinstance(k, Span) else None for k in key]
    x = Subscript(len(axes), x, tuple(axes)) if None in axes else x
    if all(same(n, 0) for pair in widths for n in pair):
        return x
    text = ", ".join(map(_pair, widths))
    return Call(len(axes), "pad", (x, Name(0, text if len(widths) == 1 else f"({text})")))


def _is_computed_by_python(form: Any) -> bool:
    """Whether the number is made of numbers and sizes alone, so that NumPy never meets it."""
    if isinstance(form, Sum):
        return all(_is_computed_by_python(f.form) for p in form.products for f in p.factors)
    if isinstance(form, Map):
        return all(map(_is_computed_by_python, form.parts))
    return not isinstance(form, Form) or isinstance(form, Scalar)


def _unit(k: Any, n: Dim) -> Notation:
    return Subscript(1, Call(2, "eye", (Name(0, str(n)),)), (k,))


def _along_last(x: Notation, unit: Notation, lead: int) -> Notation:
    """x times a vector along an axis that comes after those of x."""
    if lead == 0:
        return times([x, unit])
    factors, divisors = (x.factors, x.divisors) if isinstance(x, Times) else ((x,), ())
    core = times([f for f in factors if f.rank], [d for d in divisors if d.rank])
    column = Subscript(core.rank + 1, core, (*[slice(None)] * core.rank, None))
    made = Call(2, "outer", (core, unit)) if lead == 1 else times([column, unit])
    return times([*(f for f in factors if not f.rank), made], [d for d in divisors if not d.rank])


def _turned(x: Notation, rank: int, backwards: Sequence[bool]) -> Notation:
    """x, read backwards along some of its last axes."""
    lead = [False] * (rank - len(backwards))
    key = [slice(None, None, -1) if back else slice(None) for back in (*lead, *backwards)]
    while key[-1] == slice(None):
        key.pop()
    return Subscript(rank, x, tuple(key))


def _forwards(k: Any) -> Any:
    """The same places in rising order."""
    back = isinstance(k, Span) and k.step == -1
    return Span(k.start - k.length + 1, k.length, 1) if back else k


def _around(k: Any, n: Dim) -> tuple[Dim, Dim]:
    """How many zeros stand before and after."""
    start, length = (k.start, k.length) if isinstance(k, Span) else (k, 1)
    return start, n - start - length


def _pair(pair: tuple[Dim, Dim]) -> str:
    return f"({pair[0]}, {pair[1]})"


def _gather(form: Applied, args: Sequence[Notation]) -> Notation:
    """x[where], x[..., where], or x[..., where, :]: the axes before stay, and those after."""
    x, *where = args
    after = form.params["after"]
    if len(form.args[0].shape) == len(where) + after:
        return Subscript(len(form.shape), x, tuple(where))
    return Subscript(len(form.shape), x, (Ellipsis, *where, *[slice(None)] * after))


def _scatter_add(form: Applied, args: Sequence[Notation]) -> Notation:
    keywords = tuple((k, form.params[k]) for k in ("shape", "after") if form.params[k] != 0)
    return Call(len(form.shape), "scatter_add", tuple(args), keywords)


def _concatenate(form: Applied, args: Sequence[Notation]) -> Notation:
    rank = len(form.shape)
    axis = rank + form.params["axis"]
    keywords = (("axis", axis),) if axis else ()
    return Call(rank, "concatenate", (Listed(rank, tuple(args)),), keywords)


def _diag_embed(form: Applied, args: Sequence[Notation]) -> Notation:
    """A vector on a diagonal beside the main one; ones as the identity moved there."""
    offset = form.params["offset"]
    (x,) = args
    *lead, rows, columns = form.shape
    if lead or not same(rows, columns):
        return _generic(form, args)
    if isinstance(x, Call) and x.function == "ones":
        x, name = Name(0, str(rows)), "eye"
    else:
        name = "diag"
    return Call(2, name, (x,), (("k", offset),) if offset else ())


def _stack(form: Applied, args: Sequence[Notation]) -> Notation:
    axis = len(form.shape) + form.params["axis"]
    rank = len(form.shape) - 1
    return Call(rank + 1, "stack", (Listed(rank, tuple(args)),), (("axis", axis),) if axis else ())


def _einsum(form: Applied, args: Sequence[Notation]) -> Notation:
    """einsum('ij,j->i', A, x); axes before those that are named come along as '...'."""
    inputs, out = terms(form.params["spec"])
    lead = "..." if any(a.rank > len(letters) for a, letters in zip(args, inputs)) else ""
    spec = ",".join(lead + letters for letters in inputs) + "->" + lead + out
    return Call(len(form.shape), "einsum", (Name(0, repr(spec)), *args))


def _reshape(form: Applied, args: Sequence[Notation]) -> Notation:
    if len(form.shape) == 1 and len(form.args[0].shape) == form.params["ndim"]:
        return Call(1, "ravel", tuple(args))
    return Call(len(form.shape), "reshape", (*args, _shape(form.shape)))


def _shape(shape: Sequence[Dim]) -> Notation:
    return Name(0, "(" + ", ".join(map(str, shape)) + ("," if len(shape) == 1 else "") + ")")


def _transpose(form: Applied, args: Sequence[Notation]) -> Notation:
    rank, perm = len(form.shape), form.params["perm"]
    if rank == 2:
        return transposed(args[0])
    axes = (*range(rank - len(perm)), *(rank - len(perm) + p for p in perm))
    return Call(rank, "transpose", tuple(args), (("axes", axes),))


def _cumsum(form: Applied, args: Sequence[Notation]) -> Notation:
    rank = len(form.shape)
    along = (("axis", rank + form.params["axis"]),) if rank > 1 else ()
    x = Call(rank, "flip", tuple(args), along) if form.params["reverse"] else args[0]
    of = _before if form.params.get("exclusive") else _up_to
    made = of(form, x, along)
    return Call(rank, "flip", (made,), along) if form.params["reverse"] else made


def _up_to(form: Applied, x: Notation, along: Keywords) -> Notation:
    return Call(len(form.shape), form.op.name, (x,), along)


def _before(form: Applied, x: Notation, along: Keywords) -> Notation:
    """The products of what stands before each place: 1, x[0], x[0]*x[1], ..."""
    rank = len(form.shape)
    axis = rank + form.params["axis"]
    one = filled("ones", (*form.shape[:axis], 1, *form.shape[axis + 1 :]))
    joined = Call(rank, "concatenate", (Listed(rank, (one, x)),), along)
    return Subscript(rank, _up_to(form, joined, along), (*[slice(None)] * axis, slice(None, -1)))


def _full(form: Applied, args: Sequence[Notation]) -> Notation:
    return Call(len(form.shape), "full", (_shape(form.shape), Number(0, form.params["value"])))


def _iota(form: Applied, args: Sequence[Notation]) -> Notation:
    return Call(1, "arange", (Name(0, str(form.params["length"])),))


def _pick(form: Applied, args: Sequence[Notation]) -> Notation:
    (pair,) = args
    if isinstance(pair, Call) and pair.function == "slogdet" and form.params["which"] == 1:
        return Call(len(form.shape), "logdet", pair.args)
    return Subscript(len(form.shape), args[0], (form.params["which"],))


WRITERS: dict[str, Callable[[Applied, Sequence[Notation]], Notation]] = {
    "index": _index,
    "embed": _embed,
    "diag_embed": _diag_embed,
    "convolve": _convolve,
    "gather": _gather,
    "scatter_add": _scatter_add,
    "concatenate": _concatenate,
    "stack": _stack,
    "einsum": _einsum,
    "reshape": _reshape,
    "transpose": _transpose,
    "cumsum": _cumsum,
    "cumprod": _cumsum,
    "full": _full,
    "astype": lambda form, args: args[0],
    "iota": _iota,
    "pick": _pick,
}
